#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""man.py [--check] FOLDER: puts what `FOLDER/NAME --man` prints and what doc/events.md says into doc/NAME.1, each chapter in
the place of the one of its title. With --check nothing is written, and a page that differs, or names an option that its
program does not have, is an error."""
import difflib
import os
import re
import subprocess
import sys
import textwrap

import events

MADE = '.\\" Made by make man: not to be written here.\n'
HERE = os.path.dirname(os.path.abspath(__file__))


def chapters(text):
    """[(title, text)]; what stands before the first one has no title."""
    parts = re.split(r"^\.SH (.*)\n", text, flags=re.M)
    return [("", parts[0])] + list(zip(parts[1::2], parts[2::2]))


def run(program, *argv):
    done = subprocess.run([program, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr or not done.stdout:
        sys.exit(f"man: {program} {' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def roff(text):
    """Lines of a page; what stands in `` is bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(textwrap.wrap(re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text), 120, break_on_hyphens=False)) + "\n"


def event_chapter(name):
    """EVENTS of that program."""
    out = roff("With `--json` one JSON object a line on standard output and nothing else there. Each has `event` and "
               "`t_ms`, milliseconds since the program began. Keys and events may be added; a key that is sometimes there "
               "is left out otherwise. Each octet of the network's that is not printable ASCII stands as `\\u00` and two "
               "hex digits. Keys of the USIM and RES never appear. With an example line for each: doc/events.md of the "
               "sources.")
    for event in events.described()[name].values():
        out += f".TP\n\\fB{event.name}\\fR\n" + roff(event.text)
        for keys, always, note in event.notes:
            out += ".br\n" + roff(", ".join(f"`{key}`" for key in keys) + ("" if always else ", sometimes") + ": " + note)
    return out


def page(name, folder):
    """The page as it is, and as it should be."""
    path = os.path.join(HERE, name + ".1")
    with open(path, encoding="utf-8") as text:
        old = text.read()
    made = dict(chapters(run(os.path.join(folder, name), "--man"))[1:], EVENTS=event_chapter(name))
    there = chapters(old)
    missing = made.keys() - {title for title, _ in there}
    if missing:
        sys.exit(f"man: doc/{name}.1 has no chapter {', '.join(sorted(missing))}")
    new = there[0][1] + "".join(f".SH {title}\n" + (MADE + made[title] if title in made else text) for title, text in there[1:])
    return path, old, new


def unknown(text, names):
    """Options that the page names and no program has."""
    plain = re.sub(r"\\f[A-Z]", "", text.replace("\\-", "-"))
    return sorted({word for word in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", plain)} - names)


def main():
    check = sys.argv[1] == "--check"
    folder = sys.argv[-1]
    pages = {name: page(name, folder) for name in events.PROGRAMS}
    names = {name: set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", run(os.path.join(folder, name), "--help"), re.M))
             for name in events.PROGRAMS}
    bad = False
    for name, (path, old, new) in pages.items():
        if not check:
            with open(path, "w", encoding="utf-8") as out:
                out.write(new)
        elif old != new:
            bad = True
            sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"doc/{name}.1",
                                                       f"{name} --man", n=0))
            print(f"man: doc/{name}.1 is not what {name} says: `make man` writes it")
        for word in unknown(new, names[name]):
            bad = True
            print(f"man: doc/{name}.1 names {word}, which {name} does not have")
    if not bad:
        print(f"man: {', '.join(f'{len(names[n])} options of {n}' for n in events.PROGRAMS)}")
    sys.exit(bad)


main()
