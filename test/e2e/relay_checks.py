# SPDX-License-Identifier: Apache-2.0
"""The softphone behind relay.py: it never registers with the relay, and no response, RES or key is read there.

Each row: what the relay does with TLS, its tampering, exit status, name of the error. NOTICED: a list that was changed
in clear can be noticed by the real P-CSCF alone, when Security-Verify comes to it inside TLS that the relay cannot
read. It must say 494 then; the registration that follows is with that P-CSCF, on its certificate.
"""
import os
import sys

import ims
import rows

HERE = os.path.dirname(os.path.abspath(__file__))
NOTICED = {0}

TLS_FIRST = [
    # the relay's own certificate: whatever else it does, the token is not over that
    ([], 6, "s_token_mismatch"), (["token-drop"], 6, "s_token_missing"), (["token-flip"], 6, "s_token_mismatch"),
    (["token-zero"], 6, "s_token_mismatch"), (["token-twice"], 6, "s_token_doubled"), (["keys"], 6, "keys_exposed"),
    (["autn"], 5, "aka_mac"), (["rand"], 5, "aka_mac"), (["md5"], 7, "algorithm"),
    (["list-drop"], 7, "secagree_none"), (["list-digest"], 7, "bid_down"), (["list-empty"], 7, None),
    (["list-garbage"], 7, None), (["list-q"], 6, "s_token_mismatch"), (["list-reorder"], 6, "s_token_mismatch"),
    (["list-more"], 6, "s_token_mismatch"), (["mac-once", "list-later-q"], 7, "secagree_changed"),
    (["mac-once", "list-later-drop"], 7, "secagree_changed"), (["mac-once", "list-later-more"], 7, "secagree_changed"),
    (["client-drop"], {6, 7}, None), (["agree-drop"], {6, 7}, None),
    (["inject-200"], 5, "no_challenge"), (["inject-494"], 7, "secagree_loop"), (["inject-421"], 7, "secagree_loop"),
    (["inject-420"], 8, "sip_rejected"), (["inject-305"], 8, None), (["inject-407"], 8, "sip_rejected"),
]
CLEAR = [
    # SIP in clear changed, TLS copied blindly: the real certificate, the real token
    ("pass", ["token-drop"], 6, "s_token_missing"), ("pass", ["token-flip"], 6, "s_token_mismatch"),
    ("pass", ["token-twice"], 6, "s_token_doubled"), ("pass", ["autn"], 5, "aka_mac"),
    ("pass", ["md5"], 7, "algorithm"),
    ("pass", ["list-drop"], 7, "secagree_none"), ("pass", ["list-digest"], 7, "secagree_none"),
    ("pass", ["list-empty"], 7, None), ("pass", ["list-garbage"], 7, None),
    ("pass", ["list-q"], NOTICED, None), ("pass", ["list-reorder"], NOTICED, None),
    ("pass", ["list-first"], NOTICED, None), ("pass", ["list-more"], NOTICED, None),
    ("pass", ["mac-once", "list-later-q"], 7, "secagree_changed"), ("pass", ["mac-once", "list-later-drop"], 7, "secagree_changed"),
    ("pass", ["client-drop"], 7, "secagree_loop"), ("pass", ["agree-drop"], 7, "secagree_loop"),
    ("pass", ["inject-200"], 7, "unprotected"), ("pass", ["inject-494"], 7, "secagree_loop"),
    ("pass", ["inject-420"], 8, "sip_rejected"),
    # one forged answer, and the registration is what it would have been without
    ("pass", ["423-zero"], 0, None), ("pass", ["423-one"], 0, None), ("pass", ["423-more"], 0, None),
    # its own certificate
    ("own", [], 6, "s_token_mismatch"), ("own", ["token-drop"], 6, "s_token_missing"),
    ("own", ["token-zero"], 6, "s_token_mismatch"), ("own", ["list-q"], 6, "s_token_mismatch"),
    # TLS refused: nothing falls back
    ("refuse", [], 3, "connect"), ("close", [], {3, 4}, None), ("reset", [], {3, 4}, None),
    ("alert", [], 4, "tls_alert"), ("text", [], 4, None),
]

