#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutation.py BUILD CC FLAGS LIBS OBJECT...: can the client's tests fail? Each guard of the table and each refusal of what
judges is taken out in turn, each deadline and limit of a link and of a registration is made a thousand times as large; some
suite must turn red. MUTATE=text tries only the lines that hold it."""
import concurrent.futures
import glob
import os
import pathlib
import re
import shlex
import subprocess
import sys

GUARDED = "lib/client/table.c"
JUDGES = ["lib/client/judge.c", "lib/client/secure.c", "lib/client/optional/psk.c",
          "lib/client/optional/strong_token.c",
          *sorted(glob.glob("lib/link/*.c") + glob.glob("lib/registration/*.c"))]
ROW = re.compile(r"^(  ROW\(\w+, *\w+, *)(?!always)\w+(, *\w+, *\w+\).*)$")
REFUSAL = re.compile(r"\bIMSTLS_ERR_\w+")
# Deadlines, counts and sizes that nobody may exceed
LIMIT = re.compile(r"\b(\w+(?:_MS|_S|_MAX|_STEP|_ROOM|_ROW|_REGISTRATION) = )(\d+)")

# Lines that nobody can notice, by how they begin, and why.
EXCUSED = {
    "return error == IMSTLS_ERR_CAPACITY ? IMSTLS_ERR_CHALLENGE_TOO_LONG": "another code for the same failure",
    "ROW(CONNECTING, CONNECTED, is_plain_allowed": "imstls_i_begin opens a flow in clear by the same policy",
    "default: return IMSTLS_ERR_NOT_TRUSTED;": "in clear a list without protection was refused before",
    "return IMSTLS_ERR_INTERNAL; /* an answer is held": "an answer is held only where the run succeeded",
    "return w.failed ? IMSTLS_ERR_SECAGREE_TOO_LONG": "layout.c makes room for the longest offer",
    "return IMSTLS_ERR_UNSUPPORTED; /* in this build": "only a build that leaves a feature out comes there: make profiles",
    "return IMSTLS_ERR_SECAGREE_NONE; /* nothing protects": "no list that can be chosen from leads there",
}


def stale_excuses():
    """Excuses that no line needs any more."""
    lines = [" ".join(line.split()) for path in [GUARDED] + JUDGES for line in pathlib.Path(path).read_text().split("\n")]
    return [start for start in EXCUSED if not any(line.startswith(start) for line in lines)]


def lifted(line):
    """The line with each of its limits a thousand times as large, one at a time."""
    for found in LIMIT.finditer(line):
        yield line[:found.start(2)] + str(int(found.group(2)) * 1000) + line[found.end(2):]


def changes(path, line):
    """What becomes of the line."""
    if path == GUARDED:
        yield ROW.sub(r"\1always\2", line)
    elif "return" in line:
        head, tail = line.split("return", 1)
        yield head + "return" + REFUSAL.sub("IMSTLS_OK", tail)
    elif line.lstrip().startswith("enum {"):
        yield from lifted(line)


def mutants():
    for path in [GUARDED] + JUDGES:
        lines = pathlib.Path(path).read_text().split("\n")
        for at, line in enumerate(lines):
            plain = " ".join(line.split())
            if any(plain.startswith(start) for start in EXCUSED) or os.environ.get("MUTATE", "") not in line:
                continue
            for changed in changes(path, line):
                if changed != line:
                    yield path, at + 1, changed.strip(), "\n".join(lines[:at] + [changed] + lines[at + 1:])


class Tests:
    def __init__(self, build, cc, flags, libs, objects):
        self.build, self.objects = pathlib.Path(build), objects
        self.out = self.build / "mutation"
        self.out.mkdir(parents=True, exist_ok=True)
        self.compile = [cc, *shlex.split(flags), "-Wno-error", "-w"]
        self.libs = shlex.split(libs)
        self.suites = sorted(re.sub(r".*/check_(.*)\.o", r"\1", o) for o in objects if "/check_" in o)
        (self.out / "suites_here.h").write_text("".join(f"SUITE({s})\n" for s in self.suites))
        (self.out / "check_main.c").write_text(pathlib.Path("test/check_main.c").read_text())

    def program(self, path, text, number):
        """The suites with this source in the place of the library's."""
        source, obj, exe = (self.out / f"{number}{end}" for end in (".c", ".o", ""))
        source.write_text(text)
        steps = [[*self.compile, "-c", str(source), "-o", str(obj)],
                 [*self.compile, str(self.out / "check_main.c"), str(obj), *self.objects, str(self.build / "libimstls.a"),
                  *self.libs, "-o", str(exe)]]
        for step in steps:
            subprocess.run(step, check=True)
        return exe

    def is_red(self, exe):
        for suite in self.suites:
            env = {**os.environ, "CK_RUN_SUITE": suite, "CK_VERBOSITY": "silent"}
            try:
                done = subprocess.run([str(exe)], env=env, capture_output=True, timeout=240)
            except subprocess.TimeoutExpired:
                return suite
            if done.returncode:
                return suite
        return None

    def judge(self, number, mutant):
        path, line, text, source = mutant
        exe = self.program(path, source, number)
        red = self.is_red(exe)
        exe.unlink()
        return f"{path}:{line}: {text}", red


def main():
    tests = Tests(*sys.argv[1:5], sys.argv[5:])
    red = tests.is_red(tests.program(GUARDED, pathlib.Path(GUARDED).read_text(), "whole"))
    if red:
        sys.exit(f"mutation: {red} is red before anything was changed")
    found = list(mutants())
    if stale_excuses():
        sys.exit(f"mutation: excuses for lines that are gone: {stale_excuses()}")
    if len(found) < 20 and not os.environ.get("MUTATE"):
        sys.exit("mutation: too few lines to change: the patterns do not fit the sources any more")
    alive = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        for name, red in pool.map(lambda pair: tests.judge(*pair), enumerate(found)):
            print(f"{red or 'NOBODY':<20} {name}", flush=True)
            alive += [] if red else [name]
    print(f"mutation: {len(found)} removed, {len(found) - len(alive)} noticed, {len(EXCUSED)} excused")
    sys.exit(bool(alive))


main()
