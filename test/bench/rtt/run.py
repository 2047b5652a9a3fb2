#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Round trips from the first packet to the 200, counted in packets: `rtt/run.py UE VERSION CERTS`, VERSION 12 or 13.

The UE and an OpenSSL server (test/e2e/peer.py) are in a network namespace that ends with us, and every packet between
them waits DELAY_S in a TUN device of ours. There each is seen: a round trip is a run of packets of the server that hold
something (SYN, or octets) behind such a run of the UE. Prints one JSON object a registration: the first is full, the
second resumes its session. 77: there can be no namespace with a TUN device here."""
import fcntl
import heapq
import itertools
import json
import os
import pathlib
import select
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent.parent / "e2e"))
import peer  # noqa: E402

DELAY_S = 0.05      # one way; far above what anything here computes
UE, SERVER, PORT = "10.9.0.1", "10.9.0.2", 5061
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SYN = 2


class Conn(peer.Conn):
    def tls(self):
        self.sock, self.secured = self.peer.context.wrap_socket(self.sock, server_side=True), True


class Peer(peer.Peer):
    """One TLS context, so that its tickets are good for the next connection."""
    qop = "auth"

    def __init__(self, certs, log):
        super().__init__(certs, log)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.pem("pcscf"))

    def listen(self):
        listener = peer.socket.create_server((UE, PORT))
        for n in itertools.count():
            sock, _ = listener.accept()
            threading.Thread(target=self.serve, args=(Conn(self, sock, n),), daemon=True).start()

    def say(self, event, **more):
        pass


class Wire:
    """Reflects each packet with its addresses swapped, which no checksum notices: so each is the other's SERVER."""

    def __init__(self):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH", b"wire", IFF_TUN | IFF_NO_PI))
        for command in (f"address add {UE}/24 dev wire", "link set wire up", "link set lo up"):
            subprocess.run(["ip", *command.split()], check=True)
        self.waiting, self.order = [], itertools.count()
        self.runs = {}      # by the UE's port, in order: (server's, time of its first packet)

    def see(self, packet):
        at = (packet[0] & 15) * 4
        if packet[0] >> 4 != 4 or packet[9] != 6:
            return
        octets = int.from_bytes(packet[2:4], "big") - at - (packet[at + 12] >> 4) * 4
        ports = struct.unpack("!HH", packet[at:at + 4])
        from_server = ports[0] == PORT
        runs = self.runs.setdefault(ports[from_server], [])
        if (octets > 0 or packet[at + 13] & SYN) and (not runs or runs[-1][0] != from_server):
            runs.append((from_server, time.monotonic()))

    def turn(self, *others):
        """What arrived waits, what waited long enough goes on; returns those of `others` that can be read."""
        due = self.waiting[0][0] - time.monotonic() if self.waiting else DELAY_S
        ready = select.select([self.fd, *others], [], [], max(0, due))[0]
        if self.fd in ready:
            packet = os.read(self.fd, 65536)
            self.see(packet)
            packet = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
            heapq.heappush(self.waiting, (time.monotonic() + DELAY_S, next(self.order), packet))
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            os.write(self.fd, heapq.heappop(self.waiting)[2])
        return [x for x in ready if x is not self.fd]

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()

    def last(self):
        """Runs of the last connection."""
        return list(self.runs.values())[-1]


def registration(wire, ue):
    """Until the UE says that it is registered."""
    while ue.stdout not in wire.turn(ue.stdout):
        pass
    end = time.monotonic()
    words, runs = ue.stdout.readline().split(), wire.last()
    if len(words) != 2:
        sys.exit("rtt: the UE does not register")
    print(json.dumps({"session": words[1], "round_trips": sum(from_server for from_server, _ in runs),
                      "time_over_delay": round((end - runs[0][1]) / (2 * DELAY_S), 2)}), flush=True)
    wire.run(4 * DELAY_S)       # what the server may still say
    ue.stdin.write("\n")
    ue.stdin.flush()


def main():
    if "BENCH_RTT" not in os.environ:
        apart = ["--net", "--kill-child", "--fork", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        os.execvpe("unshare", ["unshare", *apart, "--", sys.executable, "-B", *sys.argv],
                   {**os.environ, "BENCH_RTT": "1"})
    program, version, certs = sys.argv[1:]
    try:
        wire = Wire()
    except OSError as error:
        print(f"rtt: no TUN device here: {error}", file=sys.stderr)
        sys.exit(77)
    threading.Thread(target=Peer(certs, certs).listen, daemon=True).start()
    with subprocess.Popen([program, version, f"{SERVER}:{PORT}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as ue:
        registration(wire, ue)
        registration(wire, ue)


if __name__ == "__main__":
    main()
