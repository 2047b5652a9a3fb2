#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""End-to-end tests on the wire. `run.py [SOFTPHONE [PCSCF]] [-k REGEX] [-j N] [--keep DIR] [--list]`

SOFTPHONE is run against each case of hostile_pcscf.py and through mitm.py; with PCSCF, also against that program and
each of its --fault values, and pcscf_checks.py looks at PCSCF alone. Judged are the exit status, the JSON events, what
the peer itself saw, and the octets that reached the peer: nothing derived from the USIM's answer may be among them
before trust, and in honest cases c_token and response must be (else the search would prove nothing).
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc"))
import certs  # noqa: E402
import events as event_page  # noqa: E402
import adapter_checks  # noqa: E402
import capture_checks  # noqa: E402
import card_checks  # noqa: E402
import cause_checks  # noqa: E402
import closed_checks  # noqa: E402
import config_checks  # noqa: E402
import demo_checks  # noqa: E402
import dns_checks  # noqa: E402
import example_checks  # noqa: E402
import flow_checks  # noqa: E402
import gateway_checks  # noqa: E402
import ims  # noqa: E402
import ladder_checks  # noqa: E402
import load_checks  # noqa: E402
import limit_checks  # noqa: E402
import loop_checks  # noqa: E402
import pcscf_checks  # noqa: E402
import reg_event_checks  # noqa: E402
import relay_checks  # noqa: E402
import served_checks  # noqa: E402
import tls_checks  # noqa: E402
import signal_checks  # noqa: E402
import stuck_checks  # noqa: E402
import subscriber_checks  # noqa: E402
import sqn_checks  # noqa: E402
import token2_checks  # noqa: E402
import usage_checks  # noqa: E402
import wrong_checks  # noqa: E402
from rows import FAULTS, FIRST, MUST, NEVER, NONCE, NONCES, OP, ROWS, SETTLE_S, SYNC, Row, good, saw  # noqa: E402
from peer import IMPI, IMPU, K, OPC, REALM  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CARD = ims.Milenage(K, OPC)
ID = ["--impi", IMPI, "--impu", IMPU, "--domain", REALM, "--k", K.hex(), "--opc", OPC.hex(), "--json",
      "--return-within", "0"]


