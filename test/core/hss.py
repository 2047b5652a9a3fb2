#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An HSS with just enough of Cx (TS 29.228) for one I-CSCF and one S-CSCF. `hss.py ADDRESS:PORT SUBSCRIBERS`

SUBSCRIBERS holds one a line: IMPI K OPC IMPU..., the IMPUs are one implicit registration set, the first is the default.
Prints one JSON object for each thing that happened. Takes one command a line on standard input:
  rtr IMPI REASON TEXT   takes the subscriber's registration away (REASON: TS 29.229 6.3.16)
  seq IMPI N             the SEQ of the next vector
"""
import json
import os
import socket
import sys
import threading
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import diameter  # noqa: E402
import ims  # noqa: E402
from diameter import CX, VENDOR  # noqa: E402
from peer import REALM  # noqa: E402

HOST = "127.0.0.14"   # its name too: there is no DNS
SCHEME = "Digest-AKAv1-MD5"

# TS 29.229 6.2: what Experimental-Result-Code says
FIRST_REGISTRATION, SUBSEQUENT_REGISTRATION, UNREGISTERED_SERVICE = 2001, 2002, 2003
USER_UNKNOWN, IDENTITIES_DONT_MATCH, IDENTITY_NOT_REGISTERED, SCHEME_NOT_SUPPORTED = 5001, 5002, 5003, 5006
# Server-Assignment-Type (TS 29.229 6.3.15)
REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER = 1, 2, 3
DEREGISTRATION = 1   # User-Authorization-Type (TS 29.229 6.3.24)


class Subscriber:
    def __init__(self, line):
        self.impi, k, opc, *self.impus = line.split()
        self.card = ims.Milenage(bytes.fromhex(k), bytes.fromhex(opc))
        self.seq, self.server, self.registered = 1, "", False

    def vector(self):
        """The next one, as a SIP-Auth-Data-Item."""
        vector = ims.Vector(self.card, self.seq << 5)
        self.seq += 1
        return [("SIP-Item-Number", 1), ("SIP-Authentication-Scheme", SCHEME),
                ("SIP-Authenticate", vector.rand + vector.autn), ("SIP-Authorization", vector.res),
                ("Confidentiality-Key", vector.ck), ("Integrity-Key", vector.ik)]

    def user_data(self):
        """TS 29.228 annex B."""
        identities = "".join(f"<PublicIdentity><Identity>{escape(i)}</Identity></PublicIdentity>" for i in self.impus)
        return (f'<?xml version="1.0" encoding="UTF-8"?><IMSSubscription><PrivateID>{escape(self.impi)}</PrivateID>'
                f"<ServiceProfile>{identities}</ServiceProfile></IMSSubscription>")


class Hss:
    def __init__(self, lines):
        self.lock = threading.RLock()
        self.subscribers = [Subscriber(line) for line in lines if line.strip() and not line.startswith("#")]
        self.links, self.hop = {}, 0    # Origin-Host: socket

    def say(self, event, **more):
        with self.lock:
            print(json.dumps({"event": event, **more}), flush=True)

    # -- connections

    def serve(self, sock):
        try:
            while (message := diameter.read(sock)) is not None:
                with self.lock:
                    self.take(sock, message)
        except (OSError, ValueError) as error:
            self.say("broken", why=f"{type(error).__name__}: {error}")
        finally:
            sock.close()

    def take(self, sock, message):
        if not message.request:
            return self.say("answer", command=message.command, result=message.avps.get("Result-Code"))
        if message.command == "CE":
            self.links[message.get("Origin-Host")] = sock
            self.say("peer", host=message.get("Origin-Host"))
        handler = getattr(self, message.command.lower(), None)
        avps = handler(message) if handler else [("Result-Code", 3001)]   # DIAMETER_COMMAND_UNSUPPORTED
        session = [("Session-Id", message.get("Session-Id"))] if message.application else []
        application = [self.application(), ("Auth-Session-State", 1)] if message.application else []
        sock.sendall(message.answer(session + application + self.origin() + avps))

    @staticmethod
    def origin():
        return [("Origin-Host", HOST), ("Origin-Realm", REALM)]

    @staticmethod
    def application():
        return ("Vendor-Specific-Application-Id", [("Vendor-Id", VENDOR), ("Auth-Application-Id", CX)])

    @staticmethod
    def experimental(code):
        return [("Experimental-Result", [("Vendor-Id", VENDOR), ("Experimental-Result-Code", code)])]

    # -- RFC 6733 5.3, 5.4, 5.5

    def ce(self, message):
        return [("Result-Code", 2001), ("Host-IP-Address", b"\0\1" + socket.inet_aton(HOST)), ("Vendor-Id", VENDOR),
                ("Product-Name", "test"), ("Supported-Vendor-Id", VENDOR), self.application()]

    def dw(self, message):
        return [("Result-Code", 2001)]

    dp = dw

    # -- TS 29.228 6

    def find(self, message):
        """(subscriber, None), or (None, the answer that refuses)"""
        impi, impu = message.get("User-Name"), message.get("Public-Identity")
        by_impu = next((s for s in self.subscribers if impu in s.impus), None)
        if not by_impu or impi and not any(s.impi == impi for s in self.subscribers):
            self.say("unknown", command=message.command, impi=impi, impu=impu)
            return None, self.experimental(USER_UNKNOWN)
        if impi and by_impu.impi != impi:
            self.say("mismatch", command=message.command, impi=impi, impu=impu)
            return None, self.experimental(IDENTITIES_DONT_MATCH)
        return by_impu, None

    def ua(self, message):
        """6.1.1: may this registration come in, and who serves it?"""
        user, refusal = self.find(message)
        if refusal:
            return refusal
        leaves = message.avps.get("User-Authorization-Type") == DEREGISTRATION
        self.say("uar", impi=user.impi, deregistration=leaves)
        if user.server:
            return ([("Result-Code", 2001)] if leaves else self.experimental(SUBSEQUENT_REGISTRATION)) + \
                [("Server-Name", user.server)]
        if leaves:
            return self.experimental(IDENTITY_NOT_REGISTERED)
        return self.experimental(FIRST_REGISTRATION) + [("Server-Capabilities", [("Mandatory-Capability", 1)])]

    def ma(self, message):
        """6.3: a vector; with RAND and AUTS, one that the card takes."""
        user, refusal = self.find(message)
        if refusal:
            return refusal
        item = message.avps.get("SIP-Auth-Data-Item", {})
        if item.get("SIP-Authentication-Scheme") != SCHEME.encode():
            return self.experimental(SCHEME_NOT_SUPPORTED)
        proof = item.get("SIP-Authorization")
        if proof:
            sqn = ims.auts_open(user.card, proof[:16], proof[16:])
            self.say("auts", impi=user.impi, genuine=sqn is not None)
            user.seq = user.seq if sqn is None else (sqn >> 5) + 1
        user.server = message.get("Server-Name")
        self.say("mar", impi=user.impi, seq=user.seq)
        return [("User-Name", user.impi), ("Public-Identity", message.get("Public-Identity")), ("Result-Code", 2001),
                ("SIP-Number-Auth-Items", 1), ("SIP-Auth-Data-Item", user.vector())]

    def sa(self, message):
        """6.1.2"""
        user, refusal = self.find(message)
        if refusal:
            return refusal
        kind = message.avps.get("Server-Assignment-Type")
        stays = kind in (REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER)
        user.server = message.get("Server-Name") if stays else ""
        user.registered = kind in (REGISTRATION, RE_REGISTRATION)
        self.say("sar", impi=user.impi, type=kind)
        return [("User-Name", user.impi), ("Result-Code", 2001)] + ([("User-Data", user.user_data())] if stays else [])

    def li(self, message):
        """6.1.4: who serves this identity?"""
        user, refusal = self.find(message)
        if refusal:
            return refusal
        self.say("lir", impi=user.impi, registered=user.registered)
        return [("Result-Code", 2001), ("Server-Name", user.server)] if user.registered else \
            self.experimental(IDENTITY_NOT_REGISTERED)

    # -- commands

    def rtr(self, impi, reason, *words):
        """6.1.3: all identities of the subscriber, at the S-CSCF that has them."""
        user = next(s for s in self.subscribers if s.impi == impi)
        sock, self.hop = self.links["scscf." + REALM], self.hop + 1
        user.server, user.registered = "", False
        sock.sendall(diameter.message(diameter.CODES["RT"], CX, self.hop, self.hop, [
            ("Session-Id", f"{HOST};{self.hop};1"), self.application(), ("Auth-Session-State", 1), *self.origin(),
            ("Destination-Host", "scscf." + REALM), ("Destination-Realm", REALM), ("User-Name", impi),
            *(("Public-Identity", impu) for impu in user.impus),
            ("Deregistration-Reason", [("Reason-Code", int(reason)), ("Reason-Info", " ".join(words))])], request=True))
        self.say("rtr", impi=impi)

    def set_seq(self, impi, seq):
        next(s for s in self.subscribers if s.impi == impi).seq = int(seq)
        self.say("seq", impi=impi, seq=int(seq))

    def obey(self, line):
        word, *arguments = line.split()
        with self.lock:
            {"rtr": self.rtr, "seq": self.set_seq}[word](*arguments)


def main(address, path):
    with open(path, encoding="utf-8") as lines:
        hss = Hss(list(lines))
    host, _, port = address.rpartition(":")
    listener = socket.create_server((host, int(port)))
    hss.say("ready")

    def accept():
        while True:
            threading.Thread(target=hss.serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for line in sys.stdin:   # its end is ours
        hss.obey(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
