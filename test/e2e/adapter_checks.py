# SPDX-License-Identifier: Apache-2.0
"""The example P-CSCF between its subscribers, and the adapters of SIP stacks registered there: one of them is `ONE`, a UE
by hand is `TWO`. Sofia-SIP and libre are Debian's; an adapter of PJSIP that was not built is said and left out."""
import os
import re
import select
import signal
import ssl
import time

import ims
from ports import free_port
from subscriber_checks import LINES, ONE, TWO, register, write

SDP = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=inactive\r\n"
STACKS = ("sofia", "libre", "pjsip")
NAMES = {TWO: "tel:+15550102", ONE: "sip:" + ONE.impi}


class Side:
    """A UE by hand that is registered: requests, answers, and what came and was not taken."""

    def __init__(self, port, who):
        self.ue, answer = register(port, who)
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{who.impi}: {answer and answer.line}")
        self.who, self.got, self.serial = who, [], 0
        self.contact = f"sip:127.0.0.1:{self.ue.port};transport=tls"
        self.buffer, self.ue.buffer = self.ue.buffer, b""

    def take(self, wanted, seconds=8):
        """The first that fits; fails when it does not come."""
        end = time.monotonic() + seconds
        while True:
            for one in self.got:
                if wanted(one):
                    self.got.remove(one)
                    return one
            if time.monotonic() > end:
                raise RuntimeError(f"did not come; there is {[m.line for m in self.got]}")
            if self.ue.sock.pending() or select.select([self.ue.sock], [], [], 0.05)[0]:
                try:
                    data = self.ue.sock.recv(65536)
                except (ConnectionError, ssl.SSLError):
                    data = b""
                if not data:
                    raise RuntimeError(f"closed; there is {[m.line for m in self.got]}")
                found, self.buffer = ims.split_stream(self.buffer + data)
                self.got += found

    def request(self, method):
        return self.take(lambda m: m.method == method)

    def final(self, method):
        return self.take(lambda m: m.status >= 200 and m.get("cseq").endswith(" " + method))

    def say(self, lines, body=""):
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        self.ue.sock.sendall(text.encode())

    def ask(self, method, uri, body="", kind=None, to=None, call=None, routes=(), cseq=None, branch=None):
        self.serial += 1
        self.say([f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/TLS 127.0.0.1:{self.ue.port};branch="
                  f"{branch or 'z9hG4bK' + os.urandom(6).hex()}", *[f"Route: {r}" for r in routes],
                  f"From: <{NAMES[self.who]}>;tag={self.ue.tag}", f"To: {to or f'<{uri}>'}",
                  f"Call-ID: {call or os.urandom(6).hex()}", f"CSeq: {cseq or self.serial} {method}", "Max-Forwards: 70",
                  f"Contact: <{self.contact}>", f"Security-Verify: {self.ue.list}", "Require: sec-agree",
                  "Proxy-Require: sec-agree", *([f"Content-Type: {kind}"] if kind else [])], body)

    def reply(self, request, status, body="", more=()):
        to = request.get("to")
        self.say([f"SIP/2.0 {status}", *[f"Via: {v}" for v in request.all("via")],
                  *[f"Record-Route: {r}" for r in request.all("record-route")], f"From: {request.get('from')}",
                  f"To: {to}" + ("" if ";tag=" in to else ";tag=" + self.ue.tag), f"Call-ID: {request.get('call-id')}",
                  f"CSeq: {request.get('cseq')}", f"Contact: <{self.contact}>", *more], body)

    def close(self):
        self.ue.close()


def uri_of(message):
    return re.search(r"<([^>]*)>", message.get("contact")).group(1)


def way_of(message):
    return [one.strip() for value in message.all("record-route") for one in value.split(",")]


def equal(what, got, due):
    return [] if got == due else [f"{what}: {got}, not {due}"]


# -- the P-CSCF alone: two UEs by hand