class Child:
    """A program with output in files, ended by its id."""
    ours = []       # (program, file) of each that prints events of doc/events.md
    started = []    # all of them

    def __init__(self, argv, folder, name, stdin=subprocess.DEVNULL):
        self.out_path, self.err_path = os.path.join(folder, name + ".out"), os.path.join(folder, name + ".err")
        self.start = time.monotonic()
        names = [name for name in map(os.path.basename, argv) if name in event_page.PROGRAMS]
        Child.ours += [(name, self.out_path) for name in names[:1]]     # one more is an argument
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=err)
        Child.started.append(self)
        self.cpu = self.wall = 0.0

    def wait(self, seconds):
        """Exit status; None when it had to be killed."""
        end, pause = self.start + seconds, 0.005
        while True:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu, self.wall = usage.ru_utime + usage.ru_stime, time.monotonic() - self.start
                return self.process.returncode
            if time.monotonic() > end:
                self.end()
                return None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def end(self):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def text(self):
        with open(self.out_path, "rb") as out:
            return out.read()

    def error_text(self):
        with open(self.err_path, "rb") as err:
            return err.read()

    def events(self):
        out = []
        for line in self.text().splitlines():
            try:
                out.append(json.loads(line))
            except ValueError:
                out.append({"event": "unreadable", "line": line.decode("latin-1")[:200]})
        return out

    def settle(self):
        """Until a peer has told the end of each connection, and so has logged what was on it."""
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            names = [e["event"] for e in self.events() if not e.get("udp")]
            if names.count("closed") >= names.count("connection"):
                return
            time.sleep(0.02)
        raise RuntimeError("a connection did not end")

    def port(self):
        """Port of the ready event."""
        for _ in range(500):
            for event in self.events():
                if event.get("event") == "ready":
                    text = json.dumps(event).replace('": ', '" ')
                    return event.get("port") or int(re.search(r":(\d+)", text).group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError("peer did not start: " + self.error_text().decode("latin-1")[-300:])


def judge_descriptions():
    """Whatever was printed in all tests is as doc/events.md says."""
    described, faults, lines = event_page.described(), set(), 0
    for program, path in Child.ours:
        with open(path, "rb") as out:
            for line in out:
                if line.startswith(b"{") and line.endswith(b"}\n"):
                    faults.update(event_page.judge(described, program, json.loads(line)))
                    lines += 1
    return sorted(faults), lines


def judge_sanitizers():
    """What a sanitizer found in a program of ours, whose end perhaps nobody looked at."""
    faults = set()
    for program, path in Child.ours:
        with open(path.removesuffix(".out") + ".err", "rb") as err:
            said = err.read()
        if re.search(rb"Sanitizer|runtime error: ", said):
            faults.add(f"{os.path.dirname(path)}: {program}: {said.decode('latin-1')[:1000]}")
    return sorted(faults)


def error_names():
    with open(os.path.join(HERE, "../../include/imstls/error.h"), encoding="utf-8") as text:
        return {n.lower() for n in re.findall(r"IMSTLS_ERR_(\w+) =", text.read())}


def judge_events(events, status, names):
    """What holds for the JSON of every run."""
    faults, last = [], 0
    for e in events:
        if not isinstance(e, dict) or "event" not in e or e["event"] == "unreadable":
            faults.append(f"not a JSON object: {e}")
            continue
        if not isinstance(e.get("t_ms"), int) or e["t_ms"] < last:
            faults.append(f"t_ms of {e['event']}: {e.get('t_ms')}")
        else:
            last = e["t_ms"]
    if status:
        failed = [e for e in events if e.get("event") == "failed"]
        if len(failed) != 1:
            faults.append(f"{len(failed)} failed events")
        elif failed[0].get("exit") != status or failed[0].get("error") not in names:
            faults.append(f"failed event: {failed[0]}")
    return faults


def judge_leak(logs, rands, nonces, ders, leak, output):
    """Searches what reached the peer, and the softphone's own output, for what may not be there."""
    identities = [(IMPI, REALM, "sip:" + REALM, nonce) for nonce in nonces]
    faults, seen = [], set()
    found = ims.needles(CARD, rands, ders, identities)
    for name, forms in found.items():
        kind = name.split(".")[0]
        if kind in ("RES", "CK", "IK") and any(f in output for f in forms):
            faults.append(f"{name} in the softphone's output")
        for n, data in enumerate(logs):
            if not any(f in data for f in forms):
                continue
            seen.add(kind)
            banned = kind in ("RES", "CK", "IK", "HA1") or leak == NEVER or (leak == FIRST and n > 0)
            if banned:
                faults.append(f"{name} reached the peer on connection {n}")
    for n, data in enumerate(logs):
        answers = [m for m in re.findall(rb"Authorization:[^\r\n]*", data) if b'response="' in m
                   and b'response=""' not in m and b"auts=" not in m]
        if answers:
            seen.add("response")
        if (answers or b"c_token" in data) and (leak == NEVER or (leak == FIRST and n > 0)):
            faults.append(f"a response or c_token on connection {n}")
    if leak in (MUST, FIRST) and not {"response", "c_token"} <= seen:
        faults.append(f"response or c_token not found in the log: saw {sorted(seen)}")
    return faults


def read_all(folder, prefix):
    out = []
    for name in sorted(os.listdir(folder), key=lambda s: (len(s), s)):
        if name.startswith(prefix) and name.endswith(".bin"):
            with open(os.path.join(folder, name), "rb") as data:
                out.append(data.read())
    return out


def search_can_fail():
    """Each needle in each form, put into a log and into the output, is found; an empty log lacks what MUST be there."""
    vector, faults = ims.Vector(CARD, 32), []
    dealt = ([vector.rand], [vector.nonce], [b"certificate"])
    found = ims.needles(CARD, dealt[0], dealt[2], [(IMPI, REALM, "sip:" + REALM, vector.nonce)])
    kinds = {name.split(".")[0] for name in found}
    faults += [f"not searched for: {k}" for k in {"RES", "CK", "IK", "HA1", "response", "c_token"} - kinds]
    for name, forms in found.items():
        for form in forms:
            if not judge_leak([b"abc" + form + b"xyz"], *dealt, NEVER, b""):
                faults.append(f"{name} in a log is not found")
            if name[:2] in ("RE", "CK", "IK") and not judge_leak([], *dealt, NEVER, b"abc" + form):
                faults.append(f"{name} in the output is not found")
    answer = b'Authorization: Digest username="a", response="0123", c_token="4567"\r\n'
    for logs, leak, wrong in (([answer], NEVER, True), ([answer, answer], FIRST, True), ([b""], MUST, True),
                              ([b'Authorization: Digest nonce="a", response=""'], NEVER, False)):
        if bool(judge_leak(logs, *dealt, leak, b"")) != wrong:
            faults.append(f"judged wrongly: {leak} {logs}")
    return faults


class Suite:
    def __init__(self, args):
        self.args, self.names = args, error_names()
        self.top = args.keep or tempfile.mkdtemp(prefix="imstls-e2e-")
        self.certs = os.path.join(self.top, "certs")
        os.makedirs(self.certs, exist_ok=True)
        certs.make(self.certs)
        honest = pcscf_checks.der(os.path.join(self.certs, "pcscf.pem"))
        self.ders = [honest] + [pcscf_checks.der(os.path.join(self.certs, n + ".pem"))
                                for n in ("other", "expired", "future", "rsa", "sha384", "long", "chain-3")]

    def pem(self, name):
        return os.path.join(self.certs, name)

    def folder(self, title):
        path = os.path.join(self.top, re.sub(r"[^\w.-]+", "_", title))
        os.makedirs(path, exist_ok=True)
        return path

    def softphone(self, folder, port, row, name="softphone"):
        argv = [self.args.softphone, "--pcscf", f"127.0.0.1:{port}", *ID,
                *[word.replace("{certs}", self.certs) for word in row.args]]
        if "--timeout" not in row.args:
            argv += ["--timeout", str(row.timeout)]
        stay = int(row.args[row.args.index("--stay") + 1]) if "--stay" in row.args else 0
        child = Child(argv, folder, name)
        child.status = child.wait(row.timeout + stay + 14)
        return child

    def judge(self, row, run, peer, folder, rands, nonces):
        events, faults = run.events(), []
        if run.status is None:
            return ["hung; killed"]
        if run.status not in row.exits:
            faults.append(f"exit {run.status}, not {sorted(row.exits)}")
        faults += judge_events(events, run.status, self.names)
        failed = next((e for e in events if e.get("event") == "failed"), {})
        if row.errors and failed.get("error") not in row.errors:
            faults.append(f"error {failed.get('error')}, not {sorted(row.errors)}")
        trust = [e for e in events if e.get("event") == "trust"]
        if row.s_token and (not trust or trust[-1].get("s_token") != row.s_token):
            faults.append(f"trust {trust[-1:]}, s_token not {row.s_token}")
        if trust and run.status == 6 and trust[-1].get("by") != "refused":
            faults.append(f"exit 6 but {trust[-1]}")
        if run.status == 0 and not any(e.get("event") == "registered" for e in events):
            faults.append("exit 0 without registered")
        if row.leak == MUST and any(e["event"] == "refused" for e in peer):
            faults.append(f"the peer refused: {[e for e in peer if e['event'] == 'refused']}")
        if row.check:
            run.reached = b"".join(read_all(folder, "conn"))
            faults += row.check(events, peer, run)
        output = run.text() + run.error_text()
        return faults + judge_leak(read_all(folder, "conn"), rands, nonces, self.ders, row.leak, output)

    # -- kinds of tests; each returns faults

    def hostile(self, row, title):
        folder = self.folder(title)
        peer = Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--case", row.case,
                      "--certs", self.certs, "--log", folder], folder, "peer")
        try:
            run = self.softphone(folder, peer.port(), row)
            peer.settle()
        finally:
            peer.end()
        events = peer.events()
        dealt = [e for e in events if e["event"] == "challenged"]
        faults = self.judge(row, run, events, folder, [bytes.fromhex(e["rand"]) for e in dealt],
                            [e["nonce"] for e in dealt])
        trace = peer.error_text().decode("latin-1")
        return faults + ([f"peer: {trace[-400:]}"] if "Traceback" in trace else [])

    def tapped(self, row, folder, upstream, pem, *more):
        """Through mitm.py, which logs; RANDs are read off the wire."""
        tap = Child([sys.executable, "-B", os.path.join(HERE, "mitm.py"), "--upstream", f"127.0.0.1:{upstream}",
                     "--pem", pem, "--log", folder, *more], folder, "mitm")
        try:
            run = self.softphone(folder, tap.port(), row)
            tap.settle()
        finally:
            tap.end()
        down = b"".join(read_all(folder, "down"))
        nonces = [n.decode() for n in dict.fromkeys(re.findall(rb'nonce="([A-Za-z0-9+/=]{40,})"', down))]
        rands = [ims.base64.b64decode(n)[:16] for n in nonces]
        return self.judge(row, run, [], folder, rands, nonces), run

    def mitm_hostile(self, title):
        folder = self.folder(title)
        peer = Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--certs", self.certs, "--log",
                      os.path.join(folder, "real")], folder, "peer")
        try:
            row = Row("honest", 6, "s_token_mismatch", "mismatch", NEVER)
            return self.tapped(row, folder, peer.port(), self.pem("other.pem"))[0]
        finally:
            peer.end()

    def pcscf(self, folder, *more, who=("--impi", IMPI, "--k", K.hex(), "--opc", OPC.hex())):
        cert = ["--cert", self.pem("pcscf.crt"), "--key", self.pem("pcscf.key")]
        return Child([self.args.pcscf, *who, "--listen", "127.0.0.1:0", "--json", *cert, *more], folder, "pcscf")

    def fault(self, name, title):
        folder = self.folder(title)
        peer = self.pcscf(folder, *(["--fault", name] if name else []))
        exits, leak = FAULTS[name] if name else (0, MUST)
        try:
            row = Row(name, exits, leak=leak, timeout=5)
            return self.tapped(row, folder, peer.port(), self.pem("pcscf.pem"))[0]
        finally:
            peer.end()

    def pcscf_faults(self):
        """Each one that --help names has its row, and no other."""
        odd = set(pcscf_checks.faults(self.args.pcscf)) ^ (set(FAULTS) | set(token2_checks.FAULTS))
        return [f"in --help or in the rows alone: {sorted(odd)}"] if odd else []

    def mitm_pcscf(self, title):
        folder = self.folder(title)
        peer = self.pcscf(folder)
        try:
            row = Row("", 6, "s_token_mismatch", "mismatch", NEVER)
            return self.tapped(row, folder, peer.port(), self.pem("other.pem"))[0]
        finally:
            peer.end()

    def sqn_file(self, title):
        """A card ahead of the network after a restart: resynchronisation from the file."""
        faults = []
        path = os.path.join(self.folder(title), "sqn")
        for turn in (1, 2):
            row = good("honest", ["--sqn-file", path], SYNC if turn == 2 else None)
            faults += [f"run {turn}: {f}" for f in self.hostile(row, f"{title} {turn}")]
        return faults

    def refused_port(self, title):
        row = Row("", 3, "connect", check=None)
        folder = self.folder(title)
        run = self.softphone(folder, 1, row)
        return self.judge(row, run, [], folder, [], [])

    def odd_ladder(self, title):
        """A stranger's start line reaches no terminal as it is."""
        folder = self.folder(title)
        peer = Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--case", "odd-malformed", "--certs",
                      self.certs, "--log", folder], folder, "peer")
        try:
            words = [w for w in ID if w != "--json"]
            run = Child([self.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *words, "--stay", "1"], folder,
                        "softphone")
            status = run.wait(10)
            faults = [] if status == 0 else [f"exit {status}"]
            faults += [] if b"dropped: sip_malformed, answered 400" in run.text() else ["not in the ladder"]
            return faults + (["ESC in the ladder"] if b"\x1b" in run.text() else [])
        finally:
            peer.end()

    def rsa_tls12(self, title):
        """A server of TLS 1.2 alone with an RSA certificate, that takes the first signature algorithm of the client."""
        module, folder = sys.modules[__name__], self.folder(title)
        server = tls_checks.Server(self, module, folder, "rsa", "-tls1_2")
        try:
            return saw("tls", version="1.2")(tls_checks.phone(self, module, folder, server.port).events(), [], None)
        finally:
            server.child.end()

    def psk_again(self, mode, title):
        """Each AKA run keys a session of its own, and the answer to its challenge is taken there at once."""
        folder = self.folder(title)
        peer = self.pcscf(folder, "--listen-plain", "127.0.0.1:0", "--psk", mode, "--reauth", "1", "--expires", "2")
        try:
            peer.port()
            ready = next(e for e in peer.events() if e["event"] == "ready")
            argv = [self.args.softphone, "--pcscf", f"127.0.0.1:{ready['plain_port']}", *ID, "--tls-port",
                    str(ready["port"]), "--flow", "agree-first", "--psk", mode, "--stay", "3", "--json"]
            run = Child(argv, folder, "softphone")
            status = run.wait(10)
            events = run.events()
            count = {n: sum(e["event"] == n for e in events) for n in ("registered", "refreshed", "tls", "challenge")}
            faults = [] if status == 0 and count["registered"] == 1 and count["refreshed"] >= 2 else [f"{status} {count}"]
            if not count["tls"] == count["challenge"] == 1 + count["refreshed"]:
                faults.append(f"not one session for each challenge: {count}")
            return faults + [f"trust: {e}" for e in events if e["event"] == "refreshed" and e["trust"] != "psk"]
        finally:
            peer.end()

    def ladder(self, case, more, title):
        """The ladder for people: nothing of the network's may steer the terminal."""
        folder = self.folder(title)
        peer = Child([sys.executable, "-B", os.path.join(HERE, "hostile_pcscf.py"), "--case", case, "--certs",
                      self.certs, "--log", folder], folder, "peer")
        try:
            words = [w for w in ID if w != "--json"]
            argv = [self.args.softphone, "--pcscf", f"127.0.0.1:{peer.port()}", *words, "--timeout", "5", *more]
            run = Child(argv, folder, "softphone")
            status = run.wait(15)
            output = run.text() + run.error_text()
        finally:
            peer.end()
        faults = [] if status == (8 if case.startswith("403") else 0) else [f"exit {status}"]
        steering = sorted(set(output) - set(range(0x20, 0x7f)) - set(b"\n"))
        faults += [f"octets {bytes(steering).hex(' ')} in the output"] if steering else []
        shown = output.count(rb"\x1b]0;owned\x07 \x9b31m")
        return faults + ([] if shown >= len(more) + 1 else ["what it said is not shown"])

    def check_nonce(self, more, status, verdict, title):
        folder = self.folder(title)
        path = os.path.join(folder, "sqn")
        with open(path, "w", encoding="ascii") as out:
            out.write("000000000001\n" + "000000000000\n" * 31)   # SEQ 1 at IND 0, as that of the nonce
        words = ["--check-nonce", NONCE, "--k", K.hex(), *[path if w == "FILE" else w for w in more], "--json"]
        run = Child([self.args.softphone, *words], folder, "softphone")
        got = run.wait(5)
        events = run.events()
        faults = [] if got == status else [f"exit {got}, not {status}"]
        faults += [] if [e.get("verdict") for e in events] == [verdict] else [f"said {events}"]
        secrets = [K.hex(), OP, OPC.hex(), "a54211d5e3ba50bf"]
        return faults + [f"{s} in the output" for s in secrets if s.encode() in run.text() + run.error_text()]

    # -- all of them

    def tests(self):
        out, numbers = [("search can fail", search_can_fail)], {}
        for row in ROWS:
            numbers[row.case] = numbers.get(row.case, 0) + 1
            title = row.case + (f" {' '.join(row.args)}" if numbers[row.case] > 1 else "")
            out.append((title, lambda row=row, title=title: self.hostile(row, title)))
        out.append(("mitm", lambda: self.mitm_hostile("mitm")))
        out.append(("rsa-tls12 by the client's order", lambda: self.rsa_tls12("rsa-tls12 s_server")))
        out.append(("odd-malformed in the ladder", lambda: self.odd_ladder("odd-malformed ladder")))
        out.append(("sqn-file", lambda: self.sqn_file("sqn-file")))
        for case in ("escapes", "403-escapes"):
            for more in ([], ["-v"]):
                title = " ".join(["ladder", case, *more])
                out.append((title, lambda c=case, m=more, t=title: self.ladder(c, m, t)))
        out.append(("refused-port", lambda: self.refused_port("refused-port")))
        for more, status, verdict in NONCES:
            title = f"check-nonce {verdict} {more[0]}"
            out.append((title, lambda m=more, s=status, v=verdict, t=title: self.check_nonce(m, s, v, t)))
        out += capture_checks.tests(self, sys.modules[__name__])
        out += closed_checks.tests(self, sys.modules[__name__])
        out += tls_checks.tests(self, sys.modules[__name__])
        out += stuck_checks.tests(self, sys.modules[__name__])
        out += flow_checks.tests(self, sys.modules[__name__])
        out += ladder_checks.tests(self, sys.modules[__name__])
        out += gateway_checks.tests(self, sys.modules[__name__])
        if self.args.pcscf:
            out.append(("pcscf honest", lambda: self.fault("", "pcscf honest")))
            out.append(("pcscf mitm", lambda: self.mitm_pcscf("pcscf mitm")))
            out.append(("pcscf faults", self.pcscf_faults))
            for name in FAULTS:
                title = "pcscf fault " + name
                out.append((title, lambda name=name, title=title: self.fault(name, title)))
            for mode in ("allow", "only"):
                out.append((f"psk {mode} again", lambda m=mode: self.psk_again(m, f"psk {m} again")))
            out += card_checks.tests(self, sys.modules[__name__])
            out += relay_checks.tests(self, sys.modules[__name__])
            out += subscriber_checks.tests(self, sys.modules[__name__])
            out += cause_checks.tests(self, sys.modules[__name__])
            out += config_checks.tests(self, sys.modules[__name__])
            out += signal_checks.tests(self, sys.modules[__name__])
            out += load_checks.tests(self, sys.modules[__name__])
            out += limit_checks.tests(self, sys.modules[__name__])
            out += adapter_checks.tests(self, sys.modules[__name__])
            out += reg_event_checks.tests(self, sys.modules[__name__])
            out += served_checks.tests(self, sys.modules[__name__])
            out += sqn_checks.tests(self, sys.modules[__name__])
            out += token2_checks.tests(self, sys.modules[__name__])
            out += example_checks.tests(self, sys.modules[__name__])
            out += loop_checks.tests(self, sys.modules[__name__])
            out += demo_checks.tests(self, sys.modules[__name__])
            out += dns_checks.tests(self, sys.modules[__name__])
            out += usage_checks.tests(self, sys.modules[__name__])
            out += wrong_checks.tests(self, sys.modules[__name__])
            for name, check in pcscf_checks.CHECKS:
                title = "pcscf alone: " + name
                out.append((title, lambda check=check, title=title: pcscf_checks.run(self, check, self.folder(title))))
        return [(title, test) for title, test in out if not self.args.k or re.search(self.args.k, title)]


