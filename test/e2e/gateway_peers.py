# SPDX-License-Identifier: Apache-2.0
"""Both sides of a gateway, in this process: a P-CSCF that says what a test tells it to, and SIP clients by hand."""
import collections
import os
import re
import select
import socket
import ssl
import threading
import time

import ims
from peer import IMPU, REALM, Conn, Peer
from ue import Subscriber

BOB = f"sip:bob@{REALM}"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
ANSWER_S = 5


def branch():
    return "z9hG4bK" + os.urandom(8).hex()


def take(got, wanted, seconds, more=None):
    """The first that fits and was not taken before; None after too long. `more` reads on."""
    end = time.monotonic() + seconds
    while True:
        for message in list(got):
            if wanted(message):
                got.remove(message)
                return message
        if time.monotonic() > end:
            return None
        if more:
            more()
        else:
            time.sleep(0.005)


def fits(what):
    """By method or by status."""
    if isinstance(what, int):
        return lambda m: m.status == what
    return lambda m: m.method == what


class Shared(Conn):
    """One thread reads and another one writes, which a TLS session does not bear at the same time."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.lock = threading.Lock()

    def read(self):
        while True:
            if self.sock.fileno() < 0:
                return b""
            if not self.sock.pending():
                select.select([self.sock], [], [], 0.2)
            with self.lock:
                try:
                    self.sock.settimeout(0)
                    data = self.sock.recv(65536)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                finally:
                    if self.sock.fileno() >= 0:
                        self.sock.settimeout(ANSWER_S)
            self.log.write(data)
            return data

    def send(self, data):
        with self.lock:
            super().send(data)


class Network(Peer):
    """Registers whoever comes; what else it gets is kept in `got`."""

    def __init__(self, suite, folder, granted=600000):
        super().__init__(suite.certs, folder)
        self.granted, self.got, self.said, self.conn = granted, collections.deque(), [], None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept_all, daemon=True).start()

    def accept_all(self):
        try:
            for n in range(1000):
                threading.Thread(target=self.serve, args=(Shared(self, self.listener.accept()[0], n),),
                                 daemon=True).start()
        except OSError:
            pass    # closed

    def say(self, event, **more):
        self.said.append({"event": event, **more})

    def dispatch(self, conn, message):
        if message.method == "REGISTER":
            super().dispatch(conn, message)
        else:
            self.got.append(message)

    def accept(self, conn, message):
        self.conn = conn    # before the gateway hears of it
        super().accept(conn, message)

    def take(self, what, seconds=ANSWER_S):
        return take(self.got, fits(what), seconds)

    def say_sip(self, text):
        self.conn.send(text.encode("latin-1"))

    def ask(self, method, uri, number=1, call="net-call", to=IMPU, own_branch=None, headers=(), body="", tag="net"):
        own_branch = own_branch or branch()
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/TLS 127.0.0.1:5061;branch={own_branch}",
                 "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKfar", "Max-Forwards: 60",
                 f"Record-Route: <sip:127.0.0.1:{self.port};transport=tls;lr>", f"From: <{BOB}>;tag={tag}",
                 f"To: {to}" if "<" in to else f"To: <{to}>", f"Call-ID: {call}", f"CSeq: {number} {method}",
                 f"Contact: <{BOB};gr=1>", *headers, f"Content-Length: {len(body)}"]
        self.say_sip("\r\n".join(lines) + "\r\n\r\n" + body)
        return own_branch

    def answer(self, request, line, tag="net", headers=()):
        to = request.get("to") + ("" if ";tag=" in request.get("to") else f";tag={tag}")
        lines = [f"SIP/2.0 {line}", *(f"Via: {v}" for v in request.all("via")),
                 f"Record-Route: <sip:127.0.0.1:{self.port};transport=tls;lr>", f"From: {request.get('from')}",
                 f"To: {to}", f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}",
                 f"Contact: <{BOB};gr={tag}>", *headers, "Content-Length: 0"]
        self.say_sip("\r\n".join(lines) + "\r\n\r\n")

    def close(self):
        self.listener.close()
        if self.conn:
            self.conn.close()


class Client:
    """A SIP client; `tcp`: over a connection, with a socket that listens where Via and Contact say."""

    def __init__(self, sip, tcp=False):
        host, _, port = sip.rpartition(":")
        self.sip, self.tcp, self.to, self.got, self.buffer = sip, tcp, (host, int(port)), collections.deque(), b""
        self.call, self.tag, self.cseq, self.ended = os.urandom(4).hex(), os.urandom(4).hex(), 0, False
        kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        self.sock = self.listener = socket.socket(socket.AF_INET, kind)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        if tcp:
            self.listener.listen()
            self.listener.settimeout(ANSWER_S)
            self.connect()
        self.sock.settimeout(0.02)
        self.contact = f"sip:alice@127.0.0.1:{self.port}" + (";transport=tcp" if tcp else "")

    def connect(self):
        self.sock, self.buffer = socket.create_connection(self.to, 2), b""
        self.sock.settimeout(0.02)

    def be_called(self):
        """The gateway opens a connection."""
        self.sock, self.buffer = self.listener.accept()[0], b""
        self.sock.settimeout(0.02)

    def read(self):
        try:
            if self.tcp:
                data = self.sock.recv(65536)
                self.ended = not data
                found, self.buffer = ims.split_stream(self.buffer + data)
                self.got.extend(found)
            else:
                self.got.append(ims.Message(self.sock.recvfrom(65536)[0]))
        except (TimeoutError, socket.timeout):
            pass
        except OSError:
            self.ended = True
            time.sleep(0.02)

    def put(self, octets):
        if self.tcp:
            self.sock.sendall(octets)
        else:
            self.sock.sendto(octets, self.to)

    def take(self, what, seconds=ANSWER_S):
        return take(self.got, fits(what), seconds, self.read)

    def request(self, method, uri, number=None, own_branch=None, to=None, headers=(), body="", contact=True, hops=70):
        self.cseq += number is None
        via = f"SIP/2.0/{'TCP' if self.tcp else 'UDP'} 127.0.0.1:{self.port};rport;branch={own_branch or branch()}"
        lines = [f"{method} {uri} SIP/2.0", f"Via: {via}", f"Max-Forwards: {hops}", f"From: <{IMPU}>;tag={self.tag}",
                 f"To: {to or f'<{uri}>'}", f"Call-ID: {self.call}", f"CSeq: {number or self.cseq} {method}",
                 *([f"Contact: <{self.contact}>"] if contact else []), *headers, f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")

    def ask(self, method, uri=BOB, **more):
        """Sends it, and returns what was sent."""
        octets = self.request(method, uri, **more)
        self.put(octets)
        return octets

    def answer(self, request, line, headers=(), body=""):
        to = request.get("to") + ("" if ";tag=" in request.get("to") else f";tag={self.tag}")
        lines = [f"SIP/2.0 {line}", *(f"Via: {v}" for v in request.all("via")),
                 *(f"Record-Route: {v}" for v in request.all("record-route")), f"From: {request.get('from')}",
                 f"To: {to}", f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}",
                 f"Contact: <{self.contact}>", *headers, f"Content-Length: {len(body)}"]
        self.put(("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1"))

    def register(self, expires=60, contact=None):
        headers = [f"Expires: {expires}", f"Contact: {contact or f'<{self.contact}>'}"]
        self.ask("REGISTER", f"sip:{self.sip}", headers=headers, contact=False)
        return take(self.got, lambda m: m.status >= 200, ANSWER_S, self.read)

    def final(self, seconds=ANSWER_S):
        return take(self.got, lambda m: m.status >= 200, seconds, self.read)

    def close(self):
        self.sock.close()
        self.listener.close()


class Gateway:
    """One, with a network of its own, or at `port`: 1 is where nobody is."""

    def __init__(self, suite, run_module, title, *more, granted=600000, who=Subscriber(), port=None):
        folder = suite.folder(title)
        self.who, self.network, self.alone = who, None if port else Network(suite, folder, granted), port == 1
        program = os.path.join(os.path.dirname(suite.args.softphone), "gateway")
        argv = [program, "--pcscf", f"127.0.0.1:{port or self.network.port}", "--impi", who.impi, "--impu", who.impu,
                "--domain", REALM, "--k", who.k.hex(), "--opc", who.opc.hex(), "--json", "--return-within", "0",
                "--sip", "127.0.0.1:0", *more]
        self.child, self.clients = run_module.Child(argv, folder, "gateway"), []
        self.child.port()
        self.sip = next(e["sip"] for e in self.child.events() if e["event"] == "ready")
        if not self.alone:
            self.until("registered")

    def until(self, name, count=1, seconds=10):
        end = time.monotonic() + seconds
        while len(self.events(name)) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{name}: {self.child.events()[-3:]} {self.child.error_text()}")
            time.sleep(0.01)

    def events(self, name):
        return [e for e in self.child.events() if e["event"] == name]

    def client(self, tcp=False, register=True):
        self.clients.append(Client(self.sip, tcp))
        if register and self.clients[-1].register().status != 200:
            raise RuntimeError("REGISTER refused")
        return self.clients[-1]

    def end(self):
        """Deregistered, and exit 0."""
        for client in self.clients:
            client.close()
        self.child.process.terminate()
        status = self.child.wait(time.monotonic() - self.child.start + 15)
        if self.network:
            self.network.close()
        return [] if status == (3 if self.alone else 0) else [f"exit {status}: {self.child.error_text()[-300:]}"]


def uri_of(message):
    return re.search(r"<([^>]*)>", message.get("contact")).group(1)
