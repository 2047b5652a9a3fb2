# SPDX-License-Identifier: Apache-2.0
"""What the ESP tests share: sockets in both namespaces, the XFRM program at both ends, the capture."""
import contextlib
import ctypes
import os
import re
import socket
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ADDRESS = {"ue": {4: "10.9.0.1", 6: "fd09::1"}, "pcscf": {4: "10.9.0.2", 6: "fd09::2"}}
DEVICE = {"ue": "u0", "pcscf": "p0"}
XFRM_TEST = os.environ.get("XFRM_TEST", "build/esp/xfrm_test")


@contextlib.contextmanager
def inside(ns):
    """What is opened within stays in namespace `ns`."""
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{ns}") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            LIBC.setns(home.fileno(), CLONE_NEWNET)


def bound(ns, family, kind, port, timeout=5.0):
    """A socket of `ns` on its address and `port`."""
    with inside(ns):
        s = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(timeout)
    s.bind((ADDRESS[ns][family], port))
    return s


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Refused(Exception):
    """The XFRM part answered with an error; `errno` is the kernel's."""

    def __init__(self, text):
        super().__init__(text)
        self.errno = int(text.split()[1])


class End:
    """One end: the XFRM part of its side in its namespace."""

    def __init__(self, side, family, user=None):
        self.side = side
        drop = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
        self.process = subprocess.Popen(["ip", "netns", "exec", side, *drop, XFRM_TEST], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        self.ask("init", side, ADDRESS["ue"][family], ADDRESS["pcscf"][family])

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        if line.startswith("error") or not line:
            raise Refused(line or "error 0 ended")
        return line.split()[1:]

    def reserve(self, keep_port_s=0):
        return [int(w) for w in self.ask("reserve", keep_port_s)]

    def install(self, ours, theirs, how, keys, lifetime=240):
        return int(self.ask("install", *ours, *theirs, *how, *keys, lifetime)[0])

    def remove(self, number):
        self.ask("remove", number)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def states(self):
        return run("ip", "-n", self.side, "-s", "xfrm", "state").strip()

    def policies(self):
        """Without those that sockets carry."""
        text = run("ip", "-n", self.side, "xfrm", "policy", "list", "nosock").strip()
        return [p for p in re.split(r"\n(?=src )", text) if p]


class Capture:
    """Everything on the P-CSCF's wire, by tcpdump."""

    def __init__(self, path="/run/tmp/esp.pcap"):
        self.path = path
        self.process = subprocess.Popen(["ip", "netns", "exec", "pcscf", "tcpdump", "-i", "p0", "-nn", "-U",
                                         "--immediate-mode", "-w", path], stderr=subprocess.PIPE, text=True)
        while "listening" not in self.process.stderr.readline():
            pass

    def close(self):
        """Ends when a last datagram is in the file, and so everything before it."""
        if self.process.poll() is not None:
            return
        with inside("ue"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"last", (ADDRESS["pcscf"][4], 9))
        deadline = time.monotonic() + 10
        while not self.lines("udp dst port 9") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()

    def lines(self, what):
        return subprocess.run(["tcpdump", "-nn", "-r", self.path, what], capture_output=True,
                              text=True).stdout.splitlines()  # while it is written the last packet may be cut

    def esp_spis(self):
        """{spi: packets}"""
        count = {}
        for line in self.lines("esp"):
            spi = int(re.search(r"spi=0x([0-9a-f]+)", line).group(1), 16)
            count[spi] = count.get(spi, 0) + 1
        return count

    def clear_ports(self):
        """The port pairs that TCP or UDP used in clear."""
        pairs = set()
        for line in self.lines("(ip or ip6) and (tcp or udp)"):
            m = re.search(r"IP6? \S+\.(\d+) > \S+\.(\d+):", line)
            pairs.add((int(m.group(1)), int(m.group(2))))
        return pairs
