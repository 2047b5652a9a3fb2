# SPDX-License-Identifier: Apache-2.0
"""UEs by hand at the core: what no softphone does, and requests between UEs. As phone_checks.py."""
import os
import re
import socket
import struct
import subprocess
import threading

import ims
from core import ADDRESSES, PORT, wait_for
from phone_checks import REGISTRATION, assignments, equal, has, leaves
from ue import Subscriber
from wire import Wire

PLAIN = ["Content-Type: text/plain"]


def status(answer, due):
    line = answer.line if answer else "nothing"
    return [] if answer and answer.status == due else [f"{line}, not {due}"]


def challenged(suite, who, **more):
    """A UE that has its 401."""
    ue = Wire(who, **more)
    answer = ue.first()
    if answer is None or answer.status != 401:
        raise RuntimeError(f"SM6: {answer and answer.line}")
    ue.learn(answer)
    return ue, answer


def registered(who, **more):
    ue = Wire(who, **more)
    answer = ue.registered()
    if answer is None or answer.status != 200:
        raise RuntimeError(f"SM12: {answer and answer.line}")
    return ue


def refused(suite, who, answer, due):
    """Refused, and the home network heard nothing of it."""
    return status(answer, due) + equal("SAR", assignments(suite, who), []) + equal("S-CSCF", suite.scscf(who), [])


# -- tokens


def keys_stay_inside(suite, who):
    """The 401 has no key in it, and an s_token over the certificate of this session."""
    ue, answer = challenged(suite, who)
    faults = [f"{name} is in the 401" for name in (b"ik", b"ck") if re.search(rb"[ ,]%s\s*=" % name, answer.raw, re.I)]
    faults += equal("s_token", ue.params.get("s_token"), ims.s_token(ue.ik, ue.der))
    faults += equal("Security-Server", ue.list, "tls;q=0.1")
    return faults + [f"{key.hex()} is in the 401" for key in (ue.ik, ue.ck) if key.hex().encode() in answer.raw.lower()]


def c_token_missing(suite, who):
    ue, _ = challenged(suite, who)
    return refused(suite, who, ue.second(c_token=""), 403) + ([] if ue.ended() else ["not closed"])


def c_token_wrong(suite, who):
    ue, _ = challenged(suite, who)
    return refused(suite, who, ue.second(c_token="0" * 24), 403) + ([] if ue.ended() else ["not closed"])


def c_token_reflected(suite, who):
    """The server's own token."""
    ue, _ = challenged(suite, who)
    return refused(suite, who, ue.second(c_token=ue.params["s_token"]), 403) + ([] if ue.ended() else ["not closed"])


def c_token_in_capitals(suite, who):
    ue, _ = challenged(suite, who)
    return status(ue.second(c_token=ue.c_token().upper()), 200)


def response_wrong(suite, who):
    """The token is right, so the S-CSCF gets it, and refuses. The connection proves nothing."""
    ue, _ = challenged(suite, who)
    faults = status(ue.second(response="0" * 32), 403) + equal("SAR", assignments(suite, who), [])
    return faults + status(ue.ask("MESSAGE", who.impu, PLAIN, "x"), 403)


def response_wrong_later(suite, who):
    """Another challenge on the same connection, answered wrongly: the registration stays, and what proved it."""
    ue = registered(who)
    last = ue.last
    ue.learn(ue.first())
    faults = status(ue.second(response="0" * 32), 403)
    ue.last = last
    return faults + status(ue.again(600000), 200) + equal("S-CSCF", suite.scscf(who), ["authenticated", "refreshed"])


# -- what belongs to a connection stays there


def answer_on_another_connection(suite, who):
    """A right answer with its c_token, where it was not asked: another challenge."""
    ue, _ = challenged(suite, who)
    other = Wire(who)
    other.params, other.res, other.ik, other.list = ue.params, ue.res, ue.ik, ue.list
    answer = other.second()
    faults = refused(suite, who, answer, 401)
    fresh = answer and ue.params["nonce"] not in answer.get("www-authenticate")
    return faults + ([] if fresh else ["the same challenge"])


def refresh_on_another_connection(suite, who):
    ue = registered(who)
    other = Wire(who)
    other.last, other.list = ue.last, ue.list
    return status(other.again(600000), 401) + equal("SAR", assignments(suite, who), [REGISTRATION])


def auts_on_another_connection(suite, who):
    """A stranger who saw an AUTS cannot turn the HSS's sequence number with it."""
    ue, _ = challenged(suite, who)
    other = Wire(who)
    other.params, other.res, other.ik, other.list = ue.params, ue.res, ue.ik, ue.list
    faults = status(other.second(auts=ims.auts_make(who.card, ue.rand, 99 << 5)), 401)
    return faults + equal("AUTS at the HSS", suite.core.said("auts", who.impi), [])


def remembered(suite, ue):
    """What the P-CSCF has of the connection."""
    return suite.core.command(suite.core.pcscf, "htable.dump", "imstls").count(f":127.0.0.1:{ue.port}\n")


