#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A P-CSCF that misbehaves in one way. `hostile_pcscf.py --case NAME --certs DIR --log DIR`; `--list` names the cases.

Each case is a small class over the honest peer; its docstring says what it does. Nothing sleeps but where time counts.
"""
import argparse
import os
import random
import re
import sys
import time

import certs
import flows
import ims
import stuck
import token2
from peer import IMPI, LIST, Peer

CASES = {"honest": Peer, **stuck.CASES, **flows.CASES}


def case(name):
    def enter(cls):
        CASES[name] = cls
        return cls
    return enter


def variant(name, base, **attributes):
    CASES[name] = type(name, (base,), attributes)


# -- honest ones that a UE must get through

variant("qop", Peer, qop="auth")
variant("qop-int", Peer, qop="auth-int,auth")
variant("expired", Peer, certs=("expired",))
variant("future", Peer, certs=("future",))
variant("rsa", Peer, certs=("rsa",))
variant("rsa-tls12", Peer, certs=("rsa",), highest="1.2")
variant("long", Peer, certs=("long",))
variant("long-tls12", Peer, certs=("long",), highest="1.2")
variant("refresh", Peer, granted=2)
variant("granted-two", Peer, granted=2)
variant("sqn-jump", Peer, first_seq=1 << 40)


@case("rspauth")
class Rspauth(Peer):
    """A right rspauth in the 200."""
    qop = "auth"
    right = True

    def accept(self, conn, message):
        value = ims.digest(self.vectors[-1].res, message.auth, "")
        value = value if self.right else ("0" if value[0] != "0" else "1") + value[1:]
        auth = message.auth
        extra = [f'Authentication-Info: qop=auth, rspauth="{value}", cnonce="{auth["cnonce"]}", nc={auth["nc"]}']
        conn.send(self.ok(message, self.granted, extra))


variant("rspauth-wrong", Rspauth, right=False)


@case("drip")
class Drip(Peer):
    """Every answer one octet at a time, a TLS record each."""

    def dispatch(self, conn, message):
        send = conn.sock.sendall
        conn.send = lambda data: [send(data[i:i + 1]) for i in range(len(data))]
        super().dispatch(conn, message)


@case("two-challenges")
class TwoChallenges(Peer):
    """A plain MD5 challenge beside the AKA one, and folded, compact, oddly spaced headers."""

    def challenge(self, conn, message):
        raw = super().challenge(conn, message)
        return raw.replace(b"Via: ", b"v :  ").replace(b"Call-ID:", b"i:").replace(
            b"WWW-Authenticate: Digest ", b'WWW-Authenticate: Digest realm="x", nonce="abc", algorithm=MD5\r\n'
            b"www-authenticate:\r\n  DIGEST ").replace(b"Content-Length: 0", b"l : 0")


@case("reauth")
class Reauth(Peer):
    """The refresh is challenged anew on the same tunnel."""
    granted = 2

    def refreshed(self, conn, message):
        if len(self.vectors) < 2:
            self.accepted = None
            return conn.send(self.challenge(conn, message))
        return super().refreshed(conn, message)


@case("reauth-wrong-token")
class ReauthWrong(Reauth):
    """The refresh is challenged anew with a token over another certificate."""

    def token(self, conn, vector):
        der = conn.der if vector is self.vectors[0] else self.der("other")
        return ims.s_token(vector.ik, der)


@case("dereg-ignored")
class DeregIgnored(Peer):
    """No answer to the deregistration."""

    def again(self, conn, message):
        self.say("note", why="deregistration ignored")


# -- tokens

class Token(Peer):
    """Challenges whose s_token is `text`, with {} for the right one, or as `params` says."""
    text = "{}"

    def challenge_params(self, conn, vector):
        good = super().token(conn, vector)
        params = [p for p in super().challenge_params(conn, vector) if not p.startswith("s_token")]
        return params + self.tokens(conn, vector, good)

    def tokens(self, conn, vector, good):
        return [f's_token="{self.text.format(good)}"']


variant("token-missing", Token, tokens=lambda *_: [])
variant("token-wrong", Token, tokens=lambda s, c, v, good: [f's_token="{good[:-1]}{"0" if good[-1] != "0" else "1"}"'])
variant("token-zero", Token, text="0" * 24)
variant("token-other-cert", Token, tokens=lambda s, c, v, good: [f's_token="{ims.s_token(v.ik, s.der("other"))}"'])
variant("token-of-ck", Token, tokens=lambda s, c, v, good: [f's_token="{ims.s_token(v.ck, c.der)}"'])
variant("token-is-c", Token, tokens=lambda s, c, v, good: [f's_token="{ims.c_token(v.ik, good)}"'])
variant("token-doubled", Token, tokens=lambda s, c, v, good: [f's_token="{good}"', f's_token="{good}"'])
variant("token-doubled-wrong", Token, tokens=lambda s, c, v, good: ['s_token="' + "0" * 24 + '"', f'S_Token="{good}"'])
variant("token-short", Token, tokens=lambda s, c, v, good: [f's_token="{good[:-1]}"'])
variant("token-long", Token, text="{}00")
variant("token-not-hex", Token, tokens=lambda s, c, v, good: [f's_token="{good[:-1]}g"'])
variant("token-empty", Token, text="")
variant("token-upper", Token, tokens=lambda s, c, v, good: [f's_token="{good.upper()}"'])  # must be accepted
variant("keys-ik", Token, tokens=lambda s, c, v, good: [f's_token="{good}"', f'ik="{v.ik.hex()}"'])
variant("keys-ck", Token, tokens=lambda s, c, v, good: [f's_token="{good}"', f'ck="{v.ck.hex()}"'])


@case("token2-exporter")
class Token2(Peer):
    """s_token2 beside s_token, bound by OpenSSL's exporter."""
    cb, said = token2.EXPORTER, None
    due = True    # c_token2

    def keyed(self, conn, vector, side, cb):
        key = token2.derive(vector.ck, vector.ik, vector.rand, IMPI, conn.name)
        return token2.token(key, side, cb, token2.binding(cb, conn.sock, conn.der), conn.der)

    def text(self, conn, vector):
        return self.keyed(conn, vector, "server", self.cb)

    def challenge_params(self, conn, vector):
        more = [f's_token2="{self.text(conn, vector)}"', f'cb="{self.said or self.cb}"']
        return super().challenge_params(conn, vector) + more

    def more_verdicts(self, conn, vector, auth):
        if not self.due:
            return {"c_token2": "wrong" if {"c_token2", "cb"} & set(auth) else "ok"}
        return {"c_token2": self.verdict(auth.get("c_token2"), self.keyed(conn, vector, "client", self.cb)),
                "cb": self.verdict(auth.get("cb"), self.cb)}


