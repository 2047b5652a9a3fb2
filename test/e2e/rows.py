# SPDX-License-Identifier: Apache-2.0
"""What run.py expects of the softphone: at each case of hostile_pcscf.py, with each --fault of the example P-CSCF, and of
--check-nonce; and the checks that rows of these tables name."""
import os
import re

from hostile_pcscf import OBEYED
import stuck_checks
from peer import IMPU, K, OPC, REALM

HERE = os.path.dirname(os.path.abspath(__file__))

# What may reach the peer. MUST: c_token and response have to be there; NEVER: nothing; MAY: the challenge was good, so
# they may; FIRST: as MUST on the first connection, NEVER on later ones. RES, CK, IK and HA1 themselves: never at all.
MUST, NEVER, MAY, FIRST = "must", "never", "may", "first"


class Row:
    """case, exits, errors (None: any), s_token of the last trust event (None: not looked at), leak, arguments, check"""

    def __init__(self, case, exits, errors=None, s_token=None, leak=NEVER, args=(), check=None, timeout=3):
        self.case, self.leak, self.args, self.check, self.timeout = case, leak, list(args), check, timeout
        self.exits = {exits} if isinstance(exits, int) else set(exits)
        self.errors = {errors} if isinstance(errors, str) else errors
        self.s_token = s_token


def good(case, args=(), check=None, timeout=8):
    return Row(case, 0, None, "ok", MUST, args, check, timeout)


# -- checks of single rows: (events of the softphone, events of the peer, run) -> list of faults


def saw(name, at_least=1, **fields):
    """The softphone told of it."""
    def check(events, peer, run):
        n = sum(e["event"] == name and all(e.get(k) == v for k, v in fields.items()) for e in events)
        return [] if n >= at_least else [f"event {name} {fields or ''} seen {n} times, not {at_least}"]
    return check


def peer_saw(name, at_least=1, at_most=999, **fields):
    def check(events, peer, run):
        n = sum(e["event"] == name and all(e.get(k) == v for k, v in fields.items()) for e in peer)
        return [] if at_least <= n <= at_most else [f"peer: {name} {fields or ''} {n} times"]
    return check


def both(*checks):
    return lambda events, peer, run: [fault for c in checks for fault in c(events, peer, run)]


def stamped(events, peer, run):
    """The request brought all that the flow demands, and the body as it was written."""
    one = next((e for e in peer if e["event"] == "request" and e["line"].startswith("MESSAGE")), {})
    ready = next(e for e in peer if e["event"] == "ready")
    due = {"line": "MESSAGE sip:bob@home.example SIP/2.0", "vias": 2, "require": "sec-agree", "identity": f"<{IMPU}>",
           "routes": [f"<sip:127.0.0.1:{ready['port']};transport=tls;lr>", f"<sip:scscf.{REALM};lr>"],
           "body": "hello, Bob\n"}
    faults = [f"{name}: {one.get(name)}, not {value}" for name, value in due.items() if one.get(name) != value]
    return faults + ([] if one.get("verify", "").startswith("tls") else [f"verify: {one.get('verify')}"]) + (
        [] if one.get("via", "").startswith("SIP/2.0/TLS 127.0.0.1:") else [f"via: {one.get('via')}"])


def quiet(events, peer, run):
    """Idle means idle: little CPU, and not much longer than --timeout."""
    faults = [] if run.cpu < 0.4 else [f"{run.cpu:.2f} s of CPU while idle"]
    return faults + ([] if run.wall < 4.5 else [f"took {run.wall:.1f} s"])


def unanswered(events, peer, run):
    """No request of the network was answered or shown."""
    faults = [f"answered: {e['line']}" for e in peer if e["event"] == "answer"]
    return faults + [f"shown: {e['line']}" for e in events if e["event"] == "message"]


def same_certificate(events, peer, run):
    """What the softphone says of the certificate is true."""
    told = [e["cert_sha256"] for e in events if e["event"] == "tls"]
    return [] if told and told == [e["sha256"] for e in peer if e["event"] == "tls"] else [f"cert_sha256: {told}"]


def each_answered(events, peer, run):
    ids = {e["call_id"] for e in peer if e["event"] == "answer"}
    due = {f"peer-{m}-3" for m in ("OPTIONS", "MESSAGE", "NOTIFY")}
    shown = " ".join(e["line"] for e in events if e["event"] == "message")
    return [f"no answer to {x}" for x in sorted(due - ids)] + \
        [f"not shown: {m}" for m in ("MESSAGE", "NOTIFY") if m not in shown]


