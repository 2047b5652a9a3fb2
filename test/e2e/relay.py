#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tampering relay between a UE and a P-CSCF: reads and changes SIP in clear, and under TLS with its own certificate.

`relay.py --tls-upstream H:P --plain-upstream H:P --pem FILE --log DIR [--tls HOW] [--tamper NAME]...`
The plain port takes TCP and UDP. HOW: own (its certificate), pass (records copied blindly), or a refusal: refuse (no
listener), close, reset, alert, text. Logs LOG/conn-<n>.bin: every octet from the UE that it can read, LOG/down-<n>.bin: what the P-CSCF said to it
in readable form, LOG/401.bin: the last challenge. Prints JSON lines: ready, connection, tampered, note.
"""
import argparse
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import threading

sys.dont_write_bytecode = True
import ims  # noqa: E402

LOCK = threading.Lock()
ESP = "ipsec-3gpp;q=0.99;alg=hmac-md5-96;spi-c=1000;spi-s=1001;port-c=5062;port-s=5063"


def say(event, **more):
    with LOCK:
        print(json.dumps({"event": event, **more}), flush=True)


# -- tampering: (message as octets, memory of the connection) -> octets, None: dropped


def header(raw, name, change):
    """Each value of a header through `change`; None takes the line away."""
    def one(found):
        value = change(found.group(2).decode("latin-1"))
        return b"" if value is None else found.group(1) + value.encode("latin-1") + b"\r\n"
    return re.sub(rb"(?im)^(%s\s*:\s*)([^\r\n]*)\r\n" % name.encode(), one, raw)


def on_401(change):
    return lambda raw, memory: change(raw, memory) if raw.startswith(b"SIP/2.0 401") else raw


def server(change):
    return on_401(lambda raw, memory: header(raw, "Security-Server", change))


def challenge(change):
    return on_401(lambda raw, memory: header(raw, "WWW-Authenticate", change))


def flip(value, name, at):
    """Another digit (or letter) in the parameter's value."""
    def one(found):
        text = found.group(2)
        new = "A" if text[at] not in "Aa" else "B" if text[at] == "A" else "b"
        return found.group(1) + text[:at] + new + text[at + 1:]
    return re.sub(rf'({name}=")([^"]*)', one, value)


def once(change, count=1):
    def limited(raw, memory):
        if not raw.startswith(b"SIP/2.0 401"):
            return raw
        memory["n"] = memory.get("n", 0) + 1
        return change(raw, memory) if memory["n"] <= count else raw
    return limited


def after(change, count=1):
    def late(raw, memory):
        if not raw.startswith(b"SIP/2.0 401"):
            return raw
        memory["late"] = memory.get("late", 0) + 1
        return change(raw, memory) if memory["late"] > count else raw
    return late


def requeue(value):
    """Any q becomes another one; without any, one appears."""
    changed = re.sub(r";\s*q=[\d.]+", ";q=0.3", value)
    return changed if changed != value else value + ";q=0.3"


def lose(start, memory_name):
    """The first message that starts so is lost."""
    def one(raw, memory):
        if not raw.startswith(start) or memory_name in memory:
            return raw
        memory[memory_name] = True
        return b""
    return one


def reorder(value):
    return ", ".join(reversed(re.split(r",\s*", value)))


DOWN = {
    "list-drop": server(lambda v: None),
    "list-digest": server(lambda v: "digest;d-alg=md5;q=0.9"),
    "list-empty": server(lambda v: ""),
    "list-garbage": server(lambda v: "tls;q=7, ;;="),
    "list-q": server(requeue),
    "list-reorder": server(reorder),
    "list-first": server(lambda v: re.split(r",\s*", v)[0]),
    "list-more": server(lambda v: ESP + ", " + v),
    "list-later-drop": after(lambda raw, m: header(raw, "Security-Server", lambda v: None)),
    "list-later-q": after(lambda raw, m: header(raw, "Security-Server", requeue)),
    "list-later-more": after(lambda raw, m: header(raw, "Security-Server", lambda v: v + ", ipsec-ike;q=0.01")),
    "mac-once": once(lambda raw, m: header(raw, "WWW-Authenticate", lambda v: flip(v, "nonce", 38))),
    "autn": challenge(lambda v: flip(v, "nonce", 38)),
    "rand": challenge(lambda v: flip(v, "nonce", 3)),
    "token-drop": challenge(lambda v: re.sub(r',?\s*s_token="[^"]*"', "", v)),
    "token-flip": challenge(lambda v: flip(v, "s_token", 5)),
    "token-zero": challenge(lambda v: re.sub(r's_token="[^"]*"', 's_token="' + "0" * 24 + '"', v)),
    "token-twice": challenge(lambda v: v + ', s_token="' + "0" * 24 + '"'),
    "md5": challenge(lambda v: re.sub(r"algorithm=[\w-]+", "algorithm=MD5", v)),
    "lose-401": lose(b"SIP/2.0 401", "401 lost"),
    "keys": challenge(lambda v: v + ', ik="' + "0" * 32 + '"'),
}
UP = {
    "lose-register": lose(b"REGISTER", "REGISTER lost"),
    "client-drop": lambda raw, m: header(raw, "Security-Client", lambda v: None),
    "agree-drop": lambda raw, m: header(header(header(raw, "Security-Client", lambda v: None), "Require",
                                               lambda v: None), "Proxy-Require", lambda v: None),
    "verify-drop": lambda raw, m: header(raw, "Security-Verify", lambda v: None),
}