def same_address_later(suite, who):
    """A connection from the address of one that was registered is another one, and nothing is left of the first."""
    ue = registered(who)
    faults = equal("remembered", remembered(suite, ue), 1)
    ue.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))   # its port is free at once
    ue.close()
    wait_for(lambda: remembered(suite, ue) == 0, 10, "forgotten")
    other = Wire(who, own_port=ue.port)
    other.last, other.list, other.routes = ue.last, ue.list, ue.routes
    return faults + status(other.ask("MESSAGE", who.impu, PLAIN, "x"), 403) + status(other.again(600000), 401)


def number_of_a_connection(suite, who):
    """What is kept for an address counts for the connection alone that it was kept for."""
    ue = registered(who)
    name = f"trusted:{suite.host}:{PORT}:127.0.0.1:{ue.port}"
    suite.core.command(suite.core.pcscf, "htable.sets", "imstls", name, "123456 1 " + "0" * 64)
    return status(ue.ask("MESSAGE", who.impu, PLAIN, "x"), 403) + status(ue.again(600000), 401)


def deregistration_ends_trust(suite, who):
    ue = registered(who)
    faults = status(ue.again(0), 200) + equal("remembered", remembered(suite, ue), 0)
    return faults + status(ue.ask("MESSAGE", who.impu, PLAIN, "x"), 403)


def answer_twice(suite, who):
    """A challenge is answered once."""
    ue, _ = challenged(suite, who)
    return status(ue.second(c_token="0" * 24), 403) + status(Wire(who).first(), 401) + \
        equal("S-CSCF", suite.scscf(who), [])


def refresh_for_another(suite, thief, victim):
    """What proves one subscriber's connection registers no contact for another; the registration outlives the try."""
    registered(victim)
    ue = registered(thief)
    at_home = suite.core.registration(victim.impu)
    ue.who = victim
    faults = status(ue.again(600000), 403)   # the HSS knows that the IMPI has no such IMPU
    own, ue.last = ue.last, ue.last.replace(thief.impi, victim.impi)
    faults += status(ue.again(600000), 401) + equal("his registration", contact(suite, victim), contact_of(at_home))
    ue.who, ue.last = thief, own
    return faults + status(ue.again(600000), 200)


def answer_for_another(suite, thief, victim):
    """Nor does a challenge of one's own, with the other's identities or one of them."""
    registered(victim)
    at_home, faults = suite.core.registration(victim.impu), []
    for impi, impu, due in ((victim.impi, victim.impu, 401), (thief.impi, victim.impu, 403)):
        ue, _ = challenged(suite, thief)
        ue.who = Subscriber(impi, thief.k, thief.opc, impu)
        faults += status(ue.second(), due)
    return faults + equal("his registration", contact(suite, victim), contact_of(at_home))


def contact_of(registration):
    return re.search(r"sip:127[^;]*", registration).group(0)


def contact(suite, who):
    return contact_of(suite.core.registration(who.impu))


# -- security agreement


def security_verify_wrong(suite, who):
    ue, _ = challenged(suite, who)
    answer = ue.second(verify="tls;q=0.2")
    faults = refused(suite, who, answer, 494)
    return faults + equal("Security-Server", answer and answer.get("security-server"), "tls;q=0.1")


def security_verify_missing(suite, who):
    ue, _ = challenged(suite, who)
    return refused(suite, who, ue.second(verify=""), 494)


def no_agreement(suite, who):
    """Port 5061 wants one."""
    answer = Wire(who).first(headers=())
    return refused(suite, who, answer, 421) + equal("Require", answer and answer.get("require"), "sec-agree")


# -- what cannot be read


def odd_authorization(suite, who):
    """Each is answered, and the P-CSCF lives on."""
    faults, plain = [], f'username="{who.impi}", realm="x", nonce="", uri="x", response=""'
    for auth, due in (('username="x", username="y"', 400), ('username="x" nonce=', 400), ("=,=", 400),
                      ('username="\xff\\"', 400), (plain + ', integrity-protected="yes"', 401)):
        ue = Wire(who)
        ue.request(auth, ue.SEC)
        faults += [f"{auth[:30]}: {fault}" for fault in status(ue.answer(), due)]
    ue = Wire(who)
    ue.request(f'username="{who.impi}", nonce="", response=""', [*ue.SEC, 'Authorization: Digest username="x"'])
    return faults + status(ue.answer(), 400) + equal("SAR", assignments(suite, who), [])


# -- requests


def request_before_registration(suite, who):
    ue, _ = challenged(suite, who)
    faults = status(ue.ask("MESSAGE", who.impu, PLAIN, "x"), 403)
    return faults + status(Wire(who).ask("OPTIONS", who.impu, verify=False), 403)


def request_needs_security_verify(suite, who):
    ue = registered(who)
    return status(ue.ask("MESSAGE", who.impu, PLAIN, "x", verify=False), 494)


def request_needs_service_route(suite, who):
    """The P-CSCF's own rule, by Kamailio's reading of Route: one URI a header field."""
    ue = registered(who)
    return status(ue.ask("MESSAGE", who.impu, PLAIN, "x", routes=[]), 400)