def passed_over(why, status, reason):
    """The odd message was told and answered, what follows it was answered too, and the registration stayed."""
    return both(saw("dropped", why=why, status=status), lost(0), saw("registered"),
                peer_saw("answer", 1, 1, call_id="peer-odd", line=f"SIP/2.0 {status} {reason}"),
                peer_saw("answer", 1, 1, call_id="peer-OPTIONS-3", line="SIP/2.0 200 OK"))


def lost(times, **fields):
    def check(events, peer, run):
        n = sum(e["event"] == "lost" and all(e.get(k) == v for k, v in fields.items()) for e in events)
        return [] if n == times else [f"lost {n} times, not {times}: {[e for e in events if e['event'] == 'lost']}"]
    return check


def one_after_another(events, peer, run):
    """Nothing but the AUTS or an empty response went out, and at most three REGISTERs."""
    n = sum(e["event"] == "register" for e in peer)
    return [] if n <= 3 else [f"{n} REGISTERs"]


def asked_700000(events, peer, run):
    return [] if any("700000" in e.get("why", "") for e in peer) else ["Min-Expires not heeded"]


def imei_waits(events, peer, run):
    """Not in the first REGISTER, and in the answer."""
    sent = [b"IMEI:90420156" in m for m in run.reached.split(b"REGISTER sip:")[1:]]
    return [] if sent == [False, True, True] else [f"IMEI in each REGISTER: {sent}"]


def features(events, peer, run):
    """In the Contact of each REGISTER, outside its URI."""
    due = rb'Contact: <[^>]*>;\+g\.3gpp\.smsip;\+g\.3gpp\.icsi-ref="urn%3Aurn-7%3A3gpp-service\.ims\.icsi\.mmtel,urn%3Aother"'
    said = [bool(re.search(due, m.partition(b"\r\n\r\n")[0])) for m in run.reached.split(b"REGISTER sip:")[1:]]
    return [] if said == [True] * 3 else [f"features in each REGISTER: {said}"]


def asked(field, *values):
    """What each REGISTER said of it, in order."""
    def check(events, peer, run):
        got = [e[field] for e in peer if e["event"] == "register"]
        return [] if got == list(values) else [f"{field} of each REGISTER: {got}, not {list(values)}"]
    return check


def answered_last(events, peer, run):
    """A refresh without new challenge repeats Authorization without c_token, with Security-Verify."""
    return peer_saw("refreshed", c_token=False, auts=False, security_verify=True)(events, peer, run)


STAY = ["--stay", "3"]
OUTBOUND = ["--instance", "urn:uuid:00000000-0000-1000-8000-000a95a0e128", "--reg-id", "1"]
SEND = ["--send", os.path.join(HERE, "message.txt")]
OPTIONAL = ["--sec-agree", "optional", "--trust", "token-or-pki", "--ca", "{certs}/pcscf.crt"]
BOTH = ["--trust", "token-and-pki", "--ca", "{certs}/pcscf.crt"]
WEEK = 600000
SYNC = both(saw("challenge", autn="sync-failure"), peer_saw("auts", ok=True, empty_response=True))
BAD_TOKEN = "s_token_malformed"
JUDGED = saw("challenge", autn="ok")   # a token can be judged only with IK, so the card has run
SETTLE_S = 10
LONG = 45   # RFC 5626 4.5 wants up to 30 s before a lost flow is replaced

