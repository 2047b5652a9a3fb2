# SPDX-License-Identifier: Apache-2.0
"""The pcscf example alone against a UE by hand (ue.py): what it must refuse, and how. Used by run.py."""
import json
import os
import re
import ssl
import subprocess
import time

import ims
from ue import CARD, Ue

CHECKS = []


def check(function):
    CHECKS.append((function.__name__, function))
    return function


def der(pem):
    with open(pem, encoding="ascii") as text:
        return ssl.PEM_cert_to_DER_cert(re.search(r"-----BEGIN CERT.*?CERTIFICATE-----", text.read(), re.S).group(0))


def faults(program):
    """Names that --help lists for --fault: words of two letters and more, indented or after the option."""
    done = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5,
                          check=False)
    text = done.stdout + done.stderr
    at = text.find("--fault")
    block = re.split(r"\n\s*(?=--)", text[at:], maxsplit=1)[0] if at >= 0 else ""
    return FAULT_PARSER(block)


def FAULT_PARSER(block):
    lines = block.splitlines()[1:]
    return [m.group(1) for m in (re.match(r"\s+([a-z0-9][a-z0-9_-]+)(\s|$)", line) for line in lines) if m]


def run(suite, function, folder):
    """Starts pcscf, runs one check, ends it; the check returns faults."""
    more = getattr(function, "options", ())
    peer = suite.pcscf(folder, *more)
    try:
        return [f for f in function(peer.port(), peer) if f]
    finally:
        peer.end()


def expect(what, condition):
    return None if condition else what


def status(what, answer, wanted):
    got = answer.status if answer else "nothing"
    return None if answer and answer.status in wanted else f"{what}: got {got}, not {sorted(wanted)}"


def challenged(port):
    ue = Ue(port)
    answer = ue.first()
    assert answer is not None and answer.status == 401, f"SM1: {answer and answer.line}"
    ue.learn(answer)
    return ue, answer


def told(peer, event, **fields):
    """Did it print this event? Waits: the answer may be ahead of the line."""
    for _ in range(500):
        for e in peer.events():
            if e.get("event") == event and all(e.get(k) == v for k, v in fields.items()):
                return None
        time.sleep(0.02)
    return f"event {event} {fields} missing in {json.dumps(peer.events())[:300]}"


@check
def honest(port, peer):
    ue, answer = challenged(port)
    out = [expect("s_token", ue.params.get("s_token", "").lower() == ims.s_token(ue.ik, ue.der)),
           expect("AUTN", ue.sqn is not None), expect("algorithm", ue.params["algorithm"] == "AKAv1-MD5"),
           expect("list " + ue.list, re.search(r"(^|,)\s*tls\b", ue.list)),
           expect("ik or ck in the challenge", not {"ik", "ck"} & set(ue.params)),
           expect("RES, CK or IK in the 401", not any(x.hex() in answer.raw.decode("latin-1")
                                                      for x in (ue.res, ue.ck, ue.ik)))]
    done = ue.second()
    out += [status("SM7", done, {200})]
    if done and done.status == 200:
        out += [expect("Service-Route", done.get("service-route")),
                expect("P-Associated-URI", done.get("p-associated-uri")),
                expect("Contact of ours", f"127.0.0.1:{ue.port}" in done.get("contact")),
                status("refresh", ue.again(600), {200}), status("deregistration", ue.again(0), {200})]
    out += [told(peer, "challenged"), told(peer, "verified", response="ok", c_token="ok", security_verify="ok"),
            told(peer, "registered"), told(peer, "deregistered")]
    return out


def without_tls(port, headers):
    ue = Ue(port)
    answer = ue.first(headers)
    return [expect("no answer", answer), expect("s_token for a UE that did not offer tls", answer is None or
                                                b"s_token" not in answer.raw.lower())]


@check
def no_security_client(port, peer):
    return without_tls(port, ())


@check
def only_ipsec_offered(port, peer):
    spi = "spi-c=1000;spi-s=1001;port-c=40001;port-s=40002"
    return without_tls(port, ("Require: sec-agree", "Proxy-Require: sec-agree",
                              f"Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;{spi}"))


def bad_c_token(port, peer, make, verdict):
    ue, _ = challenged(port)
    answer = ue.second(c_token=make(ue))
    return [status("wrong c_token", answer, {403}), expect("not closed", answer is None or ue.ended()),
            told(peer, "verified", c_token=verdict), told(peer, "refused")]