def guarded(test):
    start = time.monotonic()
    try:
        faults = test()
    except Exception:   # a test that broke is a failed test
        faults = [traceback.format_exc(limit=-2).strip()]
    return faults, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = os.environ.get("EXAMPLES_DIR", os.path.join(HERE, "../../build/examples"))
    parser.add_argument("softphone", nargs="?", default=os.path.join(built, "softphone"))
    parser.add_argument("pcscf", nargs="?", default=os.path.join(built, "pcscf"), help="'' for none")
    parser.add_argument("-k", metavar="REGEX", help="only tests whose name matches")
    parser.add_argument("-j", type=int, default=6, help="tests at a time")
    parser.add_argument("-v", action="store_true", help="name the tests that passed too")
    parser.add_argument("--keep", metavar="DIR", help="leave logs there")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    suite = Suite(args)
    tests, failed, start = suite.tests(), 0, time.monotonic()
    if args.list:
        print("\n".join(title for title, _ in tests))
        return 0
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        jobs = {pool.submit(guarded, test): title for title, test in tests}
        for job in concurrent.futures.as_completed(jobs):
            faults, seconds = job.result()
            failed += bool(faults)
            if faults or args.v:
                word = "FAIL" if faults else "ok  "
                print(f"{word} {jobs[job]} ({seconds:.1f} s)", *faults, sep="\n     ", flush=True)
    for child in Child.started:     # of a test that broke
        child.end()
    undescribed, lines = judge_descriptions()
    undescribed += [] if lines or args.k else ["nothing was printed"]
    failed += bool(undescribed)
    print(*(f"FAIL as doc/events.md has it: {fault}" for fault in undescribed), sep="\n", end="\n" if undescribed else "")
    found = judge_sanitizers()
    failed += bool(found)
    print(*(f"FAIL a sanitizer found: {fault}" for fault in found), sep="\n", end="\n" if found else "")
    print(f"e2e: {len(tests) + 2 - failed} passed, {failed} failed in {time.monotonic() - start:.0f} s")
    if not args.keep:
        shutil.rmtree(suite.top)
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