def relays(peer):
    """A MESSAGE, a call in both directions of its dialog, a call that is cancelled; nothing of the hop goes on."""
    port = peer.port()
    one, two = Side(port, ONE), Side(port, TWO)
    one.ask("MESSAGE", NAMES[TWO], "hello", "text/plain", routes=["<sip:pcscf;lr>", "<sip:scscf;lr>"])
    message = two.request("MESSAGE")
    faults = equal("body", message.body, b"hello") + equal("Vias", len(message.all("via")), 2)
    faults += equal("Request-URI", message.line.split()[1], two.contact) + equal("hops", message.get("max-forwards"), "69")
    left = [n for n in ("security-verify", "proxy-require", "require", "route") if message.all(n)]
    faults += equal("of the hop", left, [])
    two.reply(message, "200 OK")
    answer = one.final("MESSAGE")
    faults += equal("MESSAGE", answer.status, 200) + equal("Vias of its answer", len(answer.all("via")), 1)
    one.ask("INVITE", NAMES[TWO], SDP, "application/sdp", branch="z9hG4bKcall", call="call")
    invite = two.request("INVITE")
    two.reply(invite, "200 OK", SDP, ["Content-Type: application/sdp"])
    answer = one.final("INVITE")
    one.ask("ACK", uri_of(answer), to=answer.get("to"), call="call", routes=way_of(answer)[::-1], cseq=2)
    faults += equal("ACK", two.request("ACK").get("call-id"), "call")
    two.ask("BYE", uri_of(invite), to=invite.get("from"), call="call", routes=way_of(invite))
    one.reply(one.request("BYE"), "200 OK")
    faults += equal("BYE", two.final("BYE").status, 200)
    one.ask("INVITE", NAMES[TWO], SDP, "application/sdp", branch="z9hG4bKgone", call="gone", cseq=7)
    invite = two.request("INVITE")
    one.ask("CANCEL", NAMES[TWO], branch="z9hG4bKgone", call="gone", cseq=7)
    cancel = two.request("CANCEL")
    faults += equal("branch of CANCEL", cancel.all("via")[0], invite.all("via")[0])
    one.close()
    two.close()
    return faults


def nobody(peer):
    """Who is not registered is not reached; a request that has gone far enough goes no further; a closed flow gets no answer."""
    port = peer.port()
    one = Side(port, ONE)
    one.ask("MESSAGE", NAMES[TWO], "hello", "text/plain")
    faults = equal("to nobody", one.final("MESSAGE").status, 405)
    two = Side(port, TWO)
    one.say([f"MESSAGE {NAMES[TWO]} SIP/2.0", "Via: SIP/2.0/TLS h;branch=z9hG4bK1", "From: <sip:a@b>;tag=1",
             f"To: <{NAMES[TWO]}>", "Call-ID: far", "CSeq: 1 MESSAGE", "Max-Forwards: 0"])
    faults += equal("no hops left", one.final("MESSAGE").status, 483)
    one.ask("MESSAGE", NAMES[TWO], "late", "text/plain")
    message = two.request("MESSAGE")
    one.close()
    three = Side(port, ONE)     # in the place of the flow that asked
    two.reply(message, "200 OK")
    two.ask("MESSAGE", NAMES[ONE], "alive", "text/plain")
    faults += equal("first to come", three.request("MESSAGE").body, b"alive") + equal("beside", [m.line for m in three.got], [])
    return faults


# -- an adapter


class Adapter:
    def __init__(self, suite, run_module, folder, stack):
        self.suite, self.folder, self.run = suite, folder, run_module
        self.who = ("--subscribers", write(folder, LINES))
        self.port = free_port()
        self.pcscf = suite.pcscf(folder, "--listen", f"127.0.0.1:{self.port}", "--expires", "4", "--reauth", "2", who=self.who)
        self.pcscf.port()
        argv = [os.path.join(os.path.dirname(suite.args.pcscf), stack), ONE.impi, ONE.impi.split("@")[1], ONE.k.hex(),
                ONE.opc.hex(), f"127.0.0.1:{self.port}"]
        self.child = run_module.Child(argv, folder, stack)

    def wait(self, line, times=1, seconds=12):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.text().decode().splitlines().count(line) >= times:
                return
            time.sleep(0.02)
        raise RuntimeError(f"no {times} times {line!r}: {self.child.text()} {self.child.error_text()}")

    def registrations(self, count):
        """Of ONE alone, refreshes among them; and how many challenges there were for them."""
        for _ in range(700):
            events = [e for e in self.pcscf.events() if e["event"] == "registered" and e["impu"] == NAMES[ONE]]
            if len(events) >= count:
                break
            time.sleep(0.02)
        return events

    def restart(self):
        """The P-CSCF goes, and comes back at its port."""
        self.pcscf.end()
        self.pcscf = self.suite.pcscf(self.suite.folder(os.path.basename(self.folder) + " again"), "--listen",
                                      f"127.0.0.1:{self.port}", who=self.who)
        self.pcscf.port()

    def end(self):
        self.child.end()
        self.pcscf.end()


