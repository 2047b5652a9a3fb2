# SPDX-License-Identifier: Apache-2.0
"""The home network's arithmetic and a little SIP, in plain Python: AES-128, Milenage, AUTN/AUTS, digest AKA, tokens.

Written for the tests from the standards alone; shares nothing with lib/. `python3 ims.py` checks itself against
published values (FIPS 197 B, TS 35.208 set 1, RFC 2617 3.5).
"""
import base64
import hashlib
import hmac
import os
import re


def _tables():
    power, log = [0] * 255, [0] * 256
    x = 1
    for i in range(255):
        power[i], log[x] = x, i
        x ^= (x << 1) ^ (0x11B if x & 0x80 else 0)
        x &= 0xFF
    sbox = []
    for value in range(256):
        inverse = power[(255 - log[value]) % 255] if value else 0
        out = 0x63
        for shift in range(5):
            out ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xFF
        sbox.append(out)
    return sbox


SBOX = _tables()


def _double(x):
    return ((x << 1) ^ 0x1B) & 0xFF if x & 0x80 else x << 1


def aes128(key, block):
    """One block, FIPS 197."""
    words, rcon = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        word = list(words[i - 1])
        if i % 4 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon = _double(rcon)
        words.append([a ^ b for a, b in zip(words[i - 4], word)])
    keys = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]
    state = [a ^ b for a, b in zip(block, keys[0])]
    for turn in range(1, 11):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if turn < 10:
            mixed = []
            for c in range(0, 16, 4):
                a = state[c:c + 4]
                every = a[0] ^ a[1] ^ a[2] ^ a[3]
                mixed += [a[i] ^ every ^ _double(a[i] ^ a[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys[turn])]
    return bytes(state)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Milenage:
    """TS 35.206 4.1."""

    def __init__(self, k, opc):
        self.k, self.opc = k, opc

    @staticmethod
    def opc_of(k, op):
        return xor(op, aes128(k, op))

    def _out(self, rand, shift, constant):
        temp = aes128(self.k, xor(rand, self.opc))
        x = xor(temp, self.opc)
        x = x[shift:] + x[:shift]
        return xor(aes128(self.k, x[:15] + bytes([x[15] ^ constant])), self.opc)

    def f1(self, rand, sqn, amf):
        """MAC-A, MAC-S."""
        temp = aes128(self.k, xor(rand, self.opc))
        x = xor((sqn + amf) * 2, self.opc)
        x = x[8:] + x[:8]
        out = xor(aes128(self.k, xor(temp, x)), self.opc)
        return out[:8], out[8:]

    def f2345(self, rand):
        """RES, CK, IK, AK."""
        out2 = self._out(rand, 0, 1)
        return out2[8:], self._out(rand, 4, 2), self._out(rand, 8, 4), out2[:6]

    def f5star(self, rand):
        return self._out(rand, 12, 8)[:6]


class Vector:
    """An authentication vector (TS 33.102 6.3.2)."""

    def __init__(self, card, sqn, rand=None, amf=b"\x80\x00"):
        self.rand = rand or os.urandom(16)
        self.res, self.ck, self.ik, ak = card.f2345(self.rand)
        self.sqn = sqn
        octets = sqn.to_bytes(6, "big")
        self.autn = xor(octets, ak) + amf + card.f1(self.rand, octets, amf)[0]
        self.nonce = base64.b64encode(self.rand + self.autn).decode()


def auts_open(card, rand, auts):
    """SQNms as a number, or None when the AUTS is not genuine (TS 33.102 6.3.5)."""
    if len(auts) != 14:
        return None
    sqn = xor(auts[:6], card.f5star(rand))
    return int.from_bytes(sqn, "big") if card.f1(rand, sqn, b"\0\0")[1] == auts[6:] else None


def auts_make(card, rand, sqn_ms):
    octets = sqn_ms.to_bytes(6, "big")
    return xor(octets, card.f5star(rand)) + card.f1(rand, octets, b"\0\0")[1]


def autn_open(card, rand, autn):
    """The SQN of an AUTN, or None when its MAC is wrong."""
    sqn = xor(autn[:6], card.f2345(rand)[3])
    return int.from_bytes(sqn, "big") if card.f1(rand, sqn, autn[6:8])[0] == autn[8:] else None


def token(key, data):
    """HMAC-SHA1-96 as 24 hex digits."""
    return hmac.new(key, data, hashlib.sha1).digest()[:12].hex()


def s_token(ik, der):
    return token(ik, der)


def c_token(ik, s_text):
    return token(ik, bytes.fromhex(s_text))


def md5(data):
    return hashlib.md5(data).hexdigest()


def digest(password, auth, method="REGISTER"):
    """The response that belongs to an Authorization's own parameters (RFC 2617 3.2.2.1); method "" gives rspauth."""
    get = lambda name: auth.get(name, "").encode("latin-1")
    ha1 = md5(get("username") + b":" + get("realm") + b":" + password)
    ha2 = md5(method.encode() + b":" + get("uri"))
    if auth.get("qop"):
        middle = b":".join([get("nonce"), get("nc"), get("cnonce"), get("qop")])
    else:
        middle = get("nonce")
    return md5(ha1.encode() + b":" + middle + b":" + ha2.encode())


def auth_params(value):
    """Parameters of a Digest value; a doubled name shows as name#2."""
    out = {}
    for name, quoted, bare in re.findall(r'([\w!%*+.`\'~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', value):
        key = name.lower()
        out[key if key not in out else key + "#2"] = quoted or bare
    return out


LONG = {"v": "via", "f": "from", "t": "to", "m": "contact", "i": "call-id", "l": "content-length", "s": "subject",
        "k": "supported", "c": "content-type", "e": "content-encoding"}


class Message:
    """A SIP message that was framed already: start line, headers as (name in lower case, value) pairs, body."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((LONG.get(name, name), value.strip()))

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    def get(self, name, default=""):
        return next(iter(self.all(name)), default)

    @property
    def method(self):
        return self.line.split(" ")[0]

    @property
    def status(self):
        return int(self.line.split(" ")[1]) if self.line.startswith("SIP/") else 0

    @property
    def auth(self):
        return auth_params(self.get("authorization"))


def split_stream(buffer):
    """(messages, rest): frames by Content-Length; keep-alive CRLFs are skipped."""
    out = []
    while True:
        buffer = buffer.lstrip(b"\r\n")
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return out, buffer
        found = re.search(rb"\r\n(?:content-length|l)\s*:\s*(\d+)", buffer[:end], re.I)
        total = end + 4 + (int(found.group(1)) if found else 0)
        if len(buffer) < total:
            return out, buffer
        out.append(Message(buffer[:total]))
        buffer = buffer[total:]


def needles(card, rands, ders, identities):
    """What must never reach an untrusted peer, by name: RES, CK, IK and what is derived from them, in each form.

    rands: of the challenges sent; ders: certificates that tokens may stand over; identities: (username, realm, uri,
    nonce) of each challenge, for HA1 and the response without qop.
    """
    raw = {}
    for n, rand in enumerate(rands):
        res, ck, ik, _ = card.f2345(rand)
        raw.update({f"RES.{n}": res, f"CK.{n}": ck, f"IK.{n}": ik})
        for m, der in enumerate(ders):
            raw[f"c_token.{n}.{m}"] = bytes.fromhex(c_token(ik, s_token(ik, der)))
        for username, realm, uri, nonce in identities:
            auth = {"username": username, "realm": realm, "uri": uri, "nonce": nonce}
            ha1 = md5(f"{username}:{realm}:".encode() + res)
            raw[f"HA1.{n}"] = bytes.fromhex(ha1)
            if base64.b64decode(nonce)[:16] == rand:
                raw[f"response.{n}"] = bytes.fromhex(digest(res, auth))
    out = {}
    for name, value in raw.items():
        text = value.hex().encode()
        out[name] = [value, text, text.upper(), base64.b64encode(value).rstrip(b"=")]
    return out


def selftest():
    h = bytes.fromhex
    assert aes128(h("2b7e151628aed2a6abf7158809cf4f3c"), h("3243f6a8885a308d313198a2e0370734")) == \
        h("3925841d02dc09fbdc118597196a0b32")
    k, op = h("465b5ce8b199b49faa5f0a2ee238a6bc"), h("cdc202d5123e20f62b6d676ac72cb318")
    opc = Milenage.opc_of(k, op)
    assert opc == h("cd63cb71954a9f4e48a5994e37a02baf")
    card, rand = Milenage(k, opc), h("23553cbe9637a89d218ae64dae47bf35")
    assert card.f1(rand, h("ff9bb4d0b607"), h("b9b9")) == (h("4a9ffac354dfafb3"), h("01cfaf9ec4e871e9"))
    assert card.f2345(rand) == (h("a54211d5e3ba50bf"), h("b40ba9a3c58b2a05bbf0d987b21bf8cb"),
                                h("f769bcd751044604127672711c6d3441"), h("aa689c648370"))
    assert card.f5star(rand) == h("451e8beca43b")
    auth = {"username": "Mufasa", "realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "uri": "/dir/index.html", "qop": "auth", "nc": "00000001", "cnonce": "0a4f113b"}
    assert digest(b"Circle Of Life", auth, "GET") == "6629fae49393a05397450978507c4ef1"
    vector = Vector(card, 0x1234)
    assert autn_open(card, vector.rand, vector.autn) == 0x1234
    assert auts_open(card, rand, auts_make(card, rand, 77)) == 77
    assert auts_open(card, rand, bytes(14)) is None
    print("ims.py: published values reproduced")


if __name__ == "__main__":
    selftest()
