#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stack.py FOLDER: no public function goes deeper than test/bench/stack.txt allows, by gcc's account of frames and calls
in FOLDER (-fcallgraph-info=su); mbedTLS's own frames apart."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent / "parts"))
import frames  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def ceilings():
    """{public function: octets}; "*": those that are not named"""
    lines = (ROOT / "test/bench/stack.txt").read_text().splitlines()
    return {name: int(octets) for name, octets in (line.split() for line in lines if not line.startswith("#"))}


def main():
    graphs = sorted(pathlib.Path(sys.argv[1]).rglob("*.ci"))
    if len(graphs) < 50:
        sys.exit("stack: gcc wrote no account of frames")
    own, most = frames.Frames(ROOT, graphs), ceilings()
    if own.unknown:
        sys.exit("stack: no one knows what is called here: " + "\n".join(sorted(own.unknown)))
    ranked = own.by_public((ROOT / "test/symbols.txt").read_text().split())
    deepest = {path[0].split()[0]: (octets, path) for octets, path in ranked}
    grown = [f"stack: {octets}, {most.get(name, most['*'])} at most: {', '.join(path)}"
             for name, (octets, path) in deepest.items() if octets > most.get(name, most["*"])]
    idle = [f"stack: {name} fits {most['*']} octets: its line in stack.txt can go" for name in most
            if name != "*" and deepest[name][0] <= most["*"]]
    print(f"stack: {ranked[0][0]} octets at most, {ranked[0][1][0].split()[0]}")
    sys.exit("\n".join(grown + idle) or 0)


if __name__ == "__main__":
    main()
