#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""circles.py OBJECT...: source files of lib/ that call each other in a loop. Only the table and its actions may.
NM in the environment names the tool that reads the objects."""
import collections
import os
import subprocess
import sys




def name_of(path):
    """build/x/lib/client/table.o -> lib/client/table"""
    return "lib/" + path.rsplit("lib/", 1)[1].removesuffix(".o")


def edges_of(objects):
    defined, wanted = {}, collections.defaultdict(set)
    for path in objects:
        text = subprocess.run([os.environ.get("NM", "nm"), path], capture_output=True, text=True, check=True).stdout
        for line in text.splitlines():
            kind, symbol = line.split()[-2:]
            if kind == "U":
                wanted[name_of(path)].add(symbol)
            elif kind.isupper():
                defined[symbol] = name_of(path)
    return {file: {defined[s] for s in symbols if s in defined} - {file} for file, symbols in wanted.items()}


def reach(edges, start):
    seen, todo = set(), [start]
    while todo:
        for to in edges.get(todo.pop(), ()):
            if to not in seen:
                seen.add(to)
                todo.append(to)
    return seen


def circles(edges):
    reached = {file: reach(edges, file) for file in edges}
    found = []
    for file in sorted(edges):
        loop = {other for other in reached[file] if file in reached.get(other, ())}
        if loop and loop not in found:
            found.append(loop)
    return found


def main():
    objects = sys.argv[1:]
    edges = edges_of(objects)
    calls = sum(map(len, edges.values()))
    if calls < 50:
        sys.exit("circles: too few calls to be true")
    bad = [loop for loop in circles(edges)]
    for loop in bad:
        print("circle:", " ".join(sorted(loop)))
    print(f"circles: {len(objects)} files, {calls} uses of one by another, {len(bad)} circles")
    sys.exit(bool(bad))


main()
