# SPDX-License-Identifier: Apache-2.0
"""Cases of hostile_pcscf.py about kept flows (RFC 5626), pings (RFC 6223) and URIs of the device (RFC 5627)."""
from peer import IMPI, REALM, Peer

PUB = f"sip:{IMPI};gr=urn:uuid:1"
TEMP = f"sip:tgruu.7hs==jd7vnzga5w@{REALM};gr"


class Flow(Peer):
    """Says of the flow in each 200: `keep` in the UE's Via, `lines`, `params` of its Contact."""
    keep, lines, params = ";keep", (), ""

    def dispatch(self, conn, message):
        if message.status or message.method == "REGISTER":
            return super().dispatch(conn, message)
        self.say("request", line=message.line, contact=message.get("contact"), supported=message.get("supported"),
                 headers=message.raw.decode("latin-1"))
        return conn.send(self.reply(message, 200, "OK"))

    def second(self, conn, message):
        self.say("offered", keep=message.get("via").endswith(";keep"), supported=message.get("supported"))
        return super().second(conn, message)

    def ok(self, message, expires, extra=()):
        raw = super().ok(message, expires, [*self.lines, *extra] if expires else extra)
        if not expires:
            return raw
        granted = f";expires={expires}".encode()
        return raw.replace(b";keep\r\n", self.keep.encode() + b"\r\n", 1).replace(
            granted, granted + self.params.encode("latin-1"), 1)


class Failed(Flow):
    """430 to the first refresh."""
    granted, times = 2, 1

    def refreshed(self, conn, message):
        self.times -= 1
        return conn.send(self.reply(message, 430, "Flow Failed")) if self.times >= 0 else super().refreshed(conn, message)


class FailedElsewhere(Flow):
    """430 to a request of the UE's user."""

    def reply(self, request, status, reason, headers=(), body=b""):
        if request.method != "REGISTER":
            status, reason = 430, "Flow Failed"
        return super().reply(request, status, reason, headers, body)


class Mute(Flow):
    """Wants pings and answers none on the first connection."""
    keep = ";keep=1"

    def pinged(self, conn):
        if conn.n == 0:
            return self.say("pinged", n=conn.n)
        return super().pinged(conn)


def variant(name, base=Flow, **attributes):
    return name, type(name, (base,), attributes)


def gruus(pub=PUB, temp=TEMP):
    return f';pub-gruu="{pub}";temp-gruu="{temp}"'


CASES = dict([
    variant("flow-kept", lines=("Require: outbound", "Flow-Timer: 120"), params=gruus()),
    variant("flow-kept-bare", lines=("Require: outbound",)),
    variant("keep-0", keep=";keep=0"), variant("keep-1", keep=";keep=1"),
    variant("keep-2-32", keep=";keep=4294967296"), variant("keep-twice", keep=";keep=1;keep=1"),
    variant("flow-timer-0", lines=("Flow-Timer: 0",)), variant("flow-timer-1", lines=("Flow-Timer: 1",)),
    variant("flow-failed", Failed), variant("flow-failed-elsewhere", FailedElsewhere), variant("keep-mute", Mute),
    variant("gruu-quotes", params=gruus(PUB + r'\"x\"', TEMP + r'\"')),
    variant("gruu-brackets", params=gruus(PUB + ">;x=<sip:evil.example", TEMP + ">")),
    variant("gruu-fold", params=gruus(PUB + "\r\n Evil: 1", TEMP + "\r\n\t")),
    variant("gruu-crlf", params=gruus(PUB + "\r\nEvil: 1\r\nX: ")),
    variant("gruu-foreign", params=gruus("sip:alice@evil.example;gr=1", "sip:t@evil.example;gr")),
    variant("gruu-of-another", params=gruus(f"sip:mallory@{REALM};gr=1", f"sip:t@{REALM}.evil.example;gr")),
    variant("gruu-4k", params=gruus(f"sip:{IMPI};gr=" + "a" * 4096, f"sip:{'t' * 3000}@{REALM};gr")),
    variant("gruu-doubled", params=gruus() + gruus()),
])
