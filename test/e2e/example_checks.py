# SPDX-License-Identifier: Apache-2.0
"""The small examples: what `values` prints is worked out again by ims.py; `minimal`, `feed` and `messages` register with
the example P-CSCF and with peers that misbehave. Used by run.py."""
import base64
import os
import re
import subprocess
import sys
import time

import closed_checks
import ims
import rows
from peer import IMPI, K, OPC, REALM

URI = "sip:" + REALM
SQN_MS = 40 << 5 | 3            # what the card took last
LISTS = ("tls;q=0.5", "ipsec-3gpp;alg=hmac-sha-1-96;q=0.1")
NO_MD5 = 'Digest realm="x", nonce="abc", algorithm=MD5'


def program(suite, name):
    return os.path.join(os.path.dirname(suite.args.pcscf), name)


# -- values: a 401 on standard input


def challenge(vector, s_token, more=""):
    token = f', s_token="{s_token}"' if s_token is not None else ""
    return f'Digest realm="{REALM}", nonce="{vector.nonce}", algorithm=AKAv1-MD5{token}{more}'


def message(values, lists=LISTS, status="401 Unauthorized"):
    lines = [f"SIP/2.0 {status}", "Via: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1", f"From: <sip:{IMPI}>;tag=1",
             f"To: <sip:{IMPI}>;tag=2", "Call-ID: 1", "CSeq: 1 REGISTER", *[f"WWW-Authenticate: {v}" for v in values],
             *[f"Security-Server: {one}" for one in lists], "Content-Length: 0"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class Values:
    """One run: the challenge is good over the certificate `pcscf` unless a test says otherwise."""

    def __init__(self, suite, run_module, title):
        self.suite, self.card, self.der = suite, run_module.CARD, suite.ders[0]
        self.vector = ims.Vector(self.card, 41 << 5)
        self.token = ims.s_token(self.vector.ik, self.der)
        self.folder = suite.folder(title)

    def run(self, raw, der=None, sqn=f"{SQN_MS:012x}"):
        path = os.path.join(self.folder, "cert.der")
        with open(path, "wb") as out:
            out.write(self.der if der is None else der)
        argv = [program(self.suite, "values"), IMPI, URI, K.hex(), OPC.hex(), sqn, path]
        done = subprocess.run(argv, input=raw, capture_output=True, timeout=10, check=False)
        self.status, self.output, self.said = done.returncode, done.stdout + done.stderr, done.stderr.decode()
        self.lines = dict(line.split(": ", 1) for line in done.stdout.decode().splitlines())
        return self.lines.get("Authorization", "")

    def is_answered(self, text, lists=LISTS):
        """The Authorization of a challenge that was taken."""
        auth, faults = ims.auth_params(text), []
        due = {"username": IMPI, "realm": REALM, "nonce": self.vector.nonce, "uri": URI, "algorithm": "AKAv1-MD5",
               "c_token": ims.c_token(self.vector.ik, self.token), "response": ims.digest(self.vector.res, auth)}
        for name, value in due.items():
            faults += [] if auth.get(name) == value else [f"{name}: {auth.get(name)}, not {value}"]
        faults += [] if self.status == 0 and text.startswith("Digest ") else [f"exit {self.status}: {self.said}"]
        faults += [] if self.lines.get("Security-Verify") == ", ".join(lists) else [f"Security-Verify: {self.lines}"]
        kept = self.lines.get("SQN")
        return faults + ([] if kept == f"{self.vector.sqn:012x}" else [f"SQN: {kept}"])

    def tells_nothing(self, run_module):
        """Nothing of RES and no c_token, in any form."""
        found = ims.needles(self.card, [self.vector.rand], self.suite.ders,
                            [(IMPI, REALM, URI, self.vector.nonce)])
        return [f"{name} in the output" for name, forms in found.items() if any(f in self.output for f in forms)]

    def is_refused(self, text, error, run_module):
        faults = [] if self.status == 1 and error in self.said else [f"exit {self.status}, said {self.said!r}"]
        faults += [f"printed: {name}" for name in ("Authorization", "Security-Verify") if name in self.lines]
        return faults + ([] if not text else [text]) + self.tells_nothing(run_module)


def values_right(v, run_module):
    text = v.run(message([challenge(v.vector, v.token)]))
    return v.is_answered(text) + (["qop, unasked"] if "qop" in ims.auth_params(text) else [])


def values_qop(v, run_module):
    text = v.run(message([challenge(v.vector, v.token, ', qop="auth-int,auth"')]))
    auth = ims.auth_params(text)
    faults = [] if auth.get("qop") == "auth" and auth.get("nc") == "00000001" else [f"qop, nc: {text}"]
    first = auth.get("cnonce", "")
    v.run(message([challenge(v.vector, v.token, ', qop="auth"')]))
    again = ims.auth_params(v.lines["Authorization"]).get("cnonce")
    faults += [] if len(first) >= 16 and first != again else [f"cnonce {first}, then {again}"]
    return faults + v.is_answered(text)


def values_second_challenge(v, run_module):
    return v.is_answered(v.run(message([NO_MD5, challenge(v.vector, v.token)])))


def values_upper(v, run_module):
    return v.is_answered(v.run(message([challenge(v.vector, v.token.upper())])))


def refused(error, token=None, lists=LISTS, other_cert=False, more="", status="401 Unauthorized", only=None):
    """token: from the right one what the challenge says; None: the right one."""
    def check(v, run_module):
        said = token(v) if token else v.token
        raw = message([only or challenge(v.vector, said, more)], lists, status)
        return v.is_refused(v.run(raw, v.suite.ders[1] if other_cert else None), error, run_module)
    return check


def values_sync(v, run_module):
    """An old SQN: AUTS with the card's, and a response over the empty password (TS 24.229 5.1.1.5.3)."""
    v.vector = ims.Vector(v.card, 40 << 5)
    auth = ims.auth_params(v.run(message([challenge(v.vector, ims.s_token(v.vector.ik, v.der))])))
    told = ims.auts_open(v.card, v.vector.rand, base64.b64decode(auth.get("auts", "")))
    faults = [] if told is not None and told >> 5 == SQN_MS >> 5 else [f"AUTS tells {told}, not {SQN_MS}"]
    faults += [] if auth.get("response") == ims.digest(b"", auth) else ["response not over the empty password"]
    faults += [f"{n} printed" for n in ("SQN",) if n in v.lines] + (["c_token"] if "c_token" in auth else [])
    return faults + ([] if v.status == 0 else [f"exit {v.status}"]) + v.tells_nothing(run_module)


def values_mac(v, run_module):
    """A stranger's AUTN: an empty response and nothing else."""
    v.vector.autn = v.vector.autn[:15] + bytes([v.vector.autn[15] ^ 1])
    v.vector.nonce = base64.b64encode(v.vector.rand + v.vector.autn).decode()
    text = v.run(message([challenge(v.vector, v.token)]))
    faults = [] if v.status == 0 and 'response=""' in text else [f"exit {v.status}: {text}"]
    faults += [f"{n} in it" for n in ("auts", "c_token") if n in ims.auth_params(text)]
    return faults + (["SQN taken"] if "SQN" in v.lines else []) + v.tells_nothing(run_module)


def values_usage(v, run_module):
    raw, faults = message([challenge(v.vector, v.token)]), []
    for sqn in ("12", "00000000000g", "0000000000000"):
        v.run(raw, sqn=sqn)
        faults += [] if v.status == 2 else [f"SQN {sqn}: exit {v.status}"]
    v.run(raw, der=b"")
    faults += [] if v.status == 1 else [f"an empty certificate: exit {v.status}"]
    for what in (b"", b"x" * 65537, raw[:-4]):
        v.run(what)
        faults += [] if v.status == 1 and "Authorization" not in v.lines else [f"{len(what)} octets: exit {v.status}"]
    return faults


CONTACT = "sip:0123@192.0.2.1:5061;transport=tls"
BOUND = f"Contact: <{CONTACT}>;expires=3600"
ROUTES = ["Service-Route: <sip:a@h;lr>", "Service-Route: <sip:b;lr>, <sip:c;lr>"]
ALL_ROUTES = "<sip:a@h;lr>, <sip:b;lr>, <sip:c;lr>"


def values_repeated(v, run_module):
    """The Authorization of a refresh is the one that was sent, word for word, but for the c_token at its end."""
    text = v.run(message([challenge(v.vector, v.token, ', qop="auth", opaque="o"')]))
    due = text.replace(f', c_token="{ims.c_token(v.vector.ik, v.token)}"', "")
    again = v.lines.get("Refresh")
    return [] if again == due != text else [f"Refresh: {again}, not {due}"]


def values_proxy(v, run_module):
    """A 407: the Proxy-Authenticate counts, and is answered in Proxy-Authorization."""
    raw = message([NO_MD5], status="407 Proxy Authentication Required")
    v.run(raw.replace(b"\r\nSecurity-Server", f"\r\nProxy-Authenticate: {challenge(v.vector, v.token)}\r\nSecurity-Server"
                      .encode(), 1))
    return v.is_answered(v.lines.get("Proxy-Authorization", "")) + (["Authorization"] if "Authorization" in v.lines else [])


class Accepted:
    """The 200 comes when the answer to the 401 is known."""

    def __init__(self, v, lines, rspauth=None, vector=None):
        path = os.path.join(v.folder, "cert.der")
        with open(path, "wb") as out:
            out.write(v.der)
        argv = [program(v.suite, "values"), IMPI, URI, K.hex(), OPC.hex(), f"{SQN_MS:012x}", path, CONTACT]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            child.stdin.write(b"\r\n" + message([challenge(vector or v.vector, v.token, ', qop="auth"')]))
            child.stdin.flush()
            told = {}
            while "Security-Verify" not in told:
                name, _, value = child.stdout.readline().decode().rstrip("\n").partition(": ")
                told[name] = value
            auth = ims.auth_params(told["Authorization"])
            if rspauth:
                right = ims.digest(v.vector.res, auth, "")
                value = right if rspauth == "right" else right[:-1] + ("0" if right[-1] != "0" else "1")
                lines = [*lines, f'Authentication-Info: qop=auth, rspauth="{value}"']
            said = message([], [], "200 OK").replace(b"\r\nContent-Length", "".join(
                "\r\n" + line for line in lines).encode() + b"\r\nContent-Length")
            out, err = child.communicate(said, 10)
        self.status, self.said = child.returncode, err.decode()
        self.lines = dict(line.split(": ", 1) for line in out.decode().splitlines())


def accepted(lines, rspauth, **due):
    def check(v, run_module):
        a = Accepted(v, lines, rspauth)
        got = {name: a.lines.get(name) for name in ("Contact", "Expires", "Refresh-After", "Rspauth", "Service-Route")}
        want = dict(zip(got, (CONTACT, "3600", "3000", due["proof"], due["route"])))
        return ([] if a.status == 0 else [f"exit {a.status}: {a.said}"]) + ([] if got == want else [f"{got}, not {want}"])
    return check


def not_accepted(lines, rspauth, error, mac=False):
    def check(v, run_module):
        vector = ims.Vector(v.card, 40 << 5) if mac else None    # an old SQN: only AUTS went out
        a = Accepted(v, lines, rspauth, vector)
        faults = [] if a.status == 1 and error in a.said else [f"exit {a.status}: {a.said}"]
        return faults + [f"printed: {name}" for name in ("Contact", "Expires") if name in a.lines]
    return check


VALUES = {
    "repeated": values_repeated, "proxy": values_proxy,
    "200": accepted([BOUND, *ROUTES], None, proof="absent", route=ALL_ROUTES),
    "200 proven": accepted([BOUND], "right", proof="right", route=""),
    "200 of another": not_accepted([BOUND], "wrong", "rspauth"),
    "200 without us": not_accepted(["Contact: <sip:x@y>;expires=9, <sip:y@y>;expires=9"], None, "sip_not_bound"),
    "200 unasked": not_accepted([BOUND], None, "no_challenge", True),
    "right": values_right, "qop": values_qop, "second challenge": values_second_challenge, "upper case": values_upper,
    "sync": values_sync, "mac": values_mac, "usage": values_usage,
    "wrong": refused("s_token_mismatch", lambda v: v.token[:-1] + ("0" if v.token[-1] != "0" else "1")),
    "other certificate": refused("s_token_mismatch", other_cert=True),
    "of CK": refused("s_token_mismatch", lambda v: ims.s_token(v.vector.ck, v.der)),
    "missing": refused("s_token_missing", lambda v: None),
    "malformed": refused("s_token_malformed", lambda v: v.token[:-1]),
    "doubled": refused("s_token_doubled", more=', s_token="' + "0" * 24 + '"'),
    "ik left in": refused("keys_exposed", more=', ik="00"'),
    "no tls in the list": refused("secagree_none", lists=LISTS[1:]), "no list": refused("secagree_none", lists=()),
    "md5 alone": refused("algorithm", only=NO_MD5), "403": refused("challenge", status="403 Forbidden"),
}


# -- those that register


class Registers:
    def __init__(self, suite, run_module, title, name):
        self.suite, self.run, self.folder = suite, run_module, suite.folder(title)
        self.argv = [program(suite, name), IMPI, REALM, K.hex(), OPC.hex()]

    def start(self, port, stdin=subprocess.DEVNULL):
        return self.run.Child([*self.argv, f"127.0.0.1:{port}"], self.folder, "example", stdin)

    def hostile(self, case):
        argv = [sys.executable, "-B", os.path.join(self.run.HERE, "hostile_pcscf.py"), "--case", case, "--certs",
                self.suite.certs, "--log", self.folder]
        return self.run.Child(argv, self.folder, "peer")

    def leaks(self, peer, child, leak):
        dealt = [e for e in peer.events() if e["event"] == "challenged"]
        return self.run.judge_leak(self.run.read_all(self.folder, "conn"), [bytes.fromhex(e["rand"]) for e in dealt],
                                   [e["nonce"] for e in dealt], self.suite.ders, leak,
                                   child.text() + child.error_text())


def outcome(child, status, *words):
    got = child.wait(20)
    out = child.text() + child.error_text()
    return ([] if got == status else [f"exit {got}, not {status}: {out.decode()[-200:]}"]) + \
        [f"{word!r} is not in {out!r}" for word in words if word.encode() not in out]


def with_pcscf(r):
    """Registers and deregisters; the example P-CSCF finds every value right."""
    peer = r.suite.pcscf(r.folder)
    try:
        faults = outcome(r.start(peer.port()), 0, "registered", "\nderegistered\n")
        events = {e["event"]: e for e in peer.events()}
        verified = {n: events.get("verified", {}).get(n) for n in ("response", "c_token", "security_verify")}
        faults += [] if set(verified.values()) == {"ok"} else [f"verified: {verified}"]
        return faults + [f"the P-CSCF saw no {n}" for n in ("registered", "deregistered") if n not in events]
    finally:
        peer.end()


def addresses(r):
    """Via and Contact name our end of the connection."""
    reached = b"".join(r.run.read_all(r.folder, "conn"))
    ports = set(re.findall(rb"(?:Via: SIP/2\.0/TLS |Contact: <[^>]*)127\.0\.0\.1:(\d+)", reached))
    return [] if len(ports) == 1 and ports.pop() not in (b"0", b"5060", b"5061") else [f"ports of ours: {ports}"]


def with_hostile(r, case, status, leak, *words):
    peer = r.hostile(case)
    try:
        child = r.start(peer.port())
        faults = outcome(child, status, *words)
        peer.settle()
        return faults + r.leaks(peer, child, leak) + ([] if status else addresses(r))
    finally:
        peer.end()


def good_bye(r):
    """The last record is TLS's close_notify: an alert, which TLS 1.3 shows by its length alone (RFC 8446 5.2), padded to
    16 octets perhaps (5.4)."""
    peer = r.hostile("honest")
    try:
        wire = closed_checks.Wire(peer.port())
        faults = outcome(r.start(wire.port), 0, "registered", "\nderegistered\n")
        wire.end()
        at, last = 0, b""
        while at < len(wire.up):
            end = at + 5 + int.from_bytes(wire.up[at + 3:at + 5], "big")
            at, last = end, bytes(wire.up[at:end])
        is_alert = last[:1] == b"\x15" or (last[:1] == b"\x17" and 5 + 2 + 1 + 16 <= len(last) <= 5 + 16 + 16)
        return faults + ([] if is_alert and at == len(wire.up) else [f"last record: {last[:5]}, {len(last)} octets"])
    finally:
        peer.end()


def unreachable(r, host):
    """Told at once, not by the client's own limit of 10 s."""
    child = r.run.Child([*r.argv, host], r.folder, "example")
    faults = outcome(child, 1, "The server cannot be reached.")
    return faults + ([] if child.wall < 9 else [f"took {child.wall:.1f} s"])


def wrong_setting(r):
    """Named, with its rule."""
    child = r.run.Child([*r.argv, "127.0.0.1:0"], r.folder, "example")
    return outcome(child, 1, "network.pcscf is a list of 1 to 8 HOST[:PORT]")


def usage(r):
    good, faults = [*r.argv, "127.0.0.1:1"], []
    for what in (good[:-1], [*good[:3], "0" * 31, *good[4:]], [*good[:4], "0" * 31 + "g", good[5]], [*good, "more"]):
        child = r.run.Child(what, r.folder, "example")
        faults += outcome(child, 2, "usage: ")
    return faults


# -- messages: stays until its standard input ends


def until(peer, wanted):
    for _ in range(500):
        events = peer.events()
        if wanted(events):
            return events
        time.sleep(0.02)
    return peer.events()


def answers(events):
    return {e["call_id"]: e["line"] for e in events if e["event"] == "answer"}


def exchange(r, case, due, shown):
    """due: Call-ID and status line of each answer."""
    peer = r.hostile(case)
    try:
        child = r.start(peer.port(), subprocess.PIPE)
        events = until(peer, lambda events: set(due) <= set(answers(events)))
        got = answers(events)
        child.process.stdin.close()
        faults = outcome(child, 0, "registered", "deregistered")
        faults += [] if got == due else [f"answers: {got}, not {due}"]
        said = [line for line in child.text().splitlines() if line.startswith(b"message: ")]
        faults += [] if said == [b"message: " + one for one in shown] else [f"shown: {said}"]
        reached = b"".join(r.run.read_all(r.folder, "conn"))
        for one in re.findall(rb"SIP/2\.0 200 OK\r\n.*?\r\n\r\n", reached, re.S):
            tagged = re.search(rb"\r\nTo: [^\r\n]*;tag=[0-9a-f]{16}\r\n", one)
            faults += [] if tagged and b"\r\nAllow: OPTIONS, MESSAGE\r\n" in one else [f"answer: {one}"]
        return faults + r.leaks(peer, child, r.run.MUST)
    finally:
        peer.end()


def before_trust(r):
    """What comes before the registration is neither answered nor shown."""
    peer = r.hostile("requests-before")
    try:
        child = r.start(peer.port(), subprocess.PIPE)
        until(peer, lambda _: b"registered" in child.text())
        child.process.stdin.close()
        faults, got = outcome(child, 0, "registered", "deregistered"), answers(peer.events())
        faults += [f"answered: {got}"] if got else []
        return faults + (["shown"] if b"message" in child.text() else [])
    finally:
        peer.end()


def unanswered_end(r):
    """Nobody answers the deregistration: the client's own deadline ends it, and nothing spins meanwhile."""
    peer = r.hostile("dereg-ignored")
    try:
        child = r.start(peer.port(), subprocess.PIPE)
        until(peer, lambda _: b"registered" in child.text())
        child.process.stdin.close()
        faults = outcome(child, 0, "registered", "deregistered")
        return faults + ([] if child.cpu < 1 else [f"{child.cpu:.2f} s of CPU while idle"])
    finally:
        peer.end()


def options_of_pcscf(r):
    peer = r.suite.pcscf(r.folder, "--options-after", "10")
    try:
        child = r.start(peer.port(), subprocess.PIPE)
        until(peer, lambda events: any(e["event"] == "answer" for e in events))
        child.process.stdin.close()
        faults = outcome(child, 0, "registered", "deregistered")
        told = [e for e in peer.events() if e["event"] == "answer"]
        return faults + ([] if [e["line"] for e in told] == ["SIP/2.0 200 OK"] else [f"answer: {told}"])
    finally:
        peer.end()


# TS 35.208 test set 1; HA1 of the example in RFC 2617 3.5
PIECES = {"MAC-A": "4a9ffac354dfafb3", "MAC-S": "01cfaf9ec4e871e9", "AK*": "451e8beca43b", "RES": "a54211d5e3ba50bf",
          "AUTN": "55f328b43577b9b94a9ffac354dfafb3", "HA1": "939e7578ed9e3c518a452acee763bce9",
          "the same SQN again": "aka_sync", "s_token2 holds": "yes", "digits of the MNC": "3",
          "Route": "<sip:192.0.2.9:5061;transport=tls;lr>", "address": "[2001:db8::1]:5061",
          "Via of the response": "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKstack", "parameter": "q=0.5",
          "contact": "sip:u@192.0.2.1?x=1&y=2", "ours": "yes, register anew: yes", "contacts of ours that are gone": "1",
          "Authorization": 'Digest username="u@h", realm="h", nonce="", uri="sip:h", response=""'}
PIECES_IK = "f769bcd751044604127672711c6d3441"     # of the same set


def pieces(suite):
    """The pure functions give what the standards' own examples say, and c_token what ims.py makes of it."""
    done = subprocess.run([program(suite, "pieces")], capture_output=True, text=True, timeout=10, check=False)
    got = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    ik = bytes.fromhex(PIECES_IK)
    due = {**PIECES, "c_token": ims.c_token(ik, ims.s_token(ik, b"a certificate"))}
    return [f"{name}: {got.get(name)}, not {value}" for name, value in due.items() if got.get(name) != value]


def says(child, *commands):
    for command in commands:
        os.write(child.process.stdin.fileno(), command.encode() + b"\n")


def shows(child, what, times=1):
    end = time.monotonic() + 10
    while child.text().count(what.encode()) < times:
        if time.monotonic() > end:
            raise RuntimeError(f"{what!r} not {times} times in {child.text()!r}")
        time.sleep(0.02)


def changes(r):
    """Another cell, another time, another network with another P-CSCF: each takes effect when it should."""
    one, other = r.suite.pcscf(r.folder), r.suite.pcscf(r.suite.folder("example changes other"))
    try:
        child = r.start(one.port(), subprocess.PIPE)
        shows(child, "registered\n")
        says(child, "cell IEEE-802.11;i-wlan-node-id=1", "expires 900", "expires 0", "nonsense", "refresh")
        until(one, lambda events: any(e["event"] == "registered" and e["refresh"] for e in events))
        says(child, f"pcscf 127.0.0.1:{other.port()}", "pcscf a,,b", "show")
        shows(child, "show: ok")
        before = child.text().decode()
        says(child, f"pcscf 127.0.0.1:{other.port()}", "moved")
        shows(child, "registered\n", 2)
        says(child, "show")
        shows(child, "show: ok", 2)
        after = child.text().decode()[len(before):]
        child.process.stdin.close()
        faults = outcome(child, 0, "expires: ok", "expires: usage", "nonsense: usage", "pcscf: usage", "deregistered")
        told = [e["expires"] for e in one.events() if e["event"] == "registered"]
        faults += [] if told == [600000, 900] else [f"asked {told}"]
        cell = "cell: IEEE-802.11;i-wlan-node-id=1"
        for text, peer in ((before, one), (after, other)):
            due = ["Security-Verify: tls", "trusted: yes, last status: 200", f"service route: <sip:orig@scscf.{REALM}",
                   f"route: <sip:127.0.0.1:{peer.port()};transport=tls;lr>", cell, f"identity: <sip:{IMPI}>"]
            faults += [f"{line} is not in {text}" for line in due if line not in text]
        return faults + ([] if "registrations: 2, losses: 1" in after else [after])
    finally:
        one.end()
        other.end()


OK, NOT_ALLOWED = "SIP/2.0 200 OK", "SIP/2.0 405 Method Not Allowed"
AFTER = {"peer-OPTIONS-3": OK, "peer-MESSAGE-3": OK, "peer-NOTIFY-3": NOT_ALLOWED}
ODD = {"peer-MESSAGE-4": OK, "peer-MESSAGE-5": NOT_ALLOWED, "peer-message-6": "SIP/2.0 501 Not Implemented",
       "peer-OPTIONS-7": OK}


def tests(suite, run_module):
    """[(title, test)]"""
    out = []

    def add(title, test):
        out.append(("example " + title, test))

    for name, check in VALUES.items():
        title = "values " + name
        add(title, lambda c=check, t=title: c(Values(suite, run_module, "example " + t), run_module))

    def registers(name, title, check, *what):
        title = f"{name} {title}"
        add(title, lambda: check(Registers(suite, run_module, "example " + title, name), *what))

    for name in ("minimal", "feed"):
        registers(name, "pcscf", with_pcscf)
        registers(name, "nobody listens", unreachable, "127.0.0.1:1")
        registers(name, "no way there", unreachable, "255.255.255.255:1")
        registers(name, "good-bye", good_bye)
        registers(name, "wrong token", with_hostile, "token-wrong", 1, rows.NEVER, "does not match")
        for case in ("drip", "chain-3"):
            registers(name, case, with_hostile, case, 0, rows.MUST, "registered", "\nderegistered\n")
        for case, leak in (("close-sm1", rows.NEVER), ("close-sm7", rows.MAY)):
            registers(name, case, with_hostile, case, 1, leak, "The connection to the server was lost.")
    for name in ("minimal", "feed", "messages", "changes"):
        registers(name, "usage", usage)
        registers(name, "wrong setting", wrong_setting)
    registers("changes", "all of them", changes)
    add("pieces", lambda: pieces(suite))
    registers("messages", "unanswered end", unanswered_end)
    registers("messages", "pcscf", options_of_pcscf)
    registers("messages", "requests", exchange, "requests-after", AFTER, [b"hello"])
    registers("messages", "odd requests", exchange, "messages-odd", ODD, [b".[2J."])
    registers("messages", "before trust", before_trust)
    return out
