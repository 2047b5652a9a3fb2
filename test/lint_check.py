#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does each rule of lint.sh find what it is for? A copy of the tree gets a breach of every one, and what lint.sh says of it
has to name each, and nothing of a tree without them. A rule without a breach here is a fault."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIED = ("lib", "include", "examples", "test", ".ci", "pkgconfig", "doc", "Makefile")
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
LAYERS = ("base", "crypto", "aka", "sip", "access", "link", "registration", "client", "without")
PARTS = ("progress", "target", "transaction", "demands", "authentication", "run", "credentials", "agreement", "sa", "binding",
         "call", "wire", "resolver", "feed", "message", "settings", "sending")
FORBIDDEN = ("strtok strtok_r sprintf vsprintf strcpy strcat strncpy gets atoi atol atoll alloca setlocale toupper tolower isalpha "
             "isalnum isdigit isspace isxdigit rand srand system popen").split()
MEMORY = "malloc calloc realloc free strdup mbedtls_calloc mbedtls_free".split()
SYSTEM = "time clock_gettime gettimeofday socket send recv poll select printf fprintf fopen getenv exit abort".split()
SECRETS = [f"  (void)memcmp(given, {name}, 12);" for name in ("token", "mac", "res", "auts", "key", "psk", "ik", "ck")]
# Rules that ask for a tool.
EXCUSED = {"ctags found no function", "ctags is missing"}


def calls(names):
    return [f"  {name}(x);" for name in names]


# Rule: [(file of the breach, lines that are added to it, what lint.sh says of each line)]. Without the last: the file.
BREACHES = {
    "no SPDX line at the top": [("test/breach.sh", ["#!/bin/sh"]), ("pkgconfig/breach.mk", ["#"])],
    "longer than 500 lines (tests: 700)": [("examples/breach_long.c", ["/**/"] * 500), ("test/aka/breach_long.c", ["/**/"] * 700)],
    "wider than 120 columns": [("lib/aka/breach_wide.c", ["/*" + "x" * 117 + "*/"])],
    "tab or blank at the end of a line": [("lib/aka/breach_tab.c", ["int\ta;"]), ("examples/breach_blank.c", ["int a; "])],
    "function longer than 60 lines": [("lib/aka/breach_function.c", ["int f(void)", "{", *["  ;"] * 58, "}"])],
    **{f"lib/{layer} reaches up": [(f"lib/{layer}/breach_up.c", ['#include "port/posix/x.h"'])] for layer in LAYERS},
    "lib/base knows more of the public headers than types, errors and the version": [
        ("lib/base/breach_header.c", ["#include <imstls/client.h>"])],
    "a folder of lib/ that is no layer": [("lib/extra/breach_layer.c", [], "extra")],
    "a folder of lib/ with more than 16 sources": [(f"lib/port/many/breach_{n}.c", [], "lib/port/many") for n in range(17)],
    "a struct of more than 30 members": [("lib/aka/breach_struct.h", ["struct breach {", *["  int a;"] * 31, "};"])],
    "a part that another file writes": [("lib/client/breach_part.c", [f"  c->{part}.x = 1;" for part in PARTS], None)],
    "the flow, or what is served, written elsewhere": [("lib/client/breach_flow.c", [
        "  c->flow->x = 1;", "  c->old_flow->x = 1;", "  c->subscription->x = 1;", "  c->serving->x = 1;"], None)],
    "two source files of lib/ with one name": [("lib/aka/breach_name.c", [], "breach_name.c"), ("lib/sip/breach_name.c", [], "breach_name.c")],
    "mbedTLS outside crypto/ and port/mbedtls/": [("lib/link/breach_mbedtls.c", ["#include <mbedtls/ssl.h>"])],
    "examples use public headers alone": [("examples/breach_inside.c", ['#include "base/x.h"']),
                                          ("examples/adapters/breach_inside.c", ['#include "base/x.h"'])],
    "forbidden call": [("lib/aka/breach_call.c", calls(FORBIDDEN), None), ("examples/breach_call.c", calls(["sprintf"])),
                       ("examples/adapters/breach_call.c", calls(["sprintf"]))],
    "allocation outside port/ and imstls_client_new": [("lib/aka/breach_memory.c", calls(MEMORY), None)],
    "clock, sockets or streams outside port/": [("lib/aka/breach_system.c", calls(SYSTEM), None)],
    "floating point": [("lib/aka/breach_float.c", ["float a;", "double b;"], None)],
    "a secret compared with memcmp": [("lib/aka/breach_secret.c", SECRETS, None)],
    "public function without \\\\return": [("include/imstls/breach.h", ["/** Does. */", "IMSTLS_API int imstls_f(void);"])],
    "public struct member of a width that differs between compilers": [("include/imstls/breach_width.h", [
        "  long a;", "  unsigned long a;", "  enum x a;", "  int a : 3;"], None)],
    "enumeration of a public header without a name, or a value of one without a text": [
        ("include/imstls/breach_enum.h", ["enum {", "  IMSTLS_A", "};"]),
        ("include/imstls/breach_value.h", ["enum imstls_x {", "  IMSTLS_A,", "  IMSTLS_B /**< b */", "};"])],
    "public header in no group of imstls.h": [("include/imstls/breach_group.h", [])],
    "public struct that neither begins with its size nor is named in the conventions": [
        ("include/imstls/breach_size.h", ["struct imstls_breach {", "  int a;", "};"], "imstls_breach")],
    "test suite that no one runs": [("test/aka/check_breach.c", [])],
    "neither a suite of this name nor a line in test/where.txt": [("lib/aka/breach_where.c", [])],
    "a line of test/where.txt that does not hold": [("test/where.txt", [
        "lib/aka/none.c test/aka/check_sqn.c", "lib/aka/sqn.c test/aka/check_sqn.c", "lib/aka/breach_where2.c",
        "lib/aka/breach_where3.c test/aka/check_none.c", "lib/aka/none.c"],
        ["lib/aka/none.c: there is no such source", "lib/aka/sqn.c: its suite is", "lib/aka/breach_where2.c: no test is named",
         "lib/aka/breach_where3.c: there is no test test/aka/check_none.c", "lib/aka/none.c: two lines"]),
        ("lib/aka/breach_where2.c", [], ""), ("lib/aka/breach_where3.c", [], "")],
    "fuzz harness without corpus, or corpus without harness": [("test/fuzz/fuzz_breach.c", [], "breach"),
                                                               ("test/fuzz/corpus/orphan/one", [], "orphan")],
    "a path of this machine": [("doc/breach.md", ["{copy}/lib"])],
}