variant("token2-end-point", Token2, cb=token2.END_POINT)
variant("token2-sha384", Token2, cb=token2.END_POINT, certs=("sha384",))
variant("token2-unasked", Token2, due=False)
variant("token2-wrong-unasked", Token2, due=False, text=lambda self, conn, vector: "0" * 32)
variant("token2-wrong", Token2, text=lambda self, conn, vector: ims.xor(
    bytes.fromhex(Token2.text(self, conn, vector)), b"\0" * 15 + b"\1").hex())
variant("token2-of-client", Token2, text=lambda self, conn, vector: self.keyed(conn, vector, "client", self.cb))
variant("token2-other-cb", Token2, cb=token2.END_POINT, said=token2.EXPORTER)
variant("token2-unknown-cb", Token2, said="tls-unique")
variant("token2-alone", Token2, token=lambda self, conn, vector: "0" * 24)   # the plain pair is still due


@case("md5")
class PlainMd5(Peer):
    """Only a plain MD5 challenge."""
    algorithm = "MD5"

    def challenge_params(self, conn, vector):
        return [p if not p.startswith("algorithm") else f"algorithm={self.algorithm}"
                for p in super().challenge_params(conn, vector)]


variant("algorithm-unknown", PlainMd5, algorithm="AKAv9-MD5")


@case("nonce-short")
class NonceShort(Peer):
    """A nonce of 31 octets."""

    def challenge_params(self, conn, vector):
        short = ims.base64.b64encode((vector.rand + vector.autn)[:31]).decode()
        return [p.replace(vector.nonce, short) for p in super().challenge_params(conn, vector)]


