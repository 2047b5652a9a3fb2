# SPDX-License-Identifier: Apache-2.0
"""An honest P-CSCF over TLS with its home network behind it. hostile_pcscf.py bends it, case by case.

Prints JSON lines: ready, connection, tls, challenged, verified, registered, refreshed, deregistered, answer, note.
What it decrypts goes octet by octet into LOG/conn-<n>.bin; RANDs of its challenges are in the challenged events.
"""
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import threading

import ims

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
IMPI = "001010000000001@" + REALM
IMPU = "sip:" + IMPI
K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
LIST = "tls;q=0.1"


class Conn:
    """One connection: plain until tls() ran; everything read is logged."""

    def __init__(self, peer, sock, n):
        self.peer, self.sock, self.n, self.buffer = peer, sock, n, b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.log = open(os.path.join(peer.log, f"conn-{n}.bin"), "wb", buffering=0)
        self.cert = peer.certs[min(n, len(peer.certs) - 1)]
        self.secured, self.name = False, ""

    @property
    def der(self):
        return self.peer.der(self.cert)

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE   # also in signatures: RSA-PSS before PKCS #1
        if self.peer.tls_max == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.peer.pem(self.cert))
        context.sni_callback = lambda sock, name, _: setattr(self, "name", name or "")
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.secured = True
        self.peer.say("tls", n=self.n, version=self.sock.version(), suite=self.sock.cipher()[0], cert=self.cert,
                      sha256=hashlib.sha256(self.der).hexdigest())

    def read(self):
        data = self.sock.recv(65536)
        self.log.write(data)
        return data

    def messages(self):
        while True:
            if self.buffer.startswith(b"\r\n\r\n"):
                self.peer.pinged(self)
            found, self.buffer = ims.split_stream(self.buffer)
            yield from found
            data = self.read()
            if not data:
                return
            self.buffer += data

    def send(self, data):
        self.sock.sendall(data)

    def close(self, reset=False):
        """Ends the connection at once; `reset` with a TCP reset."""
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.sock.close()

    def drain(self):
        """Reads on to the peer's end, so that everything it says is logged."""
        while self.read():
            pass


