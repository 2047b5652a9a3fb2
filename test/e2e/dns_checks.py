# SPDX-License-Identifier: Apache-2.0
"""Names of the P-CSCF (RFC 3263): softphone with `--dns`, a DNS server that says what a row wants, and the example P-CSCF.
Judged are the exit status, where it connected, in which order, and what it asked."""
import os
import random
import signal
import socket
import time

from dns_server import (A, AAAA, NAPTR, NXDOMAIN, REFUSED, SERVFAIL, SRV, Dns, Fault, a, aaaa, cname, forged, late, naptr,
                        srv, wire)
from peer import IMPI, IMPU, K, OPC, REALM

HOST, TARGET, OTHER = "pcscf.example.net", "one.example.org", "two.example.org"
SIPS = "_sips._tcp." + HOST
NONE = Fault(rcode=NXDOMAIN)
SILENT = Fault("silent")


def closed_port():
    """Nobody listens there, and nobody comes to: it stays ours."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


class Lab:
    """A P-CSCF that is there, a port where nothing is, a DNS server."""

    def __init__(self, suite, run_module, title):
        self.suite, self.run, self.folder = suite, run_module, suite.folder(title)
        self.peer = suite.pcscf(self.folder, "--listen-plain", "127.0.0.1:0")
        self.port = self.peer.port()
        self.plain = next(e for e in self.peer.events() if e["event"] == "ready")["plain_port"]
        self.nobody = closed_port()
        self.dead = self.nobody.getsockname()[1]
        self.dns, self.env = None, []

    def end(self):
        self.peer.end()
        self.nobody.close()
        if self.dns:
            self.dns.end()

    def serve(self, zone, **how):
        self.dns = Dns(zone, **how)

    def start(self, *more, pcscf=(HOST,), timeout=20):
        where = [word for name in pcscf for word in ("--pcscf", name)]
        argv = [*self.env, self.suite.args.softphone, *where, "--impi", IMPI, "--impu", IMPU, "--domain", REALM, "--k", K.hex(),
                "--opc", OPC.hex(), "--json", "--timeout", str(timeout), "--dns", f"127.0.0.1:{self.dns.port}", *more]
        return self.run.Child(argv, self.folder, "softphone")

    def phone(self, status, where, error=None, more=(), pcscf=(HOST,), seconds=15):
        """Faults: exit status, error, and where it connected."""
        child = self.start(*more, pcscf=pcscf)
        got = child.wait(seconds + 10)
        events = child.events()
        self.wall = child.wall
        faults = [] if got == status else [f"exit {got}, not {status}: {child.error_text()[-200:]}"]
        faults += [] if child.wall < seconds else [f"took {child.wall:.1f} s"]
        faults += [] if child.cpu < 1 else [f"{child.cpu:.2f} s of CPU"]
        failed = next((e for e in events if e["event"] == "failed"), {})
        faults += [] if failed.get("error") == error else [f"error {failed.get('error')}, not {error}"]
        went = [e["peer"] for e in events if e["event"] == "connecting"]
        due = [f"127.0.0.1:{port}" if isinstance(port, int) else port for port in where]
        return faults + ([] if went == due else [f"connected to {went}, not {due}"])

    def asked(self, *due):
        """Each question, in order and once; the two for addresses in any order."""
        names = [n + " " + t for n, t in self.dns.asked]
        wanted = []
        for name, kind in due:
            wanted += [f"{name} A", f"{name} AAAA"] if kind == "A" else [f"{name} {kind}"]
        return [] if sorted(names) == sorted(wanted) else [f"asked {names}, not {wanted}"]


def all_three(lab):
    """NAPTR names SRV, SRV a port and a target, and that has an address."""
    lab.serve({(HOST, NAPTR): [naptr(10, 50, "SIPS+D2T", "_sips._tcp.elsewhere.example")],
               ("_sips._tcp.elsewhere.example", SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + lab.asked((HOST, "NAPTR"), ("_sips._tcp.elsewhere.example", "SRV"), (TARGET, "A"))


def no_naptr(lab):
    lab.serve({(SIPS, SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + lab.asked((HOST, "NAPTR"), (SIPS, "SRV"), (TARGET, "A"))


def address_alone(lab):
    """Neither NAPTR nor SRV: the name's own address, and the default port, as the application sets it."""
    lab.serve({(HOST, NAPTR): NONE, (SIPS, SRV): NONE, (HOST, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], more=["--tls-port", str(lab.port)]) + \
        lab.asked((HOST, "NAPTR"), (SIPS, "SRV"), (HOST, "A"))


def with_port(lab):
    """RFC 3263 4.2: a port, so no NAPTR and no SRV, though there are some."""
    lab.serve({(HOST, NAPTR): [naptr(10, 50, "SIPS+D2T", SIPS)], (SIPS, SRV): [srv(1, 1, lab.dead, TARGET)],
               (HOST, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], pcscf=[f"{HOST}:{lab.port}"]) + lab.asked((HOST, "A"))


def literal(lab):
    lab.serve({})
    return lab.phone(0, [lab.port], pcscf=[f"127.0.0.1:{lab.port}"]) + lab.asked()


def priorities(lab):
    lab.serve({(SIPS, SRV): [srv(20, 60000, lab.port, TARGET), srv(10, 0, lab.dead, OTHER)],
               (TARGET, A): [a("127.0.0.1")], (OTHER, A): [a("127.0.0.2")]})
    return lab.phone(0, [f"127.0.0.2:{lab.dead}", lab.port])


def weights(lab):
    """One of no weight has one chance in 65536."""
    lab.serve({(SIPS, SRV): [srv(10, 0, lab.dead, OTHER), srv(10, 65535, lab.port, TARGET)],
               (TARGET, A): [a("127.0.0.1")], (OTHER, A): [a("127.0.0.2")]})
    return lab.phone(0, [lab.port])


def choice(lab):
    """By order, then preference; other services, flags and rules do not count, nor do names that are none."""
    names = {n: f"_sips._tcp.{n}.example" for n in ("udp", "tcp", "rule", "flag", "late", "good")}
    lab.serve({(HOST, NAPTR): [naptr(1, 1, "SIP+D2U", names["udp"]), naptr(2, 1, "SIP+D2T", names["tcp"]),
                               naptr(3, 1, "SIPS+D2T", names["rule"], regexp="!^.*$!sip:a@b!"),
                               naptr(4, 1, "SIPS+D2T", names["flag"], flags="u"), naptr(5, 1, "SIPS+D2T", "a b.example"),
                               naptr(9, 9, "SIPS+D2T", names["late"]), naptr(9, 8, "sips+d2t", names["good"], flags="S")],
               (names["good"], SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + lab.asked((HOST, "NAPTR"), (names["good"], "SRV"), (TARGET, "A"))


def next_naptr(lab):
    """What the first names has no SRV record; the second one counts."""
    lab.serve({(HOST, NAPTR): [naptr(1, 1, "SIPS+D2T", "_sips._tcp.a.example"), naptr(2, 1, "SIPS+D2T", SIPS)],
               (SIPS, SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port])


def nothing(lab):
    lab.serve({(HOST, None): NONE, (SIPS, None): NONE})
    return lab.phone(3, [], "resolve", seconds=5) + lab.asked((HOST, "NAPTR"), (SIPS, "SRV"), (HOST, "A"))


def failures(lab):
    """What fails counts as no record (after c-ares asked once more, elsewhere if there were another server)."""
    lab.serve({(HOST, NAPTR): Fault(rcode=SERVFAIL), (SIPS, SRV): Fault(rcode=REFUSED), (HOST, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], more=["--tls-port", str(lab.port)])


def silence(lab):
    """8 s for all of it, whatever is asked, and next to no CPU."""
    lab.serve({(HOST, None): SILENT, (SIPS, None): SILENT})
    return lab.phone(3, [], "resolve", seconds=10) + ([] if lab.wall > 4 else [f"took only {lab.wall:.1f} s"])


def as_it_is(lab):
    """The name and no other: neither domains nor aliases of the system's."""
    with open(os.path.join(lab.folder, "aliases"), "w", encoding="ascii") as out:
        out.write(f"pcscf {OTHER}\n")
    lab.serve({("pcscf", None): NONE, ("_sips._tcp.pcscf", None): NONE, (OTHER, A): [a("127.0.0.1")],
               ("pcscf.evil.example", A): [a("127.0.0.1")]})
    lab.env = ["env", "LOCALDOMAIN=evil.example", "HOSTALIASES=" + os.path.join(lab.folder, "aliases")]
    return lab.phone(3, [], "resolve", pcscf=["pcscf"], seconds=9) + \
        lab.asked(("pcscf", "NAPTR"), ("_sips._tcp.pcscf", "SRV"), ("pcscf", "A"))


def half_silent(lab):
    """NAPTR is swallowed, as some middle boxes do; the rest is answered."""
    lab.serve({(HOST, NAPTR): SILENT, (SIPS, SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], seconds=8)


def too_late(lab):
    """The time is up with what is known by then; the answers that come after it change nothing."""
    lab.serve({(SIPS, SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]}, before=late(9))
    return lab.phone(3, [], "resolve", seconds=10)


def time_is_short(lab):
    """With one address known, whatever else is asked gets a second."""
    rows = [srv(1, 0, lab.port, TARGET)] + [srv(n, 0, lab.dead, f"h{n}.example") for n in range(2, 10)]
    lab.serve({(SIPS, SRV): rows, (TARGET, A): [a("127.0.0.1")], **{(f"h{n}.example", None): SILENT for n in range(2, 10)}})
    return lab.phone(0, [lab.port], seconds=3) + ([] if lab.wall > 0.9 else [f"took only {lab.wall:.1f} s"])


def interrupted(lab):
    """A server that says nothing holds nobody up."""
    lab.serve({(HOST, None): SILENT})
    child = lab.start()
    while not lab.dns.asked and child.process.poll() is None:
        time.sleep(0.02)
    child.process.send_signal(signal.SIGTERM)
    start, status = time.monotonic(), child.wait(20)
    took = time.monotonic() - start
    return [] if status == 3 and took < 5 else [f"exit {status} after {took:.1f} s"]    # not the 8 s of a silent server


def closed_server(lab):
    lab.serve({})
    lab.dns.port = lab.dead
    return lab.phone(3, [], "resolve", seconds=9)


def truncated(lab):
    """More than a datagram holds: TCP."""
    many = [srv(10 + n, 5, lab.port, TARGET) for n in range(40)]
    lab.serve({(SIPS, SRV): many, (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + ([] if lab.dns.over_tcp else ["not over TCP"])


def garbage(lab):
    lab.serve({(HOST, NAPTR): Fault("garbage"), (SIPS, SRV): Fault("cut"), (HOST, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], more=["--tls-port", str(lab.port)], seconds=10)


def forgery(lab):
    """Answers with another number than the question's, before the right one, and that one twice."""
    lab.serve({(SIPS, SRV): [srv(10, 5, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]}, before=forged("127.0.0.9"),
              twice=True)
    return lab.phone(0, [lab.port])


def thousand_srv(lab):
    """64 are looked at, and one target, however often it is named, is one address."""
    lab.serve({(SIPS, SRV): [srv(10, 5, lab.port, TARGET)] * 1000, (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + ([] if lab.dns.over_tcp else ["not over TCP"]) + \
        ([] if len(lab.dns.asked) < 2 * 24 else [f"{len(lab.dns.asked)} questions"])


def thousand_addresses(lab):
    """8 are tried."""
    there = [a(f"127.1.{n // 250}.{n % 250 + 1}") for n in range(1000)]
    lab.serve({(SIPS, SRV): [srv(10, 5, lab.dead, TARGET)], (TARGET, A): there})
    return lab.phone(3, [f"127.1.0.{n + 1}:{lab.dead}" for n in range(8)], "connect", seconds=5)


def thousand_naptr(lab):
    """32 are looked at, 4 asked for."""
    rows = [naptr(n, 1, "SIPS+D2T", f"_sips._tcp.h{n}.example") for n in range(1000)]
    random.Random(1).shuffle(rows)
    lab.serve({(HOST, NAPTR): rows, (HOST, A): [a("127.0.0.1")]})
    faults = lab.phone(0, [lab.port], more=["--tls-port", str(lab.port)])
    due = [rows[k][1] for k in sorted(range(32), key=lambda n: rows[n][1][:2])[:4]]
    asked = [name for name, kind in lab.dns.asked if kind == "SRV"]
    return faults + ([] if [wire(name) for name in asked] == [row[4 + 12:] for row in due] else [f"asked {asked}"])


def thousand_targets(lab):
    """No target has an address: questions end."""
    lab.serve({(SIPS, SRV): [srv(n, 5, lab.port, f"h{n}.example") for n in range(1000)]})
    return lab.phone(3, [], "resolve", seconds=9) + \
        ([] if len(lab.dns.asked) <= 25 else [f"{len(lab.dns.asked)} questions"])


def not_available(lab):
    """RFC 2782: "." says that there is no such service, and the address of the name is none of it."""
    lab.serve({(SIPS, SRV): [srv(0, 0, 0, ".")], (HOST, A): [a("127.0.0.1")]})
    return lab.phone(3, [], "resolve", more=["--tls-port", str(lab.port)], seconds=5) + \
        lab.asked((HOST, "NAPTR"), (SIPS, "SRV"))


def bad_targets(lab):
    lab.serve({(SIPS, SRV): [srv(1, 0, lab.dead, "127.0.0.1"), srv(2, 0, 0, TARGET), srv(3, 0, lab.dead, "a b.example"),
                             srv(4, 0, lab.dead, "x\\.example"), srv(5, 0, lab.port, TARGET)],
               (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port]) + lab.asked((HOST, "NAPTR"), (SIPS, "SRV"), (TARGET, "A"))


def bad_addresses(lab):
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, TARGET)], (TARGET, A): [a("0.0.0.0"), a("127.0.0.1"), a("127.0.0.1")],
               (TARGET, AAAA): [aaaa("::")]})
    return lab.phone(0, [lab.port])


def same_again(lab):
    """One address is tried once, however often it is named."""
    lab.serve({(SIPS, SRV): [srv(n, 0, lab.dead, name) for n, name in enumerate([TARGET, OTHER, TARGET])],
               (TARGET, A): [a("127.0.0.1"), a("127.0.0.1")], (OTHER, A): [a("127.0.0.1")]})
    return lab.phone(3, [lab.dead], "connect", seconds=5)


def aliases(lab):
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, TARGET)],
               (TARGET, A): [cname(OTHER), (*a("127.0.0.1"), OTHER)], (TARGET, AAAA): [cname(OTHER)]})
    return lab.phone(0, [lab.port])


def alias_loop(lab):
    loop = [cname(OTHER), (*cname(TARGET), OTHER)]
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, TARGET)], (TARGET, A): loop, (TARGET, AAAA): loop})
    return lab.phone(3, [], "resolve", seconds=9)


def both_families(lab):
    """Nobody listens on ::1; what has a route is tried in the order of RFC 6724, and the rest comes last, as an address that
    means nothing without its link."""
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")],
               (TARGET, AAAA): [aaaa("fe80::1"), aaaa("::1"), aaaa("2001:db8::1")]})
    routes = []
    for address in ("::1", "2001:db8::1"):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 9))
                routes.append(address)
            except OSError:
                pass
    where = [f"[{x}]:{lab.port}" for x in routes] + [lab.port]
    return lab.phone(0, where, seconds=15)


def next_in_list(lab):
    """A name that has no address gives its turn to the next one."""
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.port], pcscf=["nowhere.example", HOST])


