# SPDX-License-Identifier: Apache-2.0
"""softphone against TLS as OpenSSL speaks it, and what this build's mbedTLS cannot do, told apart."""
import os
import re
import select
import socket
import ssl
import sys
import time

import ims
import rows
from listener import Listener
from peer import Peer
from ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
OLD = {"tls_error": -0x7080, "tls_text": "SSL - The requested feature is not available"}


class Server:
    """`openssl s_server` with a certificate of the suite's."""

    def __init__(self, suite, run_module, folder, cert, *more):
        self.port = free_port()
        pem = suite.pem(cert + ".pem")
        self.child = run_module.Child(["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", pem, "-key",
                                       pem, *more], folder, "server", stdin=run_module.subprocess.PIPE)
        end = time.monotonic() + 5
        while b"ACCEPT" not in self.child.text():
            if time.monotonic() > end:
                raise RuntimeError("openssl s_server did not start: " + self.child.error_text().decode())
            time.sleep(0.02)


def phone(suite, run_module, folder, port, *more, seconds=2, json=True, name="softphone"):
    words = [w for w in run_module.ID if json or w != "--json"]
    argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{port}", *words, "--timeout", str(seconds), *more]
    child = run_module.Child(argv, folder, name)
    child.status = child.wait(seconds + 10)
    return child


def in_pieces(suite, run_module, folder):
    """A certificate in records of 512 octets (Mbed-TLS#9269): borne, or named with mbedTLS's code and words."""
    server = Server(suite, run_module, folder, "rsa", "-tls1_2", "-max_send_frag", "512")
    try:
        child = phone(suite, run_module, folder, server.port)
        events = child.events()
        if any(e["event"] == "tls" for e in events):
            return []
        failed = events[-1]
        said = {k: failed.get(k) for k in OLD}
        faults = [] if child.status == 4 and failed.get("error") == "tls_fragmented" else [f"{child.status} {failed}"]
        faults += [] if said == OLD else [f"mbedTLS said {said}"]
        faults += [] if all(e.items() >= OLD.items() for e in events if e["event"] == "retry") else ["retry lacks it"]
        words = phone(suite, run_module, folder, server.port, json=False)
        due = b"mbedTLS -0x7080: SSL - The requested feature is not available"
        faults += [] if due in words.text() and b"softphone: " + due in words.error_text() else ["not told to people"]
        return faults
    finally:
        server.child.end()


def codes_of_tls_alone(suite, run_module, folder):
    """A failure that is not TLS's has no such keys."""
    child = phone(suite, run_module, folder, 1)
    faults = [] if child.events()[-1:] and child.events()[-1].get("error") == "connect" else [f"said {child.events()}"]
    return faults + [f"{e}" for e in child.events() if re.search("tls_", run_module.json.dumps(e))]


# -- TLS 1.2 alone, for a server that insists on RSA-PSS there (mbedTLS 3.6; Mbed-TLS#10668)


def both_versions(suite, run_module, folder):
    """Does this build offer TLS 1.3 beside 1.2?"""
    probe = phone(suite, run_module, folder, 1, "--tls-max", "1.3", name="probe")
    if probe.status != 3 and b"--tls-max: this build has no TLS 1.3" not in probe.error_text():
        raise RuntimeError(f"exit {probe.status}: {probe.error_text()}")
    return probe.status == 3


def tries(events):
    """How often it connected, and what it said of the second try."""
    return sum(e["event"] == "connecting" for e in events), sum(e.get("error") == "tls_pss" for e in events
                                                                if e["event"] == "policy")


def versions(events):
    return [e["version"] for e in events if e["event"] == "tls"]


def insists_on_pss(suite, run_module, folder):
    """OpenSSL with an RSA certificate and its own preference, and behind it a whole registration."""
    due = (2, 1) if both_versions(suite, run_module, folder) else (1, 0)

    def judge(events, peer, run):
        said = (tries(events), versions(events), sum(e["event"] == "connection" for e in peer))
        return [] if said == (due, ["1.2"], due[0]) else [f"{said}"]

    server = Server(suite, run_module, folder, "rsa", "-tls1_2", "-serverpref")
    try:
        events = phone(suite, run_module, folder, server.port).events()
        faults = [] if versions(events)[:1] == ["1.2"] else [f"s_server: {events}"]
    finally:
        server.child.end()
    return faults + suite.hostile(rows.good("rsa-tls12", check=judge), "tls pss registered")


