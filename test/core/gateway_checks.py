# SPDX-License-Identifier: Apache-2.0
"""Softphones of other people, each behind a gateway of its own, call one another through the whole core."""
import os

from baresip import Baresip, free_ports, power
from core import ADDRESSES, HERE, PORT, wait_for
from phone_checks import equal, exits, has, leaves

TALK_S = 1.5


def relayed(gateway, start, direction):
    """Start lines that begin so."""
    return [e["line"] for e in gateway.events() if e["event"] == "relayed" and
            e["line"].startswith(start) and e["direction"] == direction]


class Line:
    """A gateway, registered, and the baresip behind it."""

    def __init__(self, suite, who, friend, *options, at=None, **baresip):
        self.suite, self.who, self.friend = suite, who, friend
        self.gateway = suite.gateway(who, *options, at=at)
        self.sip = wait_for(lambda: [e["sip"] for e in self.gateway.events() if e["event"] == "ready"], 10, "ready")[0]
        wait_for(lambda: has(self.gateway.events(), "registered") == [], 10, "registered")
        self.phone = Baresip(suite, who.impu, self.sip, friend.impu, **baresip)
        wait_for(lambda: has(self.gateway.events(), "client") == [], 10, "the client's REGISTER")

    def relayed(self, start, direction):
        return relayed(self.gateway, start, direction)

    def is_quiet(self):
        """What the client asked last is answered."""
        said = [(e["line"], e["direction"]) for e in self.gateway.events() if e["event"] == "relayed"]
        return bool(said) and said[-1][0].startswith(("SIP/2.0 2", "ACK"))

    def refused(self):
        return [f"gateway refused {e['line']}: {e['why']}" for e in self.gateway.events() if e["event"] == "refused"]

    def end(self):
        self.phone.end()
        return leaves(self.gateway) + self.refused()


def pair(suite, one, two, *options, **baresip):
    """The first has a tone of 440 Hz, the second one of 1000 Hz."""
    return (Line(suite, one, two, *options, source="ausine,440", **baresip),
            Line(suite, two, one, *options, source="ausine,1000", **baresip))


def talk(caller, callee, seconds=TALK_S):
    """A call that stands for so long."""
    before = len(caller.phone.events), len(callee.phone.events)
    caller.phone.tell("dial", callee.who.impu)
    faults = [] if caller.phone.heard("CALL_ESTABLISHED", after=before[0]) else ["the caller has no call"]
    faults += [] if callee.phone.heard("CALL_ESTABLISHED", after=before[1]) else ["the called one has no call"]
    return faults if faults else [f for f in [caller.phone.heard("nothing", seconds)] if f]


def hang_up(one, other):
    before = len(other.phone.events)
    one.phone.tell("hangup")
    faults = [] if other.phone.heard("CALL_CLOSED", after=before) else ["it does not end at the other side"]
    wait_for(one.is_quiet, 5, "the answer to it")
    return faults


def heard(line, frequency, other):
    """The tone of the other end and nothing else, for the most part of the call."""
    samples, rate = line.phone.recording()
    tone, wrong = power(samples, rate, frequency), power(samples, rate, other)
    good = tone > 0.8 and wrong < 0.05 and len(samples) > rate * TALK_S / 2
    return [] if good else [f"{len(samples)} samples, {tone:.2f} at {frequency} Hz, {wrong:.2f} at {other} Hz"]


def baresip_calls_baresip(suite, one, two):
    """A tone at each end, and at the other a recording that holds it. The caller hangs up."""
    caller, callee = pair(suite, one, two)
    faults = talk(caller, callee) + hang_up(caller, callee) + caller.end() + callee.end()
    return faults + heard(callee, 440, 1000) + heard(caller, 1000, 440)


def baresip_over_tcp(suite, one, two):
    """The same over TCP to the gateways; the called one hangs up."""
    caller, callee = pair(suite, one, two, transport="tcp")
    faults = talk(caller, callee) + hang_up(callee, caller) + caller.end() + callee.end()
    return faults + heard(callee, 440, 1000) + heard(caller, 1000, 440)


def baresip_holds(suite, one, two):
    """Each side holds the call, takes it up again, and it is still there."""
    caller, callee = pair(suite, one, two)
    faults = talk(caller, callee)
    for n, (holder, held) in enumerate(((caller, callee), (callee, caller))):
        for m, command in enumerate(("hold", "resume")):
            holder.phone.tell(command)
            due = 1 - n + m + 1
            wait_for(lambda: len(held.relayed("INVITE", "in")) >= due, 5, f"re-INVITE for {command}")
            wait_for(lambda: len(held.relayed("ACK", "in")) >= due, 5, f"ACK for {command}")
    faults += talk_goes_on(caller, callee)
    return faults + hang_up(caller, callee) + caller.end() + callee.end()


def talk_goes_on(*lines):
    return [f"{line.who.impu}: the call ended" for line in lines
            for event in line.phone.events if event["type"] == "CALL_CLOSED"]


def baresip_cancels(suite, one, two):
    """The caller thinks better of it while it rings."""
    caller, callee = pair(suite, one, two, answer="manual")
    caller.phone.tell("dial", two.impu)
    faults = [] if callee.phone.heard("CALL_INCOMING") else ["it does not ring"]
    faults += [] if caller.phone.heard("CALL_RINGING") else ["the caller does not hear it ring"]
    faults += hang_up(caller, callee)
    wait_for(lambda: callee.relayed("ACK", "in"), 5, "ACK to the 487")
    wait_for(lambda: caller.relayed("SIP/2.0 487", "in"), 5, "487")
    faults += equal("CANCEL", len(callee.relayed("CANCEL", "in")), 1)
    faults += equal("487", len(caller.relayed("SIP/2.0 487", "in")), 1)
    return faults + caller.end() + callee.end()