def agree_first(lab):
    """In clear first: _sip._tcp. TLS goes to the same address, and nothing is asked again."""
    sip = "_sip._tcp." + HOST
    lab.serve({(HOST, NAPTR): [naptr(1, 1, "SIPS+D2T", SIPS), naptr(2, 1, "SIP+D2T", sip)],
               (sip, SRV): [srv(5, 0, lab.plain, TARGET)], (TARGET, A): [a("127.0.0.1")]})
    return lab.phone(0, [lab.plain, lab.port], more=["--flow", "agree-first", "--tls-port", str(lab.port)]) + \
        lab.asked((HOST, "NAPTR"), (sip, "SRV"), (TARGET, "A"))


def verified(lab):
    """The certificate is for the name that was asked for."""
    lab.serve({(SIPS, SRV): [srv(5, 0, lab.port, OTHER)], (OTHER, A): [a("127.0.0.1")]})
    pki = ["--trust", "token-and-pki", "--ca", lab.suite.pem("pcscf.crt")]
    return lab.phone(0, [lab.port], more=pki)


def not_the_targets(lab):
    """Never for the one that the DNS gave, though the certificate names that one (RFC 5922 7.1)."""
    name = "asked-for.example"
    lab.serve({("_sips._tcp." + name, SRV): [srv(5, 0, lab.port, HOST)], (HOST, A): [a("127.0.0.1")]})
    pki = ["--trust", "token-and-pki", "--ca", lab.suite.pem("pcscf.crt")]
    return lab.phone(6, [lab.port], "pki", more=pki, pcscf=[name])


