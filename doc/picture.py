#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of lib/client/table.c as a picture. `picture.py` draws doc/registration.svg with Graphviz; `picture.py --check`
says whether it is that of the present table."""
import collections
import hashlib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "lib/client/table.c"
PICTURE = ROOT / "doc/registration.svg"
ROW = re.compile(r"^  ROW\((\w+), *(\w+), *(\w+), *(\w+), *(\w+)\)", re.M)


def rows():
    text = TABLE.read_text()
    found = ROW.findall(text)
    if len(found) != text.count("\n  ROW(") or len(found) < 20:
        sys.exit("picture: a row of the table that cannot be read")
    return found


def label(entries):
    lines = []
    for entry, guard, action in entries:
        when = f" [{guard}]" if guard != "always" else ""
        lines.append(f"{entry.lower().replace('_', ' ')}{when}: {action}")
    return "\\l".join(lines) + "\\l"


def graph(table):
    edges = collections.OrderedDict()
    for state, entry, guard, action, following in table:
        edges.setdefault((state, following), []).append((entry, guard, action))
    out = ["digraph registration {", '  rankdir=TB; ranksep=0.6; nodesep=0.5;',
           '  node [shape=box, style=rounded, fontname="Helvetica"]; edge [fontname="Helvetica", fontsize=9];',
           '  ANY [label="ANY\\nCONNECTING to WAITING", style=dashed];']
    for (state, following), entries in edges.items():
        dashed = ", style=dashed" if state == "ANY" else ""
        out.append(f'  {state} -> {following} [label="{label(entries)}"{dashed}];')
    return "\n".join(out + ["}"]) + "\n"


def main():
    dot = graph(rows())
    mark = f"<!-- of the table {hashlib.sha256(dot.encode()).hexdigest()} -->"
    if sys.argv[1:] == ["--check"]:
        if not PICTURE.exists() or mark not in PICTURE.read_text():
            sys.exit("doc/registration.svg is not that of lib/client/table.c: `make docs` draws it")
        print("picture: doc/registration.svg is that of the table")
        return
    if PICTURE.exists() and mark in PICTURE.read_text():
        return
    svg = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.S) # what Graphviz says of itself changes from one machine to the next
    PICTURE.write_text(svg.rstrip() + "\n" + mark + "\n")


main()
