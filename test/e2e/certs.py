# SPDX-License-Identifier: Apache-2.0
"""Certificates for the test peers: `python3 certs.py DIR` writes NAME.crt, NAME.key and both in NAME.pem.

Needs python3-cryptography.
"""
import datetime
import os
import sys

# name: key, first day, last day (relative to today)
KINDS = {
    "pcscf": ("ec", -1, 30),
    "other": ("ec", -1, 30),
    "expired": ("ec", -400, -30),
    "future": ("ec", 300, 400),
    "sha384": ("ec", -1, 30),
    "rsa": ("rsa2048", -1, 30),
    "short": ("rsa1024", -1, 30),
}


def make(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    now = datetime.datetime.utcnow()
    for name, (kind, first, last) in KINDS.items():
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else \
            rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}.example.net")])
        cert = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now + datetime.timedelta(days=first))
                .not_valid_after(now + datetime.timedelta(days=last))
                .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"{name}.example.net")]), False)
                .sign(key, hashes.SHA384() if name == "sha384" else hashes.SHA256()))
        public = cert.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption())
        for ending, text in ((".crt", public), (".key", private), (".pem", public + private)):
            with open(os.path.join(folder, name + ending), "wb") as out:
                out.write(text)


if __name__ == "__main__":
    make(sys.argv[1])