def lowest_version(suite, run_module, folder):
    """A lowest version of 1.3 forbids the second try."""
    if not both_versions(suite, run_module, folder):
        return []

    def once(events, peer, run):
        return [] if tries(events) == (1, 0) and not versions(events) else [f"{events}"]
    row = rows.Row("rsa-tls12", 4, {"tls", "tls_alert"}, args=["--tls-min", "1.3"], check=once)
    faults = suite.hostile(row, "tls lowest 1.3")
    return faults + suite.hostile(rows.good("rsa", ["--tls-min", "1.3"], rows.saw("tls", version="1.3")),
                                  "tls lowest 1.3 and able")


class Attacker(Listener):
    """On the path: answers every first connection himself, as a server of TLS 1.2 that insists on RSA-PSS; passes every
    second one on to the real P-CSCF, octet by octet, but for `change` in what the P-CSCF says first."""

    def __init__(self, pem, upstream, change=None):
        self.pem, self.upstream, self.change = pem, upstream, change
        super().__init__()

    def serve(self, sock, number):
        (self.lure if number % 2 else self.relay)(sock)

    def lure(self, sock):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        context.load_cert_chain(self.pem)
        try:
            context.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()

    def relay(self, sock):
        with sock, socket.create_connection(("127.0.0.1", self.upstream)) as real:
            first = True
            while True:
                for side in select.select([sock, real], [], [])[0]:
                    try:
                        data = side.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    if side is real and first and self.change:
                        data, first = self.change(data), False
                    (real if side is sock else sock).sendall(data)


MARK = slice(5 + 4 + 2 + 24, 5 + 4 + 2 + 32)   # the end of ServerHello.random, behind the headers of record and message


def without_mark(data):
    if data[MARK] != b"DOWNGRD\x01":
        raise RuntimeError(f"the real server did not mark its hello: {data[:64].hex()}")
    return data[:MARK.start] + b"\0" * 8 + data[MARK.stop:]


def forced_down(suite, run_module, folder):
    """The real P-CSCF can do TLS 1.3: nobody gets a session of TLS 1.2 with it, with its mark or without."""
    if not both_versions(suite, run_module, folder):
        return []
    faults = []
    for n, (change, error) in enumerate(((None, "tls_downgrade"), (without_mark, "tls"))):
        log = os.path.join(folder, f"real-{n}")
        os.makedirs(log)
        peer = run_module.Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--case", "rsa", "--certs",
                                 suite.certs, "--log", log], log, "peer")
        attacker = Attacker(suite.pem("rsa.pem"), peer.port(), change)
        try:
            child = phone(suite, run_module, log, attacker.port)
            events = child.events()
            faults += [] if (child.status, events[-1].get("error")) == (4, error) else [f"{child.status} {events[-1]}"]
            faults += [] if tries(events) == (2, 1) and attacker.connections == 2 else [f"{tries(events)}"]
            faults += [f"told of a session: {e}" for e in events if e["event"] in ("tls", "registered", "sent")]
            faults += [f"the P-CSCF got {e}" for e in peer.events() if e["event"] in ("register", "tls")]
        finally:
            attacker.end()
            peer.end()
    return faults


def man_in_the_middle(suite, run_module, folder):
    """With his own certificate he gets TLS 1.2, as he always can: the token is not over that."""
    peer = run_module.Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--certs", suite.certs, "--log",
                             os.path.join(folder, "real")], folder, "peer")
    row = rows.Row("honest", 6, "s_token_mismatch", "mismatch", rows.NEVER)
    try:
        faults, run = suite.tapped(row, folder, peer.port(), suite.pem("rsa.pem"), "--tls-max", "1.2")
        due = (2, 1) if both_versions(suite, run_module, folder) else (1, 0)
        return faults + ([] if tries(run.events()) == due else [f"{tries(run.events())}"])
    finally:
        peer.end()


# -- KeyUpdate (Mbed-TLS#10881)


class Quiet(Peer):
    def say(self, event, **more):
        """What it did shows in what the phone says."""


