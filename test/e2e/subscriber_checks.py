# SPDX-License-Identifier: Apache-2.0
"""The example P-CSCF with `--subscribers FILE`: several at a time, each with keys and public identities of its own."""
import os
import re

from peer import REALM
from ue import Subscriber, Ue

ONE = Subscriber("one@" + REALM, bytes(range(16)), bytes(range(16, 32)))
TWO = Subscriber("two@" + REALM, bytes(range(1, 17)), bytes(range(33, 49)), "tel:+15550102")
HIS = ["sip:two@" + REALM, "tel:+15550102"]    # of TWO
LINES = ["# subscribers", "", f"{ONE.impi} {ONE.k.hex()} {ONE.opc.hex()}",
         f"{TWO.impi}\t{TWO.k.hex()} {TWO.opc.hex()}  {' '.join(HIS)}\r"]


def write(folder, lines):
    path = os.path.join(folder, "subscribers")
    with open(path, "w", encoding="ascii", newline="") as out:
        out.write("\n".join(lines))
    return path


def register(port, who):
    """A UE that is registered, and the 200; or what came instead."""
    ue = Ue(port, who=who)
    answer = ue.first()
    if answer is None or answer.status != 401:
        return ue, answer
    ue.learn(answer)
    return ue, ue.second()


def refused(port, who, what):
    ue, answer = register(port, who)
    ue.close()
    return [] if answer and answer.status == 403 else [f"{what}: {answer and answer.line}"]


def side_by_side(peer):
    """Both are challenged with their own keys and hold their registrations at the same time."""
    faults, port, ues = [], peer.port(), []
    for who, impus in ((ONE, ["sip:" + ONE.impi]), (TWO, HIS)):
        ue, answer = register(port, who)
        told = re.findall(r"<([^>]*)>", answer.get("p-associated-uri")) if answer else []
        faults += [] if answer and answer.status == 200 and ue.sqn else [f"{who.impi}: {answer and answer.line}"]
        faults += [] if told == impus else [f"P-Associated-URI: {told}, not {impus}"]
        ues.append(ue)
    for ue in ues:
        answer = ue.again(600)
        faults += [] if answer and answer.status == 200 else [f"refresh: {answer and answer.line}"]
    return faults


def strangers(peer):
    """Nobody takes another one's identity, with his keys or with those of somebody else."""
    port = peer.port()
    return refused(port, Subscriber("three@" + REALM), "an unknown IMPI") + \
        refused(port, Subscriber(ONE.impi, ONE.k, ONE.opc, TWO.impu), "another one's IMPU") + \
        refused(port, Subscriber(TWO.impi, ONE.k, ONE.opc, TWO.impu), "another one's keys")


def raw(peer):
    """What one sends in a MESSAGE comes to the other as it is."""
    port, octets = peer.port(), b"MESSAGE sip:x SIP/2.0\r\nVia: y\r\nno colon\0\xff\r\nContent-Length: 0\r\n\r\n"
    (one, _), (two, _) = register(port, ONE), register(port, TWO)
    one.sock.sendall((f"MESSAGE {TWO.impu} SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <{ONE.impu}>;tag=1\r\n"
                      f"To: <{TWO.impu}>\r\nCall-ID: raw\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
                      f"Content-Length: {len(octets)}\r\n\r\n").encode() + octets)
    answer, got = one.answer(), b""
    while len(got) < len(octets):
        got += two.sock.recv(4096)
    return ([] if answer.status == 200 else [f"MESSAGE: {answer.line}"]) + ([] if got == octets else [f"got {got}"])


LINE = LINES[2]
WRONG = {"no file": None, "nobody": ["# nobody"], "no OPc": [LINE.rpartition(" ")[0]], "twice": [LINE, LINE],
         "short K": [LINE.replace("00010203", "000102")], "no URI": [LINE + " sip:a>b\"c"],
         "long line": [LINE + " sip:a" * 300], "many IMPUs": [LINE + " sip:abcdefghijklmnop" * 40],
         "many": [f"{n} {ONE.k.hex()} {ONE.opc.hex()}" for n in range(300)]}


def usage(suite, run_module, lines, more, title):
    folder = suite.folder(title)
    path = write(folder, lines) if lines else os.path.join(folder, "none")
    run = run_module.Child([suite.args.pcscf, "--subscribers", path, "--domain", REALM, "--listen", "127.0.0.1:0", *more],
                           folder, "pcscf")
    status = run.wait(5)
    faults = [] if status == 2 else [f"exit {status}, not 2"]
    return faults + ([] if b"subscribers" in run.error_text() or lines is None else [f"said {run.error_text()}"])


def at_pcscf(suite, title, check, more):
    """`check` of an example P-CSCF that knows the subscribers of LINES."""
    folder = suite.folder(title)
    peer = suite.pcscf(folder, *more, who=("--subscribers", write(folder, LINES)))
    try:
        return check(peer)
    finally:
        peer.end()


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for check, more in ((side_by_side, ()), (strangers, ()), (raw, ("--fault", "raw-messages"))):
        title = "subscribers " + check.__name__
        out.append((title, lambda c=check, m=more, t=title: at_pcscf(suite, t, c, m)))
    for name, lines in WRONG.items():
        title = "subscribers file: " + name
        out.append((title, lambda li=lines, t=title: usage(suite, run_module, li, (), t)))
    title = "subscribers and --impi"
    return out + [(title, lambda t=title: usage(suite, run_module, LINES, ("--impi", "a@b"), t))]
