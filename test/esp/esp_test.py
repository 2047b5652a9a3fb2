#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The XFRM part against a kernel with ESP; runs in the guest of uml.sh. Prints one line a test, ends 1 on a failure."""
import errno
import os
import socket
import struct
import sys
import time
import traceback

from esp_lab import ADDRESS, Capture, End, Refused, bound, inside

CK = "b40ba9a3c58b2a05bbf0d987b21bf8cb"
IK = "f769bcd751044604127672711c6d3441"
KEYS = (CK, IK)
HOW = [(a, e) for a in ("hmac-sha-1-96", "hmac-md5-96") for e in ("aes-cbc", "des-ede3-cbc", "null")]
STRANGER = 45999  # the port from which the tests send in clear on purpose
UE, PCSCF = "ue", "pcscf"


class Pair:
    """SAs at both ends, as one agreement makes them."""

    def __init__(self, ue, pcscf, family, how, keep=(0, 0), lifetime=240, same_pcscf_port_c=None,
                 between=lambda: None):
        self.family = family
        self.u, self.p = ue.reserve(keep[0]), pcscf.reserve(keep[1])
        if same_pcscf_port_c:
            pcscf.ask("release", *self.p)
            self.p[2] = same_pcscf_port_c
        self.ends = (ue, pcscf)
        first = ue.install(self.u, self.p, how, KEYS, lifetime)
        between()
        self.ids = (first, pcscf.install(self.p, self.u, how, KEYS, lifetime))

    def remove(self):
        for end, number in zip(self.ends, self.ids):
            end.remove(number)

    def spis(self):
        return set(self.u[:2] + self.p[:2])

    def server(self, ns, kind):
        return bound(ns, self.family, kind, (self.u if ns == UE else self.p)[3])

    def client(self, ns, kind, timeout=5.0):
        return bound(ns, self.family, kind, (self.u if ns == UE else self.p)[2], timeout)

    def port_s(self, ns):
        return (self.u if ns == UE else self.p)[3]


def other(ns):
    return PCSCF if ns == UE else UE


def tcp(pair, ns, listener):
    """`ns` connects from its client port; both ends stay open."""
    there = other(ns)
    c = pair.client(ns, socket.SOCK_STREAM)
    c.connect((ADDRESS[there][pair.family], pair.port_s(there)))
    s, peer = listener.accept()
    s.settimeout(5)
    assert peer[1] == (pair.u if ns == UE else pair.p)[2], peer
    talk(c, s)
    return c, s


def talk(c, s):
    c.sendall(b"REGISTER sip:example.org SIP/2.0")
    assert s.recv(999) == b"REGISTER sip:example.org SIP/2.0"
    s.sendall(b"SIP/2.0 200 OK")
    assert c.recv(999) == b"SIP/2.0 200 OK"


def abort(*sockets):
    """Before SAs go: what TCP resends afterwards would leave in clear."""
    for s in sockets:
        if s.type == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()


def udp(pair, ns, server):
    """A request from the client port, and the answer from the server port to the client port."""
    there = other(ns)
    c = pair.client(ns, socket.SOCK_DGRAM)
    c.sendto(b"request", (ADDRESS[there][pair.family], pair.port_s(there)))
    data, peer = server.recvfrom(999)
    assert data == b"request" and peer[1] == (pair.u if ns == UE else pair.p)[2]
    server.sendto(b"answer", peer)
    data, peer = c.recvfrom(999)
    assert data == b"answer" and peer[1] == pair.port_s(there)
    return c


def spoof(pair):
    """A datagram in clear from the P-CSCF with the right ports, past its kernel's policies."""
    v4 = pair.family == 4
    body = struct.pack("!HHHH", pair.p[2], pair.u[3], 8 + 7, 0) + b"spoofed"
    with inside(PCSCF):
        raw = socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    a, b = (socket.inet_pton(raw.family, ADDRESS[n][pair.family]) for n in (PCSCF, UE))
    if not v4:  # IPv6 wants the checksum
        total = sum(struct.unpack("!16H", a + b)) + 17 + len(body) + sum(struct.unpack("!8H", body + b"\0"))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        body = body[:6] + struct.pack("!H", ~total & 0xFFFF) + body[8:]
        head = struct.pack("!IHBB", 0x60000000, len(body), 17, 64) + a + b
    else:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0) + a + b
    raw.sendto(head + body, (ADDRESS[UE][pair.family], 0))
    raw.close()


def clear_is_dropped(pair, u_udp, ns):
    """What comes in clear to `ns`'s server port is not delivered: the protected one behind it is the first seen."""
    there = other(ns)
    target = (ADDRESS[ns][pair.family], pair.port_s(ns))
    stranger = bound(there, pair.family, socket.SOCK_DGRAM, STRANGER)
    stranger.sendto(b"clear", target)
    if ns == UE:
        spoof(pair)
    c = pair.client(there, socket.SOCK_DGRAM)
    c.sendto(b"protected", target)
    data, _ = u_udp.recvfrom(999)
    assert data == b"protected", data
    stranger.close()
    c.close()
    t = bound(there, pair.family, socket.SOCK_STREAM, STRANGER, 0.2)
    try:
        t.connect(target)
        raise AssertionError("a connection in clear came up")
    except (TimeoutError, socket.timeout):
        pass
    finally:
        t.close()