# -- AKA

@case("mac-wrong")
class MacWrong(Peer):
    """AUTN with a wrong MAC, `bad` times."""
    bad = 99

    def vector(self, conn):
        vector = super().vector(conn)
        if len(self.vectors) < self.bad:
            vector.autn = vector.autn[:15] + bytes([vector.autn[15] ^ 1])
            vector.nonce = ims.base64.b64encode(vector.rand + vector.autn).decode()
        return vector


variant("mac-wrong-once", MacWrong, bad=1)


@case("sqn-old")
class SqnOld(Peer):
    """SQN 0 first; the AUTS is heeded."""
    first_seq = 0


# Several faults at once: the first in the order MAC, SQN, token is the one that counts.
variant("mac-and-token-wrong", MacWrong, token=lambda self, conn, vector: ims.s_token(vector.ik, self.der("other")))
variant("sqn-and-token-wrong", SqnOld, token=lambda self, conn, vector: ims.s_token(vector.ik, self.der("other")))


@case("sqn-old-forever")
class SqnForever(Peer):
    """SQN 0 whatever the AUTS says."""

    def vector(self, conn):
        self.seq = 0
        return super().vector(conn)


@case("repeat-untrusted")
class RepeatUntrusted(SqnOld):
    """The AUTS is answered with the same RAND."""

    def vector(self, conn):
        return self.vectors[0] if self.vectors else super().vector(conn)


@case("repeat-answered")
class RepeatAnswered(Peer):
    """The right answer is answered with the same challenge."""

    def vector(self, conn):
        return self.vectors[0] if self.vectors else super().vector(conn)

    def accept(self, conn, message):
        conn.send(self.challenge(conn, message))


@case("challenges-endless")
class Endless(Peer):
    """Every right answer is challenged anew, with good tokens."""

    def accept(self, conn, message):
        conn.send(self.challenge(conn, message))


# -- SIP that is wrong

class Mangled(Peer):
    """The 401 goes through `mangle`."""

    def challenge(self, conn, message):
        return self.mangle(super().challenge(conn, message))


def mangled(name, change):
    variant(name, Mangled, mangle=lambda self, raw: change(raw))


END = b"Content-Length: 0"
mangled("header-1mb", lambda raw: raw.replace(END, b"X-Long: " + b"a" * (1 << 20) + b"\r\n" + END))
mangled("headers-100k", lambda raw: raw.replace(END, b"X: y\r\n" * 100000 + END))
mangled("line-endless", lambda raw: b"SIP/2.0 401 " + b"x" * (1 << 20))
mangled("length-long", lambda raw: raw.replace(END, b"Content-Length: 50"))
mangled("length-huge", lambda raw: raw.replace(END, b"Content-Length: 4294967295"))
mangled("length-overflow", lambda raw: raw.replace(END, b"Content-Length: " + b"9" * 40))
mangled("length-negative", lambda raw: raw.replace(END, b"Content-Length: -1"))
mangled("length-two", lambda raw: raw.replace(END, END + b"\r\nContent-Length: 7"))
mangled("length-text", lambda raw: raw.replace(END, b"Content-Length: many"))
mangled("nul-line", lambda raw: raw.replace(b"401 Un", b"401\0Un"))
mangled("nul-reason", lambda raw: raw.replace(b"Unauth", b"Un\0auth"))
mangled("nul-header", lambda raw: raw.replace(END, b"X-Nul: a\0b\r\n" + END))
mangled("nul-nonce", lambda raw: raw.replace(b'nonce="', b'nonce="\0'))
mangled("nul-token", lambda raw: raw.replace(b's_token="', b's_token="\0'))
mangled("nul-call-id", lambda raw: raw.replace(b"\r\nCSeq", b"\0x\r\nCSeq"))
# each octet that a line may hold, with what a terminal would obey in front: a title, a colour by C1 in both forms
OBEYED = b"\x1b]0;owned\x07 \x9b31m \xc2\x9b31m \x7f " + bytes(set(range(1, 256)) - set(b"\r\n"))
mangled("escapes", lambda raw: raw.replace(b"401 Unauthorized", b"401 " + OBEYED).replace(
    END, b"X-Obeyed: " + OBEYED + b"\r\n" + END))
