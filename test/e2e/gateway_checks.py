# SPDX-License-Identifier: Apache-2.0
"""The gateway between a network and clients that a test plays both: each message as the other side gets it, what is
repeated, what is refused, and what a stranger on this machine may send."""
import hashlib
import os
import socket
import time

from gateway_peers import BOB, SDP, Client, Gateway, branch, uri_of
from peer import IMPU, REALM
from subscriber_checks import LINES, ONE, TWO, write

TYPE = ["Content-Type: application/sdp"]


def equal(what, got, due):
    return [] if got == due else [f"{what}: {got}, not {due}"]


def status(message, due):
    return equal("answer", message and message.line.split(" ")[1], str(due))


def none(message, what):
    return [f"{what}: {message.line}"] if message else []


def branch_of(message):
    return message.all("via")[0].partition("branch=")[2]


# -- REGISTER of the client


def registers(g):
    """The smaller expiry; what it was given; its own address in Via; taken back."""
    c = g.client(register=False)
    answer = c.register(3600)
    contact, _, left = answer.get("contact").rpartition(";expires=")
    faults = status(answer, 200) + equal("Contact", contact, f"<{c.contact}>")
    faults += [] if 90 <= int(left) <= 100 else [f"expires {left} of the 100 that we have ourselves"]
    faults += equal("Via", f";rport={c.port};branch" in answer.get("via") and "received=127.0.0.1" in answer.get("via"),
                    True)
    answer = c.register(contact=f"<{c.contact}>;expires=7")
    faults += equal("its own expires", answer.get("contact")[-9:], "expires=7")
    other = g.client()
    faults += equal("not its own to take back", bool(c.register(0).get("contact")), True)
    faults += equal("the last one wins", f"<{other.contact}>" in c.register(0).get("contact"), True)
    answer = other.register(0, "*")
    faults += status(answer, 200) + equal("Contact", answer.get("contact"), "")
    faults += equal("events", [e["expires"] for e in g.events("client")][-3:], [7, 60, 0])
    g.network.ask("OPTIONS", IMPU)
    return faults + status(g.network.take(480), 480)


def waits_for_registration(g):
    c = g.client(register=False)
    answer = c.register()
    faults = status(answer, 503) + equal("Retry-After", answer.get("retry-after"), "5")
    c.ask("MESSAGE", contact=False)
    answer = c.final()
    return faults + status(answer, 503) + equal("Retry-After", answer.get("retry-after"), "5")


# -- requests of the client


def stamped(g):
    """What the network gets of a request, and what the client gets of the answer."""
    c, own = g.client(), branch()
    sent = c.request("MESSAGE", f"sip:bob@{g.sip}", own_branch=own, contact=False, body="hello", headers=[
        f"Route: <sip:{g.sip};lr>", 'Proxy-Authorization: Digest username="x"', 'Authorization: Digest username="x"',
        "X-Kept:  as  it is ", "Content-Type: text/plain"])
    for _ in range(3):
        c.put(sent)     # a client that hears nothing
    got = g.network.take("MESSAGE")
    faults = equal("Request-URI", got.line, f"MESSAGE {BOB} SIP/2.0")
    faults += equal("Route", got.all("route"), [f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>",
                                                f"<sip:scscf.{REALM};lr>"])
    faults += equal("Security-Verify", got.get("security-verify"), "tls;q=0.1")
    faults += equal("identity", got.get("p-preferred-identity"), f"<{IMPU}>") + equal("body", got.body, b"hello")
    faults += equal("credentials", got.all("authorization") + got.all("proxy-authorization"), [])
    faults += equal("Max-Forwards", got.get("max-forwards"), "69")
    faults += equal("kept", b"\r\nX-Kept:  as  it is \r\n" in got.raw, True)
    faults += equal("Vias", len(got.all("via")), 2)
    faults += none(g.network.take("MESSAGE", 0.3), "the same request again")
    g.network.answer(got, "202 Accepted")
    answer = c.final()
    faults += status(answer, 202) + equal("Via", len(answer.all("via")), 1)
    c.put(sent)
    faults += status(c.final(), 202) + none(g.network.take("MESSAGE", 0.2), "the same request again")
    lines = [(e["line"], e["direction"]) for e in g.events("relayed")]
    return faults + equal("events", lines, [(f"MESSAGE {BOB} SIP/2.0", "out"), ("SIP/2.0 202 Accepted", "in")])


