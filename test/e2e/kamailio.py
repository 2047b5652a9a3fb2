# SPDX-License-Identifier: Apache-2.0
"""examples/kamailio/imstls_tokens.py against vectors.json, and against what an S-CSCF or a UE may write. Needs no
Kamailio; `make core` and `make interop` run the script inside one."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "../../examples/kamailio"))
import imstls_tokens as tokens  # noqa: E402
from imstls_tokens import Answer, Challenge  # noqa: E402

IK, CK = "f769bcd751044604127672711c6d3441", "b40ba9a3c58b2a05bbf0d987b21bf8cb"
DER = b"a certificate"
SM7 = ('Digest username="u@h", realm="h", nonce="bm9uY2U=", uri="sip:h", response="0a", algorithm=AKAv1-MD5, qop=auth, '
       'nc=00000001, cnonce="c"')


def refused(function, *arguments):
    try:
        function(*arguments)
    except ValueError:
        return True
    return False


def vectors():
    with open(os.path.join(HERE, "../vectors.json"), encoding="utf-8") as text:
        cases = json.load(text)["end_to_end"]["cases"]
    n = 0
    for name, due in ((name, due) for case in cases for name, due in case["tokens"].items() if isinstance(due, dict)):
        with open(os.path.join(HERE, "../certs", name.rpartition("_")[2] + ".der"), "rb") as der:
            certificate = der.read()
        s_token = tokens.server_token(bytes.fromhex(due["key"]), certificate)
        c_token = tokens.client_token(bytes.fromhex(due["key"]), s_token)
        assert (s_token, c_token) == (due["s_token"], due["c_token_over_raw_12_octets"]), name
        challenge = Challenge(f'Digest realm="h", nonce="n", ik="{due["key"]}"', certificate)
        assert challenge.value == f'Digest realm="h", nonce="n", s_token="{s_token}"' and challenge.c_token == c_token
        n += 1
    assert n >= 9
    return n


def challenges():
    """No key comes through, wherever and however it is written."""
    head, rest = 'Digest realm="a, ik=b", nonce="n"', 'algorithm=AKAv1-MD5, qop="auth,auth-int"'
    s_token = tokens.server_token(bytes.fromhex(IK), DER)
    due = f'{head}, {rest}, s_token="{s_token}"'
    for value in (f'{head}, {rest}, ck="{CK}", ik="{IK}"', f'{head}, ck="{CK}",ik="{IK}", {rest}',
                  f"{head}, IK={IK}, {rest}", f'{head} , iK = "{IK.upper()}" ,Ck="{CK}", {rest}',
                  f'{head}, {rest}, s_token="{"0" * 24}", ik="{IK}"',
                  f'digest  ik="{IK}", ' + due.partition(" ")[2].rpartition(", s_token")[0]):
        challenge = Challenge(value, DER)
        assert challenge.value == due and challenge.nonce == "n", challenge.value
        assert challenge.c_token == tokens.client_token(bytes.fromhex(IK), s_token)
        assert Challenge(value).value == f"{head}, {rest}" and Challenge(value).c_token is None
    assert Challenge(f"{head}, {rest}", DER).c_token is None
    for value in (f'Basic ik="{IK}"', f'{head}, ik="{IK}", ik="{IK}"', f'{head}, ik="{IK}" ck="{CK}"',
                  f'{head}, ik="{IK[2:]}"', f'{head}, ik="xy"', f'{head}, "ik"={IK}', f'{head}, ik="{IK}',
                  f'{head}, ik=""', ""):
        assert refused(Challenge, value, DER), value


def answers():
    answer = Answer(SM7 + ', c_token="ab", Integrity-Protected="yes", s_token="x"', "sip:u@h")
    assert (answer.nonce, answer.response, answer.c_token, answer.auts) == ("bm9uY2U=", "0a", "ab", "")
    assert answer.forward(True) == SM7 + ', integrity-protected="yes"'
    assert answer.forward(False) == SM7 + ', integrity-protected="no"'
    assert answer.forward_bare() == ('Digest username="u@h", realm="h", uri="sip:h", nonce="", response="", '
                                     'integrity-protected="no"')
    assert answer.asked() == tokens.question("bm9uY2U=", answer.who)
    # The refresh: word for word but for the token. Anything else proves nothing.
    assert Answer(SM7, "sip:u@h").proof() == answer.proof()
    others = [Answer(SM7, "sip:v@h")] + [Answer(SM7.replace(*words), "sip:u@h") for words in (
        ("u@h", "v@h"), ("bm9uY2U=", "bm9uY2V="), ("0a", "0b"), ("00000001", "00000002"), ('"sip:h"', '"sip:i"'),
        ("=auth", "=auth-int"))]
    assert len({a.proof() for a in [answer, *others]}) == 1 + len(others)
    assert all(a.asked() != answer.asked() for a in others[:3]) and others[3].asked() == answer.asked()
    for value in ("", "Digest username", "Basic x", SM7 + ", nonce=x", SM7 + ', x="\\"', SM7 + " y=z"):
        assert refused(Answer, value, "sip:u@h"), value


def contacts():
    """The registrar names every binding of the public identity; what counts is one's own."""
    both = ["<sip:a@h;x=y>;expires=60;q=1, <sip:b@h> ; Expires=\"7\"", "<sip:c@h>;expires=0"]
    for own, seconds in (("sip:a@h;x=y", 60), ("sip:b@h", 7), ("sip:c@h", 0), ("sip:d@h", 0), ("*", 0), ("", 0)):
        assert tokens.granted(both, "99", own) == seconds, own
    assert tokens.granted(["<sip:a@h>"], "99", "sip:a@h") == 99 and tokens.granted(["<sip:a@h>"], None, "sip:a@h") == 0
    assert tokens.granted([], "99", "sip:a@h") == 0


