#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The events of doc/events.md: read, compared with what the sources can print, and with what was printed. Alone it does the
second."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("softphone", "gateway", "pcscf")
NOT_PRINTED = {"open", "close"}     # of a client without sockets of its own
EVERYWHERE = {"event", "t_ms"}


class Event:
    """One chapter: `keys` in the order of the page, each with whether it is always there; `lines` of the page."""

    def __init__(self, name, text):
        self.name, self.keys, self.notes = name, {}, []
        body, _, example = text.partition("```json\n")
        self.example = example.partition("\n```")[0]
        self.text = " ".join(line for line in body.splitlines() if line and not line.startswith("- "))
        for line in body.splitlines():
            if not line.startswith("- "):
                continue
            names, _, note = line[2:].partition(": ")
            always = not names.endswith(", sometimes")
            names = re.findall(r"`([a-z0-9_]+)`", names)
            self.notes.append((names, always, note))
            self.keys.update({key: always for key in names})

    def faults(self, event):
        """What of a printed object the page does not say."""
        out = [f"key {key}" for key in event if key not in self.keys and key not in EVERYWHERE]
        return out + [f"no {key}" for key, always in self.keys.items() if always and key not in event]


def described():
    """{program: {name: Event}}"""
    with open(os.path.join(HERE, "events.md"), encoding="utf-8") as text:
        parts = re.split(r"^## (.*)\n", text.read(), flags=re.M)
    out = {program: {} for program in PROGRAMS}
    for title, part in zip(parts[1::2], parts[2::2]):
        chapters = re.split(r"^### ([a-z_]+)\n", part, flags=re.M)
        for name, body in zip(chapters[1::2], chapters[2::2]):
            for program in title.split(" and "):
                out[program][name] = Event(name, body)
    return out


def judge(events, program, printed):
    """Faults of one printed line."""
    name = printed.get("event")
    event = events[program].get(name)
    if event is None:
        return [f"{program}: event {name}"]
    return [f"{program}: {name}: {fault}" for fault in event.faults(printed)]


def printable():
    """Events and keys that the sources can print, of all programs together; and words that are keys or values of say()."""
    source, folder = "", os.path.join(HERE, "../examples")
    for name in sorted(os.listdir(folder)):
        if re.match(r"(softphone|phone|gateway|pcscf)(_.*)?\.c$", name):
            with open(os.path.join(folder, name), encoding="utf-8") as text:
                source += text.read()
    events = re.search(r"event_name\(int type\)\n\{.*?\};", source, re.S).group(0)
    events += "".join(re.findall(r'(?:json_open\(|begin\(g, )"[a-z_]+"', source) + re.findall(r"\bsay\(p, [^,]*", source))
    keys = set(re.findall(r'json_(?:field|list)\("([a-z_]+)"|,\\"([a-z0-9_]+)\\":', source))
    said = " ".join(re.findall(r"\bsay\(p, [^,]*, (.*?), NULL\);", source, re.S))
    return (set(re.findall(r'"([a-z_]+)"', events)) | set(re.findall(r'"event\\":\\"([a-z_]+)', source)),
            {a or b for a, b in keys} | set(re.findall(r'"[#@]([a-z0-9_]+)"', said)), set(re.findall(r'"([a-z0-9_]+)"', said)))


def main():
    events, bad = described(), []
    for program, chapters in events.items():
        for name, event in chapters.items():
            try:
                example = json.loads(event.example)
            except ValueError:
                bad.append(f"{program}: {name} has no example")
                continue
            bad += [f"example of {fault}" for fault in judge(events, program, example)]
            bad += [] if example["event"] == name and "t_ms" in example else [f"{program}: {name}: example of another"]
    names, keys, words = printable()
    chapters = [event for of in events.values() for event in of.values()]
    there, known = {event.name for event in chapters}, {key for event in chapters for key in event.keys}
    bad += [f"{name} can be printed and is not described" for name in sorted(names - there - NOT_PRINTED)]
    bad += [f"{name} is described and cannot be printed" for name in sorted(there - names)]
    bad += [f"the key {key} can be printed and is not described" for key in sorted(keys - known - EVERYWHERE)]
    bad += [f"the key {key} is described and cannot be printed" for key in sorted(known - keys - words)]
    print(*(f"events: {fault}" for fault in bad or [f"{len(e)} of {p}" for p, e in events.items()]), sep="\n")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
