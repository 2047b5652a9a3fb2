# SPDX-License-Identifier: Apache-2.0
"""A UE by hand, over Python's ssl: each step of a registration with whatever fault the caller wants in it."""
import base64
import os
import socket
import ssl

import ims
from peer import IMPI, K, OPC, REALM

CARD = ims.Milenage(K, OPC)
URI = "sip:" + REALM


class Subscriber:
    """Who registers; by default the one that all tests know."""

    def __init__(self, impi=IMPI, k=K, opc=OPC, impu=None):
        self.impi, self.impu, self.k, self.opc = impi, impu or "sip:" + impi, k, opc
        self.card = ims.Milenage(k, opc)


class Ue:
    """One connection and one registration on it."""

    def __init__(self, port, tls=True, timeout=5, name=None, options=0, who=Subscriber(),
                 host="127.0.0.1", own_port=0):
        self.who = who
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.settimeout(timeout)
        self.sock.bind(("127.0.0.1", own_port))
        self.sock.connect((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.der, self.transport = b"", "TLS" if tls else "TCP"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.options |= options
            self.sock = context.wrap_socket(self.sock, server_hostname=name)
            self.der = self.sock.getpeercert(True)
        self.buffer, self.cseq = b"", 0
        self.call_id, self.tag = os.urandom(8).hex(), os.urandom(4).hex()
        self.port = self.sock.getsockname()[1]

    def request(self, auth, headers=(), expires=600000):
        self.cseq += 1
        contact = f"Contact: <sip:127.0.0.1:{self.port};transport={self.transport.lower()}>;expires={expires}"
        lines = [f"REGISTER {URI} SIP/2.0",
                 f"Via: SIP/2.0/{self.transport} 127.0.0.1:{self.port};branch=z9hG4bK{self.call_id}{self.cseq}",
                 f"From: <{self.who.impu}>;tag={self.tag}", f"To: <{self.who.impu}>", f"Call-ID: {self.call_id}",
                 f"CSeq: {self.cseq} REGISTER", "Max-Forwards: 70", contact, "Supported: path",
                 f"Authorization: Digest {auth}", *headers, "Content-Length: 0"]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def answer(self):
        """The next message, or None when the connection ended."""
        while True:
            found, self.buffer = ims.split_stream(self.buffer)
            if found:
                assert len(found) == 1, "one message at a time"
                if found[0].status >= 200:
                    return found[0]
                continue
            try:
                data = self.sock.recv(65536)
            except (ConnectionError, ssl.SSLError):
                return None
            if not data:
                return None
            self.buffer += data

    def ended(self):
        """Did the other side close?"""
        return self.answer() is None

    SEC = ("Require: sec-agree", "Proxy-Require: sec-agree", "Security-Client: tls")

    def first(self, headers=SEC):
        """SM1; returns the answer."""
        self.request(f'username="{self.who.impi}", realm="{REALM}", uri="{URI}", nonce="", response=""', headers)
        return self.answer()

    def learn(self, answer):
        """Takes RAND, AUTN and the list out of a 401."""
        self.params = ims.auth_params(answer.get("www-authenticate"))
        nonce = base64.b64decode(self.params["nonce"])
        self.rand, self.autn = nonce[:16], nonce[16:32]
        self.res, self.ck, self.ik, _ = self.who.card.f2345(self.rand)
        self.sqn = ims.autn_open(self.who.card, self.rand, self.autn)
        self.list = ", ".join(answer.all("security-server"))
        return self.params

    def c_token(self):
        return ims.c_token(self.ik, self.params["s_token"])

    def second(self, c_token=None, response=None, verify=None, auts=None, headers=None, more=()):
        """SM7; None stands for the right value, "" leaves the field out. Returns the answer."""
        auth = {"username": self.who.impi, "realm": self.params["realm"], "uri": URI, "nonce": self.params["nonce"],
                "algorithm": self.params["algorithm"]}
        if self.params.get("qop"):
            auth.update(qop="auth", nc="00000001", cnonce=os.urandom(8).hex())
        auth["response"] = ims.digest(b"" if auts else self.res, auth) if response is None else response
        if auts:
            auth["auts"] = base64.b64encode(auts).decode()
        elif c_token != "" and (c_token or "s_token" in self.params):
            auth["c_token"] = c_token or self.c_token()
        auth.update(more)
        bare = ("algorithm", "qop", "nc")
        text = ", ".join(f"{k}={v}" if k in bare else f'{k}="{v}"' for k, v in auth.items())
        self.last = ", ".join(f"{k}={v}" if k in bare else f'{k}="{v}"' for k, v in auth.items() if k != "c_token")
        verify = self.list if verify is None else verify
        lines = headers if headers is not None else list(self.SEC) + ([f"Security-Verify: {verify}"] if verify else [])
        self.request(text, lines)
        return self.answer()

    def again(self, expires):
        """Refresh, or with 0 deregistration: the last Authorization word for word without c_token."""
        self.request(self.last, list(self.SEC) + [f"Security-Verify: {self.list}"], expires)
        return self.answer()

    def close(self):
        self.sock.close()
