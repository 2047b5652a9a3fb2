# SPDX-License-Identifier: Apache-2.0
"""What the softphone makes of a flow that is kept, of pings that are wanted, and of URIs that name its device: rows
against the cases of flows.py, and the example P-CSCF with --outbound. Used by run.py."""
import os
import re

import flows
import rows
import rows

HERE = os.path.dirname(os.path.abspath(__file__))
URN = "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
DEVICE = ["--instance", URN, "--reg-id", "1"]
REFER = ["--send", os.path.join(HERE, "refer.txt")]
PRIVATE = ["--send", os.path.join(HERE, "refer_private.txt")]
OWN = r"<sip:[0-9a-f]{16}@127\.0\.0\.1:\d+;transport=tls"


def sent(contact, gruu):
    """The REFER had this Contact, a pattern, and Supported: gruu beside a GRUU alone; nothing slipped in with it."""
    def check(events, peer, run):
        one = next((e for e in peer if e["event"] == "request" and e["line"].startswith("REFER ")), None)
        if not one:
            return ["no REFER came"]
        faults = [] if re.fullmatch(contact, one["contact"]) else [f"Contact: {one['contact']}, not {contact}"]
        faults += [] if ("gruu" in one["supported"]) == gruu else [f"Supported: {one['supported']}"]
        return faults + (["Evil is there"] if "Evil" in one["headers"] else [])
    return check


def offered(events, peer, run):
    one = next((e for e in peer if e["event"] == "offered"), {})
    return [] if one.get("keep") and one.get("supported") == "path, outbound, gruu" else [f"offered: {one}"]


def kept_flows():
    def refused(odd):
        return rows.both(rows.saw("registered", pub_gruu="", temp_gruu=""), sent(OWN + ">", False),
                      rows.saw("policy", verdict=f"{odd} entries of the 200 cannot be read"), rows.lost(0))
    granted = rows.saw("registered", outbound=True, pub_gruu=flows.PUB, temp_gruu=flows.TEMP)
    no_ping = rows.both(rows.lost(0), rows.peer_saw("pinged", 0, 0))
    pings = rows.both(rows.lost(0), rows.peer_saw("pinged", 2, 3))   # in 25 s one each 8 to 10 s
    short, long = [*DEVICE, "--stay", "3"], [*DEVICE, "--stay", "25"]
    return [
        rows.good("flow-kept", [*DEVICE, *REFER], rows.both(granted, offered, sent(f"<{re.escape(flows.PUB)}>", True))),
        rows.good("flow-kept", [*DEVICE, *PRIVATE], sent(f"<{re.escape(flows.TEMP)}>", True)),
        rows.good("flow-kept", REFER, rows.both(rows.saw("registered", outbound=False, pub_gruu=""), sent(OWN + ">", False))),
        rows.good("flow-kept-bare", [*DEVICE, *REFER], sent(OWN + ";ob>", False)),
        rows.good("keep-0", short, no_ping), rows.good("keep-2-32", short, no_ping), rows.good("keep-twice", short, no_ping),
        rows.good("flow-timer-0", short, no_ping),
        rows.good("keep-1", long, pings, 30), rows.good("flow-timer-1", long, pings, 30),
        rows.good("keep-mute", long, rows.both(rows.lost(1, error="connection"), rows.saw("registered", 2)), 30),
        rows.good("flow-failed", [*DEVICE, "--stay", "3"], rows.both(
            rows.lost(1, error="sip_rejected"), rows.saw("registered", 2), rows.peer_saw("connection", 2, 2))),
        rows.Row("flow-failed-elsewhere", 8, None, "ok", rows.MUST, [*DEVICE, *REFER], rows.both(
            rows.lost(0), rows.peer_saw("deregistered", 1, 1)), 8),
        rows.Row("gruu-crlf", 8, "sip_not_bound", None, rows.MAY, DEVICE, rows.peer_saw("deregistered", 1, 1)),
        *(rows.good(name, [*DEVICE, *REFER], refused(2)) for name in (
            "gruu-quotes", "gruu-brackets", "gruu-fold", "gruu-foreign", "gruu-of-another", "gruu-4k", "gruu-doubled")),
    ]


def example(suite, run_module, title):
    """The example P-CSCF keeps the flow, is pinged, and the first refresh fails."""
    folder = suite.folder(title)
    peer = suite.pcscf(folder, "--outbound", "1", "--expires", "30", "--fault", "flow-failed-430")
    try:
        argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *run_module.ID, *DEVICE, "--stay", "32"]
        phone = run_module.Child(argv, folder, "softphone")
        status = phone.wait(50)
        events, seen = phone.events(), peer.events()
    finally:
        peer.end()
    registered = [e for e in events if e["event"] == "registered"]
    faults = [] if status == 0 and len(registered) == 2 else [f"exit {status}, registered {len(registered)} times"]
    faults += [f"not granted: {e}" for e in registered if not e["outbound"] or not e["pub_gruu"].endswith(";gr=" + URN)]
    temporary = {e["temp_gruu"] for e in registered}
    faults += [] if len(temporary) == 2 and "" not in temporary else [f"temp_gruu: {temporary}"]
    faults += [] if sum(e["event"] == "lost" for e in events) == 1 else ["the 430 did not end the flow"]
    faults += [] if sum(e["event"] == "pinged" for e in seen) >= 2 else ["no pings"]
    return faults + [f"the P-CSCF: {e}" for e in seen if e["event"] == "registered" and not e["outbound"]]


def tests(suite, run_module):
    """[(title, test)]"""
    out, numbers = [], {}
    for row in kept_flows():
        numbers[row.case] = numbers.get(row.case, 0) + 1
        title = f"flow: {row.case}" + (f" {numbers[row.case]}" if numbers[row.case] > 1 else "")
        out.append((title, lambda row=row, title=title: suite.hostile(row, title)))
    if suite.args.pcscf:
        out.append(("flow: pcscf --outbound", lambda: example(suite, run_module, "pcscf outbound")))
    return out
