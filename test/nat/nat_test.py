#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two UEs behind one NAT, registered over TLS and over IPsec; runs in the guest of test/esp/uml.sh, by run.sh.

nat_test.py EXAMPLES [PART OF A NAME]. Prints one line a test with what was seen, ends 1 on a failure."""
import contextlib
import sys
import time
import traceback

import nat_lab as lab
from nat_lab import CORE, MOVED, OUTSIDE, Network
import nat_ipsec

IDLE = 3  # seconds until the NAT forgets a silent connection


@contextlib.contextmanager
def network(*options):
    n = Network(sys.argv[1], *options)
    try:
        yield n
    except BaseException:
        n.show()
        raise
    finally:
        n.end()


def behind(address):
    """Both connections come from this address, each from a port of its own."""
    seen = lab.peers()
    return len(seen) == 2 and {a for a, _ in seen} == {address} and len(set(seen)) == 2


def reached(n, times=1, who=("one", "two")):
    """A request from the network reached these so many times each, and was answered 200."""
    for ns in who:
        n.phones[ns].wait_for("message", times)
        assert n.phones[ns].events("message")[-1]["line"].startswith("OPTIONS "), n.phones[ns].text()
    n.pcscf.wait_for("answer", times * len(who))
    assert {a["line"] for a in n.pcscf.events("answer")} == {"SIP/2.0 200 OK"}


def both_reached():
    lab.idle_time(600)
    with network("--options-after", "300") as n:
        for ns in lab.HOMES:
            n.phone(ns)
        reached(n)
        assert behind(OUTSIDE), lab.peers()
        trust = {n.phones[ns].events("registered")[0]["trust"] for ns in lab.HOMES}
        assert trust == {"token"}, trust
        ports = [port for _, port in lab.peers()]
        return f"OPTIONS to each of {OUTSIDE} ports {' and '.join(ports)} answered 200"


def keep_alive_alone():
    """The phones differ in --keepalive and in nothing else; the request comes after the NAT's idle time."""
    lab.idle_time(IDLE)
    with network("--options-after", str(4000 * IDLE)) as n:
        n.phone("two", "--keepalive", "86400")
        n.phones["two"].wait_for("registered")
        n.phone("one", "--keepalive", "1")
        n.phones["one"].wait_for("registered")
        assert lab.mappings("one") and lab.mappings("two") and behind(OUTSIDE)
        deadline = time.monotonic() + 20
        while lab.mappings("two") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert lab.mappings("one") and not lab.mappings("two"), "the mapping of the silent one is gone, alone"
        assert behind(OUTSIDE), "the P-CSCF does not know yet"
        reached(n, who=["one"])
        deadline = time.monotonic() + 10
        while len(lab.peers()) != 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(lab.peers()) == 1, "the P-CSCF found the flow of the other one dead as it sent"
        assert n.phones["two"].count("message") == 0 and n.pcscf.count("answer") == 1
        assert n.phones["two"].count("lost") == 0 and n.phones["one"].count("lost") == 0
        return f"the NAT forgets after {IDLE} s: with pings each second reached after {4 * IDLE} s, without not, and " \
            "that UE is not told"


@contextlib.contextmanager
def strict():
    """The NAT drops without a word what belongs to no connection that it knows; otherwise Linux takes a connection up
    again in its middle, and resets what comes from outside."""
    lab.sysctl("nat", netfilter__nf_conntrack_tcp_loose=0)
    lab.rules("-A INPUT -i out -j DROP")
    try:
        yield
    finally:
        lab.rules("-D INPUT -i out -j DROP")
        lab.sysctl("nat", netfilter__nf_conntrack_tcp_loose=1)


