# SPDX-License-Identifier: Apache-2.0
"""KEMI script: challenges, makes s_token over Kamailio's own certificate, checks response, c_token and Security-Verify.

Each step is one line "imstls: ..." in Kamailio's log.
"""
import base64
import os
import re
import ssl
import sys

import KSR

sys.path.insert(0, os.environ["IMSTLS_E2E"])
import ims  # noqa: E402
from peer import IMPI, IMPU, K, OPC, REALM  # noqa: E402

LIST = "tls;q=0.1"
GRANTED = 2


class Pcscf:
    def __init__(self):
        self.card = ims.Milenage(K, OPC)
        self.seq = 1
        self.waiting = {}   # Call-ID: the vector that awaits its answer
        self.known = {}     # Call-ID: (nonce, response) that was accepted

    # -- what KEMI wants

    def child_init(self, rank):
        return 0

    def ksr_onsend_route(self, msg):
        return 1

    def ksr_reply_route(self, msg):
        return 1

    def ksr_request_route(self, msg):
        request = ims.Message(KSR.pv.get("$mb").encode("latin-1", "surrogateescape"))
        if request.method != "REGISTER":
            KSR.sl.send_reply(405, "Method Not Allowed")
            return 1
        try:
            self.register(request, request.auth, request.get("call-id"))
        except Exception as error:   # the test looks for it in the log
            self.log(f"broken {type(error).__name__}: {error}")
            KSR.sl.send_reply(500, "Script")
        return 1

    # -- the P-CSCF

    @staticmethod
    def log(text):
        KSR.err("imstls: " + text + "\n")

    @staticmethod
    def reply(status, reason, *headers):
        for header in headers:
            KSR.hdr.append_to_reply(header + "\r\n")
        KSR.sl.send_reply(status, reason)

    @staticmethod
    def certificate():
        """What this very TLS session showed, as Kamailio knows it."""
        pem = KSR.pv.get("$tls_my_raw_cert")
        return ssl.PEM_cert_to_DER_cert(re.search(r"-----BEGIN CERT.*?END CERTIFICATE-----", pem, re.S).group(0))

    def register(self, request, auth, call_id):
        asked = re.search(r";\s*expires\s*=\s*(\d+)", request.get("contact"), re.I)
        asked = int(asked.group(1) if asked else request.get("expires", "600000"))
        offered = ", ".join(request.all("security-client"))
        if auth.get("username") != IMPI or not re.search(r"(^|,)\s*tls\b", offered):
            self.log(f"refused {auth.get('username')} {offered}")
            return self.reply(403, "Forbidden")
        if "auts" in auth:
            return self.resync(auth, call_id)
        if not auth.get("response"):
            return self.challenge(call_id)
        if (auth.get("nonce"), auth["response"]) == self.known.get(call_id):
            return self.again(request, auth, call_id, asked)
        return self.answer(request, auth, call_id)

    def challenge(self, call_id):
        vector = self.waiting[call_id] = ims.Vector(self.card, self.seq << 5)
        self.log(f"challenged seq={self.seq}")
        self.seq += 1
        token = ims.s_token(vector.ik, self.certificate())
        return self.reply(401, "Unauthorized",
                          f'WWW-Authenticate: Digest realm="{REALM}", nonce="{vector.nonce}", algorithm=AKAv1-MD5, '
                          f'qop="auth", s_token="{token}"', f"Security-Server: {LIST}")

    def resync(self, auth, call_id):
        vector = self.waiting.get(call_id)
        good = vector and auth.get("nonce") == vector.nonce and auth.get("response") == ims.digest(b"", auth)
        sqn = ims.auts_open(self.card, vector.rand, base64.b64decode(auth["auts"])) if good else None
        if sqn is None:
            self.log("auts wrong")
            return self.reply(403, "Forbidden")
        self.seq = (sqn >> 5) + 1
        self.log("auts ok")
        return self.challenge(call_id)

    def answer(self, request, auth, call_id):
        vector = self.waiting.pop(call_id, None)
        if not vector or vector.nonce != auth.get("nonce"):
            return self.challenge(call_id)
        verify = ", ".join(request.all("security-verify")) == LIST
        response = auth["response"] == ims.digest(vector.res, auth)
        token = auth.get("c_token") == ims.c_token(vector.ik, ims.s_token(vector.ik, self.certificate()))
        word = ("wrong", "ok")
        self.log(f"verified response={word[response]} c_token={word[token]} security_verify={word[verify]}")
        if not verify:
            return self.reply(494, "Security Agreement Required", f"Security-Server: {LIST}", "Require: sec-agree")
        if not response or not token:
            return self.reply(403, "Forbidden")
        self.known[call_id] = (auth["nonce"], auth["response"])
        self.log("registered")
        return self.accept(request, GRANTED)

    def again(self, request, auth, call_id, asked):
        good = request.get("security-verify") == LIST and not {"c_token", "auts"} & set(auth)
        self.log(("refreshed" if asked else "deregistered") + (" ok" if good else " wrong"))
        if not asked:
            del self.known[call_id]
        return self.accept(request, GRANTED if asked else 0)

    def accept(self, request, expires):
        contact = re.sub(r";\s*expires\s*=\s*\d+", "", request.get("contact"))
        headers = [f"Contact: {contact};expires={expires}"] if expires else []
        return self.reply(200, "OK", *headers, f"Service-Route: <sip:scscf.{REALM};lr>",
                          f"P-Associated-URI: <{IMPU}>, <tel:+15550100>")


def mod_init():
    return Pcscf()