# what only datagrams suffer, and a UE gets through; the 403 comes from a port that was never asked
UDP = (["lose-register"], ["lose-401"], ["twice"], ["stranger-403"])


def reg_id_is_back(events, peer, run):
    """Gone after the forged 439, and back in the answer to the challenge and later."""
    found = ["reg-id=1" in e["message"] for e in events
             if e["event"] == "sent" and e["line"].startswith("REGISTER")]
    return [] if found == [True, False, True, True] else [f"reg-id in each REGISTER: {found}"]


class Bench:
    """A P-CSCF of the example, the relay before it, the softphone before that."""

    def __init__(self, suite, run_module, title):
        self.suite, self.run_module, self.folder = suite, run_module, suite.folder(title)

    def relay(self, pcscf, tls, tampers, pem="other.pem", replay=None, log=None):
        ready = next(e for e in pcscf.events() if e["event"] == "ready")
        argv = [sys.executable, "-B", os.path.join(HERE, "relay.py"), "--pem", self.suite.pem(pem), "--tls", tls,
                "--tls-upstream", f"127.0.0.1:{ready['port']}", "--plain-upstream", f"127.0.0.1:{ready['plain_port']}",
                "--log", log or self.folder, *(["--replay", replay] if replay else [])]
        for name in tampers:
            argv += ["--tamper", name]
        return self.run_module.Child(argv, log or self.folder, "relay")

    def phone(self, relay, flow, args, row, name):
        relay.port()
        ready = next(e for e in relay.events() if e["event"] == "ready")
        port = ready["plain_port"] if flow == "agree-first" else ready["port"]
        row.args = ["--flow", flow, "--tls-port", str(ready["port"]), "--plain-port", str(ready["plain_port"]), *args]
        run = self.suite.softphone(self.folder, port, row, name)
        relay.settle()
        return run

    def judge(self, row, run, folder, relay, tampers):
        down = b"".join(self.run_module.read_all(folder, "down"))
        found = self.run_module.re.findall(rb'nonce="([A-Za-z0-9+/=]{40,})"', down)
        nonces = [n.decode() for n in dict.fromkeys(found)]
        rands = [ims.base64.b64decode(n)[:16] for n in nonces]
        faults = self.suite.judge(row, run, [], folder, rands, nonces)
        done = {e["how"] for e in relay.events() if e["event"] == "tampered"}
        faults += [f"never tampered: {t}" for t in tampers if t not in done]
        trace = relay.error_text().decode("latin-1")
        return faults + ([f"relay: {trace[-400:]}"] if "Traceback" in trace else [])

    def one(self, flow, tls, tampers, exits, error, args=(), mechanisms="tls", pem="other.pem", leak="never",
            udp=False, check=None):
        pcscf = self.suite.pcscf(self.folder, "--listen-plain", "127.0.0.1:0", "--mechanisms", mechanisms)
        relay = None
        try:
            pcscf.port()
            relay = self.relay(pcscf, tls, tampers, pem)
            row = rows.Row("relay", exits, error, leak=leak, timeout=5, check=check)
            run = self.phone(relay, flow, list(args), row, "softphone")
            faults = self.judge(row, run, self.folder, relay, tampers)
            honest = [e for e in pcscf.events() if e["event"] == "verified"]
            whole = [e for e in honest if e.get("security_verify") == "ok" and e.get("response") == "ok"]
            if run.status == 0 and not whole:
                faults.append("registered, but not with the P-CSCF")
            granted = [e["expires"] for e in pcscf.events() if e["event"] == "registered"]
            if run.status == 0 and granted != [600000]:
                faults.append(f"registered for {granted}, not for what is configured")
            if udp and not any(e.get("udp") for e in relay.events()):
                faults.append("nothing came by UDP")
            refused = any(e.get("why") == "Security-Verify" for e in pcscf.events() if e["event"] == "refused")
            if exits is NOTICED and not refused:
                faults.append("the P-CSCF did not notice the changed list")
            return faults
        finally:
            for child in (relay, pcscf):
                if child:
                    child.end()

    def replayed(self, flow, args=()):
        """A challenge of an earlier registration: the card knows its SQN. At most an AUTS comes out."""
        pcscf = self.suite.pcscf(self.folder, "--listen-plain", "127.0.0.1:0")
        sqn, first = os.path.join(self.folder, "sqn"), os.path.join(self.folder, "first")
        os.makedirs(first, exist_ok=True)
        relays = []
        try:
            pcscf.port()
            relays.append(self.relay(pcscf, "own", [], "pcscf.pem", log=first))
            row = rows.Row("relay", 0, timeout=5)
            run = self.phone(relays[0], flow, ["--sqn-file", sqn, *args], row, "before")
            faults = [] if run.status == 0 else [f"the first run ended with {run.status}"]
            # with the P-CSCF's own certificate: nothing but the card can tell
            relays.append(self.relay(pcscf, "own", ["replay"], "pcscf.pem", os.path.join(first, "401.bin")))
            row = rows.Row("relay", 5, {"aka_repeated", "aka_sync"}, timeout=5)
            run = self.phone(relays[1], flow, ["--sqn-file", sqn, *args], row, "softphone")
            return faults + self.judge(row, run, self.folder, relays[1], ["replay"])
        finally:
            for child in [*relays, pcscf]:
                child.end()