class Typed:
    """A P-CSCF whose TLS is s_server: it types at the terminal of that, and reads what that prints."""

    n, buffer = 0, b""

    def __init__(self, server, certs_folder, log):
        self.server, self.peer = server, Quiet(certs_folder, log)
        self.der = self.peer.der("rsa")
        self.seen = 0

    def send(self, data):
        self.server.child.process.stdin.write(data)
        self.server.child.process.stdin.flush()

    def serve(self):
        """Answers the REGISTERs that have come since."""
        text = self.server.child.text()
        for found in re.finditer(rb"REGISTER sip:.*?\r\n\r\n", text[self.seen:], re.S):
            messages, _ = ims.split_stream(found.group(0))
            self.peer.dispatch(self, messages[0])
        self.seen = text.rfind(b"\r\n\r\n") + 4


def key_update(suite, run_module, folder):
    """OpenSSL changes its keys once the phone is registered: told as what it is, and the phone is back at once."""
    if not both_versions(suite, run_module, folder):
        return []
    server = Server(suite, run_module, folder, "rsa", "-tls1_3")
    typed = Typed(server, suite.certs, folder)
    child = run_module.Child([suite.args.softphone, "--pcscf", f"127.0.0.1:{server.port}", *run_module.ID, "--stay", "4"],
                             folder, "softphone")
    try:
        asked, end = None, time.monotonic() + 12
        while child.process.poll() is None and time.monotonic() < end:
            typed.serve()
            if asked is None and any(e["event"] == "registered" for e in child.events()):
                asked = child.events()[-1]["t_ms"]
                typed.send(b"K\n")
            time.sleep(0.02)
        events = child.events()
        lost = [e for e in events if e["event"] == "lost"]
        back = [e["t_ms"] for e in events if e["event"] == "registered"][1:]
        said = [(e.get("error"), e.get("tls_error"), e.get("tls_text")) for e in lost]
        due = ("tls_key_update", -0x7700, "SSL - An unexpected message was received from our peer")
        faults = [] if said == [due] else [f"lost: {said}"]
        faults += [] if len(back) == 1 and back[0] - lost[0]["t_ms"] < 2000 else [f"back at {back}"]
        return faults + ([] if child.process.returncode == 0 else [f"exit {child.process.returncode}"])
    finally:
        child.end()
        server.child.end()


# -- figure 5


def silence(suite, run_module, folder):
    """A P-CSCF that takes the connection and says nothing refuses TLS, eight seconds later; one that answers does not."""
    faults = []
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.create_server(("127.0.0.1", 0)) as clear:
        tls_port, plain_port = (s.getsockname()[1] for s in (mute, clear))
        more = ["--plain-port", str(plain_port), "--offer", "tls,ipsec-3gpp"]
        child = phone(suite, run_module, folder, tls_port, *more, "--fallback", "ipsec", seconds=10)
        if child.status == 2 and b"this build does not have it" in child.error_text():   # IPsec
            return []
        events = child.events()
        told = [e["t_ms"] for e in events if e["event"] == "policy" and e.get("error") == "timeout"]
        peers = [e["peer"] for e in events if e["event"] == "connecting"]
        faults += [] if len(told) == 1 and 8000 <= told[0] < 9500 else [f"told at {told}"]
        faults += [] if peers == [f"127.0.0.1:{p}" for p in (tls_port, plain_port)] else [f"{peers}"]
        child = phone(suite, run_module, folder, tls_port, *more, seconds=10)
        peers = [e["peer"] for e in child.events() if e["event"] == "connecting"]
        return faults + ([] if peers == [f"127.0.0.1:{tls_port}"] else [f"without leave: {peers}"])


CHECKS = [("certificate in pieces", in_pieces), ("codes of TLS alone", codes_of_tls_alone),
          ("RSA-PSS in TLS 1.2", insists_on_pss), ("lowest version", lowest_version), ("forced down", forced_down),
          ("forced down by a man in the middle", man_in_the_middle), ("silence, then figure 5", silence),
          ("key update", key_update)]


def tests(suite, run_module):
    """[(title, test)]"""
    return [("tls: " + title, lambda c=check, t=title: c(suite, run_module, suite.folder("tls " + t)))
            for title, check in CHECKS]