def text(a, two, word):
    two.ask("MESSAGE", NAMES[ONE], word, "text/plain")
    faults = equal(f"MESSAGE {word}", two.final("MESSAGE").status, 200)
    a.wait("message: " + word)
    return faults


def called(a, two):
    """The stack takes a call: 200 with its SDP, ACK, BYE of the caller."""
    two.ask("INVITE", NAMES[ONE], SDP, "application/sdp", call="in")
    answer = two.final("INVITE")
    faults = equal("INVITE", answer.status, 200) + equal("SDP", answer.body[:4], b"v=0\r")
    a.wait("call")
    two.ask("ACK", uri_of(answer), to=answer.get("to"), call="in", routes=way_of(answer)[::-1], cseq=answer.get("cseq").split()[0])
    two.ask("BYE", uri_of(answer), to=answer.get("to"), call="in", routes=way_of(answer)[::-1])
    faults += equal("BYE", two.final("BYE").status, 200)
    a.wait("bye")
    return faults


def calls(a, two):
    """The stack places a call and hangs up; its ACK and BYE follow the route of the dialog."""
    faults = text(a, two, "call")
    invite = two.request("INVITE")
    own = "sip:" + ONE.impi
    faults += [] if own in invite.get("from") and invite.get("content-type") == "application/sdp" else [f"INVITE: {invite.line}"]
    faults += equal("P-Preferred-Identity", invite.get("p-preferred-identity"), f"<{own}>")
    two.reply(invite, "180 Ringing")
    two.reply(invite, "200 OK", SDP, ["Content-Type: application/sdp"])
    two.request("ACK")
    a.wait("called: 200")
    bye = two.request("BYE")
    two.reply(bye, "200 OK")
    faults += equal("second BYE", [m.line for m in two.got if m.method == "BYE"], [])
    return faults + equal("loopback in the BYE", [v for v in bye.all("route") if "127.0.0.1" in v], [])


def lives(a):
    """All of a registration's life, with a stack on top of it."""
    a.wait("registered")
    two = Side(a.port, TWO)
    faults = text(a, two, "hello") + called(a, two) + calls(a, two)
    two.close()
    seen = [e["refresh"] for e in a.registrations(3)]
    faults += equal("refreshes", seen[:3], [False, True, True])      # the third one after a new challenge: --reauth 2
    dealt = sum(e["event"] == "challenged" for e in a.pcscf.events())
    faults += [] if dealt >= 3 else [f"{dealt} challenges: ONE, TWO and a re-authentication are due"]
    a.restart()
    a.wait("registered", 2, 20)
    two = Side(a.port, TWO)
    faults += text(a, two, "again") + called(a, two)
    a.child.process.send_signal(signal.SIGTERM)
    faults += equal("exit", a.child.wait(40), 0)
    lines = a.child.text().decode().splitlines()
    faults += equal("life", [x.split(":")[0] for x in lines if x.split(":")[0] in ("registered", "lost", "deregistered")],
                    ["registered", "lost", "registered", "deregistered"])
    return faults + ([] if any(e["event"] == "deregistered" for e in a.pcscf.events()) else ["the P-CSCF saw no deregistration"])


def tests(suite, run_module):
    """[(title, test)]"""
    def alone(title, check):
        folder = suite.folder(title)
        peer = suite.pcscf(folder, who=("--subscribers", write(folder, LINES)))
        try:
            return check(peer)
        finally:
            peer.end()

    def adapter(title, stack):
        a = Adapter(suite, run_module, suite.folder(title), stack)
        try:
            return lives(a)
        finally:
            a.end()

    out = []
    for check in (relays, nobody):
        title = "pcscf between subscribers: " + check.__name__
        out.append((title, lambda c=check, t=title: alone(t, c)))
    for stack in STACKS:
        title = "adapter " + stack
        if stack == "pjsip" and not os.path.exists(os.path.join(os.path.dirname(suite.args.pcscf), stack)):
            print(f"left out: {title} was not built")
        else:
            out.append((title, lambda s=stack, t=title: adapter(t, s)))
    return out