def baresip_declines(suite, one, two):
    """The called one does not want to."""
    caller, callee = pair(suite, one, two, answer="manual")
    caller.phone.tell("dial", two.impu)
    faults = [] if callee.phone.heard("CALL_INCOMING") else ["it does not ring"]
    faults += hang_up(callee, caller)
    wait_for(lambda: callee.relayed("ACK", "in"), 5, "ACK to the refusal")
    return faults + caller.end() + callee.end()


def baresip_writes(suite, one, two):
    """A MESSAGE each way."""
    lines = pair(suite, one, two)
    faults = []
    for sender, receiver in (lines, lines[::-1]):
        text = f"hello from {sender.who.impu[4:20]}"
        sender.phone.tell("message", text)
        wait_for(lambda r=receiver, t=text: r.phone.process.lines(t), 5, "the message")
        wait_for(lambda s=sender: s.relayed("SIP/2.0 200", "in"), 5, "its 200")
        faults += equal("MESSAGE", len(receiver.relayed("MESSAGE", "in")), 1)
    return faults + [fault for line in lines for fault in line.end()]


def reauthenticates_in_a_call(suite, one, two):
    """Both registrations are refreshed in the middle of it, by a run of AKA each time."""
    caller, callee = pair(suite, one, two, "--expires", "8")
    faults = talk(caller, callee, 6) + talk_goes_on(caller, callee)
    for line in (caller, callee):
        faults += has(line.gateway.events(), "refreshed") + has(line.gateway.events(), "challenge", 2, autn="ok")
    caller.phone.tell("hold")
    wait_for(lambda: callee.relayed("ACK", "in"), 5, "ACK for the hold")
    wait_for(lambda: len(callee.relayed("INVITE", "in")) == 2, 5, "the hold")
    return faults + hang_up(callee, caller) + caller.end() + callee.end()


def pcscf_dies_between_two_calls(suite, one, two):
    """The gateways find the other one, and nobody touches the clients."""
    mortal = suite.core.mortal(suite.folder)
    lines = pair(suite, one, two, "--pcscf", f"{suite.host}:{PORT}", at=(ADDRESSES[mortal.name], PORT))
    faults = talk(*lines, 0.5) + hang_up(*lines)
    suite.core.kill(mortal)
    for line in lines:
        wait_for(lambda li=line: has(li.gateway.events(), "registered", 2) == [], 20, "registered again")
        faults += has(line.gateway.events(), "lost")
    faults += talk(*lines) + hang_up(*lines) + [fault for line in lines for fault in line.end()]
    return faults + heard(lines[1], 440, 1000) + heard(lines[0], 1000, 440)


def sipp(suite, sip, port, *arguments, transport="u1"):
    """One call of sipp at a gateway."""
    argv = ["sipp", *arguments, "-i", "127.0.0.1", "-p", str(port), "-t", transport, "-m", "1", "-timeout", "15",
            "-timeout_error", "-nostdin", "-trace_err", "-error_file", os.path.join(suite.folder, f"sipp-{port}.err"),
            sip]
    return suite.core_process(argv, "sipp")


def scenario(name):
    return "-sf", os.path.join(HERE, f"sipp_{name}.xml")


def sipp_is_called(suite, one, two):
    """It registers, and answers what a baresip asks."""
    gateway, caller = suite.gateway(one), Line(suite, two, one)
    sip = wait_for(lambda: [e["sip"] for e in gateway.events() if e["event"] == "ready"], 10, "ready")[0]
    wait_for(lambda: has(gateway.events(), "registered") == [], 10, "registered")
    port = free_ports()
    faults = exits(sipp(suite, sip, port, *scenario("register")), 0) + has(gateway.events(), "client", expires=60)
    called = sipp(suite, sip, port, *scenario("called"))
    caller.phone.tell("dial", one.impu)
    faults += [] if caller.phone.heard("CALL_ESTABLISHED") else ["the caller has no call"]
    wait_for(lambda: relayed(gateway, "ACK", "in"), 5, "ACK")     # UDP between CSCFs keeps no order
    caller.phone.tell("hangup")
    return faults + exits(called, 0) + caller.end() + leaves(gateway)


def sipp_calls(suite, one, two):
    """A client that never registers, over UDP and then over TCP. It leaves the home domain to the gateway."""
    gateway, callee = suite.gateway(one), Line(suite, two, one)
    sip = wait_for(lambda: [e["sip"] for e in gateway.events() if e["event"] == "ready"], 10, "ready")[0]
    wait_for(lambda: has(gateway.events(), "registered") == [], 10, "registered")
    faults = []
    for transport in ("u1", "t1"):
        before, port = len(callee.phone.events), free_ports()
        call = sipp(suite, sip, port, *scenario("caller"), "-s", two.impi.partition("@")[0], transport=transport)
        faults += [] if callee.phone.heard("CALL_ESTABLISHED", after=before) else [f"{transport}: no call"]
        faults += [] if callee.phone.heard("CALL_CLOSED", after=before) else [f"{transport}: no BYE"]
        faults += exits(call, 0)
    return faults + callee.end() + leaves(gateway)


CHECKS = [pcscf_dies_between_two_calls, reauthenticates_in_a_call, baresip_calls_baresip, baresip_over_tcp,
          baresip_holds, baresip_cancels, baresip_declines, baresip_writes, sipp_calls, sipp_is_called]
