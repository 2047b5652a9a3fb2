# SPDX-License-Identifier: Apache-2.0
"""IMS AKA over TLS with tokens at a P-CSCF of Kamailio: what tokens.cfg calls. README.md says how to use it.

What is remembered is in the htable "imstls", which all processes share, by the two addresses of the TCP connection.
Each text begins with Kamailio's number of the connection: the next one from the same address is another.
  pending:ADDRESSES   the challenge that was sent last: "NUMBER AGREED QUESTION C_TOKEN [QUESTION C_TOKEN]..."
  trusted:ADDRESSES   the answer that proved the connection: "NUMBER AGREED PROOF"
AGREED is 1 where the UE agreed on TLS by RFC 3329, C_TOKEN "-" where none is due.
"""
import re
import ssl

import KSR

from imstls_tokens import Answer, Challenge, granted, offers_tls, question, same_list, same_token, without_sec_agree

TABLE = "imstls"
AGREED = "tls;q=0.1"       # our Security-Server
PENDING_S = 240            # reg-await-auth (TS 24.229 7.8)
LATER_S = 30               # how much longer than the registration a connection is trusted


# -- Kamailio


def headers(name):
    """Values of all header fields of this name."""
    out = []
    while (value := KSR.hdr.get_idx(name, len(out))) is not None:
        out.append(value)
    return out


def replace(name, value):
    KSR.hdr.remove(name)
    if value:
        KSR.hdr.append(f"{name}: {value}\r\n")


class Connection:
    """That of this request, or of the request that is answered."""

    def __init__(self, addresses, number):
        self.addresses, self.number = addresses, number

    @classmethod
    def here(cls):
        addresses = ":".join(str(KSR.pv.get(name)) for name in ("$Ri", "$Rp", "$si", "$sp"))   # as in tokens.cfg
        return cls(addresses, str(KSR.pv.get("$conid")))

    @classmethod
    def of_request(cls):
        return cls(KSR.pv.get("$avp(imstls_addresses)"), KSR.pv.get("$avp(imstls_number)"))

    def keep(self):
        """For of_request() when the answer comes."""
        KSR.pv.sets("$avp(imstls_addresses)", self.addresses)
        KSR.pv.sets("$avp(imstls_number)", self.number)

    def remember(self, what, words, seconds):
        KSR.htable.sht_sets(TABLE, what + self.addresses, " ".join([self.number, *words]))
        KSR.htable.sht_setex(TABLE, what + self.addresses, seconds)

    def recall(self, what):
        """The words; none when there is nothing."""
        number, *words = (KSR.htable.sht_get(TABLE, what + self.addresses) or "-").split()
        return words if number == self.number else []

    def forget(self, what):
        KSR.htable.sht_rm(TABLE, what + self.addresses)

    def log(self, text):
        KSR.notice(f"imstls: connection {self.number}: {text}\n")


def certificate():
    """What this TLS session showed the UE, in DER."""
    pem = KSR.pv.get("$tls_my_raw_cert") or ""
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.S)
    if not found:
        raise ValueError("no certificate")
    return ssl.PEM_cert_to_DER_cert(found.group(0))


def refuse(status, reason, *more):
    """Answers this request, unless it is an ACK; false, so that the script can end."""
    if KSR.is_ACK():
        return -1
    for line in more:
        KSR.hdr.append_to_reply(line + "\r\n")
    KSR.sl.send_reply(status, reason)
    return -1


def guarded(fail):
    """Nothing that anybody sends may end in an exception, and what breaks fails closed."""
    def around(method):
        def run(self, message, *arguments):
            try:
                return method(self, *arguments)
            except Exception as error:
                KSR.notice(f"imstls: broken: {type(error).__name__}: {error}\n")
                return fail()
        return run
    return around


def unreadable():
    return refuse(400, "Bad Request")


def no_challenge():
    """No key leaves, and the UE has to begin anew."""
    KSR.hdr.remove("WWW-Authenticate")
    return 1


# -- the P-CSCF


