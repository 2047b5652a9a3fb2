# SPDX-License-Identifier: Apache-2.0
"""Two homes behind one NAT, and the network outside: namespaces `one` (10.1.0.1), `two` (10.2.0.1), `nat` (192.0.2.1
outside) and `core` (192.0.2.2), which knows nothing of 10.0.0.0/8. Linux's own masquerading, by iptables: the guest's
kernel has no NAT chain of nftables."""
import json
import os
import re
import subprocess
import time

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
CORE, OUTSIDE, MOVED = "192.0.2.2", "192.0.2.1", "192.0.2.9"
HOMES = {"one": "10.1.0.1", "two": "10.2.0.1"}
KEYS = {"one": ("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"),
        "two": ("0396eb317b6d1c36f19c1c84cd6ffd16", "53c15671c60a4b731c55b4a441c0bde2")}
TLS, PLAIN = 5061, 5060
FOLDER = "/run/tmp"
MODULES = ("ip_tables", "iptable_nat", "iptable_filter", "nf_conntrack", "nf_conntrack_netlink", "nf_nat",
           "xt_MASQUERADE", "xt_conntrack", "xt_tcpudp")


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def inside(ns, *words):
    return run("ip", "netns", "exec", ns, *words)


def sysctl(ns, **values):
    for name, value in values.items():
        inside(ns, "sh", "-c", f"echo {value} >/proc/sys/net/{name.replace('__', '/')}")


def rules(*lines):
    for line in lines:
        inside("nat", "iptables-legacy", "-w", *line.split())


def link(ns, device, address, nat_device, nat_address):
    run("ip", "link", "add", device, "netns", ns, "type", "veth", "peer", "name", nat_device, "netns", "nat")
    for where, name, text in ((ns, device, address), ("nat", nat_device, nat_address)):
        run("ip", "-n", where, "addr", "add", text + "/24", "dev", name)
        run("ip", "-n", where, "link", "set", name, "up")


def build():
    for module in MODULES:
        subprocess.run(["modprobe", module], check=True)
    for ns in ("one", "two", "nat", "core"):
        run("ip", "netns", "add", ns)
        run("ip", "-n", ns, "link", "set", "lo", "up")
    for number, ns in enumerate(HOMES, 1):
        link(ns, "u0", HOMES[ns], f"in{number}", f"10.{number}.0.254")
        run("ip", "-n", ns, "route", "add", "default", "via", f"10.{number}.0.254")
    link("core", "c0", CORE, "out", OUTSIDE)
    sysctl("nat", ipv4__ip_forward=1, ipv4__conf__out__promote_secondaries=1)
    rules("-t nat -A POSTROUTING -o out -j MASQUERADE", "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
          "-A FORWARD -i out -m conntrack --ctstate NEW -j DROP")


def idle_time(seconds):
    """After which the NAT forgets a silent connection."""
    sysctl("nat", netfilter__nf_conntrack_tcp_timeout_established=seconds,
           netfilter__nf_conntrack_tcp_timeout_unacknowledged=max(seconds, 2))


def mappings(ns):
    """What the NAT holds for connections of this home that are up."""
    text = inside("nat", "conntrack", "-L", "-p", "tcp", "-s", HOMES[ns], "--state", "ESTABLISHED")
    return re.findall(rf"src={CORE} dst=(\S+) sport={TLS} dport=(\d+)", text)


def esp_mappings():
    text = inside("nat", "conntrack", "-L", "-p", "50")
    return re.findall(r"src=(10\.\S+) dst=\S+ ", text)


def nat_drops():
    """Packets for which the NAT found no mapping that was free."""
    return sum(int(n) for n in re.findall(r"(?:drop|insert_failed)=(\d+)", inside("nat", "conntrack", "-S")))


def flush_ipsec():
    for ns in ("core", *HOMES):
        for what in ("state", "policy"):
            run("ip", "-n", ns, "xfrm", what, "flush")


def forget():
    subprocess.run(["ip", "netns", "exec", "nat", "conntrack", "-F"], check=True, capture_output=True)


def peers():
    """Address and port of each connection that the P-CSCF holds, as it sees them."""
    text = inside("core", "ss", "-Htn", "state", "established", f"( sport = :{TLS} )")
    return [tuple(line.split()[3].rsplit(":", 1)) for line in text.splitlines()]


def counter(ns, name):
    """Of /proc/net/snmp, such as TcpInCsumErrors."""
    lines = inside(ns, "cat", "/proc/net/snmp").splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group = names.split(":")[0]
        for n, v in zip(names.split()[1:], values.split()[1:]):
            if group + n == name:
                return int(v)
    raise KeyError(name)


class Program:
    """A program in a namespace; its JSON lines are its events."""

    def __init__(self, ns, label, program, *options):
        self.path = f"{FOLDER}/{label}.json"
        with open(self.path, "w") as out:
            self.process = subprocess.Popen(["ip", "netns", "exec", ns, program, "--json", *options], stdout=out,
                                            stderr=subprocess.STDOUT)

    def text(self):
        with open(self.path) as f:
            return f.read()

    def events(self, name):
        lines = [line for line in self.text().splitlines(True) if line.endswith("\n") and line.startswith("{")]
        return [e for e in map(json.loads, lines) if e["event"] == name]

    def count(self, name):
        return len(self.events(name))

    def wait_for(self, name, count=1, timeout=20.0):
        deadline = time.monotonic() + timeout
        while self.count(name) < count:
            assert time.monotonic() < deadline and self.process.poll() is None, (name, count, self.text())
            time.sleep(0.02)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait()


class Network:
    """A P-CSCF, and a phone in each home."""

    def __init__(self, examples, *options):
        self.examples, self.phones = examples, {}
        path = os.path.join(FOLDER, "subscribers")
        with open(path, "w") as out:
            for ns, (k, opc) in KEYS.items():
                out.write(f"{ns}@{REALM} {k} {opc}\n")
        self.pcscf = Program("core", "pcscf", f"{examples}/pcscf", "--subscribers", path, "--domain", REALM, "--listen",
                             f"{CORE}:{TLS}", "--listen-plain", f"{CORE}:{PLAIN}", *options)
        self.pcscf.wait_for("ready")

    def phone(self, ns, *options, port=TLS):
        k, opc = KEYS[ns]
        self.phones[ns] = Program(ns, ns, f"{self.examples}/softphone", "--pcscf", f"{CORE}:{port}", "--impi",
                                  f"{ns}@{REALM}", "--impu", f"sip:{ns}@{REALM}", "--domain", REALM, "--k", k, "--opc",
                                  opc, "--no-reg-event", "--return-within", "0", "--stay", "200", *options)
        return self.phones[ns]

    def show(self):
        for program in (self.pcscf, *self.phones.values()):
            print(program.path, program.text(), flush=True)

    def end(self):
        for program in (*self.phones.values(), self.pcscf):
            program.process.kill()  # a phone that is cut off would wait for an answer
            program.process.wait()
        flush_ipsec()
