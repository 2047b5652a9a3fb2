# SPDX-License-Identifier: Apache-2.0
"""s_token2: each policy of the softphone x (right, wrong, missing, stripped after a pin), with bindings that OpenSSL
works out (token2.py) and with the pcscf example's, in TLS 1.2 and in what the build has. Used by run.py."""
import os
import ssl
import subprocess

import pcscf_checks
import rows
import token2
from peer import IMPI
from ue import Ue

POLICIES = ("off", "allowed", "required", "pinned")
# --fault of the pcscf example that only --token2 gives a meaning
FAULTS = {"s-token2-wrong": "s_token2_mismatch", "s-token2-missing": "s_token2_missing",
          "s-token2-session": "s_token2_mismatch"}
NAME = ["--server-name", "PCSCF.Example.NET"]
NO_EMS = 1    # SSL_OP_NO_EXTENDED_MASTER_SECRET


def policy(name, folder):
    pins = ["--token2-pins", os.path.join(folder, "pins")] if name == "pinned" else []
    return [] if name == "off" else ["--token2", name, *pins]


class Bench:
    def __init__(self, suite, run_module, title):
        self.suite, self.run, self.title, self.folder = suite, run_module, title, suite.folder(title)

    def hostile(self, case, name, error=None, more=(), check=None):
        """Against the peer in Python: what reached it is searched."""
        args = policy(name, self.folder) + list(more)
        if not error:
            return self.suite.hostile(rows.good(case, args, check), self.title)
        return self.suite.hostile(rows.Row(case, 6, error, args=args, check=check), self.title)

    def example(self, name, error=None, peer_args=(), judged=None, more=(), status=6):
        """Against the example, which judges c_token2 itself."""
        pcscf = self.suite.pcscf(self.folder, *peer_args)
        try:
            row = rows.Row("", status if error else 0, error, leak=rows.MAY, timeout=5,
                               args=policy(name, self.folder) + list(more))
            run = self.suite.softphone(self.folder, pcscf.port(), row)
            faults = self.suite.judge(row, run, [], self.folder, [], [])
            seen = [e for e in pcscf.events() if e["event"] == "verified"]
            told = [e.get("c_token2", "-") for e in seen]
            return faults + ([] if told == ([judged] if judged else []) else [f"verified: {seen}, not {judged}"])
        finally:
            pcscf.end()

    def pin(self):
        """Missing before the first success: taken. Then it is due, in every form of stripping."""
        on = ["--token2", "exporter"]
        faults = self.example("pinned", None, [], "-")
        faults += ["pinned without a success"] if os.path.exists(os.path.join(self.folder, "pins")) else []
        faults += self.example("pinned", None, on, "ok")
        faults += self.example("pinned", "s_token2_missing", [])
        faults += self.example("pinned", "s_token2_missing", on + ["--fault", "s-token2-missing"])
        faults += self.example("pinned", "s_token2_mismatch", on + ["--fault", "s-token2-wrong"])
        faults += self.example("pinned", None, on, "ok")
        with open(os.path.join(self.folder, "pins"), encoding="ascii") as pins:
            text = pins.read()
        return faults + ([] if text.count("\n") == 1 else [f"pins: {text!r}"])

    def stolen_key(self, binding, name, error):
        """A relay with the P-CSCF's own certificate and key: s_token is right there, the session is another."""
        pcscf = self.suite.pcscf(self.folder, "--token2", binding)
        try:
            row = rows.Row("", 6 if error else 0, error, leak=rows.NEVER if error else rows.MUST, timeout=5,
                               args=policy(name, self.folder))
            return self.suite.tapped(row, self.folder, pcscf.port(), self.suite.pem("pcscf.pem"))[0]
        finally:
            pcscf.end()

    def judged_by_hand(self, wanted, options, name, change=None):
        """A UE by hand: is s_token2 of the example what OpenSSL says it must be, and what does it take for c_token2?"""
        pcscf = self.suite.pcscf(self.folder, "--token2", wanted)
        try:
            ue = Ue(pcscf.port(), name=name, options=options)
            ue.learn(ue.first())
            cb = token2.EXPORTER if wanted == "exporter" and not options & NO_EMS else token2.END_POINT
            key = token2.derive(ue.ck, ue.ik, ue.rand, IMPI, name or "")
            value = token2.binding(cb, ue.sock, ue.der)
            due = {side: token2.token(key, side, cb, value, ue.der) for side in ("server", "client")}
            faults = [] if ue.params.get("cb") == cb else [f"cb: {ue.params.get('cb')}, not {cb}"]
            faults += [] if ue.params.get("s_token2") == due["server"] else ["s_token2 is not what OpenSSL's data give"]
            answer = {"c_token2": due["client"], "cb": cb}
            answer = change(answer, due) if change else answer
            status = ue.second(more=answer).status
            verdict = "ok" if not change else "missing" if not answer else "wrong"
            faults += [] if status == (403 if verdict == "wrong" else 200) else [f"status {status}"]
            return faults + [f for f in [pcscf_checks.told(pcscf, "verified", c_token2=verdict)] if f]
        finally:
            pcscf.end()

    def in_clear(self):
        """Neither session nor server name is known: no s_token2."""
        pcscf = self.suite.pcscf(self.folder, "--token2", "end-point", "--listen-plain", "127.0.0.1:0")
        try:
            pcscf.port()
            plain = next(e for e in pcscf.events() if e["event"] == "ready")["plain_port"]
            ue = Ue(plain, tls=False)
            ue.learn(ue.first())
            return [] if "s_token" in ue.params and "s_token2" not in ue.params else [f"params: {ue.params}"]
        finally:
            pcscf.end()

    def needs_option(self, fault):
        argv = [self.suite.args.pcscf, "--impi", IMPI, "--k", "0" * 32, "--opc", "0" * 32, "--fault", fault]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
        return [] if done.returncode == 2 else [f"exit {done.returncode}, not 2"]


