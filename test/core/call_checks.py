# SPDX-License-Identifier: Apache-2.0
"""Calls between two UEs by hand through the whole core. As wire_checks.py."""
import re

from phone_checks import equal
from wire import new_branch
from wire_checks import registered, status

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
TYPE = ["Content-Type: application/sdp"]


def uri(message):
    return re.search(r"<([^>]*)>", message.get("contact")).group(1)


def way(message):
    """Its Record-Route URIs, one by one."""
    return [route.strip() for value in message.all("record-route") for route in value.split(",")]


def ring(caller, callee, branch):
    """INVITE up to 180; what the called side got."""
    caller.send("INVITE", callee.who.impu, TYPE, SDP, branch=branch)
    invite = callee.take(lambda m: m.method == "INVITE")
    if invite is None:
        raise RuntimeError(f"no INVITE; the caller got {caller.got and caller.got[-1].line}")
    callee.reply(invite, "180 Ringing")
    return invite


def call(suite, one, two):
    """INVITE, 200, ACK; then BYE of the side that was called, each along its route set (RFC 3261 12)."""
    caller, callee = registered(one), registered(two)
    invite = ring(caller, callee, new_branch())
    faults = equal("SDP", invite.body.decode(), SDP)
    faults += equal("identity", invite.get("p-asserted-identity"), f"<{one.impu}>")
    callee.reply(invite)
    answer = caller.final("INVITE")
    faults += status(answer, 200)
    caller.send("ACK", uri(answer), routes=way(answer)[::-1], to=answer.get("to"), call=invite.get("call-id"),
                cseq=invite.get("cseq").split()[0], verify=False)
    faults += [] if callee.take(lambda m: m.method == "ACK") else ["no ACK"]
    callee.send("BYE", uri(invite), routes=way(invite), to=invite.get("from"), call=invite.get("call-id"))
    bye = caller.take(lambda m: m.method == "BYE")
    if bye is None:
        return faults + [f"no BYE; the called side got {callee.got and callee.got[-1].line}"]
    caller.reply(bye)
    return faults + status(callee.final("BYE"), 200)


def call_cancelled(suite, one, two):
    """CANCEL while it rings: 487 at the caller, and the called side hears of it."""
    caller, callee, branch = registered(one), registered(two), new_branch()
    invite = ring(caller, callee, branch)
    number, name = invite.get("cseq").split()[0], invite.get("call-id")
    caller.take(lambda m: m.status == 180)
    faults = status(caller.ask("CANCEL", two.impu, call=name, cseq=number, branch=branch, verify=False), 200)
    cancel = callee.take(lambda m: m.method == "CANCEL")
    if cancel is None:
        return faults + ["no CANCEL"]
    callee.reply(cancel)
    callee.reply(invite, "487 Request Terminated")
    answer = caller.final("INVITE")
    caller.send("ACK", two.impu, to=answer and answer.get("to"), call=name, cseq=number, branch=branch, verify=False)
    return faults + status(answer, 487) + ([] if callee.take(lambda m: m.method == "ACK") else ["no ACK"])


CHECKS = [call, call_cancelled]
