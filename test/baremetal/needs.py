#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""needs.py FOLDER...: each FOLDER holds the source of one mbedTLS. An option taken out of the UE's configuration that
libimstls cannot do without has to be refused in its own words, and the configuration as it is has to be taken."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONFIG = f"{ROOT}/examples/baremetal/mbedtls_ue_config.h"
CRYPTO, TLS, PSA = "crypto/needs.h", "port/mbedtls/needs.h", "crypto/needs_psa.h"
SOURCES = {CRYPTO: "crypto/crypto_mbedtls.c", TLS: "port/mbedtls/session.c", PSA: "crypto/crypto_psa.c"}
ALWAYS = {PSA: ["PSA_CRYPTO_C"]}  # what such a build has beside the UE's configuration
# Which header, what is taken out and put in, and an option that the refusal names; 2: of mbedTLS 2 alone.
ROWS = [
    (CRYPTO, ["AES_C"], [], "AES_C"), (CRYPTO, ["MD5_C"], [], "MD5_C"), (CRYPTO, ["SHA1_C"], [], "SHA1_C"),
    (CRYPTO, ["SHA256_C"], [], "SHA256_C"),
    (TLS, ["SSL_TLS_C"], [], "SSL_TLS_C"), (TLS, ["SSL_CLI_C"], [], "SSL_CLI_C"),
    (TLS, ["SSL_PROTO_TLS1_2"], [], "SSL_PROTO_TLS1_2"), (TLS, ["X509_CRT_PARSE_C"], [], "X509_CRT_PARSE_C"),
    (TLS, ["SSL_EXTENDED_MASTER_SECRET"], [], "SSL_EXTENDED_MASTER_SECRET"),
    (TLS, ["SSL_MAX_FRAGMENT_LENGTH"], [], "SSL_MAX_FRAGMENT_LENGTH"),
    (TLS, [], ["KEY_EXCHANGE_ECDHE_PSK_ENABLED"], "SSL_ENCRYPT_THEN_MAC"),
    (TLS, [], ["SSL_PROTO_TLS1_3"], "HAVE_TIME"),
    (TLS, ["CTR_DRBG_C"], [], "CTR_DRBG_C"), (TLS, ["ENTROPY_C"], [], "ENTROPY_C"),
    (TLS, ["ECP_DP_SECP256R1_ENABLED"], [], "ECP_DP_SECP256R1_ENABLED"), (TLS, ["GCM_C"], [], "GCM_C"),
    (PSA, ["PSA_CRYPTO_C"], [], "PSA_CRYPTO_C"), (PSA, ["AES_C"], [], "AES_C"), (PSA, ["MD5_C"], [], "MD5_C"),
    (PSA, ["SHA1_C"], [], "SHA1_C"), (PSA, ["SHA256_C"], [], "SHA256_C"),
    (TLS, ["X509_CHECK_KEY_USAGE"], [], "X509_CHECK_KEY_USAGE", 2),
    (TLS, ["X509_CHECK_EXTENDED_KEY_USAGE"], [], "X509_CHECK_EXTENDED_KEY_USAGE", 2),
]


def sentences(header):
    with open(f"{ROOT}/lib/{header}", encoding="ascii") as file:
        return re.findall(r'#error "(.*)"', file.read())


def compiler_says(mbedtls, header, out, put):
    with tempfile.NamedTemporaryFile("w", suffix=".h") as config:
        lines = [f'#include "{CONFIG}"']
        with open(CONFIG, encoding="ascii") as file:  # our own checks are looked at, not mbedTLS's
            lines = [file.read().replace('#include "mbedtls/check_config.h"', "")]
        config.write("\n".join(lines + [f"#define MBEDTLS_{name}" for name in put + ALWAYS.get(header, [])]
                               + [f"#undef MBEDTLS_{name}" for name in out]) + "\n")
        config.flush()
        return subprocess.run([os.environ.get("CC", "cc"), "-std=c11", f"-I{ROOT}/include", f"-I{ROOT}/lib", "-isystem",
                               f"{mbedtls}/include", f'-DMBEDTLS_CONFIG_FILE="{config.name}"', "-fsyntax-only",
                               f"{ROOT}/lib/{SOURCES[header]}"], capture_output=True, text=True, check=False).stderr


def main():
    bad, seen, any_old = [], set(), False
    for folder in sys.argv[1:]:
        mbedtls = next(entry.path for entry in os.scandir(folder) if entry.name.startswith("mbedtls-"))
        old = "mbedtls-2." in mbedtls
        any_old = any_old or old
        for header in SOURCES:
            said = compiler_says(mbedtls, header, [], [])
            bad += [f"{mbedtls}: {SOURCES[header]} is refused as it is: {said}"] if said else []
        for header, out, put, name, *only in ROWS:
            if only and not old:
                continue
            said = compiler_says(mbedtls, header, out, put)
            found = [text for text in sentences(header) if f"MBEDTLS_{name}" in text and text in said]
            seen.update(found)
            bad += [] if found else [f"{mbedtls}: without {out} with {put} nobody names MBEDTLS_{name}: {said[:400]}"]
    missed = {text for header in SOURCES for text in sentences(header)} - seen
    bad += [f"never seen: {text}" for text in missed if any_old]  # some are of 2.28 alone
    print("\n".join(bad) or f"needs: {len(seen)} refusals, each seen")
    return 1 if bad else 0


sys.exit(main())
