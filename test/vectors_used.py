#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vectors_used.py [VECTORS]: does a test use each value of each group of test/vectors.json?

A value counts as used where a test that names the generated table v_GROUP reads its field, or where its text stands in
a table of a test. Prints what nobody uses; exit 1 if there is any. VECTORS: another file, to see the check fail.
"""
import json
import pathlib
import re
import sys

from gen_vectors import c_name

TEST = pathlib.Path(__file__).resolve().parent
# Words about a value, not values.
ABOUT = {"source", "status", "note", "notes", "conventions", "finding", "expect", "byte_order_note", "live_check",
         "strict_base64_check", "dhe_psk_premaster_note", "name", "set", "n", "case", "files"}
# What no test reads, by the start of its path, and why. One that is read after all is a fault too.
EXCUSED = {
    "tls_kdf.": "computed inside mbedTLS alone",
    "rfc5626_backoff.": "check_client_backoff.c states the bounds as numbers of its own",
    "hmac_sha1.cases.mac_96": "the first octets of mac",
    "hmac_md5.cases.mac_96": "the first octets of mac",
    "hmac_sha256.cases.published_truncated": "the first octets of mac",
    "digest_published.cases.HA2": "inside response",
    "end_to_end.cases.digest.HA2": "inside response",
    "end_to_end.cases.server_data": "inside nonce_b64",
    "end_to_end.cases.tokens.IK_pcscf-ec.c_token_over_lowercase_hex_text": "the reading of the draft that was not chosen",
    "end_to_end.cases.tokens.IK_mitm-ec.c_token_over_lowercase_hex_text": "as above",
    "end_to_end.cases.tokens.IKprime_akav2_md5_pcscf-ec.c_token_over_lowercase_hex_text": "as above",
    "certs.items.": "der and its hash are used; the rest tells about them",
}


def leaves(value, path=()):
    """(path of keys, text) of every value, the entries of a list one after the other."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ABOUT:
                yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, str(value)


def sources():
    """Code of the tests without comments; literals that C joins are joined."""
    folders = {path.parent for path in TEST.rglob("check_*.c")} | {TEST / "support", TEST / "bench"}
    for path in sorted(path for folder in folders for path in folder.glob("*.[ch]")):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
        yield text, re.sub(r'"\s*"', "", text).lower()


def unused_of(groups):
    """{path: [text of each value that no test uses]}"""
    texts = list(sources())
    copied = "\n".join(joined for _, joined in texts)
    unused = {}
    for group, value in groups.items():
        if group.startswith("_"):
            continue
        table = "v_" + c_name(group)
        readers = "\n".join(text for text, _ in texts if re.search(r"\b%s\b" % table, text))
        for path, text in leaves(value):
            key = c_name(path[-1])
            # A field of the table itself is named in full or through a pointer to the table; others anyhow.
            field = r"(?:\b%s\.|->)%s\b" % (table, key) if len(path) == 1 else r"(?:->|\.)%s\b" % key
            literal = text.lower() if len(text) > 7 else '"%s"' % text.lower()
            if text and literal not in copied and not re.search(field, readers):
                unused.setdefault(".".join((group,) + path), []).append(text)
    return unused


def main(vectors):
    groups = json.loads(pathlib.Path(vectors).read_text(encoding="utf-8"))
    bad = 0
    excuses = set(EXCUSED)
    for where, texts in unused_of(groups).items():
        excuse = next((e for e in EXCUSED if where.startswith(e)), None)
        excuses.discard(excuse)
        if not excuse:
            print("%s: no test uses %d of it, such as %.60s" % (where, len(texts), texts[0]))
            bad = 1
    for excuse in sorted(excuses):
        print("%s: excused, but used" % excuse)
    return 1 if bad or excuses else 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or [TEST / "vectors.json"])))
