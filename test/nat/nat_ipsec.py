# SPDX-License-Identifier: Apache-2.0
"""ipsec-3gpp through a NAT: what becomes of transport mode (TS 33.203 7), and that ESP in UDP (RFC 3948, TS 33.203
annex M) is what would pass."""
import contextlib
import os
import re
import socket
import sys
import time

import nat_lab as lab
from nat_lab import CORE, HOMES, PLAIN

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "esp"))
from esp_lab import inside as entered  # noqa: E402

PCSCF = ("--ipsec", "--mechanisms", "ipsec-3gpp", "--options-after", "900")
PHONE = ("--flow", "agree-first", "--offer", "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc", "--transport", "udp",
         "--timeout", "8")
MASQUERADE = "POSTROUTING -o out -j MASQUERADE"


@contextlib.contextmanager
def routed():
    """The same network without NAT."""
    lab.run("ip", "-n", "core", "route", "add", "10.0.0.0/8", "via", lab.OUTSIDE)
    lab.rules("-t nat -D " + MASQUERADE, "-I FORWARD -j ACCEPT")
    try:
        yield
    finally:
        lab.rules("-t nat -A " + MASQUERADE, "-D FORWARD -j ACCEPT")
        lab.run("ip", "-n", "core", "route", "del", "10.0.0.0/8")


def without_nat(network):
    """That what fails below does not fail for another reason."""
    with routed(), network(*PCSCF) as n:
        for ns in HOMES:
            n.phone(ns, *PHONE, port=PLAIN)
        for phone in n.phones.values():
            phone.wait_for("registered")
            phone.wait_for("message")
            assert phone.events("registered")[0]["trust"] == "ipsec"
        return "both registered and reached, in transport mode"


def esp_in(ns):
    """{SPI: packets} of the SAs towards this namespace."""
    text, out = lab.inside(ns, "ip", "-s", "xfrm", "state"), {}
    ours = {CORE} if ns == "core" else {HOMES[ns]}
    for part in re.split(r"\n(?=src )", text):
        ends = re.match(r"src \S+ dst (\S+)\s+proto esp spi 0x([0-9a-f]+)", part)
        if ends and ends.group(1) in ours:
            out[int(ends.group(2), 16)] = int(re.search(r"\(bytes\), (\d+)\(packets\)", part).group(1))
    return out


def esp_out(ns):
    """{SPI: packets} of the SAs from this home to the P-CSCF."""
    text, out = lab.inside(ns, "ip", "-s", "xfrm", "state"), {}
    for part in re.split(r"\n(?=src )", text):
        ends = re.match(rf"src {HOMES[ns]} dst {CORE}\s+proto esp spi 0x([0-9a-f]+)", part)
        if ends:
            out[int(ends.group(1), 16)] = int(re.search(r"\(bytes\), (\d+)\(packets\)", part).group(1))
    return out


def taken(before):
    """Packets of each SA, and wrong UDP checksums since `before`, of one moment."""
    while True:
        broken, came = lab.counter("core", "UdpInCsumErrors"), esp_in("core")
        if lab.counter("core", "UdpInCsumErrors") == broken:
            return came, broken - before


def through_nat(network):
    """One home's ESP gets through, since the NAT sees a protocol without ports and lets the first one have it; inside,
    the checksum is over the address that the NAT replaced. The other home's is dropped by the NAT."""
    lab.forget()
    broken, dropped = lab.counter("core", "UdpInCsumErrors"), lab.nat_drops()
    with network(*PCSCF) as n:
        for ns in HOMES:
            n.phone(ns, *PHONE, port=PLAIN)
            n.phones[ns].wait_for("challenge")
            time.sleep(1)
        left = {ns: esp_out(ns) for ns in HOMES}
        came, broken = taken(broken)
        passed, dropped = lab.esp_mappings(), lab.nat_drops() - dropped
        for phone in n.phones.values():
            phone.process.wait(20)
        assert [p.count("registered") for p in n.phones.values()] == [0, 0]
        assert n.pcscf.count("challenged") >= 2 and n.pcscf.count("verified") == 0, "SM7 reached the P-CSCF"
    sent = {ns: sum(left[ns].values()) for ns in HOMES}
    arrived = {ns: sum(came.get(spi, 0) for spi in left[ns]) for ns in HOMES}
    assert min(sent.values()) > 0 and passed == [HOMES["one"]], (sent, passed)
    assert arrived["one"] == broken > 0 and arrived["two"] == 0 and dropped > 0, (arrived, broken, dropped)
    return f"neither registered: of {sent['one']} ESP packets of the first UE {arrived['one']} arrived and were " \
        f"authentic, and the UDP checksum in each was wrong, since it is over the address that the NAT replaced; of " \
        f"{sent['two']} of the second UE none arrived, since ESP has no ports by which a NAT tells two UEs apart"


