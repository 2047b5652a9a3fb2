# SPDX-License-Identifier: Apache-2.0
"""softphone at the core. Each check gets the suite and fresh subscribers, and gives a list of faults."""
import glob
import os
import signal
import sys

from core import ADDRESSES, HERE, OFFERED_PORT, REALM, Process, wait_for

E2E = os.path.join(HERE, "../e2e")
REGISTRATION, RE_REGISTRATION, USER_DEREGISTRATION = 1, 2, 5      # TS 29.229 6.3.15


def has(events, name, at_least=1, **fields):
    n = sum(e["event"] == name and all(e.get(k) == v for k, v in fields.items()) for e in events)
    return [] if n >= at_least else [f"{name} {fields or ''} {n} times, not {at_least}"]


def only(events, name, times):
    n = sum(e["event"] == name for e in events)
    return [] if n == times else [f"{name} {n} times, not {times}"]


def equal(what, got, due):
    return [] if got == due else [f"{what}: {got}, not {due}"]


def exits(phone, status):
    return equal("exit", phone.process.wait(20), status)


def leaves(phone):
    """It is asked to."""
    phone.process.send_signal(signal.SIGINT)
    return exits(phone, 0)


def by_token(events):
    return has(events, "challenge", autn="ok") + has(events, "trust", by="token", s_token="ok") + \
        has(events, "agreed", mechanism="tls") + has(events, "registered", trust="token", mechanism="tls")


def assignments(suite, who):
    """Kinds of the SARs that the HSS got."""
    return [e["type"] for e in suite.core.said("sar", who.impi)]


def forgotten(suite, who):
    """The S-CSCF has no contact of his any more."""
    return ";transport=tls" not in suite.core.registration(who.impu)


def registers(suite, who):
    """The whole way: what phone, P-CSCF, S-CSCF and HSS say of it, and that nothing is left."""
    phone = suite.phone(who, "--stay", "99")
    wait_for(lambda: has(phone.events(), "registered") == [], 10, "registered")
    at_home = suite.core.registration(who.impu)
    faults = leaves(phone) + by_token(phone.events()) + has(phone.events(), "deregistered")
    told = next((e for e in phone.events() if e["event"] == "registered"), {})
    faults += equal("service_route", told.get("service_route"), [f"<sip:orig@{ADDRESSES['scscf']}:5060;lr>"])
    faults += equal("associated_uri", told.get("associated_uri"), [f"<{who.impu}>", f"<{who.tel}>"])
    faults += equal("expires", told.get("expires"), 600000)
    faults += [] if "state: registered" in at_home and who.tel in at_home else [f"at the S-CSCF: {at_home}"]
    faults += equal("P-CSCF", suite.pcscf(who), ["challenged", "c_token ok", "registered for 600000 s",
                                                 "not registered any more"])
    faults += equal("S-CSCF", suite.scscf(who), ["authenticated", "refreshed"])
    faults += equal("SAR", assignments(suite, who), [REGISTRATION, USER_DEREGISTRATION])
    wait_for(lambda: forgotten(suite, who), 10, "nothing is left at the S-CSCF")
    return faults


def refreshes(suite, who):
    """Half way through, on the same connection, without another challenge."""
    phone = suite.phone(who, "--expires", "8", "--stay", "9")
    faults = exits(phone, 0) + by_token(phone.events()) + has(phone.events(), "refreshed", 2, trust="token")
    faults += only(phone.events(), "tls", 1) + only(phone.events(), "challenge", 1)
    faults += [] if assignments(suite, who)[:3] == [REGISTRATION, RE_REGISTRATION, RE_REGISTRATION] else ["SAR"]
    return faults + equal("S-CSCF", suite.scscf(who)[:3], ["authenticated", "refreshed", "refreshed"])


def reauthenticates(suite, who):
    """The S-CSCF challenges each refresh: another AKA run on the same connection, whose s_token fits it too."""
    phone = suite.phone(who, "--expires", "8", "--stay", "5")
    faults = exits(phone, 0)
    events = phone.events()
    faults += by_token(events) + has(events, "refreshed", trust="token") + has(events, "trust", 2, s_token="ok")
    faults += only(events, "tls", 1) + only(events, "lost", 0)
    faults += equal("c_token", suite.pcscf(who).count("c_token ok"), len(suite.core.said("mar", who.impi)))
    return faults + ([] if suite.scscf(who).count("authenticated") >= 2 else ["S-CSCF: authenticated once"])


