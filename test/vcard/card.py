# SPDX-License-Identifier: Apache-2.0
"""A UICC with USIM and ISIM: EF_DIR, files, PIN, logical channels, AUTHENTICATE by Milenage and an array of SQN.

Card(options) and Card.command(bytes) -> bytes; who carries the octets is another module's business.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from ims import Milenage, xor  # noqa: E402, plain Python that shares nothing with lib/

AIDS = {"usim": bytes.fromhex("a0000000871002ff49ff0589"), "isim": bytes.fromhex("a0000000871004ff49ff0589")}


def sw(word):
    return word.to_bytes(2, "big")


def tlv(tag, value):
    head = bytes([tag]) + (bytes([len(value)]) if len(value) < 128 else bytes([0x81, len(value)]))
    return head + value


def padded(value, size):
    return value + b"\xff" * (size - len(value))


def imsi_coding(imsi):
    nibbles = [9 if len(imsi) % 2 else 1] + [int(d) for d in imsi] + ([] if len(imsi) % 2 else [15])
    packed = bytes(nibbles[i] | nibbles[i + 1] << 4 for i in range(0, len(nibbles), 2))
    return padded(bytes([len(packed)]) + packed, 9)


class Sqn:
    """TS 33.102 C.2.2."""

    def __init__(self):
        self.seq = [0] * 32

    def accept(self, value):
        seq, ind = value >> 5, value & 31
        if seq - max(self.seq) > 1 << 28 or seq <= self.seq[ind]:
            return False
        self.seq[ind] = seq
        return True

    def highest(self):
        top = max(self.seq)
        return (top << 5 | self.seq.index(top)).to_bytes(6, "big")


class Channel:
    def __init__(self):
        self.app, self.file = None, None


class Card:
    def __init__(self, k, opc, imsi="001010000000001", mnc_len=2, isim=True, pin="", t0=False, tries=3, tries_untold=False,
                 odd=()):
        self.algorithm, self.sqn = Milenage(k, opc), Sqn()
        self.pin, self.tries, self.tries_untold, self.t0 = pin, tries, tries_untold, t0
        self.apps = {"mf": {}, "usim": {}}
        if isim:
            self.apps["isim"] = {}
        self._files(imsi, mnc_len)
        self._spoil(odd)
        self.reset()

    def _spoil(self, odd):
        """What cards in the field look like."""
        isim = self.apps.get("isim", {})
        if "pcscf" in odd:
            names = [b"\x00pcscf\x00example", b"\x00pcscf\xffexample", b"\x01192.0.2.5", b"\x01" + bytes([127, 0, 0, 1])]
            isim[0x6F09] = [padded(tlv(0x80, n), 40) for n in names] + [padded(b"\x80\x70", 40)]
        if "impi" in odd:
            isim[0x6F02] = padded(b"\x80", 80)

    def _files(self, imsi, mnc_len):
        mnc = imsi[3:3 + (mnc_len or 2)].zfill(3)
        domain = "ims.mnc%s.mcc%s.3gppnetwork.org" % (mnc, imsi[:3])
        impi = "%s@%s" % (imsi, domain)
        apps = [tlv(0x61, tlv(0x4F, AIDS[a]) + tlv(0x50, a.upper().encode())) for a in self.apps if a != "mf"]
        self.apps["mf"][0x2F00] = [padded(a, 40) for a in apps] + [b"\xff" * 40]
        self.apps["usim"].update({0x6F07: imsi_coding(imsi), 0x6FAD: bytes([0, 0, 0, mnc_len][:4 if mnc_len else 3]),
                                  0x6F09: bytes(33)})
        if "isim" in self.apps:
            texts = [b"sip:" + impi.encode(), b"tel:+10000000001"]
            pcscf = [b"\x00pcscf.example.net", b"\x01" + bytes([192, 0, 2, 5])]
            self.apps["isim"].update({
                0x6F02: padded(tlv(0x80, impi.encode()), 80), 0x6F03: padded(tlv(0x80, domain.encode()), 64),
                0x6F04: [padded(tlv(0x80, t), 80) for t in texts] + [b"\xff" * 80],
                0x6F09: [padded(tlv(0x80, p), 40) for p in pcscf], 0x6FAD: bytes([0, 0, 0])})

    def reset(self):
        self.channels, self.verified, self.rest = {0: Channel()}, False, b""

    def command(self, c):
        if len(c) < 4:
            return sw(0x6700)
        number = (c[0] & 0x0F) + 4 if c[0] & 0x40 else c[0] & 3
        if number not in self.channels:
            return sw(0x6881)
        if c[1] == 0xC0:
            rest, self.rest = self.rest, b""
            want = c[4] or 256
            if not rest:
                return sw(0x6985)
            return rest[:-2] + rest[-2:] if want == len(rest) - 2 else sw(0x6C00 | len(rest) - 2)
        answer = self._execute(self.channels[number], c)
        if self.t0 and c[1] in (0xA4, 0x88) and len(answer) > 2:
            self.rest = answer
            return sw(0x6100 | len(answer) - 2)
        return answer

    def _execute(self, channel, c):
        does = {0xA4: self._select, 0xB0: self._read, 0xB2: self._read, 0x20: self._verify, 0x70: self._manage,
                0x88: self._authenticate}.get(c[1])
        return does(channel, c) if does else sw(0x6D00)

    def _select(self, channel, c):
        data = c[5:5 + c[4]] if len(c) > 4 else b""
        if c[2] == 4:
            found = [a for a, aid in AIDS.items() if a in self.apps and len(data) >= 7 and aid.startswith(data)]
            if not found:
                return sw(0x6A82)
            channel.app, channel.file = found[0], None
            enabled = bytes([0x80 if self.pin else 0])
            pins = tlv(0xC6, tlv(0x90, enabled) + tlv(0x83, b"\x01") + tlv(0x83, b"\x81"))
            about = tlv(0x82, b"\x78\x21") + tlv(0x84, AIDS[found[0]]) + tlv(0x8A, b"\x05")
            return tlv(0x62, about + pins) + sw(0x9000)
        content = self.apps.get("mf" if c[2] == 8 else channel.app, {}).get(int.from_bytes(data, "big"))
        if content is None:
            return sw(0x6A82)
        channel.file = content
        if isinstance(content, list):
            kind = tlv(0x82, bytes([0x42, 0x21, 0, len(content[0]), len(content)]))
            size = sum(len(r) for r in content)
        else:
            kind, size = tlv(0x82, b"\x41\x21"), len(content)
        return tlv(0x62, kind + tlv(0x83, data) + tlv(0x80, size.to_bytes(2, "big"))) + sw(0x9000)

    def _read(self, channel, c):
        content = channel.file
        if content is None or isinstance(content, list) != (c[1] == 0xB2):
            return sw(0x6981)
        if self.pin and not self.verified and channel.app:
            return sw(0x6982)
        if c[1] == 0xB2:
            if not 1 <= c[2] <= len(content):
                return sw(0x6A83)
            content = content[c[2] - 1]
        want = c[4] or 256
        if want != len(content):
            return sw(0x6C00 | len(content) & 0xFF)
        return content + sw(0x9000)

    def _verify(self, channel, c):
        if not self.pin:
            return sw(0x6984)
        if c[3] != 1:
            return sw(0x6A88)
        if len(c) < 6 and self.tries_untold:
            return sw(0x6700)
        if self.tries == 0:
            return sw(0x6983)
        if len(c) < 6:
            return sw(0x9000 if self.verified else 0x63C0 | self.tries)
        self.verified = c[5:13] == padded(self.pin.encode(), 8)
        self.tries = 3 if self.verified else self.tries - 1
        return sw(0x9000 if self.verified else 0x63C0 | self.tries)

    def _manage(self, channel, c):
        if c[2] == 0x80:
            return sw(0x9000) if self.channels.pop(c[3] or 99, None) else sw(0x6881)
        free = [n for n in range(1, 4) if n not in self.channels]
        if not free:
            return sw(0x6A81)
        self.channels[free[0]] = Channel()
        return bytes([free[0]]) + sw(0x9000)

    def _authenticate(self, channel, c):
        if not channel.app:
            return sw(0x6985)
        if self.pin and not self.verified:
            return sw(0x6982)
        if c[2:4] != b"\x00\x81" or len(c) < 39 or c[4:6] != b"\x22\x10" or c[22] != 0x10:
            return sw(0x6A80)
        rand, autn = c[6:22], c[23:39]
        res, ck, ik, ak = self.algorithm.f2345(rand)
        sqn, amf = xor(autn[:6], ak), autn[6:8]
        if self.algorithm.f1(rand, sqn, amf)[0] != autn[8:]:
            return sw(0x9862)
        if not self.sqn.accept(int.from_bytes(sqn, "big")):
            top = self.sqn.highest()
            auts = xor(top, self.algorithm.f5star(rand)) + self.algorithm.f1(rand, top, b"\0\0")[1]
            return b"\xdc\x0e" + auts + sw(0x9000)
        kc = xor(xor(ck[:8], ck[8:]), xor(ik[:8], ik[8:]))
        answer = b"\xdb\x08" + res + b"\x10" + ck + b"\x10" + ik
        return answer + (b"\x08" + kc if channel.app == "usim" else b"") + sw(0x9000)
