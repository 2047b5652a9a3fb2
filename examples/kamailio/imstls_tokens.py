# SPDX-License-Identifier: Apache-2.0
"""What a P-CSCF has to know about tokens, as functions of texts and octets: no Kamailio here, nothing but Python.

Header values are texts as Kamailio gives them, from UTF-8. Whatever cannot be read is a ValueError.
"""
import hashlib
import hmac
import re

KEYS = ("ik", "ck")                                      # from the S-CSCF, for the P-CSCF alone (TS 24.229 5.2.2)
OURS = ("s_token", "c_token", "integrity-protected")     # what only a P-CSCF adds, or takes off
OF_ANSWER = ("nonce", "response", "auts", "algorithm", "qop", "nc", "cnonce", "opaque")

_PARAM = re.compile(r'\s*([\w!%*+.`\'~-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s",]+)\s*(?:,|$)', re.ASCII)


# -- tokens


def mac(key, data):
    """HMAC-SHA1-96 (RFC 2404) as 24 hex digits."""
    return hmac.new(key, data, hashlib.sha1).digest()[:12].hex()


def server_token(ik, certificate):
    """s_token: with the key IK, over the certificate that the UE saw in this TLS session, in DER."""
    return mac(ik, certificate)


def client_token(ik, s_token):
    """c_token: over the 12 octets of the server token, not over its digits."""
    return mac(ik, bytes.fromhex(s_token))


def same_token(given, due):
    """24 hex digits in any case; in a time that does not depend on where they differ."""
    well_formed = re.fullmatch(r"[0-9a-fA-F]{24}", given or "") is not None
    return well_formed and hmac.compare_digest(given.lower(), due)


# -- Digest headers


def params(value):
    """[(name, value as it stands)] of "Digest name=value, ..."; a name that comes twice is an error."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise ValueError("not Digest")
    out, at = [], 0
    while at < len(rest):
        found = _PARAM.match(rest, at)
        if not found:
            raise ValueError("not a parameter")
        out.append(found.groups())
        at = found.end()
    names = [name.lower() for name, _ in out]
    if len(set(names)) != len(names):
        raise ValueError("a parameter twice")
    return out


def bare(text):
    """Without its quotes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def values(pairs):
    """{name in lower case: value without quotes}"""
    return {name.lower(): bare(text) for name, text in pairs}


def digest(pairs):
    return "Digest " + ", ".join(f"{name}={text}" for name, text in pairs)


def without(pairs, *names):
    return [pair for pair in pairs if pair[0].lower() not in names]


def fingerprint(*texts):
    """One word for them, that tells none of them."""
    out = hashlib.sha256()
    for text in texts:
        octets = text.encode("utf-8", "backslashreplace")
        out.update(len(octets).to_bytes(4, "big") + octets)
    return out.hexdigest()


class Challenge:
    """A WWW-Authenticate of the home network, as the UE gets it.

    value    without CK and IK; with s_token, if the home network gave IK and there is a certificate to make it over
    nonce
    c_token  that is due with the answer, or None
    """

    def __init__(self, value, certificate=None):
        pairs = params(value)
        given = values(pairs)
        self.nonce, self.c_token = given.get("nonce", ""), None
        pairs = without(pairs, *KEYS, *OURS)
        if certificate and "ik" in given:
            ik = bytes.fromhex(given["ik"])
            if len(ik) not in (16, 32):     # 32: IK' of AKAv2-SHA-256 (RFC 4169 3.2)
                raise ValueError("length of IK")
            s_token = server_token(ik, certificate)
            self.c_token = client_token(ik, s_token)
            pairs.append(("s_token", f'"{s_token}"'))
        self.value = digest(pairs)


class Answer:
    """An Authorization of a UE, and the public identity that it registers."""

    def __init__(self, value, impu):
        self.pairs = params(value)
        given = values(self.pairs)
        self.response, self.auts, self.c_token = (given.get(name, "") for name in ("response", "auts", "c_token"))
        self.nonce = given.get("nonce", "")
        self.who = fingerprint(given.get("username", ""), impu)

    def asked(self):
        """What it answers: this challenge to this subscriber."""
        return question(self.nonce, self.who)

    def proof(self):
        """Of this very answer. A refresh repeats it word for word, without c_token (TS 24.229 5.1.1.4)."""
        return fingerprint(self.who, *(text for pair in without(self.pairs, *OURS) for text in pair))

    def forward(self, protected):
        """What the home network gets: no token, and the way it came (TS 24.229 5.2.2)."""
        return digest(without(self.pairs, *OURS) + [("integrity-protected", '"yes"' if protected else '"no"')])

    def forward_bare(self):
        """The identity alone, as in a first REGISTER: the home network challenges."""
        kept = without(self.pairs, *OURS, *OF_ANSWER)
        return digest(kept + [("nonce", '""'), ("response", '""'), ("integrity-protected", '"no"')])


def question(nonce, who):
    return fingerprint(nonce, who)


# -- registration


def granted(contacts, expires, own):
    """Seconds that a 200 gives to the Contact URI that asked; 0 when it is not there. A registrar names them all."""
    for uri, more in re.findall(r"<([^>]*)>([^,]*)", ", ".join(contacts)):
        if uri == own:
            found = re.search(r';\s*expires\s*=\s*"?(\d{1,9})\b', more, re.I)
            return int(found.group(1) if found else expires or 0)
    return 0


# -- security agreement (RFC 3329)


def split(headers):
    """Elements of a list that may stand in several header fields."""
    return [text.strip() for header in headers for text in re.findall(r'(?:[^,"]|"[^"]*")+', header) if text.strip()]


def offers_tls(security_client):
    return any(re.match(r"tls\s*(;|$)", mechanism, re.I) for mechanism in split(security_client))


def same_list(security_verify, due):
    """Is it the list that we sent? White space and case do not count."""
    def squeeze(mechanisms):
        return [re.sub(r"\s+", "", mechanism).lower() for mechanism in mechanisms]
    return squeeze(split(security_verify)) == squeeze(split([due]))


def without_sec_agree(headers):
    """What is left of Require or Proxy-Require behind the P-CSCF."""
    return ", ".join(tag for tag in split(headers) if tag.lower() != "sec-agree")
