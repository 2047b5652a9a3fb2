# SPDX-License-Identifier: Apache-2.0
"""Messages that no phone expects, and a subscriber that sends them to all others through a P-CSCF with
`--fault raw-messages`.
"""
import random
import sys
import threading
import time

sys.path.insert(1, sys.path[0] + "/../e2e")
from ue import Ue  # noqa: E402

ASKED = "OPTIONS sip:ue@home SIP/2.0"   # behind each odd one: its 200 shows that the phone reads on
VIA = "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK{}"
PAUSE_S = 1.0       # between two odd messages
RENEW_S = 40        # a new registration of the sender: the P-CSCF grants 60 s


def message(number, start="MESSAGE sip:ue@home SIP/2.0", headers=(), body=b"", via=True):
    method = start.split(" ")[0]
    lines = [start, *([VIA.format(f"odd{number}")] if via else []), "From: <sip:odd@home>;tag=1", "To: <sip:ue@home>",
             f"Call-ID: odd-{number}", f"CSeq: {number} {method}", "Max-Forwards: 70", *headers,
             f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def spoilt(number):
    """One to five octets of a good message are others. Framing stays: the last line and line ends are spared."""
    chance = random.Random(number)
    raw = bytearray(message(number, headers=["Subject: hello", "Contact: <sip:odd@192.0.2.1;transport=tcp>"]))
    end = raw.index(b"Content-Length")
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(end)
        if raw[at] not in b"\r\n":
            raw[at] = chance.choice([c for c in range(256) if c not in b"\r\n"])
    return bytes(raw)


# Each is borne: answered or dropped, and what comes behind it is taken.
KINDS = [
    lambda n: message(n, headers=["X: y"] * 130),
    lambda n: message(n, body=b"b" * 17000),
    lambda n: message(n, headers=["X: " + "y" * 8190]),
    lambda n: message(n, start="MESSAGE sip:\x1b[2Jue SIP/2.0", headers=["no colon"]),
    lambda n: message(n, start="MESSAGE sip:ue@home SIP/3.0"),
    lambda n: message(n, start="NONSENSE sip:ue@home SIP/2.0"),
    lambda n: message(n, start="OPTIONS soap.beep://192.0.2.103 SIP/2.0"),
    lambda n: message(n, start="SIP/2.0 200 OK", headers=["CSeq: 1 REGISTER"]),
    lambda n: message(n, start="SIP/2.0 401 Unauthorized", headers=['WWW-Authenticate: Digest nonce="AAAA"']),
    lambda n: message(n, via=False),
    lambda n: message(n, headers=[VIA.format(i) for i in range(60)]),
    lambda n: message(n, headers=["Require: x-unknown"]),
    lambda n: message(n, headers=["Subject: a\0b", "Subject:", ":", "\tfolded"]),
    lambda n: b"\r\n" * 700,
    spoilt, spoilt, spoilt,
]
# What cannot be framed ends the flow (RFC 3261 18.3).
ENDING = b"MESSAGE sip:ue@home SIP/2.0\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n"


class Sender:
    """Registers as `who`, and again when the P-CSCF went away; sends as long as it runs."""

    def __init__(self, port, who):
        self.port, self.who, self.stopping = port, who, False
        self.sent = 0                       # odd messages
        self.ending = threading.Event()     # set: the next one ends the flows
        self.ended_at = None                # when the last such left
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping:
            try:
                self.register_and_send()
            except (OSError, AssertionError, AttributeError, KeyError):
                time.sleep(1)   # the P-CSCF is away, and this subscriber has to be no better than it must

    def register_and_send(self):
        ue = Ue(self.port, who=self.who)
        try:
            ue.learn(ue.first())
            if ue.second().status != 200:
                return
            end = time.monotonic() + RENEW_S
            while not self.stopping and time.monotonic() < end:
                self.one(ue)
                time.sleep(PAUSE_S)
        finally:
            ue.close()

    def one(self, ue):
        number = self.sent + 1
        if self.ending.is_set():
            self.ended_at = time.monotonic()
            self.hand_over(ue, number, ENDING)
            self.ending.clear()
            return
        self.hand_over(ue, number, KINDS[number % len(KINDS)](number))
        self.hand_over(ue, number, message(number, start=ASKED))
        self.sent += 1

    @staticmethod
    def hand_over(ue, number, octets):
        ue.sock.sendall(message(number, body=octets))
        if ue.answer().status != 200:
            raise OSError("not taken")

    def end(self):
        self.stopping = True
        self.thread.join(10)
