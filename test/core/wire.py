# SPDX-License-Identifier: Apache-2.0
"""A UE by hand behind the core: registered step by step, then requests along the route that the core gave it."""
import os
import re
import select
import ssl
import time

import ims
from core import ADDRESSES, PORT
from ue import Ue

ANSWER_S = 8


class Wire(Ue):
    """Everything that comes is kept in `got`, in order."""

    def __init__(self, who, port=PORT, host=ADDRESSES["pcscf"], own_port=0):
        super().__init__(port, who=who, host=host, own_port=own_port)
        self.host, self.got, self.routes, self.list = host, [], [], ""
        self.contact = f"<sip:127.0.0.1:{self.port};transport=tls>"

    def read(self, seconds):
        """More of what comes; false at the end of the connection."""
        if not self.sock.pending() and not select.select([self.sock], [], [], seconds)[0]:
            return True
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            return False
        found, self.buffer = ims.split_stream(self.buffer + data)
        self.got += found
        return bool(data)

    def take(self, wanted, seconds=ANSWER_S):
        """The first that fits and was not taken before; None when the connection ended, or it took too long."""
        end = time.monotonic() + seconds
        while True:
            for message in self.got:
                if wanted(message):
                    self.got.remove(message)
                    return message
            if time.monotonic() > end or not self.read(0.05):
                return None

    def answer(self):
        return self.take(lambda m: m.status >= 200)

    def ended(self):
        """Did the other side close?"""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            if not self.read(0.05):
                return True
        return False

    def registered(self):
        """SM1 to SM12; the 200, or what came instead."""
        answer = self.first()
        if answer is None or answer.status != 401:
            return answer
        self.learn(answer)
        answer = self.second()
        if answer is not None and answer.status == 200:
            self.routes = re.findall(r"<[^>]*>", ", ".join(answer.all("service-route")))
        return answer

    def send(self, method, uri, headers=(), body="", verify=True, routes=None, to=None, call=None, cseq=None,
             branch=None):
        """A request as TS 24.229 5.1.2A.1 has it, a Route header field for each URI."""
        self.cseq += 0 if cseq else 1
        way = [f"<sip:{self.host}:{PORT};transport=tls;lr>", *self.routes] if routes is None else routes
        agreement = [f"Security-Verify: {self.list}", "Require: sec-agree", "Proxy-Require: sec-agree"]
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/TLS 127.0.0.1:{self.port};branch={branch or new_branch()}",
                 f"From: <{self.who.impu}>;tag={self.tag}", f"To: {to or f'<{uri}>'}",
                 f"Call-ID: {call or self.call_id + method}", f"CSeq: {cseq or self.cseq} {method}", "Max-Forwards: 70",
                 f"Contact: {self.contact}", *(f"Route: {one}" for one in way), *(agreement if verify else ()),
                 *headers, f"Content-Length: {len(body)}"]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body.encode())

    def final(self, method):
        return self.take(lambda m: m.status >= 200 and m.get("cseq").endswith(" " + method))

    def ask(self, method, uri, *arguments, **more):
        """The same; returns its final answer."""
        self.send(method, uri, *arguments, **more)
        return self.final(method)

    def reply(self, request, status="200 OK"):
        lines = [f"SIP/2.0 {status}", *(f"Via: {v}" for v in request.all("via")), f"From: {request.get('from')}",
                 *(f"Record-Route: {r}" for r in request.all("record-route")), f"Contact: {self.contact}",
                 f"To: {request.get('to')}" + ("" if ";tag=" in request.get("to") else f";tag={self.tag}"),
                 f"Call-ID: {request.get('call-id')}", f"CSeq: {request.get('cseq')}", "Content-Length: 0", "", ""]
        self.sock.sendall("\r\n".join(lines).encode("latin-1"))


def new_branch():
    return "z9hG4bK" + os.urandom(8).hex()