def answer(request, status, reason, *headers):
    """A response of the relay's own."""
    m = ims.Message(request)
    lines = [f"SIP/2.0 {status} {reason}"] + [f"Via: {v}" for v in m.all("via")]
    lines += [f"From: {m.get('from')}", f"To: {m.get('to')};tag=relay", f"Call-ID: {m.get('call-id')}",
              f"CSeq: {m.get('cseq')}", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def inject_200(request, relay):
    contact = ims.Message(request).get("contact")
    return answer(request, 200, "OK", f"Contact: {contact}", "P-Associated-URI: <sip:thief@example.net>")


def replay(request, relay):
    """The challenge of another day for this request."""
    with open(relay.args.replay, "rb") as old:
        m = ims.Message(old.read())
    keep = [f"{n}: {v}" for n, v in m.headers if n in ("www-authenticate", "security-server")]
    return answer(request, 401, "Unauthorized", *keep)


def once_instead(status, reason, *headers):
    """The relay's own answer to the first REGISTER alone."""
    def one(request, relay):
        if relay.answered:
            return None
        relay.answered = True
        return answer(request, status, reason, *headers)
    return one


INSTEAD = {
    "423-zero": once_instead(423, "Interval Too Brief", "Min-Expires: 0"),
    "423-one": once_instead(423, "Interval Too Brief", "Min-Expires: 1"),
    "423-more": once_instead(423, "Interval Too Brief", "Min-Expires: 700000"),
    "439-once": once_instead(439, "First Hop Lacks Outbound Support"),
    "420-once": once_instead(420, "Bad Extension", "Unsupported: sec-agree"),
    "inject-200": inject_200,
    "replay": replay,
    "inject-494": lambda r, relay: answer(r, 494, "Security Agreement Required", "Security-Server: digest;q=0.1"),
    "inject-421": lambda r, relay: answer(r, 421, "Extension Required", "Require: sec-agree"),
    "inject-420": lambda r, relay: answer(r, 420, "Bad Extension", "Unsupported: sec-agree"),
    "inject-305": lambda r, relay: answer(r, 305, "Use Proxy", "Contact: <sip:203.0.113.1>"),
    "inject-407": lambda r, relay: answer(r, 407, "Proxy Authentication Required",
                                          'Proxy-Authenticate: Digest realm="x", nonce="0", algorithm=MD5'),
}


class Datagrams:
    """What a UDP peer is sent to."""

    def __init__(self, sock, address):
        self.sock, self.address = sock, address

    def sendall(self, data):
        self.sock.sendto(data, self.address)


class Relay:
    def __init__(self, args):
        self.args, self.n, self.answered = args, 0, False
        known = {**DOWN, **UP, **INSTEAD, "twice": None, "stranger-403": None}
        unknown = [t for t in args.tamper if t not in known]
        if unknown:
            raise SystemExit(f"relay: no such tampering: {unknown}")

    def upstream(self, secure):
        host, _, port = (self.args.tls_upstream if secure else self.args.plain_upstream).rpartition(":")
        sock = socket.create_connection((host, int(port)), 5)
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def from_ue(self, raw, memory, up, down):
        for name in self.args.tamper:
            instead = INSTEAD[name](raw, self) if name in INSTEAD else None
            if instead:
                say("tampered", how=name)
                return down.sendall(instead)
            if name in UP:
                changed = UP[name](raw, memory)
                if changed != raw:
                    say("tampered", how=name)
                raw = changed
        if raw:
            up.sendall(raw)
        return None

    def from_pcscf(self, raw, memory, down):
        if raw.startswith(b"SIP/2.0 401"):
            with open(os.path.join(self.args.log, "401.bin"), "wb") as out:
                out.write(raw)
        for name in self.args.tamper:
            changed = DOWN[name](raw, memory) if name in DOWN else raw
            if changed != raw:
                say("tampered", how=name)
            raw = changed
        if "stranger-403" in self.args.tamper and isinstance(down, Datagrams) and raw.startswith(b"SIP/2.0 401"):
            say("tampered", how="stranger-403")   # the right words from the wrong port
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(raw.replace(b"401 Unauthorized", b"403 Forbidden"), down.address)
        if "twice" in self.args.tamper:
            say("tampered", how="twice")
            down.sendall(raw)
        if raw:
            down.sendall(raw)

    def copy(self, ue, network, logs, memory):
        sides, buffers = (ue, network), [b"", b""]
        while True:
            pending = [i for i in (0, 1) if isinstance(sides[i], ssl.SSLSocket) and sides[i].pending()]
            for i in pending or [sides.index(s) for s in select.select(sides, [], [])[0]]:
                data = sides[i].recv(65536)
                logs[i].write(data)
                if not data:
                    return
                found, buffers[i] = ims.split_stream(buffers[i] + data)
                for m in found:
                    if i == 0:
                        self.from_ue(m.raw, memory, network, ue)
                    else:
                        self.from_pcscf(m.raw, memory, ue)

    def blind(self, ue, network, logs):
        sides = (ue, network)
        while True:
            for s in select.select(sides, [], [])[0]:
                data = s.recv(65536)
                logs[sides.index(s)].write(data)
                if not data:
                    return
                sides[1 - sides.index(s)].sendall(data)

    def refuse(self, sock, how):
        """TLS refused: at once, or once the ClientHello came."""
        if how != "close":
            sock.recv(65536)
        if how == "alert":
            sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
        if how == "text":
            sock.sendall(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        if how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def serve(self, sock, n, secure, memory):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with open(os.path.join(self.args.log, f"conn-{n}.bin"), "wb", buffering=0) as up, \
                    open(os.path.join(self.args.log, f"down-{n}.bin"), "wb", buffering=0) as down:
                if secure and self.args.tls == "pass":
                    with sock, self.upstream(True) as network:
                        return self.blind(sock, network, (up, down))
                if secure and self.args.tls != "own":
                    return self.refuse(sock, self.args.tls)
                if secure:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(self.args.pem)
                    sock = context.wrap_socket(sock, server_side=True)
                network = self.upstream(secure)
                if secure:
                    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
                    network = client.wrap_socket(network)
                with sock, network:
                    self.copy(sock, network, (up, down), memory)
        except OSError as error:
            say("note", n=n, why=f"{type(error).__name__}: {error}")
        finally:
            say("closed", n=n)
        return None

    def udp_down(self, upstream, ue, log, memory):
        while True:
            data = upstream.recv(65536)
            log.write(data)
            self.from_pcscf(data, memory, ue)

    def udp(self, listener, memory):
        """Datagrams of the plain port: one upstream socket a sender."""
        known = {}
        host, _, port = self.args.plain_upstream.rpartition(":")
        while True:
            data, address = listener.recvfrom(65536)
            if address not in known:
                upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                upstream.connect((host, int(port)))
                up, down = (open(os.path.join(self.args.log, f"{name}-{self.n}.bin"), "wb", buffering=0)
                            for name in ("conn", "down"))
                say("connection", n=self.n, secure=False, udp=True)
                self.n += 1
                known[address] = upstream, up, Datagrams(listener, address)
                threading.Thread(target=self.udp_down, args=(upstream, known[address][2], down, memory),
                                 daemon=True).start()
            upstream, up, ue = known[address]
            up.write(data)
            self.from_ue(data, memory, upstream, ue)

    @staticmethod
    def plain_port():
        """TCP and UDP on one port: what TCP got may be taken for UDP, then another."""
        while True:
            pair = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            pair[0].bind(("127.0.0.1", 0))
            try:
                pair[1].bind(pair[0].getsockname())
                return pair
            except OSError:
                pair[0].close()
                pair[1].close()

    def run(self):
        memory, secured = {}, socket.socket()
        secured.bind(("127.0.0.1", 0))
        plain, datagrams = self.plain_port()
        waiting = [plain] if self.args.tls == "refuse" else [secured, plain]
        for listener in waiting:
            listener.listen(16)
        threading.Thread(target=self.udp, args=(datagrams, memory), daemon=True).start()
        say("ready", port=secured.getsockname()[1], plain_port=plain.getsockname()[1])
        while True:
            for listener in select.select(waiting, [], [])[0]:
                sock, _ = listener.accept()
                secure = listener is secured
                say("connection", n=self.n, secure=secure)
                threading.Thread(target=self.serve, args=(sock, self.n, secure, memory), daemon=True).start()
                self.n += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tls-upstream", required=True, metavar="HOST:PORT")
    parser.add_argument("--plain-upstream", required=True, metavar="HOST:PORT")
    parser.add_argument("--pem", required=True, help="the relay's own certificate and key")
    parser.add_argument("--log", required=True, metavar="DIR")
    parser.add_argument("--tls", default="own", choices=["own", "pass", "refuse", "close", "reset", "alert", "text"])
    parser.add_argument("--tamper", action="append", default=[], metavar="NAME")
    parser.add_argument("--replay", metavar="FILE", help="a 401 that was logged before")
    args = parser.parse_args()
    os.makedirs(args.log, exist_ok=True)
    Relay(args).run()


if __name__ == "__main__":
    main()
