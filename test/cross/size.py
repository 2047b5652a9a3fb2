#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""size.py [--check] NAME=MAP...: octets that each file of the library takes in a linked program, by the linker's maps; written
into doc/size.md but for --check, and compared with the ceilings of size.txt."""
import collections
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "../../doc/size.md")
BEGIN, END = "<!-- flash: written by `make size` -->\n", "<!-- end of flash -->\n"
SECTION = re.compile(r"^ \.(text|rodata|data|bss)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+\.o)$", re.M)


def files_of(path):
    """{file: octets}, and octets that are written to"""
    with open(path, encoding="utf-8") as f:
        text = f.read().partition("Linker script and memory map")[2]
    files, written = collections.Counter(), 0
    for kind, octets, name in SECTION.findall(text):
        if "/lib/" not in name:
            continue
        files[name.rsplit("/lib/", 1)[1].removesuffix(".o")] += int(octets, 16)
        written += int(octets, 16) if kind in ("data", "bss") else 0
    if sum(files.values()) < 10000:
        sys.exit(f"size: {path}: too little to be true")
    return files, written


def table(names, builds, rows):
    yield "| | " + " | ".join(names) + " |"
    yield "|---|" + "---:|" * len(names)
    for row, pick in rows:
        yield f"| {row} | " + " | ".join(str(pick(builds[n])) for n in names) + " |"


def folder_of(file):
    return os.path.dirname(file)


def chapter(names, builds):
    folders = sorted({folder_of(f) for b in builds.values() for f in b})
    files = sorted({f for b in builds.values() for f in b}, key=lambda f: (-builds[names[0]][f], f))
    rows = [("**all**", lambda b: sum(b.values()))]
    rows += [(f"`{d}/`", lambda b, d=d: sum(n for f, n in b.items() if folder_of(f) == d)) for d in folders]
    yield from table(names, builds, rows)
    yield ""
    yield from table(names, builds, [(f"`{f}`", lambda b, f=f: b[f] or "") for f in files])


def write(names, builds):
    with open(DOC, encoding="utf-8") as f:
        head, _, rest = f.read().partition(BEGIN)
    with open(DOC, "w", encoding="utf-8") as f:
        f.write(head + BEGIN + "\n" + "\n".join(chapter(names, builds)) + "\n\n" + END + rest.partition(END)[2])


def main():
    builds, names = {}, []
    check = sys.argv[1] == "--check"
    for argument in sys.argv[2 if check else 1:]:
        name, _, path = argument.partition("=")
        builds[name], written = files_of(path)
        names.append(name)
        if written:
            sys.exit(f"size: {name}: {written} octets of data or bss; there may be none")
    if not check:
        write(names, builds)
    with open(os.path.join(HERE, "size.txt"), encoding="utf-8") as f:
        ceilings = dict(line.split() for line in f if not line.startswith("#"))
    grown = False
    for name in names:
        octets, most = sum(builds[name].values()), int(ceilings[name])
        print(f"{name}: {octets} octets of flash, {most} at most")
        grown = grown or octets > most
    sys.exit("size: it has grown: make it smaller, or raise test/cross/size.txt and say why" if grown else 0)


main()