def resynchronises(suite, who):
    """The HSS forgot its sequence numbers: AUTS, which ims_auth takes to it, then a challenge that the card takes."""
    sqn = ("--sqn-file", os.path.join(suite.folder, who.impi))
    suite.core.tell("seq", who.impi, "40")
    faults = exits(suite.phone(who, *sqn), 0)
    suite.core.tell("seq", who.impi, "7")
    wait_for(lambda: len(suite.core.said("seq", who.impi)) == 2, 5, "seq")
    phone = suite.phone(who, *sqn)
    faults += exits(phone, 0) + by_token(phone.events()) + has(phone.events(), "challenge", autn="sync-failure")
    faults += has(suite.core.said("auts", who.impi), "auts", genuine=True)
    faults += equal("SEQ of each vector", [e["seq"] for e in suite.core.said("mar", who.impi)], [40, 7, 41])
    return faults + equal("S-CSCF", suite.scscf(who).count("resynchronised"), 1)


def wrong_key(suite, who):
    """A card with another K: the AUTN is not genuine for it, and nothing of an answer leaves."""
    phone = suite.phone(who, key=bytes(16))
    faults = exits(phone, 5) + has(phone.events(), "challenge", autn="mac-failure") + only(phone.events(), "trust", 0)
    faults += [f"P-CSCF: {line}" for line in suite.pcscf(who) if "c_token" in line]
    return faults + equal("SAR", assignments(suite, who), [])


def unknown(suite, who):
    """The HSS does not know him."""
    who.impi, who.impu = "nobody@" + REALM, "sip:nobody@" + REALM
    phone = suite.phone(who)
    return exits(phone, 8) + has(phone.events(), "failed", sip_status=403) + only(phone.events(), "challenge", 0)


def side_by_side(suite, one, two):
    """Two at the same time; when one leaves, the other stays."""
    phones = [suite.phone(who, "--stay", "99") for who in (one, two)]
    for phone in phones:
        wait_for(lambda p=phone: has(p.events(), "registered") == [], 10, "registered")
    faults = leaves(phones[0])
    wait_for(lambda: forgotten(suite, one), 10, "nothing is left of the first")
    faults += ["the other is gone too"] if forgotten(suite, two) else []
    return faults + leaves(phones[1]) + [f for p in phones for f in by_token(p.events())]


def sends_a_message(suite, one, two):
    """softphone to softphone, through both ways of the core; one to nobody is refused."""
    receiver = suite.phone(two, "--stay", "99")
    wait_for(lambda: has(receiver.events(), "registered") == [], 10, "registered")

    def send(to, body):
        path = os.path.join(suite.folder, "message-" + body)
        with open(path, "w", encoding="ascii") as out:
            out.write(f"MESSAGE {to} SIP/2.0\nContent-Type: text/plain\n\n{body}")
        return suite.phone(one, "--send", path)

    sender = send(two.impu, "hello")
    faults = exits(sender, 0) + has(sender.events(), "answer", sip_status=200)
    faults += has(receiver.events(), "message", body="hello") + only(receiver.events(), "message", 1)
    nobody = send(f"sip:nobody@{REALM}", "unheard")
    return faults + exits(nobody, 8) + only(receiver.events(), "message", 1) + leaves(receiver)


def man_in_the_middle(suite, who):
    """TLS of his own on both sides: the s_token is over the P-CSCF's certificate, not over his."""
    log = os.path.join(suite.folder, who.impi)
    argv = [sys.executable, "-B", os.path.join(E2E, "mitm.py"), "--upstream", f"{ADDRESSES['pcscf']}:5061",
            "--pem", os.path.join(suite.folder, "other.pem"), "--log", log]
    mitm = Process(argv, suite.folder, "mitm")
    try:
        port = wait_for(lambda: [e["port"] for e in mitm.events() if e["event"] == "ready"], 5, "mitm")[0]
        phone = suite.phone(who, at=("127.0.0.1", port))
        faults = exits(phone, 6) + has(phone.events(), "trust", by="refused", s_token="mismatch")
    finally:
        mitm.end()
    reached = b"".join(open(path, "rb").read() for path in glob.glob(log + "/conn-*"))
    faults += [] if b"REGISTER" in reached and b"c_token" not in reached else ["he got an answer, or nothing at all"]
    return faults + equal("SAR", assignments(suite, who), [])