ROWS = [
    # the longest first
    Row("reconnect-other", 6, "s_token_mismatch", "mismatch", FIRST, ["--stay", "40"], peer_saw("connection", 2), LONG),
    Row("reconnect-replay", {5, 6}, {"aka_repeated", "aka_sync", "s_token_mismatch"}, None, FIRST, ["--stay", "40"],
        peer_saw("connection", 2), LONG),
    Row("reconnect-200", 5, "no_challenge", None, FIRST, ["--stay", "40"], peer_saw("connection", 2), LONG),
    Row("reconnect-answer", 6, "s_token_mismatch", "mismatch", FIRST, [], peer_saw("connection", 2), LONG),
    Row("reconnect-same", 0, None, "ok", MUST, ["--stay", "40"], both(saw("lost"), saw("registered", 2)), LONG),
    Row("deaf", 0, None, "ok", MUST, ["--stay", "33"], both(lost(1, error="connection"), stuck_checks.stalled), LONG),
    # honest
    good("honest", check=both(same_certificate, saw("agreed", mechanism="tls"), saw("registered", trust="token"),
                              saw("deregistered"), peer_saw("deregistered", c_token=False, security_verify=True))),
    good("honest", ["--tls-max", "1.2"], saw("tls", version="1.2")),
    good("honest", ["--no-deregister"], peer_saw("deregistered", 0, 0)),
    good("honest", ["--aka-version", "AKAv1-MD5"]),
    good("qop"), good("qop-int"), good("rspauth"), good("rsa"), good("drip"),
    good("rsa-tls12", ["--tls-max", "1.2"], saw("tls", version="1.2")), good("two-challenges"),
    good("token-upper"), good("list-two", check=peer_saw("verified", security_verify="ok")),
    good("expired"), good("future"),
    # the certificate names the address 127.0.0.1, and pcscf.example.net
    good("honest", BOTH, saw("registered", trust="token+pki")),
    good("honest", [*BOTH, "--server-name", "pcscf.example.net."], saw("registered", trust="token+pki")),
    Row("honest", 6, "pki", "not-applicable", args=[*BOTH, "--server-name", "127.0.0.2"]),
    good("refresh", STAY, both(saw("refreshed"), answered_last, saw("deregistered"))),
    good("reauth", STAY, both(peer_saw("verified", 2, c_token="ok", response="ok"), saw("challenge", 2, autn="ok"))),
    good("sqn-old", check=SYNC), good("sqn-jump", check=SYNC),
    good("mac-wrong-once", check=saw("challenge", autn="mac-failure")),
    good("escapes", ["-v"], saw("received", line="SIP/2.0 401 " + OBEYED.decode("latin-1").rstrip())),
    good("late-401"), good("double-401"), good("423-once", check=asked_700000),
    good("requests-before", STAY[:1] + ["1"], unanswered),
    good("requests-after", STAY[:1] + ["2"], each_answered),
    good("dereg-ignored", timeout=12),
    # what a stranger says of the REGISTER; the last one of each is the deregistration
    good("423-zero", check=asked("expires", WEEK, WEEK, WEEK, 0)),
    good("423-one", check=asked("expires", WEEK, WEEK, WEEK, 0)),
    Row("423-zero-endless", 8, "sip_rejected", check=asked("expires", WEEK, WEEK)),
    Row("423-for-ever", 8, "sip_rejected", check=asked("expires", WEEK)),
    good("439-forged", OUTBOUND, asked("reg_id", True, False, True, True)),
    good("439-meant", OUTBOUND, both(peer_saw("lacking", 2, 2), peer_saw("deregistered"))),
    Row("439-forged", 8, "sip_rejected", check=asked("reg_id", False)),
    Row("420-once", 8, "sip_rejected", args=[*OPTIONAL, "--server-name", "other.example"], check=asked("agreement", True)),
    good("honest", ["--instance", "URN:GSMA:IMEI:90420156-025763-0"], imei_waits),
    Row("granted-two", {0, 3}, None, "ok", MUST, ["--stay", "20"], peer_saw("refreshed", 1, 10)),
    good("honest", ["--feature", "+g.3gpp.smsip", "--feature", '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel,urn%3Aother"'],
         features),
    # a request of the user's
    good("takes-request", SEND, both(saw("answer", line="SIP/2.0 200 OK", sip_status=200), stamped,
                                     peer_saw("deregistered", 1, 1))),
    Row("refuses-request", 8, None, "ok", MUST, SEND, both(saw("answer", sip_status=486), peer_saw("deregistered", 1, 1)), 8),
    Row("swallows-request", 3, "timeout", "ok", MUST, SEND, peer_saw("deregistered", 1, 1), 45),
    # too long or malformed, once registered
    good("odd-fields", STAY[:1] + ["2"], passed_over("sip_oversized", 513, "Message Too Large")),
    good("odd-line", STAY[:1] + ["2"], passed_over("sip_oversized", 513, "Message Too Large")),
    good("odd-body", STAY[:1] + ["2"], passed_over("rx_too_long", 513, "Message Too Large")),
    good("odd-body-200k", STAY[:1] + ["2"], passed_over("rx_too_long", 513, "Message Too Large")),
    good("odd-malformed", STAY[:1] + ["2"], passed_over("sip_malformed", 400, "Bad Request")),
    good("odd-endless", STAY, both(lost(1, error="rx_too_long"), saw("registered", 2), saw("dropped", why="rx_too_long"),
                                   peer_saw("answer", call_id="peer-OPTIONS-3"))),
    good("odd-unframed", STAY, both(lost(1, error="sip_malformed"), saw("registered", 2))),
    # tokens
    Row("token-missing", 6, "s_token_missing", "missing"),
    Row("token-wrong", 6, "s_token_mismatch", "mismatch", check=JUDGED),
    Row("token-zero", 6, "s_token_mismatch", "mismatch", check=JUDGED),
    Row("token-other-cert", 6, "s_token_mismatch", "mismatch", check=JUDGED),
    Row("token-of-ck", 6, "s_token_mismatch", "mismatch", check=JUDGED),
    Row("token-is-c", 6, "s_token_mismatch", "mismatch", check=JUDGED),
    Row("token-doubled", 6, "s_token_doubled"),
    Row("token-doubled-wrong", 6, "s_token_doubled"),
    Row("token-short", 6, BAD_TOKEN, "malformed"),
    Row("token-long", 6, BAD_TOKEN, "malformed"),
    Row("token-not-hex", 6, BAD_TOKEN, "malformed"),
    Row("token-empty", 6, {BAD_TOKEN, "s_token_missing"}),
    Row("keys-ik", 6, "keys_exposed"),
    Row("keys-ck", 6, "keys_exposed"),
    Row("reauth-wrong-token", 6, "s_token_mismatch", "mismatch", MAY, ["--stay", "6"],
        both(saw("registered"), peer_saw("verified", 1, 1)), 8),
    # AKA and digest
    Row("mac-wrong", 5, "aka_mac", check=one_after_another),
    Row("sqn-old-forever", 5, "aka_sync", check=both(one_after_another, saw("challenge", autn="sync-failure"))),
    Row("mac-and-token-wrong", 5, "aka_mac", check=both(one_after_another, saw("challenge", autn="mac-failure"))),
    Row("sqn-and-token-wrong", 6, "s_token_mismatch", "mismatch", check=SYNC),
    Row("repeat-untrusted", 5, "aka_repeated"),
    Row("repeat-answered", 5, "aka_repeated", leak=MAY),
    Row("challenges-endless", 8, "sip_challenges", leak=MAY),
    Row("md5", 7, "algorithm"),
    Row("algorithm-unknown", 7, "algorithm"),
    Row("nonce-short", 7, "challenge"),
    Row("rspauth-wrong", 5, "rspauth", leak=MAY),
    # SIP
    Row("header-1mb", 9), Row("headers-100k", 9), Row("line-endless", 9),
    Row("length-long", 3), Row("length-huge", 9), Row("length-overflow", 9), Row("length-negative", 9),
    Row("length-two", {3, 9}), Row("length-text", {3, 9}),
    Row("nul-line", {3, 9}), Row("nul-reason", {0, 3, 9}, leak=MAY), Row("nul-header", {0, 3, 9}, leak=MAY),
    Row("nul-nonce", {3, 5, 7, 9}), Row("nul-token", {3, 6, 9}), Row("nul-call-id", {3, 9}),
    Row("status-big", {3, 9}), Row("quote-open", {3, 6, 7, 9}),
    Row("wrong-call-id", 3, check=saw("dropped", why="call_id", count=1)),
    Row("wrong-cseq", 3, check=saw("dropped", why="cseq")), Row("wrong-cseq-method", {3, 9}),
    Row("wrong-branch", 3, check=saw("dropped", why="via")), Row("two-via", 3, check=saw("dropped", why="via")),
    Row("no-cseq", {3, 9}),
    Row("garbage", 9), Row("garbage-early", 9), Row("http", 9),
    Row("not-bound", 8, "sip_not_bound", leak=MAY, check=peer_saw("deregistered", 1, 1)),
    Row("route-too-long", 9, "route_too_long", leak=MAY, check=peer_saw("deregistered", 1, 1)),
    good("contact-stray-colon", check=saw("registered", expires=600000)),
    good("contact-no-expires", check=saw("registered", expires=600000)),
    good("contact-rewritten", check=saw("registered", expires=600000)),
    good("contact-odd", check=both(saw("registered", expires=600000, associated_uri=["<sip:a@b>"], service_route=["<sip:r@h;lr>"]),
                                   saw("policy", verdict="3 entries of the 200 cannot be read"))),
    good("identities-39", check=saw("policy", error="route_too_long")),
    good("auth-odd"), good("list-odd"),
    *(good("list-none", ["--sec-agree", word]) for word in ("optional", "off")),
    *(Row("token-missing", 6, "s_token_missing", "missing", args=["--sec-agree", word]) for word in ("optional", "off")),
    # TLS and TCP
    Row("alert", 4), Row("plain-text", 4), Row("plain-noise", 4), Row("short-key", 4, "tls_cert"),
    # what stands behind the end entity: borne, and cheap
    good("long"), good("long-tls12"), good("chain-3"), good("chain-3-tls12"), good("chain-bad"), good("chain-bad-tls12"),
    Row("chain-11", 4, "tls_cert", check=quiet), Row("chain-11-tls12", 4, "tls_cert", check=quiet),
    Row("chain-8192", 4, "tls_cert", check=quiet), Row("chain-8192-tls12", 4, "tls_cert", check=quiet),
    Row("flood-alerts", 4, "tls", check=quiet), Row("flood-alerts-small", {3, 4}, check=quiet),
    Row("garbage-records", {3, 4}), Row("close-tcp", {3, 4}), Row("close-hello", 4), Row("reset-hello", {3, 4}),
    Row("close-handshake", 3), Row("close-sm1", 3), Row("reset-sm1", 3), Row("close-half-401", 3),
    Row("close-401", 3, leak=MAY), Row("close-sm7", 3, leak=MAY), Row("reset-sm7", 3, leak=MAY),
    Row("close-half-200", 3, leak=MAY), Row("close-200", {0, 3}, leak=MAY, check=saw("registered")),
    # nothing comes
    Row("silent-tcp", 3, check=quiet), Row("silent", 3, check=quiet), Row("silent-slow", 3, check=quiet),
    Row("100-forever", 3, check=quiet), Row("requests-only", 3, check=both(quiet, unanswered)),
    # other answers before trust
    Row("200-first", 5, "no_challenge"),
    Row("403", 8, "sip_rejected"), Row("403-escapes", 8, "sip_rejected"), Row("404", 8, "sip_rejected"), Row("500", 8, "sip_rejected"),
    Row("600", 8, "sip_rejected"), Row("302", 8, "sip_rejected"), Row("305", 8), Row("420", 8),
    Row("503-retry-after", {8, 9}), Row("403-retry-after", {8, 9}), Row("423-huge", {8, 9}), Row("423-endless", 8),
    Row("421", 7, "secagree_loop", check=one_after_another), Row("494", 7, "secagree_loop", check=one_after_another),
    Row("494-without-tls", 7),
    # security agreement
    Row("list-without-tls", 7, "bid_down"), Row("list-digest", 7, "bid_down"),
    Row("list-none", 7, "secagree_none"), Row("list-malformed", 7, {"secagree_malformed", "bid_down"}),
    Row("list-changed", 7, "secagree_changed"), Row("list-grown", 7, "secagree_changed"),
]