def clear_cannot_leave(pair):
    """From the protected server port nothing goes to a port that has no SA."""
    s = bound(UE, pair.family, socket.SOCK_DGRAM, pair.u[3])
    try:
        s.sendto(b"leak", (ADDRESS[PCSCF][pair.family], pair.p[3]))
        raise AssertionError("sent in clear from a protected port")
    except PermissionError:
        pass
    finally:
        s.close()


def nothing_left(ue, pcscf):
    for end in (ue, pcscf):
        assert end.states() == "", end.states()
        assert end.policies() == [], end.policies()


def test_algorithms(family, how):
    ue, pcscf = End(UE, family), End(PCSCF, family)
    pair = Pair(ue, pcscf, family, how)
    assert len(ue.policies()) == 8 and ue.states().count("proto esp") == 4
    open_sockets = []
    for ns in (UE, PCSCF):
        listener, server = pair.server(other(ns), socket.SOCK_STREAM), pair.server(other(ns), socket.SOCK_DGRAM)
        listener.listen()
        open_sockets += [*tcp(pair, ns, listener), listener, udp(pair, ns, server), server]
    abort(*open_sockets)
    for ns in (UE, PCSCF):
        server, listener = pair.server(ns, socket.SOCK_DGRAM), pair.server(ns, socket.SOCK_STREAM)
        listener.listen()
        clear_is_dropped(pair, server, ns)
        server.close()
        listener.close()
    clear_cannot_leave(pair)
    pair.remove()
    nothing_left(ue, pcscf)
    ue.close()
    pcscf.close()
    return [pair]


def test_side_by_side(family, same_port_c):
    """Re-authentication: the UE's server port stays; with `same_port_c` the P-CSCF keeps its client port too."""
    ue, pcscf = End(UE, family), End(PCSCF, family)
    old = Pair(ue, pcscf, family, ("hmac-sha-1-96", "aes-cbc"))
    at_p, at_u = old.server(PCSCF, socket.SOCK_STREAM), old.server(UE, socket.SOCK_DGRAM)
    at_p.listen()
    c, s = tcp(old, UE, at_p)
    udp(old, PCSCF, at_u).close()

    def old_still_arrives():
        with old.client(PCSCF, socket.SOCK_DGRAM) as d:
            d.sendto(b"on the old SA", (ADDRESS[UE][family], old.u[3]))
            assert at_u.recv(999) == b"on the old SA"

    new = Pair(ue, pcscf, family, ("hmac-md5-96", "null"), (old.u[3], old.p[3]),
               same_pcscf_port_c=old.p[2] if same_port_c else None, between=old_still_arrives)
    assert ue.states().count("proto esp") == 8
    c2, s2 = tcp(new, UE, at_p)
    talk(c, s)
    udp(old, PCSCF, at_u).close()
    udp(new, PCSCF, at_u).close()
    abort(c, s)
    old.remove()
    assert ue.states().count("proto esp") == 4 and len(ue.policies()) == 8, ue.policies()
    talk(c2, s2)
    udp(new, PCSCF, at_u).close()
    clear_is_dropped(new, at_u, UE)
    abort(c2, s2, at_p, at_u)
    new.remove()
    nothing_left(ue, pcscf)
    ue.close()
    pcscf.close()
    return [old, new]


def test_errors(family):
    """A refusal of the kernel takes back what was done before it."""
    ue, again, plain = End(UE, family), End(UE, family), End(UE, family, user=65534)
    u, p, p2 = ue.reserve(), [300, 301, 5062, 5063], [302, 303, 5064, 5065]
    how = ("hmac-sha-1-96", "aes-cbc")
    number = ue.install(u, p, how, KEYS)
    before = (ue.states().count("proto esp"), len(ue.policies()))
    expect(errno.EEXIST, lambda: again.install(u, p, how, KEYS))                             # all of it
    expect(errno.EEXIST, lambda: again.install(u[:2] + [2000, 2001], p2, how, KEYS))         # our SPIs
    expect(errno.EEXIST, lambda: again.install([400, 401] + u[2:], p2, how, KEYS))           # our ports
    expect(errno.EEXIST, lambda: ue.install([400, 401] + u[2:], p[:2] + p2[2:], how, KEYS))  # their SPIs
    assert before == (ue.states().count("proto esp"), len(ue.policies()))
    expect(errno.EINVAL, lambda: ue.install([400, 401, 0, 2001], p2, how, KEYS))
    expect(errno.EINVAL, lambda: ue.install([400, 401, 2000, 2001], [302, 400, 5064, 5065], how, KEYS))
    expect(errno.EPERM, lambda: plain.reserve())
    expect(errno.EPERM, lambda: plain.install(u, p, how, KEYS))
    expect(errno.ENOENT, lambda: ue.ask("lifetime", number + 1, 5))
    ue.remove(number + 1)
    ue.remove(number)
    ue.remove(number)
    assert ue.states() == "" and ue.policies() == []
    for end in (ue, again, plain):
        end.close()
    return []