# What the UE by hand answers instead of the right c_token2.
CHANGES = {
    "none": lambda answer, due: {},
    "server's": lambda answer, due: {**answer, "c_token2": due["server"]},
    "digit": lambda answer, due: {**answer, "c_token2": f"{int(due['client'], 16) ^ 1:032x}"},
    "short": lambda answer, due: {**answer, "c_token2": due["client"][:30]},
    "without cb": lambda answer, due: {"c_token2": due["client"]},
    "other cb": lambda answer, due: {**answer, "cb": "tls-unique"},
}


def tests(suite, run_module):
    """[(title, test)]"""
    out = []

    def add(title, method, *what, **more):
        title = "token2 " + title
        out.append((title, lambda: getattr(Bench(suite, run_module, title), method)(*what, **more)))

    old, saw = ["--tls-max", "1.2"], rows.saw
    for name in POLICIES[1:]:
        for case in ("token2-exporter", "token2-end-point"):
            add(f"{name} {case}", "hostile", case, name)
            add(f"{name} {case} 1.2", "hostile", case, name, None, old, saw("tls", version="1.2"))
        add(f"{name} right for a name", "hostile", "token2-exporter", name, None, NAME)
        for case in ("token2-wrong", "token2-of-client", "token2-other-cb", "token2-unknown-cb"):
            add(f"{name} {case}", "hostile", case, name, "s_token2_mismatch")
        add(f"{name} wrong 1.2", "hostile", "token2-wrong", name, "s_token2_mismatch", old)
        add(f"{name} token2-alone", "hostile", "token2-alone", name, "s_token_mismatch")
        add(f"{name} missing", "hostile", "honest", name, "s_token2_missing" if name == "required" else None)
    add("sha384", "hostile", "token2-sha384", "required")
    add("off right", "hostile", "token2-unasked", "off")
    add("off wrong", "hostile", "token2-wrong-unasked", "off")
    for binding in ("exporter", "end-point"):
        on = ["--token2", binding]
        for name in POLICIES:
            judged = "missing" if name == "off" else "ok"
            add(f"pcscf {binding} {name}", "example", name, None, on, judged)
            add(f"pcscf {binding} {name} 1.2", "example", name, None, on, judged, old)
            for fault, error in FAULTS.items():
                bad = error if name == "required" or (name != "off" and "missing" not in error) else None
                taken = None if bad else "missing"
                add(f"pcscf {binding} {name} {fault}", "example", name, bad, on + ["--fault", fault], taken)
        for n, server_name in enumerate((None, "PCSCF.Example.NET")):
            add(f"pcscf alone {binding} {n}", "judged_by_hand", binding, 0, server_name)
            add(f"pcscf alone {binding} {n} 1.2", "judged_by_hand", binding, ssl.OP_NO_TLSv1_3, server_name)
        for what, change in CHANGES.items():
            add(f"pcscf alone {binding} c_token2 {what}", "judged_by_hand", binding, 0, None, change)
        for name in POLICIES:
            add(f"stolen key {binding} {name}", "stolen_key", binding, name,
                "s_token2_mismatch" if binding == "exporter" and name != "off" else None)
    add("pcscf alone without extended master secret", "judged_by_hand", "exporter", NO_EMS | ssl.OP_NO_TLSv1_3, None)
    add("pin", "pin")
    add("in clear", "in_clear")
    for fault in FAULTS:
        add(f"{fault} needs --token2", "needs_option", fault)
    return out
