# SPDX-License-Identifier: Apache-2.0
"""Certificates: root -> leaf, and root -> middle -> chain1; of the latter bundles as a server sends them."""
import base64
import re

LEAF_LEN = 670      # octets of DER, of leaf and chain1
EXTENSIONS = {
    "leaf": "subjectAltName=DNS:pcscf1.visited.example,URI:sip:pcscf1.visited.example\nbasicConstraints=CA:FALSE\n"
            "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
            "crlDistributionPoints=URI:http://crl.visited.example/core.crl\ncertificatePolicies=2.23.140.1.2.2\n",
    "middle": "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n"}


def der_len(pem):
    return len(base64.b64decode(re.search("-{5}\n(.*?)-{5}", pem.read_text(), re.S)[1]))


def make(folder, run):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("root", "middle", "leaf"):
        run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{name}.key"])
    run(["openssl", "req", "-x509", "-new", "-key", folder / "root.key", "-days", "3650", "-subj", "/CN=bench root",
         "-out", folder / "root.pem"])

    def sign(out, key, subject, issuer, extensions):
        (folder / "extensions").write_text(extensions)
        run(["openssl", "req", "-new", "-key", folder / f"{key}.key", "-subj", subject, "-out", folder / "request"])
        run(["openssl", "x509", "-req", "-in", folder / "request", "-CA", folder / f"{issuer}.pem", "-CAkey",
             folder / f"{issuer}.key", "-CAcreateserial", "-days", "3650", "-extfile", folder / "extensions",
             "-out", folder / f"{out}.pem"])
        return folder / f"{out}.pem"

    def sign_leaf(out, issuer):
        """Of LEAF_LEN octets, by the length of its subject; that of a signature varies."""
        length = 1
        for _ in range(100):
            unit = "/OU=" + "x" * length if length > 0 else ""
            found = der_len(sign(out, "leaf", f"/O=Visited Network{unit}/CN=pcscf1.visited.example", issuer,
                                 EXTENSIONS["leaf"]))
            if found == LEAF_LEN:
                return
            length = min(64, max(1, length + LEAF_LEN - found))
        raise RuntimeError(f"no certificate of {LEAF_LEN} octets")

    sign("middle", "middle", "/CN=bench middle", "root", EXTENSIONS["middle"])
    sign_leaf("leaf", "root")
    sign_leaf("chain1", "middle")
    # certificates of 4096 octets nearly; four of them fill the longest message that mbedTLS takes
    names = ",".join(f"DNS:host-{i:03}.pcscf1.visited.example" for i in range(105))
    large = sign("large", "leaf", "/CN=pcscf1.visited.example", "middle",
                 EXTENSIONS["leaf"].replace("DNS:", f"{names},DNS:", 1))
    large.write_text(large.read_text() * 4)
    (folder / "pcscf.pem").write_text((folder / "leaf.key").read_text() + (folder / "leaf.pem").read_text())
    chain = [(folder / f"{name}.pem").read_text() for name in ("chain1", "middle", "root")]
    for count in (2, 3):
        (folder / f"chain{count}.pem").write_text("".join(chain[:count]))