def tests(suite, run_module):
    """[(title, test)]"""
    out = []

    def add(title, *what, **more):
        title = "relay " + title
        out.append((title, lambda: Bench(suite, run_module, title).one(*what, **more)))

    # the search finds what is there: the same relay as an honest tap
    add("tap tls-first", "tls-first", "own", [], 0, None, pem="pcscf.pem", leak="must")
    add("tap agree-first", "agree-first", "own", [], 0, None, pem="pcscf.pem", leak="must")
    add("pass agree-first", "agree-first", "pass", [], 0, None)
    two = "tls;q=0.5, digest;q=0.1"
    for tampers, exits, error in TLS_FIRST:
        add("tls-first " + ("+".join(tampers) or "certificate"), "tls-first", "own", tampers, exits, error,
            mechanisms=two if "list-reorder" in tampers else "tls")
    for tls, exits in (("refuse", 3), ("close", {3, 4}), ("reset", {3, 4}), ("alert", 4), ("text", 4)):
        add("tls-first tls " + tls, "tls-first", tls, [], exits, None)
    for tls, tampers, exits, error in CLEAR:
        add(f"clear {tls} " + "+".join(tampers), "agree-first", tls, tampers, exits, error,
            mechanisms=two if {"list-reorder", "list-first"} & set(tampers) else "tls")
    udp = ["--transport", "udp"]
    add("udp tap", "agree-first", "own", [], 0, None, udp, pem="pcscf.pem", leak="must")
    for tls, tampers, exits, error in CLEAR:
        add(f"udp {tls} " + "+".join(tampers), "agree-first", tls, tampers, exits, error, udp,
            mechanisms=two if {"list-reorder", "list-first"} & set(tampers) else "tls", udp=True)
    for tampers in UDP:
        add("udp pass " + "+".join(tampers), "agree-first", "pass", tampers, 0, None, udp, udp=True)
    add("clear pass 439-once", "agree-first", "pass", ["439-once"], 0, None, [*rows.OUTBOUND, "-v"],
        check=reg_id_is_back)
    add("clear pass 420-once", "agree-first", "pass", ["420-once"], 8, "sip_rejected", rows.OPTIONAL)
    add("clear psk only", "agree-first", "own", [], {3, 4}, None, ["--psk", "only"])
    add("udp psk only", "agree-first", "own", [], {3, 4}, None, ["--psk", "only", *udp], udp=True)
    add("clear psk allow", "agree-first", "own", ["token-drop"], 6, "s_token_missing", ["--psk", "allow"])
    for flow, args in (("tls-first", []), ("agree-first", []), ("agree-first", udp)):
        title = " ".join(["relay replay", flow, *args[1:]])
        bench = Bench(suite, run_module, title)
        out.append((title, lambda bench=bench, flow=flow, args=args: bench.replayed(flow, args)))
    return out