ROWS = [all_three, no_naptr, address_alone, with_port, literal, priorities, weights, choice, next_naptr, nothing, failures,
        silence, as_it_is, half_silent, too_late, time_is_short, interrupted, closed_server, truncated, garbage, forgery, thousand_srv,
        thousand_addresses, thousand_naptr, thousand_targets, not_available, bad_targets, bad_addresses, same_again, aliases, alias_loop,
        both_families, next_in_list, agree_first, verified, not_the_targets]


def not_there(suite, run_module):
    """What a build without c-ares says to --dns, with exit status 2: no silent way around it."""
    argv = [suite.args.softphone, "--pcscf", "127.0.0.1:1", "--impi", IMPI, "--impu", IMPU, "--domain", REALM, "--k", K.hex(),
            "--opc", OPC.hex(), "--dns", "127.0.0.1:9", "--timeout", "1"]
    child = run_module.Child(argv, suite.folder("dns"), "softphone")
    return child.error_text().decode() if child.wait(10) == 2 else ""


def bad_dns(lab):
    lab.serve({})
    faults = []
    for word in ("nonsense", "127.0.0.1:x", "a" * 300):
        child = lab.start("--dns", word)
        status = child.wait(5)
        faults += [] if status == 2 and b"--dns" in child.error_text() else [f"{word[:20]}: exit {status}"]
    return faults


ROWS.append(bad_dns)


def tests(suite, run_module):
    """[(title, test)]"""
    def one(check, title):
        lab = Lab(suite, run_module, title)
        try:
            return check(lab)
        finally:
            lab.end()

    if "no c-ares" in not_there(suite, run_module):
        return [("dns: not built in", lambda: [] if "--dns" in not_there(suite, run_module) else ["--dns is not named"])]
    return [(f"dns {c.__name__}", lambda c=c: one(c, f"dns {c.__name__}")) for c in ROWS]