def message(suite, one, two):
    """From UE to UE by P-, S-, I- and S-CSCF: nothing of the agreement behind the P-CSCF, the identity asserted."""
    return passed_on(one, registered(one), two, registered(two))


def pki_message(suite, one, two):
    """The same by the P-CSCF without tokens."""
    return passed_on(one, registered(one, host=ADDRESSES["pki"]), two, registered(two, host=ADDRESSES["pki"]))


def pki_claims_protection(suite, who):
    """Only a P-CSCF says that a REGISTER came protected: where it does not, the S-CSCF challenges each."""
    ue = registered(who, host=ADDRESSES["pki"])
    last, claim, faults = ue.last, 'integrity-protected="yes"', []
    for auth, due in ((last, 401), (f"{last}, {claim}", 401),
                      (last.replace(", ", " ,Integrity-Protected = yes, ", 1), 401), (f"{claim}, {last}", 400)):
        ue.last = auth
        faults += status(ue.again(600000), due)
    return faults


def passed_on(one, sender, two, receiver):
    got = []

    def receive():
        got.append(receiver.take(lambda m: m.method == "MESSAGE"))
        receiver.reply(got[0])

    thread = threading.Thread(target=receive)
    thread.start()
    faults = status(sender.ask("MESSAGE", two.impu, [*PLAIN, "P-Asserted-Identity: <sip:boss@x>"], "hello"), 200)
    thread.join()
    faults += equal("body", got[0].body, b"hello")
    faults += equal("identity", got[0].all("p-asserted-identity"), [f"<{one.impu}>"])
    return faults + [f"{n} reached the UE" for n in ("security-verify", "require", "proxy-require") if got[0].get(n)]


def message_to_softphone(suite, one, two):
    """It is told, and answered as today's softphone answers."""
    phone = suite.phone(two, "--stay", "99")
    wait_for(lambda: has(phone.events(), "registered") == [], 10, "registered")
    answer = registered(one).ask("MESSAGE", two.impu, PLAIN, "hello")
    faults = [] if answer and answer.status in (200, 405) else [f"{answer and answer.line}"]
    told = any(e["event"] == "message" and e["line"].startswith("MESSAGE ") for e in phone.events())
    return faults + ([] if told else ["not told"]) + leaves(phone)


def message_to_messages(suite, one, two):
    """The example `messages` reads it out and answers 200."""
    argv = [os.path.join(suite.examples, "messages"), two.impi, two.impi.partition("@")[2], two.k.hex(), two.opc.hex(),
            f"{suite.host}:{PORT}"]
    program = suite.core_process(argv, "messages", subprocess.PIPE)
    try:
        wait_for(lambda: "state: registered" in suite.core.registration(two.impu), 10, "messages registered")
        faults = status(registered(one).ask("MESSAGE", two.impu, PLAIN, "hello"), 200)
        program.process.stdin.close()
        faults += equal("exit", program.process.wait(10), 0)
        return faults + equal("shown", len(program.lines("message: hello")), 1)
    finally:
        program.end()


def connection_gone(suite, one, two):
    """The P-CSCF opens no connection to a UE, and takes no other for it."""
    sender, receiver = registered(one), registered(two)
    receiver.close()
    wait_for(lambda: sender.ask("MESSAGE", two.impu, PLAIN, "x").status == 430, 10, "430")
    return []


def reg_event(suite, who):
    """SUBSCRIBE to one's own registration (RFC 3680): NOTIFY at once, and when the network ends it."""
    ue = registered(who)
    asked = ["Event: reg", "Expires: 600", "Accept: application/reginfo+xml"]
    faults = status(ue.ask("SUBSCRIBE", who.impu, asked), 200)
    faults += notified(ue, who, 'state="active"')
    suite.core.tell("rtr", who.impi, "0", "by", "hand")
    return faults + notified(ue, who, 'state="terminated"')


def notified(ue, who, state):
    notify = ue.take(lambda m: m.method == "NOTIFY")
    if notify is None:
        return [f"no NOTIFY with {state}"]
    ue.reply(notify)
    faults = equal("Event", notify.get("event"), "reg")
    faults += equal("type", notify.get("content-type"), "application/reginfo+xml")
    states = dict(re.findall(r'<registration aor="([^"]*)" id="[^"]*" (state="\w+")', notify.body.decode()))
    return faults + equal("states", states, {who.impu: state, who.tel: state})


def reg_event_of_another(suite, one, two):
    registered(two)
    return status(registered(one).ask("SUBSCRIBE", two.impu, ["Event: reg", "Expires: 600"]), 403)


CHECKS = [keys_stay_inside, c_token_missing, c_token_wrong, c_token_reflected, c_token_in_capitals, response_wrong,
          response_wrong_later, answer_on_another_connection, refresh_on_another_connection, auts_on_another_connection,
          same_address_later, number_of_a_connection, deregistration_ends_trust, answer_twice, refresh_for_another,
          answer_for_another, security_verify_wrong, security_verify_missing, no_agreement, odd_authorization,
          request_before_registration, request_needs_security_verify, request_needs_service_route, message, pki_message,
          pki_claims_protection, message_to_softphone, message_to_messages, connection_gone, reg_event,
          reg_event_of_another]
