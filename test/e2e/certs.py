# SPDX-License-Identifier: Apache-2.0
"""Certificates for the test peers: `python3 certs.py DIR` writes NAME.crt, NAME.key and both in NAME.pem.

Needs python3-cryptography.
"""
import datetime
import ipaddress
import os
import random
import ssl
import sys

# name: key, first day, last day (relative to today)
KINDS = {
    "pcscf": ("ec", -1, 30),
    "other": ("ec", -1, 30),
    "expired": ("ec", -400, -30),
    "future": ("ec", 300, 400),
    "sha384": ("ec", -1, 30),
    "rsa": ("rsa2048", -1, 30),
    "long": ("ec", -1, 30),   # 15 KB
    "short": ("rsa1024", -1, 30),
}


LAST = "short.pem"   # once this one is there, all are

# name: leaf, then what stands behind it
CHAINS = {
    "chain-3": ("leaf", "middle", "root"),
    "chain-bad": ("leaf", "middle-bad", "root"),
    "chain-11": ("leaf", "middle") + ("root",) * 9,
    "chain-8192": ("leaf",) + ("huge",) * 4,
}


def chains(folder):
    """Chains behind a key on P-256: a bit of middle-bad's signature is wrong; huge has 8192 bits of RSA modulus and of
    public exponent, so that one verification with it costs a second."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    now = datetime.datetime.utcnow()
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("leaf", "middle", "root")}
    number = random.Random(1).getrandbits(8192) | 1 << 8191 | 1
    publics = {name: key.public_key() for name, key in keys.items()}
    publics["huge"] = rsa.RSAPublicNumbers(number - 2, number).public_key()

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def certificate(name, subject, issuer, signer):
        made = (x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named(issuer))
                .public_key(publics[name]).serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
                .add_extension(x509.BasicConstraints(name != "leaf", None), True).sign(keys[signer], hashes.SHA256()))
        return made.public_bytes(serialization.Encoding.DER)

    ders = {"leaf": certificate("leaf", "leaf.example.net", "middle", "middle"),
            "middle": certificate("middle", "middle", "root", "root"), "root": certificate("root", "root", "root", "root"),
            "huge": certificate("huge", "middle", "middle", "middle")}
    ders["middle-bad"] = ders["middle"][:-1] + bytes([ders["middle"][-1] ^ 1])
    private = keys["leaf"].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()).decode()
    for name, members in CHAINS.items():
        with open(os.path.join(folder, name + ".pem"), "w", encoding="ascii") as out:
            out.write("".join(ssl.DER_cert_to_PEM_cert(ders[m]) for m in members) + private)


def make(folder):
    chains(folder)
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    now = datetime.datetime.utcnow()
    for name, (kind, first, last) in KINDS.items():
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else \
            rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}.example.net")])
        names = [x509.DNSName(f"{name}.example.net")]
        if name == "pcscf":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        cert = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now + datetime.timedelta(days=first))
                .not_valid_after(now + datetime.timedelta(days=last))
                .add_extension(x509.SubjectAlternativeName(names), False))
        if name == "long":
            unknown = x509.ObjectIdentifier("1.3.6.1.4.1.32473.1")   # for examples (RFC 5612)
            cert = cert.add_extension(x509.UnrecognizedExtension(unknown, bytes(15000)), False)
        cert = cert.sign(key, hashes.SHA384() if name == "sha384" else hashes.SHA256())
        public = cert.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption())
        for ending, text in ((".crt", public), (".key", private), (".pem", public + private)):
            with open(os.path.join(folder, name + ending), "wb") as out:
                out.write(text)


if __name__ == "__main__":
    make(sys.argv[1])