class Tokens:
    """Methods are those that python_exec() names; each gives 1 to go on, -1 when the request was answered."""

    def child_init(self, rank):
        return 0

    @guarded(unreadable)
    def imstls_register(self, mode):
        """A REGISTER of a UE on TLS. `mode` "required": who does not offer tls in Security-Client is turned away;
        "offered": he goes on without tokens, and has to trust the certificate in another way."""
        agreed = offers_tls(headers("Security-Client"))
        if mode != "offered" and not agreed:
            return refuse(421, "Extension Required", "Require: sec-agree")
        authorization = headers("Authorization")
        if len(authorization) != 1:
            return refuse(400, "One Authorization")
        answer, conn = Answer(authorization[0], KSR.pv.get("$tu")), Connection.here()
        conn.keep()
        KSR.pv.sets("$avp(imstls_who)", answer.who)
        KSR.pv.sets("$avp(imstls_contact)", KSR.pv.get("$(ct{nameaddr.uri})") or "")
        KSR.pv.sets("$avp(imstls_cert)", certificate().hex() if agreed else "-")
        forward = self.judge(answer, conn)
        if not forward:
            return -1
        replace("Authorization", forward)
        self.end_agreement()
        return 1

    def judge(self, answer, conn):
        """The Authorization that goes on; None when the request was answered."""
        agreed, *due = conn.recall("pending:") or ["0"]
        due = dict(zip(due[::2], due[1::2]))
        if answer.auts and answer.asked() in due:
            return answer.forward(False)
        if answer.response and answer.asked() in due:
            conn.forget("pending:")
            return self.prove(answer, agreed, due[answer.asked()], conn)
        agreed, proof = conn.recall("trusted:") or ("0", "")
        if answer.response and answer.proof() == proof:
            return self.accept(answer, agreed, conn)
        # An answer to what was not asked on this connection proves nothing of it, and the home network would take it.
        return answer.forward_bare()

    def prove(self, answer, agreed, due, conn):
        if due != "-" and not same_token(answer.c_token, due):
            conn.log("c_token " + ("wrong" if answer.c_token else "missing"))
            KSR.set_reply_close()
            refuse(403, "c_token")
            return None
        conn.log("c_token " + ("ok" if due != "-" else "not due"))
        return self.accept(answer, agreed, conn)

    def accept(self, answer, agreed, conn):
        if not self.verified(agreed, conn):
            return None
        KSR.pv.sets("$avp(imstls_proof)", f"{agreed} {answer.proof()}")
        return answer.forward(True)

    @staticmethod
    def verified(agreed, conn):
        """RFC 3329 2.4: Security-Verify has to be the list that was sent. Otherwise the request was answered."""
        if agreed == "0" or same_list(headers("Security-Verify"), AGREED):
            return True
        conn.log("Security-Verify wrong")
        refuse(494, "Security Agreement Required", "Security-Server: " + AGREED, "Require: sec-agree")
        return False

    @staticmethod
    def end_agreement():
        """The security agreement ends at this hop."""
        for name in ("Security-Client", "Security-Verify"):
            KSR.hdr.remove(name)
        for name in ("Require", "Proxy-Require"):
            tags = headers(name)
            if tags:
                replace(name, without_sec_agree(tags))

    @guarded(no_challenge)
    def imstls_reply(self):
        """An answer to such a REGISTER."""
        status, conn = KSR.pv.get("$rs"), Connection.of_request()
        if status == 401:
            self.challenge(conn)
        elif 200 <= status < 300:
            self.settle(conn)
        return 1

    @staticmethod
    def challenge(conn):
        """Takes CK and IK out, and puts s_token in where the UE agreed on TLS."""
        cert, who = KSR.pv.get("$avp(imstls_cert)"), KSR.pv.get("$avp(imstls_who)")
        agreed = cert != "-"
        der = bytes.fromhex(cert) if agreed else None
        challenges = [Challenge(value, der) for value in headers("WWW-Authenticate")]
        KSR.hdr.remove("WWW-Authenticate")
        for challenge in challenges:
            KSR.hdr.append(f"WWW-Authenticate: {challenge.value}\r\n")
        if agreed:
            KSR.hdr.append(f"Security-Server: {AGREED}\r\n")
        due = [(question(c.nonce, who), c.c_token or "-") for c in challenges if c.c_token or not agreed]
        if not due:
            return conn.log("no IK from the home network, so no s_token")
        conn.remember("pending:", [str(int(agreed)), *(word for pair in due for word in pair)], PENDING_S)
        return conn.log("challenged")

    @staticmethod
    def settle(conn):
        """A 2xx: the connection is trusted as long as the registration that proved it. Other answers change nothing."""
        proof = KSR.pv.get("$avp(imstls_proof)")
        if not proof:
            return
        lives = granted(headers("Contact"), KSR.pv.get("$hdr(Expires)"), KSR.pv.get("$avp(imstls_contact)"))
        if lives:
            conn.remember("trusted:", proof.split(), lives + LATER_S)
            conn.log(f"registered for {lives} s")
        else:
            conn.forget("trusted:")
            conn.log("not registered any more")

    @guarded(unreadable)
    def imstls_request(self):
        """Any other request of a UE on TLS."""
        conn = Connection.here()
        trusted = conn.recall("trusted:")
        if not trusted:
            return refuse(403, "Register First")
        if not KSR.is_method_in("AC") and not self.verified(trusted[0], conn):
            return -1
        self.end_agreement()
        return 1


def mod_init():
    return Tokens()
