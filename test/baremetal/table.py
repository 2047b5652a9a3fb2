#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""table.py: what each option of mbedTLS takes on the emulated Cortex-M4: a build for each row, which registers, comes
back and deregisters as that of `make baremetal` does, and its figures in doc/mbedtls-ue.md.

For `make baremetal-table`, which sets MAKE, BASE, WITHOUT and PEER_DIR."""
import os
import subprocess
import sys

import run

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
DOC = os.path.join(ROOT, "doc/mbedtls-ue.md")
BEGIN, END = "<!-- rows: written by `make baremetal-table` -->\n", "<!-- end of rows -->\n"

DECRYPT = ["BLOCK_CIPHER_NO_DECRYPT", "AES_SETKEY_DEC_ALT", "AES_DECRYPT_ALT"]
PSK = {"KEY_EXCHANGE_PSK_ENABLED": "", "KEY_EXCHANGE_ECDHE_PSK_ENABLED": "", "CIPHER_MODE_CBC": "",
       "SSL_ENCRYPT_THEN_MAC": "",
       "SSL_CIPHERSUITES": "MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
                           "MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256, MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256"}
TLS13 = {"SSL_PROTO_TLS1_3": "", "PSA_CRYPTO_C": "", "HKDF_C": "", "SSL_KEEP_PEER_CERTIFICATE": "",
         "HAVE_TIME": "", "PLATFORM_MS_TIME_ALT": "",
         "SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED": "", "SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED": "",
         "SSL_CIPHERSUITES": "MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}
RSA = {"RSA_C": "", "MPI_MAX_SIZE": "512", "PKCS1_V15": "", "KEY_EXCHANGE_ECDHE_RSA_ENABLED": "",
       "SSL_CIPHERSUITES": "MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
                           "MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}
LONG = {"SSL_IN_CONTENT_LEN": "16384", "SSL_OUT_CONTENT_LEN": "16384"}
FULL = run.CONSOLE[:3] + run.CONSOLE[:3] + run.CONSOLE[6:]  # no session is resumed
BY_PSK = [line.replace("by token", "by psk") for line in FULL]

# (words, version of mbedTLS, options that are set, options that are not, features of libimstls added, what the UE says)
ROWS = [
    ("as above", "2.28", {}, [], [], run.CONSOLE),
    ("as above", "3.6", {}, [], [], run.CONSOLE),
    ("with PSK and ECDHE-PSK: agreed in clear, then TLS keyed by CK and IK", "2.28", PSK, DECRYPT, ["psk"], BY_PSK),
    ("with PSK and ECDHE-PSK: agreed in clear, then TLS keyed by CK and IK", "3.6", PSK, DECRYPT, ["psk"], BY_PSK),
    ("and RSA certificates", "2.28", RSA, [], [], run.CONSOLE),
    ("and RSA certificates", "3.6", RSA, [], [], run.CONSOLE),
    ("and TLS 1.3, which is spoken", "3.6", TLS13, DECRYPT, [], run.CONSOLE),
    ("without session tickets", "3.6", {}, ["SSL_SESSION_TICKETS"], [], FULL),
    ("records of 16384 octets, in and out", "3.6", LONG, [], [], run.CONSOLE),
    ("the same with `SSL_VARIABLE_BUFFER_LENGTH`", "3.6", LONG | {"SSL_VARIABLE_BUFFER_LENGTH": ""}, [], [], run.CONSOLE),
    ("4096 in, 768 out with `SSL_VARIABLE_BUFFER_LENGTH`", "3.6", {"SSL_VARIABLE_BUFFER_LENGTH": ""}, [], [], run.CONSOLE),
    ("with `SSL_KEEP_PEER_CERTIFICATE`", "3.6", {"SSL_KEEP_PEER_CERTIFICATE": ""}, [], [], run.CONSOLE),
    ("SHA-256 written out", "3.6", {}, ["SHA256_SMALLER"], [], run.CONSOLE),
    ("all four tables of AES", "3.6", {}, ["AES_FEWER_TABLES"], [], run.CONSOLE),
    ("`ECP_WINDOW_SIZE` 2, `ECP_FIXED_POINT_OPTIM` 0", "2.28", {"ECP_WINDOW_SIZE": "2", "ECP_FIXED_POINT_OPTIM": "0"}, [],
     [], run.CONSOLE),
    ("`ECP_WINDOW_SIZE` 2, `ECP_FIXED_POINT_OPTIM` 0", "3.6", {"ECP_WINDOW_SIZE": "2", "ECP_FIXED_POINT_OPTIM": "0"}, [],
     [], run.CONSOLE),
    ("without `ECP_NIST_OPTIM`", "3.6", {}, ["ECP_NIST_OPTIM"], [], run.CONSOLE),
]


def build(number, version, options, unset, features):
    """The UE of a row; its options are a file of their own, as a product would have it."""
    name = f"row-{number}"
    folder = os.path.join(os.environ["BASE"], name)
    os.makedirs(folder, exist_ok=True)
    lines = [f"#undef MBEDTLS_{o}" for o in unset + list(options)] + [f"#define MBEDTLS_{o} {v}" for o, v in options.items()]
    header, text = os.path.join(folder, "row.h"), "\n".join(lines) + "\n"
    old = open(header, encoding="utf-8").read() if os.path.exists(header) else None
    if old != text:
        with open(header, "w", encoding="utf-8") as f:
            f.write(text)
    source = subprocess.run([os.path.join(ROOT, "test/matrix/mbedtls_src.sh"), version], check=True, capture_output=True, text=True,
                            env=dict(os.environ, OUT=os.environ["BASE"], SOURCE="1")).stdout.strip()
    without = [f for f in os.environ["WITHOUT"].split() if f not in features]
    subprocess.run(os.environ["MAKE"].split() + [
        "--no-print-directory", "baremetal-row", "IMSTLS_WITHOUT=" + " ".join(without), f"BM_VERSION={version}",
        f"BM_SRC={source}", f"BM_ROW={name}", f"BM_CONFIG=examples/baremetal/mbedtls_ue_config.h {header}",
        f"BAREMETAL_CFLAGS=-DMBEDTLS_USER_CONFIG_FILE='\"{header}\"'"], check=True, cwd=ROOT)
    return os.path.join(folder, "ue.elf")


def measure(elf, console, peer):
    """flash, RAM, heap, stack, instructions until registered; None with what is wrong"""
    options = ["--psk", "only"] if console == BY_PSK else []
    figures, said = run.split(run.run(elf, peer, options)[0])
    if said != console:
        return None, f"{elf}: the UE said {said}"
    flash, data, bss = run.sizes(elf)
    return (flash, data + bss + figures["heap"], figures["heap"], figures["stack"], figures["instructions_registered"]), None


def main():
    table = ["| | mbedTLS | flash | RAM | of it heap | stack | instructions |", "|---|---|---:|---:|---:|---:|---:|"]
    bad = []
    for number, (words, version, options, unset, features, console) in enumerate(ROWS):
        try:
            elf = build(number, version, options, unset, features)
        except subprocess.CalledProcessError as error:
            bad.append(f"{words}, {version}: not built, {error.returncode}")
            continue
        figures, why = measure(elf, console, os.environ["PEER_DIR"] if "SSL_PROTO_TLS1_3" in options else None)
        if why:
            bad.append(f"{words}, {version}: {why}")
            continue
        flash, ram, heap, stack, instructions = figures
        table.append(f"| {words} | {version} | {flash} | {ram} | {heap} | {stack} | {instructions / 1e6:.0f} M |")
        print(table[-1], flush=True)
    for line in bad:
        print("FAILED:", line)
    if not bad:
        with open(DOC, encoding="utf-8") as f:
            head, _, rest = f.read().partition(BEGIN)
        with open(DOC, "w", encoding="utf-8") as f:
            f.write(head + BEGIN + "\n" + "\n".join(table) + "\n\n" + END + rest.partition(END)[2])
    return 1 if bad else 0


sys.exit(main())