def lint(copy):
    """{rule: its lines}"""
    done = subprocess.run([copy / "test/lint.sh"], capture_output=True, text=True, check=False)
    parts = re.split(r"^lint: (.*)\n", done.stdout, flags=re.M)
    return done.returncode, dict(zip(parts[1::2], parts[2::2])), done.stderr


def breach(copy):
    for name, lines, *_ in (row for rows in BREACHES.values() for row in rows):
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_c = path.suffix in (".c", ".h") and not path.exists()
        with open(path, "a", encoding="utf-8") as out:
            out.write((SPDX if is_c else "") + "".join(line.replace("{copy}", str(copy)) + "\n" for line in lines))


def due(name, lines, said=""):
    """What lint.sh has to say of one breach; `said` None: each of its lines with the file."""
    if said is None:
        return [f"{name}:{n + 2}:" for n in range(len(lines))]
    return said if isinstance(said, list) else [said or name]


def main():
    text = (ROOT / "test/lint.sh").read_text(encoding="utf-8")
    titles = set(re.findall(r'^ *(?:\S+ \|\| )?say "((?:[^"\\]|\\.)*)"', text, re.M)) - EXCUSED
    titles = titles - {"lib/${layers[i]} reaches up"} | {f"lib/{layer} reaches up" for layer in LAYERS}
    bad = [f"no breach of: {title}" for title in titles - BREACHES.keys()]
    bad += [f"no such rule: {title}" for title in BREACHES.keys() - titles]
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder).resolve() / "tree"
        copy.mkdir()
        for name in COPIED:
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, copy / name)
        breach(copy)
        status, found, errors = lint(copy)
    bad += [f"exit {status}"] if status != 1 else []
    bad += [errors] if errors else []
    for title, rows in BREACHES.items():
        said = found.get(title.replace("\\\\", "\\"), "")
        bad += [f"{title}: not found: {one}" for row in rows for one in due(*row) if one not in said]
    print("\n".join(bad) or f"lint_check: {len(BREACHES)} rules, each finds its breach")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