def late_ping():
    """The first ping comes too late for the NAT. A P-CSCF of RFC 5626 owes a pong, so the flow is dead without one."""
    lab.idle_time(IDLE)
    with strict(), network("--outbound", "0") as n:
        n.phone("one", "--keepalive", str(2 * IDLE), "--reg-id", "1", "--instance",
                "urn:uuid:00000000-0000-1000-8000-000a95a0e128")
        n.phones["one"].wait_for("registered")
        first = lab.peers()
        time.sleep(IDLE + 1)
        assert not lab.mappings("one") and n.phones["one"].count("lost") == 0
        n.phones["one"].wait_for("registered", 2, 30)
        assert n.phones["one"].count("lost") == 1 and n.pcscf.count("registered") == 2
        assert n.pcscf.count("pinged") == 0 and lab.mappings("one") and set(lab.peers()) > set(first)
        took = (n.phones["one"].events("lost")[0]["t_ms"] - n.phones["one"].events("registered")[0]["t_ms"]) / 1000
        assert took > 2 * IDLE, took
        return f"first ping after {2 * IDLE} s: found dead after {took:.1f} s, registered again"


def late_ping_without_pong():
    """The same where nobody owes a pong: what was sent and is not acknowledged for 32 s ends the connection."""
    lab.idle_time(IDLE)
    with strict(), network() as n:
        n.phone("one", "--keepalive", str(2 * IDLE))
        n.phones["one"].wait_for("registered", 2, 90)
        lost = n.phones["one"].events("lost")
        assert [e["error"] for e in lost] == ["connection"] and n.pcscf.count("registered") == 2
        took = (lost[0]["t_ms"] - n.phones["one"].events("registered")[0]["t_ms"]) / 1000
        assert took > 2 * IDLE + 30, took
        return f"first ping after {2 * IDLE} s, no pong is due: found dead after {took:.1f} s, registered again"


def address_changes():
    """The NAT gets another address, and forgets what it had for the old one: what both pings meet is a reset."""
    lab.idle_time(600)
    with network("--options-after", "600") as n:
        for ns in lab.HOMES:
            n.phone(ns, "--keepalive", "1")
        reached(n)
        start = time.monotonic()
        lab.run("ip", "-n", "nat", "addr", "add", MOVED + "/24", "dev", "out")
        lab.run("ip", "-n", "nat", "addr", "del", OUTSIDE + "/24", "dev", "out")
        try:
            for phone in n.phones.values():
                phone.wait_for("registered", 2)
            took = time.monotonic() - start
            reached(n, 2)
            there = [p for p in lab.peers() if p[0] == MOVED]
            assert len(there) == 2 and all(p.count("lost") == 1 for p in n.phones.values()), lab.peers()
        finally:
            lab.run("ip", "-n", "nat", "addr", "add", OUTSIDE + "/24", "dev", "out")
            lab.run("ip", "-n", "nat", "addr", "del", MOVED + "/24", "dev", "out")
        return f"{OUTSIDE} became {MOVED}: both registered again after {took:.1f} s, and reached there"


def silently_dropped():
    """The mapping is gone from one moment to the next, and no pong comes."""
    lab.idle_time(600)
    with strict(), network("--options-after", "2500") as n:
        for ns in lab.HOMES:
            n.phone(ns, "--keepalive", "1")
        reached(n)  # more than a ping later: the P-CSCF is known to answer them
        start = time.monotonic()
        lab.forget()
        for phone in n.phones.values():
            phone.wait_for("lost", 1, 30)
            phone.wait_for("registered", 2)
        took = time.monotonic() - start
        assert took > 5, "it was not told otherwise"
        reached(n, 2)
        return f"no pong: both lost it and registered again after {took:.1f} s, and were reached"


TESTS = [("TLS: both reached", both_reached), ("TLS: kept by pings alone", keep_alive_alone),
         ("TLS: a ping too late", late_ping),
         ("TLS: the same, no pong is due", late_ping_without_pong), ("TLS: the NAT's address changes", address_changes),
         ("TLS: the NAT forgets and drops", silently_dropped),
         ("IPsec without NAT", lambda: nat_ipsec.without_nat(network)),
         ("IPsec through the NAT", lambda: nat_ipsec.through_nat(network)),
         ("IPsec in UDP through the NAT", nat_ipsec.encapsulated)]


def main():
    part, failed, start = sys.argv[2] if len(sys.argv) > 2 else "", 0, time.monotonic()
    lab.build()
    chosen = [t for t in TESTS if part in t[0]]
    for name, test in chosen:
        try:
            print("ok  ", f"{name}: {test()}", flush=True)
        except Exception:  # one failed test must not hide the others
            failed += 1
            print("FAIL", name, traceback.format_exc(), flush=True)
    print(f"{failed} failed, {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
