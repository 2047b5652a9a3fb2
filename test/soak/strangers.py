# SPDX-License-Identifier: Apache-2.0
"""Strangers at listening ports: they connect and go, bring garbage, begin a handshake, or complete one and talk."""
import os
import random
import socket
import ssl
import struct
import sys
import threading
import time

sys.path.insert(1, sys.path[0] + "/../e2e")
from served_checks import client_hello  # noqa: E402

THREADS, PAUSE_S, HOLD_S = 4, 1.0, 1.0     # at most so many at a time, so long between two, so long without a word
GARBAGE = [b"\0" * 4096, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"a" * 3000,
           b"REGISTER sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n", bytes.fromhex("1503030002015a") * 2000]


def garbage():
    return random.choice(GARBAGE + [os.urandom(2000)])


def hold(sock):
    sock.settimeout(HOLD_S)
    sock.recv(4096)


def come_and_go(sock):
    if random.random() < 0.5:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))   # with a reset


def talk_nonsense(sock):
    sock.sendall(garbage())
    hold(sock)


def say_nothing(sock):
    hold(sock)


def begin(sock):
    """A ClientHello, or a part of it."""
    hello = client_hello()
    sock.sendall(hello[:random.choice([5, 40, len(hello)])])
    hold(sock)


def begin_and_spoil(sock):
    sock.sendall(client_hello())
    hold(sock)
    sock.sendall(garbage())
    hold(sock)


def shake_hands(sock):
    """A whole handshake where there is a certificate, then what no subscriber says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(sock) as secured:
        secured.sendall(garbage())
        hold(secured)


KINDS = (come_and_go, talk_nonsense, say_nothing, begin, begin_and_spoil, shake_hands)


class Strangers:
    """Knock at these ports until the end, at one of them with datagrams too."""

    def __init__(self, ports, udp_port):
        self.udp_port, self.knocks = udp_port, {port: 0 for port in ports}
        self.stopping, self.lock = False, threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stopping:
            port = random.choice(list(self.knocks))
            try:
                self.knock(port)
                with self.lock:
                    self.knocks[port] += 1
            except OSError:
                pass    # nobody listens there now
            time.sleep(PAUSE_S * random.uniform(0.5, 1.5))

    def knock(self, port):
        if port == self.udp_port and random.random() < 0.3:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(garbage()[:1400], ("127.0.0.1", port))
            return
        with socket.create_connection(("127.0.0.1", port), 2) as sock:
            try:
                random.choice(KINDS)(sock)
            except OSError:
                pass    # thrown out, as should be

    def end(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(10)