def comparisons():
    due = "00aabbccddeeff0123456789"
    assert tokens.same_token(due, due) and tokens.same_token(due.upper(), due)
    for given in (None, "", due[:-1], due + "0", due[:-1] + "8", due[:-1] + "\u0669", " " + due[1:], "0x" + due[2:],
                  due + "\n"):
        assert not tokens.same_token(given, due), given
    for offer in (["tls"], ["ipsec-3gpp;alg=x, TLS;q=0.1"], ["ipsec-3gpp", " tls ;q=1"]):
        assert tokens.offers_tls(offer), offer
    for offer in ([], [""], ["tlsx"], ["ipsec-3gpp;alg=tls"], ['digest;d-alg="a, tls"']):
        assert not tokens.offers_tls(offer), offer
    for verify, good in ((["tls;q=0.1"], True), (["tls ; q=0.1"], True), (["TLS;Q=0.1,"], True), (["tls"], False),
                         ([], False), (["tls;q=0.1, ipsec-3gpp"], False), (["tls;q=0.1", "tls;q=0.1"], False),
                         (["tls;q=0.2"], False)):
        assert tokens.same_list(verify, "tls;q=0.1") == good, verify
    assert tokens.without_sec_agree(["sec-agree"]) == "" and tokens.without_sec_agree(["a, Sec-Agree", "b"]) == "a, b"


def documented():
    """The lines that README.md tells to write are those of the P-CSCF that `make core` runs."""
    with open(os.path.join(HERE, "../../examples/kamailio/README.md"), encoding="utf-8") as text:
        blocks = "".join(re.findall(r"^```cfg\n(.*?)^```", text.read(), re.M | re.S))
        lines = [line.strip() for line in blocks.splitlines()]
    with open(os.path.join(HERE, "../core/pcscf.cfg"), encoding="utf-8") as text:
        used = {line.strip() for line in text}
    assert len(lines) > 10 and not [line for line in lines if line and line not in used], lines


def main():
    n = vectors()
    documented()
    challenges()
    answers()
    contacts()
    comparisons()
    print(f"kamailio.py: {n} pairs of tokens as in vectors.json; headers as they should be")


if __name__ == "__main__":
    main()