def dialog_of(answer, client):
    """Route set and target as the caller has them (RFC 3261 12.1.2)."""
    routes = [r for r in answer.all("record-route")][::-1]
    return {"uri": uri_of(answer), "to": answer.get("to"), "headers": [f"Route: {r}" for r in routes]}


def calls(g):
    """INVITE, two branches of a fork, ACK to each, BYE; each goes by way of the gateway."""
    c = g.client()
    sent = c.ask("INVITE", headers=TYPE, body=SDP)
    faults = status(c.take(100, 0.5), 100)
    got = g.network.take("INVITE")
    faults += equal("SDP", got.body.decode(), SDP) + equal("Contact", "alice" in got.get("contact"), False)
    c.put(sent)
    faults += status(c.take(100, 0.5), 100) + none(g.network.take("INVITE", 0.2), "INVITE again")
    g.network.answer(got, "100 Trying")
    g.network.answer(got, "180 Ringing", "one")
    ringing = c.take(180)
    faults += equal("Record-Route", ringing.all("record-route"), [
        f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>", f"<sip:{g.sip};lr>"])
    faults += none(c.take(100, 0), "100 of the network")
    c.put(sent)
    faults += status(c.take(180), 180)
    for tag in ("one", "two", "one"):   # a fork, and a 200 again because its ACK was lost
        g.network.answer(got, "200 OK", tag)
        answer = c.take(200)
        dialog = dialog_of(answer, c)
        faults += equal("Contact", dialog["uri"], f"{BOB};gr={tag}")
        c.ask("ACK", number=c.cseq, contact=False, **dialog)
        ack = g.network.take("ACK")
        faults += equal("ACK", ack.line, f"ACK {BOB};gr={tag} SIP/2.0")
        faults += equal("Route of ACK", ack.all("route"), [f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>"])
    c.ask("BYE", contact=False, **dialog)
    bye = g.network.take("BYE")
    faults += equal("Route of BYE", bye.all("route"), [f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>"])
    g.network.answer(bye, "200 OK")
    return faults + status(c.final(), 200)


def refused_call(g):
    """A refusal is repeated to a client over UDP until it has said ACK, which the network gets once."""
    c, own = g.client(), branch()
    c.ask("INVITE", own_branch=own, headers=TYPE, body=SDP)
    got = g.network.take("INVITE")
    g.network.answer(got, "486 Busy Here", "busy")
    answer = c.final()
    faults = status(answer, 486) + status(c.final(1), 486)
    for _ in range(3):
        c.ask("ACK", number=c.cseq, own_branch=own, to=answer.get("to"), contact=False)
    ack = g.network.take("ACK")
    faults += equal("branch of ACK", branch_of(ack), branch_of(got))
    faults += none(g.network.take("ACK", 0.3), "ACK again")
    c.got.clear()
    return faults + none(c.final(1.5), "repeated after ACK")


def cancels(g):
    c, own = g.client(), branch()
    c.ask("INVITE", own_branch=own, headers=TYPE, body=SDP)
    got = g.network.take("INVITE")
    for _ in range(2):
        c.ask("CANCEL", number=c.cseq, own_branch=own, contact=False)
    cancel = g.network.take("CANCEL")
    faults = equal("branch", branch_of(cancel), branch_of(got))
    faults += none(g.network.take("CANCEL", 0.2), "CANCEL again")
    g.network.answer(cancel, "200 OK")
    g.network.answer(got, "487 Request Terminated")
    faults += status(c.take(200), 200) + status(c.take(487), 487)
    c.ask("CANCEL", own_branch=branch(), contact=False)
    return faults + status(c.final(), 481)


# -- requests of the network


def rings(g, c, number=1, call="net-call"):
    own = g.network.ask("INVITE", g.network.contact, number, call=call, headers=TYPE, body=SDP)
    return own, c.take("INVITE")


def is_called(g):
    """Repeated to a client that says nothing, no more once it rings; then its 200 as often as it likes, ACK, BYE."""
    c = g.client()
    g.network.contact = IMPU
    own, got = rings(g, c)
    faults = status(g.network.take(100, 1), 100)
    faults += equal("Request-URI", got.line, f"INVITE {c.contact} SIP/2.0") + equal("SDP", got.body.decode(), SDP)
    faults += equal("Record-Route", got.all("record-route"), [f"<sip:{g.sip};lr>",
                                                              f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>"])
    faults += equal("Max-Forwards", got.get("max-forwards"), "59") + equal("Vias", len(got.all("via")), 3)
    faults += [] if c.take("INVITE", 1) and c.take("INVITE", 2) else ["INVITE was not repeated"]
    c.answer(got, "100 Trying")
    c.answer(got, "180 Ringing")
    ringing = g.network.take(180)
    faults += equal("Vias", len(ringing.all("via")), 2) + equal("Contact", "alice" in ringing.get("contact"), False)
    faults += equal("Record-Route", ringing.all("record-route"), [f"<sip:127.0.0.1:{g.network.port};transport=tls;lr>"])
    faults += none(g.network.take(100, 0), "100 of the client")
    c.got.clear()
    faults += none(c.take("INVITE", 2), "INVITE again while it rings")
    for _ in range(2):
        c.answer(got, "200 OK", TYPE, SDP)
        faults += status(g.network.take(200), 200)
    mine = f"<{IMPU}>;tag={c.tag}"
    g.network.ask("ACK", uri_of(ringing), to=mine)
    ack = c.take("ACK")
    faults += equal("ACK", ack.line, f"ACK {c.contact} SIP/2.0")
    late = g.client()       # who registers last is not in this call
    g.network.ask("BYE", uri_of(ringing), 2, to=mine)
    bye = c.take("BYE")
    faults += none(late.take("BYE", 0.2), "BYE at the wrong client")
    c.answer(bye, "200 OK")
    return faults + status(g.network.take(200), 200)


def declines(g):
    """A client over UDP repeats its refusal until it hears ACK; the network hears it once."""
    c = g.client()
    g.network.contact = IMPU
    own, got = rings(g, c)
    for _ in range(3):
        c.answer(got, "603 Decline")
    faults = status(g.network.take(603), 603) + none(g.network.take(603, 0.3), "603 again")
    g.network.ask("ACK", IMPU, to=f"<{IMPU}>;tag={c.tag}", own_branch=own)
    ack = c.take("ACK")
    faults += equal("branch of ACK", ack.get("via"), got.get("via"))
    c.answer(got, "603 Decline")
    again = c.take("ACK")
    return faults + equal("ACK again", again and again.raw, ack.raw) + none(g.network.take(603, 0.2), "603 again")


def cancelled(g):
    c = g.client()
    g.network.contact = IMPU
    own, got = rings(g, c)
    c.answer(got, "180 Ringing")
    g.network.ask("CANCEL", IMPU, own_branch=own)
    cancel = c.take("CANCEL")
    faults = equal("Via", cancel.all("via")[0], got.all("via")[0]) + equal("CANCEL", cancel.line,
                                                                        f"CANCEL {c.contact} SIP/2.0")
    c.answer(cancel, "200 OK")
    c.answer(got, "487 Request Terminated")
    faults += status(g.network.take(200), 200) + status(g.network.take(487), 487)
    g.network.ask("CANCEL", IMPU, own_branch=branch())
    return faults + status(g.network.take(481), 481)


def nobody_answers(g):
    """What the network asks over TLS comes once, and so does a client's answer to what is no INVITE."""
    c = g.client()
    g.network.ask("MESSAGE", IMPU, body="hello")
    got = c.take("MESSAGE")
    faults = [] if c.take("MESSAGE", 1) else ["MESSAGE was not repeated"]
    for _ in range(3):
        c.answer(got, "200 OK")
    faults += status(g.network.take(200), 200) + none(g.network.take(200, 0.3), "200 again")
    g.network.say_sip("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKnone\r\nFrom: <sip:a@b>;tag=1\r\n"
                      "To: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n")
    g.network.ask("MESSAGE", IMPU, 2, headers=["Max-Forwards: 0"])
    return faults + none(c.take(200, 0.2), "a response that nobody waits for")


# -- flows and connections


def new_flow(g):
    """The connection to the P-CSCF ends in the middle of a call: requests of both sides still find each other."""
    c = g.client()
    c.ask("INVITE", headers=TYPE, body=SDP)
    got = g.network.take("INVITE")
    g.network.answer(got, "200 OK", "one")
    dialog = dialog_of(c.take(200), c)
    c.ask("ACK", number=c.cseq, contact=False, **dialog)
    g.network.take("ACK")
    before = uri_of(got)
    other = g.client()
    other.ask("INVITE", headers=TYPE, body=SDP)     # rings when the flow is lost, and this is told
    g.network.answer(g.network.take("INVITE"), "180 Ringing", "bell")
    other.take(180)
    other.ask("MESSAGE", contact=False)
    g.network.take("MESSAGE")
    g.network.conn.close()
    answers = {m.get("cseq").split()[1]: m for m in (other.final(), other.final())}
    faults = status(answers.get("INVITE"), 503) + status(answers.get("MESSAGE"), 503)
    faults += equal("tag", answers["INVITE"].get("to").partition("tag=")[2], "bell")
    c.ask("INFO", contact=False, **dialog)      # waits for the next one
    g.until("registered", 2)
    info = g.network.take("INFO")
    g.network.answer(info, "200 OK")
    faults += status(c.final(), 200) + equal("Via of the new flow", info.all("via")[0].split(";")[0] !=
                                             got.all("via")[0].split(";")[0], True)
    g.client()
    g.network.ask("BYE", before, 2, call=c.call, to=f"<{IMPU}>;tag={c.tag}")
    bye = c.take("BYE")
    c.answer(bye, "200 OK")
    return faults + status(g.network.take(200), 200)


def looked(g):
    """It has looked at all its sockets since: another client had two answers, one after the other."""
    other = g.client(register=False)
    for _ in range(2):
        other.ask("OPTIONS", f"sip:{g.sip}", contact=False)
        other.final()


def tcp_again(g):
    """A client's connection ends and another one begins: answers and requests take that; or the gateway calls."""
    c = g.client(tcp=True)
    c.ask("MESSAGE", contact=False)
    got = g.network.take("MESSAGE")
    c.sock.close()
    c.connect()
    c.ask("OPTIONS", f"sip:{g.sip}", contact=False)
    faults = status(c.final(), 200)
    g.network.answer(got, "200 OK")
    faults += status(c.final(), 200)
    c.sock.close()
    looked(g)
    g.network.ask("MESSAGE", IMPU, body="hello")
    c.be_called()
    request = c.take("MESSAGE")
    c.answer(request, "200 OK")
    faults += status(g.network.take(200), 200)
    faults += equal("Via", request.get("via").startswith(f"SIP/2.0/TCP {g.sip};"), True)
    c.sock.close()
    c.listener.close()
    looked(g)
    g.network.ask("INVITE", IMPU, 3, headers=TYPE, body=SDP)
    return faults + status(g.network.take(480), 480)


def full(g):
    """As many requests as there are places, none of them answered; the next one is refused, and answers make room."""
    c = g.client()
    for _ in range(129):
        c.ask("MESSAGE", contact=False)
    faults = status(c.final(), 503)
    got = g.network.take("MESSAGE")
    g.network.answer(got, "200 OK")
    faults += status(c.final(), 200)
    c.ask("MESSAGE", contact=False, headers=["X: 1"])
    return faults + none(c.final(0.3), "refused although there is room")


# -- two gateways at the example P-CSCF


def two(suite, run_module, title):
    """A MESSAGE and a call from one to the other, one client over UDP, the other over TCP; the called one hangs up."""
    peer = suite.pcscf(suite.folder(title), who=("--subscribers", write(suite.folder(title), LINES)))
    gateways = [Gateway(suite, run_module, f"{title} {who.impi}", who=who, port=peer.port()) for who in (ONE, TWO)]
    try:
        caller, callee = (g.client(tcp=g is gateways[1]) for g in gateways)
        caller.ask("MESSAGE", TWO.impu, contact=False, body="hello")
        got = callee.take("MESSAGE")
        callee.answer(got, "200 OK")
        faults = equal("body", got.body, b"hello") + status(caller.final(), 200)
        caller.ask("INVITE", TWO.impu, headers=TYPE, body=SDP)
        got = callee.take("INVITE")
        callee.answer(got, "180 Ringing")
        callee.answer(got, "200 OK", TYPE, SDP)
        faults += status(caller.take(180), 180)
        dialog = dialog_of(caller.take(200), caller)
        caller.ask("ACK", number=caller.cseq, contact=False, **dialog)
        faults += equal("ACK", callee.take("ACK").line, f"ACK {callee.contact} SIP/2.0")
        callee.call = got.get("call-id")
        callee.ask("BYE", uri_of(got), to=got.get("from"), contact=False,
                   headers=[f"Route: {r}" for r in got.all("record-route")])
        bye = caller.take("BYE")
        caller.answer(bye, "200 OK")
        faults += equal("BYE", bye.line, f"BYE {caller.contact} SIP/2.0") + status(callee.final(), 200)
        return faults + [fault for g in gateways for fault in g.end()]
    finally:
        for g in gateways:
            g.child.end()
        peer.end()


# -- strangers of this machine: octets, and status of the answer (over TCP and UDP where they differ), None: there is
#    none, "": and the connection ends

HEAD = (f"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKodd\r\nFrom: <{IMPU}>;tag=1\r\nTo: <{BOB}>\r\nCall-ID: odd\r\n"
        "CSeq: 1 MESSAGE\r\n")
LINE = f"MESSAGE {BOB} SIP/2.0\r\n"


def other(method, field):
    return f"{method} {BOB} SIP/2.0\r\n{HEAD}{field}\r\nContent-Length: 0\r\n\r\n".replace("1 MESSAGE", f"1 {method}")


ODD = {
    "HTTP": ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", ""),
    "HTTP with SIP in its body": (f"POST / HTTP/1.1\r\nContent-Length: 400\r\n\r\n{LINE}{HEAD}\r\n", ""),
    "HTTP with SIP's fields": (f"GET / HTTP/1.1\r\n{HEAD}Content-Length: 0\r\n\r\n", ""),
    "octets": ("\x16\x03\x01\x02\x00\x01\x00\n", ""),
    "a line without end": ("A" * 9000, ""),
    "another version": (f"MESSAGE {BOB} SIP/3.0\r\n{HEAD}\r\n", ""),
    "two lengths": (f"{LINE}{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "400"),
    "no length": (f"{LINE}{HEAD}Content-Length: -1\r\n\r\n", "400"),
    "an endless body": (f"{LINE}{HEAD}Content-Length: 99999999999\r\n\r\n", ("513", "400")),
    "too large": (f"{LINE}{HEAD}Content-Length: 20000\r\n\r\n" + "x" * 20000, "513"),
    "too many fields": (LINE + HEAD + "X: 1\r\n" * 200 + "Content-Length: 0\r\n\r\n", "513"),
    "no To": (LINE + HEAD.replace(f"To: <{BOB}>\r\n", "") + "Content-Length: 0\r\n\r\n", "400"),
    "no branch": (LINE + HEAD.replace(";branch=z9hG4bKodd", "") + "Content-Length: 0\r\n\r\n", "400"),
    "an old branch": (LINE + HEAD.replace("z9hG4bKodd", "1") + "Content-Length: 0\r\n\r\n", "400"),
    "CSeq of another method": (LINE + HEAD.replace("1 MESSAGE", "1 INVITE") + "Content-Length: 0\r\n\r\n", "400"),
    "a URI with a space": (f"MESSAGE sip: bob SIP/2.0\r\n{HEAD}Content-Length: 0\r\n\r\n", "400"),
    "no hops left": (f"{LINE}{HEAD}Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n", "483"),
    "hops of no number": (f"{LINE}{HEAD}Max-Forwards: many\r\nContent-Length: 0\r\n\r\n", "483"),
    "a Contact that is none": (other("REGISTER", "Contact: <>"), "400"),
    "a long Contact": (other("REGISTER", f"Contact: <sip:{'a' * 300}@b>"), "400"),
    "a CANCEL of nothing": (other("CANCEL", "X: 1"), "481"),
    "an ACK without hops": (other("ACK", "Max-Forwards: 0"), None),
    "a response to nothing": (f"SIP/2.0 200 OK\r\n{HEAD}Content-Length: 0\r\n\r\n", None),
    "a response with octets": ("SIP/2.0 200 \x00\xff\r\nVia: \x01\r\n\r\n", None),
}
FRAMELESS = {"two lengths", "no length", "an endless body"}    # nobody knows where the next message begins


def odd(g):
    """Each over TCP and UDP; a request that follows on the same connection is answered, or the connection ends."""
    faults = []
    for what, (text, due) in ODD.items():
        octets = text.encode("latin-1")
        for tcp in (True, False):
            c = Client(g.sip, tcp)
            try:
                c.put(octets)
                if tcp and due != "" and what not in FRAMELESS:
                    c.put(c.request("OPTIONS", f"sip:{g.sip}", contact=False))
            except OSError:
                pass    # it was closed before all of it had left
            expected = due[not tcp] if isinstance(due, tuple) else due
            answer = c.final(2) if due else None
            faults += [f"{what}, tcp {tcp}: {f}" for f in (status(answer, expected) if due else [])]
            if not tcp and not due:
                faults += none(c.final(0.1), what)
            elif tcp and due != "" and what not in FRAMELESS:
                faults += [f"{what}: {f}" for f in status(c.final(2), 200)]
            elif tcp:
                end = time.monotonic() + 2
                while not c.ended and time.monotonic() < end:
                    c.read()
                faults += equal(f"{what}: answers", [m.line for m in c.got], []) + equal(f"{what}: ends", c.ended, True)
            c.close()
    c = g.client()
    c.ask("MESSAGE", contact=False)
    faults += [] if g.network.take("MESSAGE") else ["nothing is relayed any more"]
    told = {e["why"] for e in g.events("refused")}
    faults += equal("told", "not SIP" in told, True)
    return faults + equal("lost", len(g.events("lost")), 0)


def many_connections(g):
    """Forty that say nothing keep no client out."""
    idle = [socket.create_connection((g.sip.rpartition(":")[0], int(g.sip.rpartition(":")[2]))) for _ in range(40)]
    c = g.client(tcp=True)
    c.ask("OPTIONS", f"sip:{g.sip}", contact=False)
    faults = status(c.final(), 200)
    for sock in idle:
        sock.close()
    return faults


def slow(g):
    """A connection on which no first message comes to an end is closed; others are served meanwhile."""
    lazy, busy, start = g.client(tcp=True, register=False), g.client(tcp=True), time.monotonic()
    lazy.put(LINE.encode())
    while time.monotonic() < start + 15:
        busy.ask("OPTIONS", f"sip:{g.sip}", contact=False)
        if busy.final() is None:
            return ["the other one is not served"]
        try:
            if lazy.sock.recv(1) == b"":
                break
        except TimeoutError:
            pass
    took = time.monotonic() - start
    return [] if 9 < took < 14 else [f"closed after {took:.1f} s, not 10"]


def ipv6(g):
    """It is found on the other loopback address too."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        port = int(g.sip.rpartition(":")[2])
        lines = [f"OPTIONS sip:{g.sip} SIP/2.0", "Via: SIP/2.0/UDP [::1]:9;rport;branch=z9hG4bK6",
                 f"From: <{IMPU}>;tag=1", f"To: <{BOB}>", "Call-ID: 6", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""]
        sock.sendto("\r\n".join(lines).encode(), ("::1", port))
        answer = sock.recv(4096).decode()
        own = sock.getsockname()[1]
    return equal("sip", g.sip, f"[::1]:{port}") + equal("status", answer[:11], "SIP/2.0 200") + \
        equal("Via", f"Via: SIP/2.0/UDP [::1]:9;rport={own};branch=z9hG4bK6;received=::1\r\n" in answer, True)


# -- --sip-user


def digest(name, password, challenge, method, uri, nc="00000001", nonce=None):
    nonce = nonce or challenge.partition('nonce="')[2].partition('"')[0]

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()
    response = md5(md5(name, "gateway", password), nonce, nc, "abcd", "auth", md5(method, uri))
    return (f'Digest username="{name}", realm="gateway", nonce="{nonce}", uri="{uri}", response="{response}", '
            f'algorithm=MD5, qop=auth, nc={nc}, cnonce="abcd"')


def sip_user(g):
    c, uri = g.client(register=False), f"sip:{g.sip}"
    contact = f"Contact: <{c.contact}>"

    def register(value):
        c.ask("REGISTER", uri, headers=[contact] + ([f"Authorization: {value}"] if value else []), contact=False)
        return c.final()
    answer = register(None)
    challenge = answer.get("www-authenticate")
    faults = status(answer, 401)
    forged = challenge.partition('nonce="')[2].partition('"')[0]
    forged = forged[:-1] + ("1" if forged.endswith("0") else "0")
    wrong = {"password": digest("alice", "wrong", challenge, "REGISTER", uri),
             "name": digest("bob", "secret", challenge, "REGISTER", uri),
             "method": digest("alice", "secret", challenge, "MESSAGE", uri),
             "uri": digest("alice", "secret", challenge, "REGISTER", "sip:other"),
             "forged nonce": digest("alice", "secret", challenge, "REGISTER", uri, nonce=forged),
             "nonce": digest("alice", "secret", challenge, "REGISTER", uri, nonce="0" * 48),
             "twice": digest("alice", "secret", challenge, "REGISTER", uri) + ', nonce="x"',
             "octets": "Digest \x01=,,="}
    for what, value in wrong.items():
        faults += [f"{what}: {f}" for f in status(register(value), 401)]
    faults += equal("stale", "stale=true" in register(wrong["nonce"]).get("www-authenticate"), True)
    faults += equal("events", g.events("client"), [])
    faults += status(register(digest("alice", "secret", challenge, "REGISTER", uri)), 200)
    c.ask("MESSAGE", contact=False)
    answer = c.final()
    faults += status(answer, 407) + none(g.network.take("MESSAGE", 0.2), "a request without credentials")
    c.ask("ACK", number=1, contact=False)
    faults += none(g.network.take("ACK", 0.2), "an ACK out of nowhere")
    value = digest("alice", "secret", answer.get("proxy-authenticate"), "MESSAGE", BOB)
    c.ask("MESSAGE", contact=False, headers=[f"Proxy-Authorization: {value}"])
    got = g.network.take("MESSAGE")
    return faults + (equal("credentials", got.all("proxy-authorization"), []) if got else ["no MESSAGE"])


PASSWORD = ["--sip-user", f"alice:@{os.path.abspath(__file__)}"]
# What it says of it
USAGE = [([], "--sip: needed"), (["--sip", "127.0.0.1"], "ADDR:PORT"), (["--sip", "127.0.0.1:70000"], "ADDR:PORT"),
         (["--sip", "localhost:5060"], "ADDR:PORT"), (["--sip", "0.0.0.0:0", *PASSWORD], "one address"),
         (["--sip", "[::]:0", *PASSWORD], "one address"), (["--sip", "192.0.2.1:0"], "needs --sip-user"),
         (["--sip", "[2001:db8::1]:0"], "needs --sip-user"), (["--sip", "192.0.2.1:0", *PASSWORD], "--sip: "),
         (["--sip", "127.0.0.1:0", "--sip-user", "alice"], "NAME:@FILE"),
         (["--sip", "127.0.0.1:0", "--sip-user", "alice:@/nowhere"], "first line"),
         (["--sip", "127.0.0.1:0", "--stay", "1"], "unrecognized option")]


def usage(suite, run_module, argv, word, title):
    program = os.path.join(os.path.dirname(suite.args.softphone), "gateway")
    words = [w for w in run_module.ID if w not in ("--json", "--return-within", "0")]
    run = run_module.Child([program, "--pcscf", "127.0.0.1:1", *words, *argv], suite.folder(title), "gateway")
    got = run.wait(5)
    return equal("exit", got, 2) + equal(f"says {run.error_text()}", word in run.error_text().decode(), True)


PLAIN = [stamped, calls, refused_call, cancels, is_called, declines, cancelled, nobody_answers, new_flow, tcp_again,
         full, odd, many_connections, slow]


def tests(suite, run_module):
    """[(title, test)]"""
    def one(check, title, *more, **how):
        g = Gateway(suite, run_module, title, *more, **how)
        try:
            faults = check(g)
        except Exception:
            g.child.end()
            raise
        return faults + g.end()

    def with_password(title):
        path = os.path.join(suite.folder(title + " file"), "password")
        with open(path, "w", encoding="ascii") as out:
            out.write("secret\n")
        return one(sip_user, title, "--sip-user", f"alice:@{path}")

    out = [(f"gateway {check.__name__}", lambda c=check: one(c, f"gateway {c.__name__}")) for check in PLAIN]
    out.append(("gateway registers", lambda: one(registers, "gateway registers", granted=100)))
    out.append(("gateway waits", lambda: one(waits_for_registration, "gateway waits", port=1)))
    out.append(("gateway ipv6", lambda: one(ipv6, "gateway ipv6", "--sip", "[::1]:0")))
    out.append(("gateway sip_user", lambda: with_password("gateway sip_user")))
    if suite.args.pcscf:
        out.append(("gateway two", lambda: two(suite, run_module, "gateway two")))
    for n, (argv, word) in enumerate(USAGE):
        title = f"gateway usage {n}"
        out.append((title, lambda a=argv, w=word, t=title: usage(suite, run_module, a, w, t)))
    return out