ENCAP_PORT, SERVICE = 4500, 6000
UDP_ENCAP, ESP_IN_UDP = 100, 2
KEYS = ("auth-trunc", "hmac(sha1)", "0x" + "0b" * 20, "96", "enc", "cbc(aes)", "0x" + "0c" * 16)


def udp(ns, address, port):
    with entered(ns):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.bind((address, port))
    return s


def encap_socket(ns, address):
    s = udp(ns, address, ENCAP_PORT)
    s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, ESP_IN_UDP)
    return s


def tunnel(ns, direction, spi, outer, ports, inner):
    """A security association in UDP, and the policy that takes what is for the service, or from it, into it."""
    (source, target), (inner_source, inner_target) = outer, inner
    how = ("reqid", str(spi), "mode", "tunnel")
    lab.run("ip", "-n", ns, "xfrm", "state", "add", "src", source, "dst", target, "proto", "esp", "spi", hex(spi), *how,
            *KEYS, "encap", "espinudp", str(ports[0]), str(ports[1]), "0.0.0.0")
    end = "dport" if inner_target == CORE else "sport"
    lab.run("ip", "-n", ns, "xfrm", "policy", "add", "src", inner_source, "dst", inner_target, "proto", "udp", end,
            str(SERVICE), "dir", direction, "tmpl", "src", source, "dst", target, "proto", "esp",
            *how)


def tunnels(ns, number, nat_port):
    """Both directions of one UE, at both ends."""
    up, down, ue = 0x1000 + number, 0x2000 + number, HOMES[ns]
    tunnel(ns, "out", up, (ue, CORE), (ENCAP_PORT, ENCAP_PORT), (ue, CORE))
    tunnel(ns, "in", down, (CORE, ue), (ENCAP_PORT, ENCAP_PORT), (CORE, ue))
    tunnel("core", "in", up, (lab.OUTSIDE, CORE), (nat_port, ENCAP_PORT), (ue, CORE))
    tunnel("core", "out", down, (CORE, lab.OUTSIDE), (ENCAP_PORT, nat_port), (CORE, ue))


def encapsulated():
    """By hand, since libimstls has no UDP encapsulation: what the kernel does with SAs of UDP-enc-tun."""
    lab.forget()
    lab.run("ip", "-n", "core", "route", "add", "10.0.0.0/8", "via", lab.OUTSIDE)  # for the look-up; nothing leaves so
    with contextlib.ExitStack() as open_now:
        open_now.callback(lab.run, "ip", "-n", "core", "route", "del", "10.0.0.0/8")
        open_now.callback(lab.flush_ipsec)
        core, service = encap_socket("core", CORE), udp("core", CORE, SERVICE)
        ports, peers = {}, {}
        for number, ns in enumerate(HOMES, 1):
            open_now.enter_context(ue := encap_socket(ns, HOMES[ns]))
            ue.sendto(bytes(4) + ns.encode(), (CORE, ENCAP_PORT))  # the marker of what is not ESP, RFC 3948 2.2
            data, (address, ports[ns]) = core.recvfrom(99)
            assert data[4:] == ns.encode() and address == lab.OUTSIDE
            tunnels(ns, number, ports[ns])
        for ns in HOMES:
            with udp(ns, HOMES[ns], 7000) as ue:
                ue.sendto(b"REGISTER", (CORE, SERVICE))
                data, peers[ns] = service.recvfrom(99)
                service.sendto(b"200 OK", peers[ns])
                assert (data, ue.recv(99)) == (b"REGISTER", b"200 OK")
        core.close(), service.close()
        assert peers == {ns: (HOMES[ns], 7000) for ns in HOMES} and len(set(ports.values())) == 2, (peers, ports)
        assert sorted(esp_in("core").values()) == [1, 1]
    return f"both pass, each way, told apart by the NAT's ports {' and '.join(map(str, ports.values()))}: " \
        "IPsec needs UDP encapsulation"