@check
def c_token_wrong(port, peer):
    return bad_c_token(port, peer, lambda ue: ue.c_token()[:-1] + ("0" if ue.c_token()[-1] != "0" else "1"), "wrong")


@check
def c_token_is_s_token(port, peer):
    return bad_c_token(port, peer, lambda ue: ue.params["s_token"], "wrong")


@check
def c_token_over_text(port, peer):
    return bad_c_token(port, peer, lambda ue: ims.token(ue.ik, ue.params["s_token"].encode()), "wrong")


@check
def c_token_malformed(port, peer):
    return bad_c_token(port, peer, lambda ue: "xyz", "wrong")


@check
def c_token_missing(port, peer):
    return bad_c_token(port, peer, lambda ue: "", "missing")


@check
def response_wrong(port, peer):
    ue, _ = challenged(port)
    answer = ue.second(response="0" * 32)
    return [status("wrong response", answer, {401, 403}), told(peer, "verified", response="wrong")]


@check
def response_empty(port, peer):
    ue, _ = challenged(port)
    answer = ue.second(c_token="", response="")
    return [status("MAC failure answer", answer, {401, 403})]


@check
def security_verify_wrong(port, peer):
    ue, _ = challenged(port)
    answer = ue.second(verify="tls;q=0.7")
    return [status("wrong Security-Verify", answer, {494}), told(peer, "verified", security_verify="wrong"),
            expect("no list in the 494", answer is None or answer.status != 494 or answer.get("security-server"))]


@check
def security_verify_missing(port, peer):
    ue, _ = challenged(port)
    return [status("no Security-Verify", ue.second(verify=""), {494}),
            told(peer, "verified", security_verify="missing")]


@check
def auts(port, peer):
    ue, _ = challenged(port)
    answer = ue.second(auts=ims.auts_make(CARD, ue.rand, (5000 << 5) | 3))
    out = [status("AUTS", answer, {401})]
    if answer and answer.status == 401:
        old = ue.rand
        ue.learn(answer)
        out += [expect("same RAND after AUTS", ue.rand != old),
                expect(f"SQN {ue.sqn} not above SQNms", ue.sqn and ue.sqn >> 5 > 5000),
                status("then", ue.second(), {200})]
    return out


@check
def auts_forged(port, peer):
    ue, _ = challenged(port)
    before = ue.sqn
    answer = ue.second(auts=os.urandom(14))
    out = [expect("forged AUTS brought a 200", answer is None or answer.status != 200)]
    if answer and answer.status == 401:
        ue.learn(answer)
        out += [expect("forged AUTS moved SQN far", ue.sqn is None or ue.sqn >> 5 < (before >> 5) + 1000)]
    return out


@check
def answer_on_another_connection(port, peer):
    """A response with its c_token, stolen, works on no other connection."""
    ue, _ = challenged(port)
    thief = Ue(port)
    thief.params, thief.list, thief.res, thief.ik = ue.params, ue.list, ue.res, ue.ik
    answer = thief.second()
    return [expect("accepted on another connection", answer is None or answer.status != 200),
            status("the owner's own", ue.second(), {200, 401, 403})]


@check
def answer_again(port, peer):
    """The same Authorization on a new connection is challenged anew."""
    ue, _ = challenged(port)
    out = [status("SM7", ue.second(), {200})]
    other = Ue(port)
    other.last, other.list = ue.last, ue.list
    answer = other.again(600)
    return out + [expect("replayed Authorization accepted", answer is None or answer.status != 200)]


@check
def noise(port, peer):
    """Garbage ends its own connection, not the program."""
    for data in (os.urandom(5000), b"\0" * 70000, b"REGISTER sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
                 b"REGISTER x SIP/2.0\r\n" + b"X: y\r\n" * 50000, b"SIP/2.0 200 OK\r\n\r\n"):
        ue = Ue(port)
        try:
            ue.sock.sendall(data)
        except OSError:
            pass
        ue.close()
    ue, _ = challenged(port)
    return [status("after noise", ue.second(), {200})]


@check
def count(port, peer):
    ue, _ = challenged(port)
    out = [status("SM7", ue.second(), {200}), status("deregistration", ue.again(0), {200})]
    ue.close()
    return out + [expect("did not exit 0 after --count 1", peer.wait(time.monotonic() - peer.start + 5) == 0)]


count.options = ("--count", "1")
