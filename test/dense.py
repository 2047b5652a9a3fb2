#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dense.py FILE...: conditions with three and more operators, which ought to have a name."""
import re
import sys


def bare(text):
    """Without comments, strings and characters; lines stay where they are."""
    hidden = r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    return re.sub(hidden, lambda m: "\n" * m[0].count("\n") + "0", text, flags=re.S)


def conditions(text):
    for start in re.finditer(r"\bif \(", text):
        at, depth = start.end(), 1
        while depth:
            depth += (text[at] == "(") - (text[at] == ")")
            at += 1
        yield text.count("\n", 0, start.start()) + 1, text[start.end():at - 1]


def main():
    bad = seen = 0
    for path in sys.argv[1:]:
        for line, condition in conditions(bare(open(path, encoding="utf-8").read())):
            seen += 1
            if len(re.findall(r"&&|\|\|", condition)) >= 3:
                print(f"{path}:{line}: {' '.join(condition.split())}")
                bad += 1
    sys.exit(bad > 0 or ("dense: no conditions" if not seen else 0))


main()
