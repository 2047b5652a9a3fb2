#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py ELF...: runs each UE in an emulated Cortex-M4 against the example P-CSCF and prints what it took.

UART 0 is the UE's console. UART 1 carries the octets of one TCP connection, UART 2 says when there is one: "open
HOST:PORT" and "close" of the UE, "up ADDRESS PORT" and, once for each connection, "down OCTETS" to it. UART 3 brings
randomness.
What has to happen fails when it does not, and so does a goal that is missed, or a stack that is too small and is not noticed.
"""
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT_S = 60
RANDOM_OCTETS = 16384  # more than any run takes
# Octets: with .data and .bss and the client's block; with mbedTLS and libc.
GOALS = {"flash": 110 * 1024, "ram": 28 * 1024, "stack": 4 * 1024}
CONSOLE = ["tls: full handshake", "trust: by token", "registered", "tls: resumed", "trust: by token", "registered",
           "deregistered", "end: done"]
PCSCF = ["tls full", "challenged", "verified ok ok ok", "registered", "tls resumed", "challenged", "verified ok ok ok",
         "registered", "deregistered"]
SHORT_RECORDS = bytes.fromhex("0001000104")  # max_fragment_length, 2^12 (RFC 6066 4)
SUBSCRIBER = ["--impi", "ue@ims.example", "--k", "465b5ce8b199b49faa5f0a2ee238a6bc",
              "--opc", "cd63cb71954a9f4e48a5994e37a02baf"]


class Relay:
    """Joins UART 1 to a connection while UART 2 says that there is one."""

    def __init__(self, folder, ports):
        self.ports, self.net, self.passed, self.line = ports, None, 0, b""
        self.hello = b""  # what the UE sends first
        self.select = selectors.DefaultSelector()
        self.listeners = {name: socket.socket(socket.AF_UNIX) for name in ("link", "modem", "random")}
        for name, one in self.listeners.items():
            one.bind(f"{folder}/{name}")
            one.listen(1)

    def accept(self):
        for name, one in self.listeners.items():
            one.settimeout(LIMIT_S)
            setattr(self, name, one.accept()[0])
            one.close()
        self.random.sendall(os.urandom(RANDOM_OCTETS))
        self.select.register(self.link, selectors.EVENT_READ, self.from_link)
        self.select.register(self.modem, selectors.EVENT_READ, self.from_modem)

    def from_link(self):
        try:
            data = self.link.recv(4096, socket.MSG_DONTWAIT)
        except BlockingIOError:  # drained already
            return
        if not data:
            self.select.unregister(self.link)
        elif self.net:
            self.hello += data if len(self.hello) < 512 else b""
            self.net.sendall(data)

    def from_net(self):
        try:
            data = self.net.recv(4096, socket.MSG_DONTWAIT) if self.net else None
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if data:
            self.passed += len(data)
            self.link.sendall(data)
        elif data is not None:
            self.hang_up()

    def from_modem(self):
        data = self.modem.recv(4096)
        if not data:
            self.select.unregister(self.modem)
        self.line += data
        while b"\n" in self.line:
            line, self.line = self.line.split(b"\n", 1)
            if line.startswith(b"open "):
                self.dial(int(line.rpartition(b":")[2]))
            elif line == b"close":
                self.drain()
                self.hang_up()

    def dial(self, port):
        self.net, self.passed = socket.create_connection(("127.0.0.1", self.ports[port])), 0
        self.net.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.select.register(self.net, selectors.EVENT_READ, self.from_net)
        self.modem.sendall(b"up %s %d\n" % (self.net.getsockname()[0].encode(), self.net.getsockname()[1]))

    def drain(self):
        """What the UE wrote before it said "close": the emulator has handed it over already."""
        try:
            while self.net:
                self.net.sendall(self.link.recv(4096, socket.MSG_DONTWAIT))
        except BlockingIOError:
            pass

    def hang_up(self):
        if self.net:
            self.select.unregister(self.net)
            self.net.close()
            self.modem.sendall(b"down %d\n" % self.passed)
        self.net = None


def run(elf, peer=None, options=()):
    """(lines of the console, events of the P-CSCF, the UE's first octets); `peer`: folder of that P-CSCF, `options`: more
    of them"""
    with tempfile.TemporaryDirectory() as folder:
        pcscf = subprocess.Popen([(peer or os.environ["EXAMPLES_DIR"]) + "/pcscf", *SUBSCRIBER, "--listen", "127.0.0.1:0",
                                  "--listen-plain", "127.0.0.1:0", "--tickets", "--json", *options],
                                 stdout=subprocess.PIPE, text=True)
        ready = json.loads(pcscf.stdout.readline())
        relay = Relay(folder, {5060: ready["plain_port"], 5061: ready["port"]})
        # Virtual time is one nanosecond an instruction, so the UE's own timer counts instructions.
        ue = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an386", "-icount", "shift=0", "-display", "none", "-monitor", "none",
             "-serial", "stdio", "-serial", f"unix:{folder}/link", "-serial", f"unix:{folder}/modem",
             "-serial", f"unix:{folder}/random", "-kernel", elf], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            relay.accept()
            console = follow(ue, relay)
        finally:
            ue.kill()
            pcscf.send_signal(signal.SIGTERM)
            events = [json.loads(line) for line in pcscf.communicate(timeout=LIMIT_S)[0].splitlines()]
            ue.wait()
    return console, events, relay.hello


def follow(ue, relay):
    """Until the console says "end: ", or says nothing more, or the time is over."""
    text, ends = b"", time.monotonic() + LIMIT_S
    relay.select.register(ue.stdout, selectors.EVENT_READ, None)
    while b"end: " not in text or not text.endswith(b"\n"):
        ready = relay.select.select(ends - time.monotonic())
        if not ready or time.monotonic() > ends:
            return text.decode(errors="replace").splitlines() + ["end: too late"]
        for key, _ in ready:
            if key.data:
                key.data()
                continue
            octets = os.read(key.fd, 4096)
            text += octets
            if not octets:
                return text.decode(errors="replace").splitlines() + ["end: the emulator left"]
    return text.decode(errors="replace").splitlines()


def short(event):
    """An event of the P-CSCF in the words of PCSCF."""
    name = event["event"]
    if name == "tls":
        return "tls resumed" if event["resumed"] else "tls full"
    if name == "verified":
        return " ".join([name, event["response"], event["c_token"], event["security_verify"]])
    return name


def sizes(elf):
    """Octets of flash, .data and .bss; the stack's room, a section of its own, is in none of them."""
    lines = subprocess.run(["arm-none-eabi-size", "-A", elf], check=True, capture_output=True, text=True).stdout.splitlines()
    size = {words[0]: int(words[1]) for words in map(str.split, lines) if len(words) == 3 and words[1].isdigit()}
    return size[".text"] + size.get(".ARM.exidx", 0) + size[".data"], size[".data"], size[".bss"]


def split(console):
    """(figures by name, what else the UE said)"""
    figures = {line.split()[0]: int(line.split()[1]) for line in console if line.split()[-1].isdigit()}
    return figures, [line for line in console if line.split()[0] not in figures]


def judge(elf):
    """What is wrong, a line each; prints the figures."""
    console, events, hello = run(elf)
    figures, said = split(console)
    told = [short(event) for event in events]
    bad = [] if said == CONSOLE else [f"the UE said {console}"]
    bad += [] if told == PCSCF else [f"the P-CSCF said {told}"]
    bad += [] if SHORT_RECORDS in hello else ["the UE asks for no records of 4096 octets at most"]
    if bad:
        return bad
    flash, data, bss = sizes(elf)
    missed = []
    for name, value in (("flash", flash), ("ram", data + bss + figures["heap"]), ("stack", figures["stack"])):
        print(f"  {name:<24}{value:>12} octets, goal {GOALS[name]}")
        missed += [f"{elf}: {value} octets of {name}, goal {GOALS[name]}"] if value > GOALS[name] else []
    print(f"  of the ram: data {data}, bss {bss}, heap {figures['heap']}; of the heap the client's block: {figures['client']}")
    for name in ("instructions_registered", "instructions"):
        print(f"  {name:<24}{figures[name]:>12}")
    return missed


def judge_small_stack(elf):
    console, _, _ = run(elf)
    return [] if console[-1].startswith("end: fault: ") else [f"a stack that is too small was not noticed: {console}"]


def main():
    bad = []
    for elf in sys.argv[1:]:
        print(elf)
        bad += judge(elf)
        bad += judge_small_stack(elf.replace("ue.elf", "ue-small-stack.elf"))
    for line in bad:
        print("FAILED:", line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