def expect(number, action):
    try:
        action()
    except Refused as refused:
        assert refused.errno == number, (refused, number)
        return
    raise AssertionError(f"no {errno.errorcode[number]}")


def test_reserve(family):
    """Offers differ from each other and from busy ports; sixteen at most."""
    ue = End(UE, family)
    ends = [ue.reserve() for _ in range(16)]
    assert len({s for e in ends for s in e[:2]}) == 32 and len({p for e in ends for p in e[2:]}) == 32
    assert all(s >= 256 for e in ends for s in e[:2]) and all(10000 <= p < 32000 for e in ends for p in e[2:])
    expect(errno.ENOBUFS, lambda: ue.reserve())
    ue.ask("release", *ends[3])
    kept = ue.reserve(keep_port_s=ends[3][3])
    assert kept[3] == ends[3][3] and kept[0] != ends[3][0]
    ue.close()
    return []


def test_lifetime(family):
    """SAs end by themselves; the policies stay and shut the ports. A longer life keeps the keys."""
    ue, pcscf = End(UE, family), End(PCSCF, family)
    pair = Pair(ue, pcscf, family, ("hmac-sha-1-96", "aes-cbc"), lifetime=30)
    assert ue.states().count("hard 30(sec)") == 4, ue.states()
    for end, number in zip((ue, pcscf), pair.ids):
        end.ask("lifetime", number, 7200)
    assert "hard 30(sec)" not in ue.states() and ue.states().count("hard 72") == 4, ue.states()
    server = pair.server(PCSCF, socket.SOCK_DGRAM)
    udp(pair, UE, server).close()
    for end, number in zip((ue, pcscf), pair.ids):
        end.ask("lifetime", number, 1)
    deadline = time.monotonic() + 20
    while "proto esp" in ue.states() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ue.states() == "", ue.states()
    assert len(ue.policies()) == 8
    c = pair.client(UE, socket.SOCK_DGRAM)
    try:
        c.sendto(b"after the end", (ADDRESS[PCSCF][family], pair.p[3]))
    except OSError:
        pass
    c.close()
    pair.remove()
    server.close()
    assert ue.policies() == [] and pcscf.policies() == []
    ue.close()
    pcscf.close()
    return [pair]


def protected_only(capture, pairs):
    """Every SPI was used, and no protected port was seen in clear but from the stranger and the spoofer, who were."""
    seen = capture.esp_spis()
    ports = set()
    for pair in pairs:
        unused = [s for s in pair.spis() if s not in seen]
        assert not unused or pair.lifetime_test, (unused, pair.u, pair.p)
        ports |= set(pair.u[2:] + pair.p[2:])
    spoofed = {(p.p[2], p.u[3]) for p in pairs}
    seen_clear = capture.clear_ports()
    for pair in pairs:
        assert pair.lifetime_test or (STRANGER, pair.u[3]) in seen_clear, pair.u
    assert {(p.p[2], p.u[3]) for p in pairs if p.algorithm_test} <= seen_clear
    clear = {c for c in seen_clear if ports & set(c) and STRANGER not in c} - spoofed
    assert not clear, clear
    return sum(seen.values())


def cases():
    for family in (4, 6):
        for how in HOW:
            yield f"algorithms ipv{family} {how[0]} {how[1]}", test_algorithms, (family, how)
        yield f"side_by_side ipv{family}", test_side_by_side, (family, False)
        yield f"side_by_side_one_pair ipv{family}", test_side_by_side, (family, True)
        yield f"errors ipv{family}", test_errors, (family,)
        yield f"reserve ipv{family}", test_reserve, (family,)
    yield "lifetime ipv4", test_lifetime, (4,)


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    failed, pairs, start = 0, [], time.monotonic()
    capture = Capture()
    chosen = [case for case in cases() if only in case[0]]
    for name, test, arguments in chosen:
        try:
            used = test(*arguments)
            for pair in used:
                pair.lifetime_test, pair.algorithm_test = test is test_lifetime, test is test_algorithms
            pairs += used
            print("ok  ", name, flush=True)
        except Exception:  # one failed test must not hide the others
            failed += 1
            print("FAIL", name, traceback.format_exc(), flush=True)
    capture.close()
    try:
        print("ok   capture:", protected_only(capture, pairs), "ESP packets, no protected port in clear", flush=True)
    except AssertionError:
        failed += 1
        print("FAIL capture", traceback.format_exc(), flush=True)
    if os.path.isdir("/mnt"):
        os.system(f"cp {capture.path} /mnt/ 2>/dev/null")
    print(f"{failed} failed, {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