# --check-nonce with set 1 of TS 35.208 (vectors.json, end_to_end "basic"): keys, exit status, verdict
NONCE = "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg="
OP = "cdc202d5123e20f62b6d676ac72cb318"
NONCES = [
    (["--opc", OPC.hex()], 0, "good"), (["--op", OP], 0, "good"), (["--opc", OP], 10, "op-for-opc"),
    (["--op", OPC.hex()], 10, "opc-for-op"), (["--k", OPC.hex(), "--opc", K.hex()], 10, "swapped"),
    (["--k", "00" * 16, "--opc", OPC.hex()], 10, "keys"), (["--opc", OPC.hex(), "--expect-amf", "0000"], 5, "amf"),
    (["--opc", OPC.hex(), "--sqn-file", "FILE"], 5, "stale-sqn"),
]

# --fault of the example P-CSCF: exit statuses, and may a response or c_token have reached it?
FAULTS = {
    "s-token-missing": (6, NEVER), "s-token-wrong": (6, NEVER), "s-token-other-cert": (6, NEVER),
    "s-token-doubled": (6, NEVER), "s-token-malformed": (6, NEVER), "keys-left-in": (6, NEVER),
    "mac-wrong": (5, NEVER), "sqn-old": (0, MUST), "sqn-old-for-ever": (5, NEVER), "challenge-repeated": (5, NEVER),
    "ok-at-once": (5, NEVER), "rspauth-wrong": (5, MUST), "plain-md5": (7, NEVER), "no-tls-in-list": (7, NEVER),
    "flow-failed-430": (0, MUST), "no-list": (7, NEVER), "list-changes": (7, MAY), "agree-494": (7, NEVER), "agree-421": (7, NEVER),
    "reject-403": (8, NEVER), "reject-404": (8, NEVER), "unavailable-503": (8, NEVER), "too-brief-423": (8, NEVER),
    "silent": (3, NEVER), "close-after-401": (3, MAY), "close-after-sm7": (3, MAY), "garbage": (9, NEVER),
    # seen through the tap, which has completed its own handshake by then; hostile_pcscf.py shows them bare
    "tls-alert": (3, NEVER), "plain-text": (3, NEVER), "raw-messages": (0, MUST),
}