mangled("status-big", lambda raw: raw.replace(b"SIP/2.0 401", b"SIP/2.0 4294967697"))
mangled("quote-open", lambda raw: raw.replace(b'realm="', b'realm='))
mangled("wrong-call-id", lambda raw: raw.replace(b"Call-ID: ", b"Call-ID: x"))
mangled("wrong-cseq", lambda raw: raw.replace(b"CSeq: ", b"CSeq: 9"))
mangled("wrong-cseq-method", lambda raw: raw.replace(b" REGISTER\r\n", b" INVITE\r\n"))
mangled("wrong-branch", lambda raw: raw.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"))
mangled("two-via", lambda raw: raw.replace(b"\r\nFrom:", b"\r\nVia: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bKzz\r\nFrom:"))
mangled("no-cseq", lambda raw: raw.replace(b"CSeq: ", b"X-CSeq: "))


@case("garbage")
class Garbage(Peer):
    """Noise inside TLS instead of the 401."""
    size = 70000

    def first(self, conn, message):
        conn.send(random.Random(1).randbytes(self.size) + b"\r\n\r\n")


variant("garbage-early", Garbage, connected=lambda self, conn: conn.send(random.Random(2).randbytes(self.size)))


@case("http")
class Http(Peer):
    """A web server inside TLS."""

    def first(self, conn, message):
        conn.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


# -- TLS and TCP

@case("garbage-records")
class GarbageRecords(Peer):
    """Noise below TLS, after the handshake."""

    def first(self, conn, message):
        os.write(conn.sock.fileno(), random.Random(3).randbytes(4000))
        conn.drain()


class Raw(Peer):
    """Octets instead of a handshake."""
    octets = b""

    def raw(self, conn):
        conn.read()
        conn.send(self.octets)
        conn.drain()
        return False


variant("alert", Raw, octets=bytes.fromhex("15030300020228"))
variant("plain-text", Raw, octets=b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
variant("plain-noise", Raw, octets=random.Random(4).randbytes(3000))
variant("silent-tcp", Raw)
variant("short-key", Peer, certs=("short",))


@case("silent")
class Silent(Peer):
    """TLS, then nothing."""

    def first(self, conn, message):
        pass


@case("silent-slow")
class SilentSlow(Peer):
    """A header field that never ends, an octet every 50 ms."""

    def first(self, conn, message):
        conn.send(b"SIP/2.0 401 Unauthorized\r\nX: ")
        while True:
            conn.send(b"a")
            time.sleep(0.05)


# Chains as servers send them: who is behind the end entity does not count under token trust, but its price does.
for chain in ("chain-3", "chain-bad", "chain-11", "chain-8192"):
    variant(chain, Peer, certs=(chain,))
    variant(chain + "-tls12", Peer, certs=(chain,), highest="1.2")


@case("flood-alerts")
class Flood(Peer):
    """After ClientHello the warning user_canceled for ever, as fast as it goes."""
    record = bytes.fromhex("1503030002015a")
    many, pause = 9000, 0

    def raw(self, conn):
        conn.read()
        while True:
            conn.send(self.record * self.many)
            time.sleep(self.pause)


variant("flood-alerts-small", Flood, many=3, pause=0.002)


class Closing(Peer):
    """Closes at one point."""
    at = ""
    reset = False

    def raw(self, conn):
        if self.at in ("tcp", "hello"):
            if self.at == "hello":
                conn.read()
            conn.close(self.reset)
            return False
        return True

    def connected(self, conn):
        if self.at == "handshake":
            conn.close(self.reset)

    def first(self, conn, message):
        answer = self.challenge(conn, message)
        if self.at == "sm1":
            return conn.close(self.reset)
        if self.at == "half-401":
            conn.send(answer[:len(answer) // 2])
            return conn.close(self.reset)
        conn.send(answer)
        return conn.close(self.reset) if self.at == "401" else None

    def accept(self, conn, message):
        if self.at == "half-200":
            answer = self.ok(message, self.granted)
            conn.send(answer[:len(answer) // 2])
        elif self.at == "200":
            conn.send(self.ok(message, self.granted))
        conn.close(self.reset)


for point in ("tcp", "hello", "handshake", "sm1", "half-401", "401", "sm7", "half-200", "200"):
    variant("close-" + point, Closing, at=point)
for point in ("hello", "sm1", "sm7"):
    variant("reset-" + point, Closing, at=point, reset=True)


class Reconnect(Peer):
    """Honest until `when`, then the link is killed; the next has another certificate, tokens stay over the first."""
    certs = ("pcscf", "other")
    when = "registered"
    replay = False

    def vector(self, conn):
        return self.vectors[0] if self.replay and self.vectors else super().vector(conn)

    def token(self, conn, vector):
        return ims.s_token(vector.ik, self.der("pcscf"))

    def accept(self, conn, message):
        if self.when == "registered":
            super().accept(conn, message)
            time.sleep(0.1)
        conn.close(True)


variant("reconnect-other", Reconnect)
variant("reconnect-replay", Reconnect, replay=True)
variant("reconnect-answer", Reconnect, when="answer")
variant("reconnect-same", Reconnect, certs=("pcscf",), accept=lambda self, conn, message: (
    Reconnect.accept(self, conn, message) if conn.n == 0 else Peer.accept(self, conn, message)))


@case("reconnect-200")
class Reconnect200(Reconnect):
    """The next link says 200 at once."""

    def first(self, conn, message):
        if conn.n == 0:
            return super().first(conn, message)
        return conn.send(self.ok(message, 600000))


# -- answers before trust

class Status(Peer):
    """One status and its headers instead of a challenge, `times` times."""
    status, reason, headers, times = 0, "No", (), 99
    given = 0

    def first(self, conn, message):
        self.given += 1
        if self.given > self.times:
            self.say("note", why=f"expires asked: {self.asked(message)}")
            return super().first(conn, message)
        return conn.send(self.reply(message, self.status, self.reason, self.headers))


variant("200-first", Status, first=lambda self, conn, message: conn.send(self.ok(message, 600000)))
variant("403", Status, status=403)
variant("403-escapes", Status, status=403, reason=OBEYED.decode("latin-1"))
variant("404", Status, status=404)
variant("500", Status, status=500)
variant("600", Status, status=600)
variant("302", Status, status=302, headers=("Contact: <sip:203.0.113.9>",))
variant("503-retry-after", Status, status=503, headers=("Retry-After: 2147483648",))
variant("403-retry-after", Status, status=403, headers=("Retry-After: 4294967295",))
variant("423-huge", Status, status=423, headers=("Min-Expires: 4294967296",))
variant("423-endless", Status, status=423, headers=("Min-Expires: 700000",))
variant("423-once", Status, status=423, headers=("Min-Expires: 700000",), times=1)
variant("423-zero", Status, status=423, headers=("Min-Expires: 0",), times=1)
variant("423-one", Status, status=423, headers=("Min-Expires: 1",), times=1)
variant("423-zero-endless", Status, status=423, headers=("Min-Expires: 0",))
variant("423-for-ever", Status, status=423, headers=("Min-Expires: 4294967295",), times=1)
variant("439-forged", Status, status=439, times=1)
variant("420-once", Status, status=420, headers=("Unsupported: sec-agree",), times=1)
variant("305", Status, status=305, headers=("Contact: <sip:203.0.113.9>",))
variant("420", Status, status=420, headers=("Unsupported: sec-agree",))
variant("421", Status, status=421, headers=("Require: sec-agree", "Security-Server: " + LIST))
variant("494", Status, status=494, headers=("Require: sec-agree", "Security-Server: " + LIST))
variant("494-without-tls", Status, status=494, headers=("Require: sec-agree", "Security-Server: digest;q=0.9"))


@case("439-meant")
class Lacking(Peer):
    """Wants no reg-id, before trust and in the answer."""

    def dispatch(self, conn, message):
        if message.method == "REGISTER" and "reg-id=" in message.get("contact"):
            self.say("lacking", response=bool(message.auth.get("response")))
            return conn.send(self.reply(message, 439, "First Hop Lacks Outbound Support"))
        return super().dispatch(conn, message)


@case("100-forever")
class Provisional(Peer):
    """Only 100 Trying."""

    def first(self, conn, message):
        conn.send(self.reply(message, 100, "Trying"))


# -- security agreement

IPSEC = "ipsec-3gpp;q=0.5;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=0000012345;spi-s=0000012346;" \
        "port-c=40001;port-s=40002"
variant("list-without-tls", Peer, security_server=IPSEC)
variant("list-digest", Peer, security_server="digest;q=0.9")
variant("list-none", Peer, security_server=None)
variant("list-malformed", Peer, security_server="tls;q=7,;;=")
variant("list-odd", Peer, security_server="tls;q=.1;, ipsec-3gpp;q=2;spi-c=x,")  # must be accepted and mirrored
variant("list-two", Peer, security_server="tls;q=0.2, digest ; q=0.1 ;d-alg=md5")  # must be accepted and mirrored


@case("list-changed")
class ListChanged(MacWrong):
    """The second 401 of the registration has another list."""
    bad = 1
    other = "tls;q=0.2"

    def challenge_headers(self, conn):
        return ["Security-Server: " + (LIST if len(self.vectors) < 2 else self.other)]


variant("list-grown", ListChanged, other=LIST + ", digest;q=0.05")


# -- at the wrong time

@case("late-401")
class Late401(Peer):
    """A second, other 401 to the first REGISTER, after the answer to the first one came."""

    def first(self, conn, message):
        self.opening = message
        super().first(conn, message)

    def accept(self, conn, message):
        keep = self.pending
        conn.send(self.challenge(conn, self.opening))
        self.pending = keep
        super().accept(conn, message)


@case("double-401")
class Double401(Peer):
    """Two different 401 to the first REGISTER in one go."""

    def first(self, conn, message):
        first = self.challenge(conn, message)
        keep = self.pending
        second = self.challenge(conn, message)
        self.pending = keep
        conn.send(first + second)


METHODS = ("OPTIONS", "MESSAGE", "NOTIFY")


@case("requests-before")
class RequestsBefore(Peer):
    """Requests before the challenge and with it: none may be answered."""

    def connected(self, conn):
        conn.send(b"".join(self.request(conn, m) for m in METHODS))

    def first(self, conn, message):
        conn.send(b"".join(self.request(conn, m, 2) for m in METHODS))
        super().first(conn, message)


@case("requests-only")
class RequestsOnly(RequestsBefore):
    """Requests for ever, no challenge."""

    def first(self, conn, message):
        conn.send(b"".join(self.request(conn, m, n) for n in range(3, 300) for m in METHODS))


@case("requests-after")
class RequestsAfter(Peer):
    """Requests once registered: each is answered."""

    def registered(self, conn):
        conn.send(b"".join(self.request(conn, m, 3) for m in METHODS))


@case("messages-odd")
class MessagesOdd(Peer):
    """Once registered: a MESSAGE that would steer a terminal, one in another case, one that requires an extension."""

    def registered(self, conn):
        steering = self.request(conn, "MESSAGE", 4).replace(b"hello", b"\x1b[2J\x9b")
        requiring = self.request(conn, "MESSAGE", 5).replace(b"Event: reg", b"Require: x-unknown")
        other = self.request(conn, "message", 6)
        conn.send(steering + requiring + other + self.request(conn, "OPTIONS", 7))


@case("takes-request")
class TakesRequest(Peer):
    """Says what a request of the UE brought of the flow, and answers it."""
    status, reason = 200, "OK"

    def dispatch(self, conn, message):
        if message.status or message.method == "REGISTER":
            return super().dispatch(conn, message)
        self.say("request", line=message.line, vias=len(message.all("via")), via=message.get("via").split(";")[0],
                 routes=message.all("route"), verify=message.get("security-verify"), require=message.get("require"),
                 identity=message.get("p-preferred-identity"), body=message.body.decode())
        return conn.send(self.reply(message, 100, "Trying") + self.reply(message, self.status, self.reason))


variant("refuses-request", TakesRequest, status=486, reason="Busy Here")
variant("swallows-request", TakesRequest, reply=lambda self, request, *rest: (
    Peer.reply(self, request, *rest) if request.method == "REGISTER" else b""))


# -- too long or malformed, once registered

class Odd(Peer):
    """A MESSAGE that nobody can take, then OPTIONS."""
    start, headers, body = "MESSAGE sip:ue@home SIP/2.0", (), 0
    times = 99      # connections on which it comes

    def odd(self):
        lines = [self.start, "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKodd", "From: <sip:network@home>;tag=1",
                 "To: <sip:ue@home>", "Call-ID: peer-odd", "CSeq: 1 MESSAGE", *self.headers,
                 f"Content-Length: {self.body}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + b"b" * self.body

    def registered(self, conn):
        if conn.n < self.times:
            conn.send(self.odd())
        conn.send(self.request(conn, "OPTIONS", 3))


variant("odd-fields", Odd, headers=("X: y",) * 130)
variant("odd-line", Odd, headers=("X: " + "y" * 8190,))
variant("odd-body", Odd, body=17000)
variant("odd-body-200k", Odd, body=200 * 1024)
variant("odd-malformed", Odd, start="MESSAGE sip:\x1b[2Jue SIP/2.0", headers=("no colon",))
variant("odd-unframed", Odd, headers=("Content-Length: 7",), times=1)


@case("odd-endless")
class OddEndless(Odd):
    """A MESSAGE whose header field never ends; honest on the next connection."""
    times = 1

    def odd(self):
        return super().odd().replace(b"Content-Length: 0\r\n\r\n", b"X: ") + b"x" * (4 << 20)


class Contacts(Peer):
    """A 200 as it is met in the field; {0} is the UE's Contact, {1} the expiry."""
    headers = ()

    def ok(self, message, expires, extra=()):
        own = re.sub(r";\s*expires\s*=\s*\d+", "", message.get("contact"))
        return self.reply(message, 200, "OK", [line.format(own, expires) for line in self.headers])


OTHER = "<sip:other@192.0.2.3:5060;transport=udp>;expires=390"
variant("not-bound", Contacts, headers=(f"Contact: {OTHER}, <sip:somebody@192.0.2.1:5060>;expires=600",))
variant("contact-stray-colon", Contacts, headers=("Contact: " + OTHER + ",: {0};expires=30, {0};expires={1}",))
variant("contact-no-expires", Contacts, headers=("Contact: {0}",))
variant("contact-rewritten", Contacts, headers=("Contact: <sip:u@192.0.2.7:1024>;expires={1}",))
variant("contact-odd", Contacts, headers=("Contact: <sip:>;expires=60, {0};;expires={1},", "Expires: 5", "Expires: 4",
                                          "P-Associated-URI: =, <sip:a@b>", 'Service-Route: <sip:r@h;lr>, "'))
variant("identities-39", Contacts, headers=("Contact: {0};expires={1}", *(
    f"P-Associated-URI: <sip:user-of-many-identities-{i:02}@ims.mnc001.mcc001.3gppnetwork.org>" for i in range(39))))
variant("route-too-long", Contacts, headers=("Contact: {0};expires={1}", *(
    f"Service-Route: <sip:orig@scscf{i:02}.ims.mnc001.mcc001.3gppnetwork.org;lr>" for i in range(39))))
variant("auth-odd", Peer, challenge_params=lambda self, conn, vector: [
    "stale=false , ", *Peer.challenge_params(self, conn, vector), 'qop=""', r'opaque="a\"b\\c"', ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=sorted(CASES), default="honest")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--certs", help="folder of certs.py; made when empty")
    parser.add_argument("--log", help="folder for what is decrypted")
    parser.add_argument("--tls-max", choices=("1.2", "1.3"), default="1.3")
    args = parser.parse_args()
    if args.list:
        for name, cls in sorted(CASES.items()):
            print(f"{name:20} {(cls.__doc__ or cls.__mro__[1].__doc__ or '').splitlines()[0]}")
        return 0
    if not args.certs or not args.log:
        parser.error("--certs and --log are needed")
    os.makedirs(args.log, exist_ok=True)
    os.makedirs(args.certs, exist_ok=True)
    if not os.path.exists(os.path.join(args.certs, certs.LAST)):
        certs.make(args.certs)
    CASES[args.case](args.certs, args.log, args.tls_max).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
