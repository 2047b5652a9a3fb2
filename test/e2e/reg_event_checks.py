# SPDX-License-Identifier: Apache-2.0
"""The reg event with the example P-CSCF: what softphone does with each NOTIFY (TS 24.229 5.1.1.5A, 5.1.1.7)."""
import time

import rows


def count(events, name, **fields):
    return sum(e["event"] == name and all(e.get(k) == v for k, v in fields.items()) for e in events)


def due(events, name, times, **fields):
    n = count(events, name, **fields)
    return [] if n == times else [f"{name} {fields or ''} {n} times, not {times}"]


def answers(peer, times):
    """Each NOTIFY was answered, and how."""
    return due(peer, "notify_answer", times, line="SIP/2.0 200 OK")


def all_is_well(events):
    return due(events, "reg_event", count(events, "registered"), state="active", contact_event="registered", ours=True)


def told(events, state, event, ours=True):
    return due(events, "reg_event", 1, state=state, contact_event=event, ours=ours)


def nothing(events, peer):
    return all_is_well(events) + answers(peer, 1) + due(peer, "subscribed", 1) + due(events, "registered", 1)


def off(events, peer):
    """--no-reg-event"""
    return due(events, "reg_event", 0) + due(peer, "subscribed", 0) + due(events, "registered", 1)


def anew(event):
    """At once, and it subscribes again; the answer to NOTIFY left before."""
    def check(events, peer):
        return told(events, "terminated", event) + due(events, "lost", 1, error="deregistered") + answers(peer, 3) + \
            due(events, "registered", 2) + due(peer, "subscribed", 2) + all_is_well(events)
    return check


def over(event):
    """No other attempt follows, and none to leave either."""
    def check(events, peer):
        sent = [e["line"].split()[0] for e in events if e["event"] == "sent"]
        return told(events, "terminated", event) + due(events, "failed", 1, error="deregistered") + answers(peer, 2) + \
            due(events, "registered", 1) + ([] if sent.count("REGISTER") == 2 else [f"sent: {sent}"])
    return check


def later(events, peer):
    """It had not held, so that back-off is a floor under the two seconds that were named."""
    waits = [e["wait"] for e in events if e["event"] == "retry"]
    return told(events, "terminated", "probation") + due(events, "lost", 1, error="deregistered") + \
        answers(peer, 2) + ([] if len(waits) == 1 and 15 <= waits[0] <= 30 else [f"waits: {waits}"])


def sooner(events, peer):
    return told(events, "active", "shortened") + due(events, "refreshed", 1) + due(events, "lost", 0) + answers(peer, 2)


def of_another(events, peer):
    return told(events, "terminated", "deactivated", ours=False) + due(events, "lost", 0) + \
        due(events, "registered", 1) + answers(peer, 2)


def malformed(events, peer):
    return due(events, "reg_event", 1, error="sip_malformed") + due(events, "lost", 0) + answers(peer, 1) + \
        due(peer, "notify_answer", 1, line="SIP/2.0 400 Bad Request")


def refused(events, peer):
    """Neither the registration nor the exit notices."""
    return due(events, "reg_event", 1, error="sip_rejected", sip_status=489) + due(events, "reg_event", 1) + \
        due(peer, "refused", 1, why="event package") + due(events, "registered", 1)


# what the P-CSCF tells, what softphone is told on its command line, its exit, what is looked at
CASES = [("nothing", [], 0, nothing), ("nothing", ["--no-reg-event"], 0, off),
         ("deactivated", [], 0, anew("deactivated")), ("expired", [], 0, anew("expired")),
         ("rejected", [], 8, over("rejected")), ("unregistered", [], 8, over("unregistered")),
         ("probation", ["--timeout", "3"], 8, later), ("shortened", [], 0, sooner), ("foreign", [], 0, of_another),
         ("malformed", [], 0, malformed), ("refused", [], 0, refused)]


def case(suite, run_module, word, more, exits, check, title):
    folder = suite.folder(title)
    peer = suite.pcscf(folder, "--notify", word, "--notify-after", "200")
    try:
        row = rows.Row(word, exits, args=["--stay", "2", *more])
        phone = suite.softphone(folder, peer.port(), row)
        events, end = phone.events(), time.monotonic() + 2
        while check(events, peer.events()) and time.monotonic() < end:
            time.sleep(0.02)    # the peer's last lines are on their way
    finally:
        peer.end()
    faults = [] if phone.status == exits else [f"exit {phone.status}, not {exits}"]
    return faults + run_module.judge_events(events, phone.status, suite.names) + check(events, peer.events())


def tests(suite, run_module):
    out = []
    for word, more, exits, check in CASES:
        title = " ".join(["reg event", word, *more])
        out.append((title, lambda w=word, m=more, e=exits, c=check, t=title: case(suite, run_module, w, m, e, c, t)))
    return out