class Peer:
    """The honest one. Cases override what they bend."""

    certs = ("pcscf",)      # by connection; the last one stays
    qop = None
    granted = 600000
    security_server = LIST
    first_seq = 1           # SEQ of the first vector
    closing = False         # True: nobody is accepted any more
    highest = None          # TLS version, whatever the command line says
    receive_buffer = None   # octets that the system keeps of what is not read

    def __init__(self, certs, log, tls_max="1.3"):
        self.card = ims.Milenage(K, OPC)
        self.folder, self.log, self.tls_max = certs, log, self.highest or tls_max
        self.lock = threading.RLock()
        self.seq = self.first_seq
        self.vectors = []       # every challenge's
        self.pending = None     # (vector, s_token text) that awaits its answer
        self.accepted = None    # (nonce, response) of the registration
        self.rejected = 0

    # -- plumbing

    def pem(self, name):
        return os.path.join(self.folder, name + ".pem")

    def der(self, name):
        with open(self.pem(name), encoding="ascii") as text:
            found = re.search(r"-----BEGIN CERT.*?CERTIFICATE-----", text.read(), re.S)
        return ssl.PEM_cert_to_DER_cert(found.group(0))

    def say(self, event, **more):
        with self.lock:
            print(json.dumps({"event": event, **more}), flush=True)

    def run(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        self.say("ready", port=listener.getsockname()[1])
        n = 0
        while True:
            sock, _ = listener.accept()
            self.say("connection", n=n)
            threading.Thread(target=self.serve, args=(Conn(self, sock, n),), daemon=True).start()
            n += 1

    def serve(self, conn):
        try:
            if self.raw(conn):
                conn.tls()
                self.connected(conn)
                for message in conn.messages():
                    with self.lock:
                        self.dispatch(conn, message)
        except (OSError, ssl.SSLError) as error:
            self.say("note", n=conn.n, why=f"{type(error).__name__}: {error}")
        finally:
            self.say("closed", n=conn.n)
            conn.sock.close()

    def dispatch(self, conn, message):
        if message.status:
            self.say("answer", n=conn.n, line=message.line, call_id=message.get("call-id"))
            return self.answered(conn, message)
        if message.method != "REGISTER":
            return conn.send(self.reply(message, 200, "OK"))
        auth = message.auth
        self.say("register", n=conn.n, cseq=message.get("cseq"), nonce=bool(auth.get("nonce")), auts="auts" in auth,
                 response=bool(auth.get("response")), c_token="c_token" in auth, expires=self.asked(message),
                 reg_id="reg-id=" in message.get("contact"), agreement=bool(message.all("security-client")))
        if "auts" in auth:
            return self.resync(conn, message)
        if not auth.get("response"):
            return self.first(conn, message)
        return self.second(conn, message)

    # -- SIP

    def reply(self, request, status, reason, headers=(), body=b""):
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {v}" for v in request.all("via")]
        to = request.get("to")
        lines += [f"From: {request.get('from')}", f"To: {to}" + ("" if ";tag=" in to else ";tag=peer")]
        lines += [f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}", *headers]
        lines += [f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def request(self, conn, method, n=1):
        """A request from the network, down the UE's connection."""
        return (f"{method} {IMPU} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKpeer{method}{n}\r\n"
                f"From: <sip:network@{REALM}>;tag=n{n}\r\nTo: <{IMPU}>\r\nCall-ID: peer-{method}-{n}\r\n"
                f"CSeq: {n} {method}\r\nMax-Forwards: 70\r\nEvent: reg\r\nSubscription-State: active\r\n"
                f"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello").encode()

    # -- the home network

    def vector(self, conn):
        vector = ims.Vector(self.card, self.seq << 5)
        self.seq += 1
        return vector

    def token(self, conn, vector):
        return ims.s_token(vector.ik, conn.der)

    def challenge_params(self, conn, vector):
        """Parameters of WWW-Authenticate."""
        params = [f'realm="{REALM}"', f'nonce="{vector.nonce}"', "algorithm=AKAv1-MD5",
                  f's_token="{self.token(conn, vector)}"']
        return params + ([f'qop="{self.qop}"'] if self.qop else [])

    def challenge_headers(self, conn):
        return [f"Security-Server: {self.security_server}"] if self.security_server else []

    def challenge(self, conn, message):
        vector = self.vector(conn)
        self.vectors.append(vector)
        self.pending = (vector, self.token(conn, vector))
        self.say("challenged", n=conn.n, rand=vector.rand.hex(), nonce=vector.nonce)
        headers = ["WWW-Authenticate: Digest " + ", ".join(self.challenge_params(conn, vector))]
        return self.reply(message, 401, "Unauthorized", headers + self.challenge_headers(conn))

    # -- what cases override

    def raw(self, conn):
        """Before TLS. False: no TLS follows."""
        return True

    def connected(self, conn):
        """After the handshake."""

    def first(self, conn, message):
        """REGISTER without an answer in it."""
        conn.send(self.challenge(conn, message))

    def answered(self, conn, message):
        """A response to a request of ours."""

    def resync(self, conn, message):
        auth = message.auth
        vector = next((v for v in self.vectors if v.nonce == auth.get("nonce")), None)
        sqn = ims.auts_open(self.card, vector.rand, ims.base64.b64decode(auth["auts"])) if vector else None
        empty = auth.get("response") == ims.digest(b"", auth)
        self.say("auts", ok=sqn is not None, sqn=sqn, empty_response=empty)
        if sqn is None or not empty:
            return self.refuse(conn, message, "auts")
        self.seq = (sqn >> 5) + 1
        return self.first(conn, message)

    def refuse(self, conn, message, why):
        self.rejected += 1
        self.say("refused", why=why)
        conn.send(self.reply(message, 403, "Forbidden"))

    def second(self, conn, message):
        """REGISTER with a response."""
        auth = message.auth
        if self.accepted and self.accepted == (auth.get("nonce"), auth.get("response")):
            return self.again(conn, message)
        if not self.pending or self.pending[0].nonce != auth.get("nonce"):
            return self.refuse(conn, message, "nonce")
        vector, s_text = self.pending
        verify = ", ".join(message.all("security-verify"))
        result = {
            "response": self.verdict(auth.get("response"), ims.digest(vector.res, auth)),
            "c_token": self.verdict(auth.get("c_token"), ims.c_token(vector.ik, ims.s_token(vector.ik, conn.der))),
            "security_verify": self.verdict(verify, self.security_server or ""),
            **self.more_verdicts(conn, vector, auth),
        }
        self.say("verified", n=conn.n, **result)
        if set(result.values()) != {"ok"}:
            return self.refuse(conn, message, str(result))
        self.accepted, self.pending = (auth["nonce"], auth["response"]), None
        return self.accept(conn, message)

    def more_verdicts(self, conn, vector, auth):
        """What else the answer is judged by."""
        return {}

    @staticmethod
    def verdict(given, due):
        return "ok" if given == due else "wrong" if given else "missing"

    def again(self, conn, message):
        """Refresh or deregistration: the last Authorization word for word, without c_token."""
        what = "deregistered" if self.asked(message) == 0 else "refreshed"
        self.say(what, n=conn.n, c_token="c_token" in message.auth, auts="auts" in message.auth,
                 security_verify=message.get("security-verify") == (self.security_server or ""))
        if what == "deregistered":
            self.accepted = None
            return conn.send(self.ok(message, 0))
        return self.refreshed(conn, message)

    def refreshed(self, conn, message):
        conn.send(self.ok(message, self.granted))

    @staticmethod
    def asked(message):
        found = re.search(r";\s*expires\s*=\s*(\d+)", message.get("contact"), re.I)
        return int(found.group(1) if found else message.get("expires", "600000"))

    def ok(self, message, expires, extra=()):
        contact = re.sub(r";\s*expires\s*=\s*\d+", "", message.get("contact"))
        headers = [f"Contact: {contact};expires={expires}"] if expires else []
        headers += [f"Service-Route: <sip:scscf.{REALM};lr>", f"P-Associated-URI: <{IMPU}>, <tel:+15550100>", *extra]
        return self.reply(message, 200, "OK", headers)

    def accept(self, conn, message):
        self.say("registered", n=conn.n)
        conn.send(self.ok(message, self.granted))
        self.registered(conn)

    def registered(self, conn):
        """After the 200 to the answer."""

    def pinged(self, conn):
        """RFC 5626 3.5.1: empty lines came that want one back."""
        self.say("pinged", n=conn.n)
        conn.send(b"\r\n")