def deregistered_by_the_network(suite, who):
    """RTR of the HSS. A phone that is told by the reg event can act at once; without it, it notices at its refresh,
    which is challenged as a new registration."""
    phone = suite.phone(who, "--no-reg-event", "--expires", "16", "--stay", "9")
    wait_for(lambda: has(phone.events(), "registered") == [], 10, "registered")
    suite.core.tell("rtr", who.impi, "0", "by", "hand")
    wait_for(lambda: forgotten(suite, who), 7, "the S-CSCF took it away")
    faults = exits(phone, 0) + has(phone.events(), "challenge", 2, autn="ok") + has(phone.events(), "refreshed")
    faults += only(phone.events(), "reg_event", 0)
    return faults + equal("SAR", assignments(suite, who)[:2], [REGISTRATION, REGISTRATION])


def told_by_reg_event(suite, who):
    """The same with the reg event: NOTIFY says that the registration is over, and the phone comes back at once."""
    phone = suite.phone(who, "--return-within", "1", "--stay", "99")
    wait_for(lambda: has(phone.events(), "reg_event", state="active", ours=True) == [], 10, "the first NOTIFY")
    suite.core.tell("rtr", who.impi, "0", "by", "hand")
    wait_for(lambda: has(phone.events(), "reg_event", 2, state="active", ours=True) == [], 10, "registered again")
    events = phone.events()
    faults = has(events, "reg_event", state="terminated") + has(events, "lost", error="deregistered")
    faults += has(events, "registered", 2) + only(events, "refreshed", 0)
    lost, back = (next(e["t_ms"] for e in events if e["event"] == name and e["t_ms"] >= since)
                  for name, since in (("lost", 0), ("registered", next(e["t_ms"] for e in events if e["event"] == "lost"))))
    faults += [] if back - lost < 3000 else [f"{back - lost} ms"]
    # Where the phone is back within some 400 ms, Kamailio's S-CSCF has not forgotten its binding yet.
    first, second = assignments(suite, who)
    faults += equal("SAR", [first, second if second != RE_REGISTRATION else REGISTRATION], [REGISTRATION, REGISTRATION])
    return faults + leaves(phone)


# -- certificates that the UE trusts by PKI


def pki(suite, who):
    """examples/kamailio/pki.cfg: no tokens, the certificate is trusted by PKI."""
    phone = suite.phone(who, *suite.ca(), "--expires", "8", "--stay", "5", at=(ADDRESSES["pki"], 5061))
    faults = exits(phone, 0) + has(phone.events(), "trust", by="pki") + has(phone.events(), "agreed", mechanism="tls")
    faults += has(phone.events(), "registered", trust="pki") + has(phone.events(), "refreshed")
    return faults + has(phone.events(), "challenge", 2)     # each REGISTER is challenged


def pki_without_agreement(suite, who):
    """The same, as UEs of today do it: no security agreement at all."""
    phone = suite.phone(who, *suite.ca(), "--sec-agree", "off", at=(ADDRESSES["pki"], 5061))
    return exits(phone, 0) + has(phone.events(), "registered", trust="pki")


def pki_is_no_token(suite, who):
    """A phone that wants a token does not answer there."""
    phone = suite.phone(who, at=(ADDRESSES["pki"], 5061))
    return exits(phone, 6) + has(phone.events(), "trust", by="refused", s_token="missing") + \
        equal("SAR", assignments(suite, who), [])


def tokens_offered(suite, who):
    """Port 5062 takes a UE of PKI without agreement, and the others with their tokens."""
    at = (ADDRESSES["pcscf"], OFFERED_PORT)
    plain = suite.phone(who, *suite.ca(), "--sec-agree", "off", "--expires", "8", "--stay", "5", at=at)
    faults = exits(plain, 0) + has(plain.events(), "registered", trust="pki") + has(plain.events(), "refreshed")
    faults += equal("P-CSCF", suite.pcscf(who)[:2], ["challenged", "c_token not due"])
    phone = suite.phone(who, at=at)
    faults += exits(phone, 0) + by_token(phone.events())
    return faults + equal("P-CSCF", suite.pcscf(who).count("c_token ok"), 1)


# Those that take long come first.
CHECKS = [deregistered_by_the_network, told_by_reg_event, refreshes, reauthenticates, tokens_offered, pki, registers, resynchronises,
          wrong_key, unknown, side_by_side, sends_a_message, man_in_the_middle, pki_without_agreement, pki_is_no_token]
