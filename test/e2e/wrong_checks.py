# SPDX-License-Identifier: Apache-2.0
"""Each option of softphone, gateway and pcscf with what it cannot take: the exit status of a wrong option and one sentence
that names it, and the file where there is one. An option of --help that stands in no table is a fault. Used by run.py."""
import os
import re
import socket
import subprocess

from peer import IMPI, IMPU, K, OPC, REALM

HERE = os.path.dirname(os.path.abspath(__file__))
USAGE, STORAGE = 2, 10
PORTS = ("0", "65536", "-1", "x", "")
NONCE = "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg="   # as in run.py
KEYS = {"k": K.hex(), "opc": OPC.hex()}
WHO = {"pcscf": "127.0.0.1:1", "impi": IMPI, "impu": IMPU, "domain": REALM}
TUAK = {"algo": "tuak", "k": K.hex(), "topc": "00" * 32}

# What each program is started with where a row says nothing else.
BASE = {"softphone": {**WHO, **KEYS}, "gateway": {**WHO, **KEYS, "sip": "127.0.0.1:0"},
        "pcscf": {"impi": IMPI, **KEYS, "listen": "127.0.0.1:0"}}

# Values that an option cannot take. {none}: no such file; {folder}: a folder; {empty}, {words}: files, and the
# sentence names them; {plain}: a file that is not to blame; {busy}: a port.
PHONE = {
    "pcscf": ("", "a,b", "127.0.0.1:99999", "127.0.0.1:0", "[::1", "[example]", "a b", "x" * 1100),
    "dns": ("x", "127.0.0.1:99999", "127.0.0.1:0"),
    "tls-port": PORTS, "plain-port": PORTS, "local-port": PORTS, "serve": PORTS,
    "transport": ("sctp", ""),
    "return-within": ("3601", "-1", "soon", ""), "keepalive": ("0", "86401", "x"), "expires": ("0", "4294967296", "x"),
    "timeout": ("1000001", "-1", "soon"),
    "impi": ("", "a b", 'a"b', "x" * 256), "impu": ("", "a@b", "sip:a b", "sip:" + "x" * 252),
    "domain": ("", "a b", "a;b", "x" * 254), "mnc-len": ("1", "4", "x"),
    "instance": ("", 'urn:"', "urn:a b"),
    "feature": ("", "a;b", "a>b", "a b", "a,b", "a\r\nb", "x" * 512),
    "usim": ("", "sim", "hard"), "algo": ("comp128", ""),
    "k": ("", "abc", "zz" * 16, "00" * 15, "00" * 17, "@{none}", "@{folder}", "@{plain}"),
    "opc": ("", "00", "00" * 17, "@{none}"),
    "aka-version": ("", "MD5", "AKAv1-MD5,AKAv3-MD5"), "amf-separation": ("2", ""),
    "flow": ("sideways", ""), "offer": ("", "digest", "tls;=", "ipsec-3gpp;alg=hmac-sha-1-96", "x" * 600),
    "sec-agree": ("maybe", ""), "psk": ("maybe", "only"), "fallback": ("tls", "ipsec"),
    "trust": ("nobody", "token-or-pki", "token-and-pki"), "ca": ("{none}", "{folder}", "{empty}", "{words}"),
    "server-name": ("", "a b", "a/b", "x" * 256), "token2": ("maybe", "pinned"), "token2-pins": ("pins",),
    "tls-max": ("1.1", "3"), "tls-min": ("1.1", "1.4"),
    "keylog": ("{none}", "{folder}"), "pcap": ("{none}", "{folder}"), "config": ("{none}", "{folder}"),
}
VALUES = {
    "softphone": {**PHONE, "send": ("{none}", "{folder}", "{empty}", "{words}", "{invite}"), "stay": ("-1", "100000001", "x")},
    "gateway": {**PHONE, "sip": ("", "x", "127.0.0.1", "127.0.0.1:99999", "0.0.0.0:0", "192.0.2.1:0", "127.0.0.1:{busy}"),
                "sip-user": ("x", ":@{plain}", "name:secret", "name:@{none}", "name:@{empty}")},
    "pcscf": {
        "impi": ("", "a b", "x" * 256), "k": ("", "zz" * 16, "00"), "opc": ("", "zz" * 16, "00"),
        "domain": ("", "a b"), "algorithm": ("MD5", ""), "sqn": ("x", ""), "amf": ("80", "x", ""),
        "expires": ("0", "x", "4294967297"), "reauth": ("0", "x"), "notify": ("none", ""), "notify-after": ("0", "x"),
        "listen": ("here", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:{busy}"),
        "listen-plain": ("here", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:{busy}"),
        "cert": ("x",), "key": ("x",), "ticket-key": ("", "42", "zz" * 32, "42" * 33), "mechanisms": ("", "foo", "tls,foo;q=0.1", "tls;q=2", "x" * 2000),
        "psk": ("maybe", ""), "token2": ("maybe", ""), "outbound": ("x", "", "4294967296"),
        "connections": ("0", "x"), "registrations": ("0", "x"), "options-after": ("0", "x"),
        "count": ("0", "-1", "4294967297"), "fault": ("none", ""),
    },
}

# Rows that need other arguments: (program, base, option, value, exit).
CARD = {"pcscf": "127.0.0.1:1", "usim": "at:/dev/null"}
ROWS = [
    *[("softphone", {**WHO, "k": K.hex()}, "op", value, USAGE) for value in ("", "00", "00" * 17, "@{none}")],
    *[("softphone", {**WHO, **TUAK}, "k", value, USAGE) for value in ("", "00" * 17)],
    *[("softphone", {**WHO, **TUAK}, "topc", value, USAGE) for value in ("", "00" * 16, "@{none}")],
    *[("softphone", {**WHO, "algo": "tuak", "k": K.hex()}, "top", value, USAGE) for value in ("", "00" * 16, "@{none}")],
    *[("softphone", CARD, "pin", value, USAGE) for value in ("", "123", "123456789", "12345678x", "12a4", "@{none}")],
    ("softphone", CARD, "pin-last-try", None, USAGE),
    ("softphone", {"pcscf": "127.0.0.1:1"}, "usim", "at:{none}", STORAGE),
    *[("softphone", BASE["softphone"], "sqn-file", value, STORAGE) for value in ("{none}", "{folder}", "{words}", "{empty}")],
    *[("softphone", {**BASE["softphone"], "token2": "pinned"}, "token2-pins", value, STORAGE) for value in ("{none}", "{folder}")],
    *[("softphone", {"pcscf": "127.0.0.1:1", **KEYS, "mnc-len": "2"}, "imsi", value, USAGE)
      for value in ("", "12345", "1234567890123456", "12345678901234x")],
    ("softphone", {"pcscf": "127.0.0.1:1", **KEYS}, "imsi", "001010000000001", USAGE),
    *[("softphone", {**BASE["softphone"], "instance": "urn:uuid:x"}, "reg-id", value, USAGE)
      for value in ("0", "2147483648", "x")],
    *[("softphone", KEYS, "check-nonce", value, USAGE) for value in ("", "x", "00" * 31)],
    *[("softphone", {**KEYS, "check-nonce": NONCE}, "expect-amf", value, USAGE) for value in ("", "80", "x")],
    # contradictions
    ("softphone", BASE["softphone"], "reg-id", "1", USAGE),
    ("softphone", BASE["softphone"], "expect-amf", "8000", USAGE),
    ("softphone", {"usim": "pcsc"}, "check-nonce", NONCE, USAGE),
    ("softphone", BASE["softphone"], "op", "00" * 16, USAGE),
    ("softphone", BASE["softphone"], "topc", "00" * 32, USAGE),
    ("softphone", BASE["softphone"], "usim", "pcsc", USAGE),
    ("softphone", {**BASE["softphone"], "offer": "ipsec-3gpp", "flow": "agree-first"}, "serve", "5070", USAGE),
    ("softphone", {**BASE["softphone"], "tls-max": "1.2"}, "tls-min", "1.3", USAGE),
    ("softphone", {**BASE["softphone"], "flow": "agree-first"}, "sec-agree", "off", USAGE),
    *[("pcscf", {**BASE["pcscf"], "key": "{words}"}, "cert", value, USAGE) for value in ("{none}", "{folder}", "{words}")],
    ("pcscf", {**BASE["pcscf"], "cert": "{pem}"}, "key", "{none}", USAGE),
    ("pcscf", {**BASE["pcscf"], "cert": "{pem}"}, "key", "{words}", USAGE),
    *[("pcscf", {"listen": "127.0.0.1:0"}, "subscribers", value, USAGE)
      for value in ("{none}", "{folder}", "{empty}", "{words}")],
    ("pcscf", BASE["pcscf"], "subscribers", "{plain}", USAGE),
    *[("pcscf", {"impi": IMPI, "k": K.hex(), "listen": "127.0.0.1:0"}, "op", value, USAGE) for value in ("", "zz" * 16, "00")],
    ("pcscf", BASE["pcscf"], "op", "00" * 16, USAGE),
    ("pcscf", BASE["pcscf"], "message", "x" * 5000, USAGE),
    ("pcscf", BASE["pcscf"], "call", None, USAGE),
    ("pcscf", BASE["pcscf"], "fault", "s-token2-wrong", USAGE),
]
# What has to be given: without it, a sentence that names it.
PERSON = ("pcscf", "impi", "impu", "domain", "k", "opc")
NEEDED = {"softphone": PERSON, "gateway": (*PERSON, "sip"), "pcscf": ("impi", "k", "opc")}


class World:
    """Files and a port for the placeholders above."""

    def __init__(self, suite):
        self.folder = suite.folder("wrong options")
        self.busy = socket.create_server(("127.0.0.1", 0))
        self.words = {"none": os.path.join(self.folder, "none", "file"), "folder": self.folder,
                      "busy": self.busy.getsockname()[1], "empty": self.file("empty", ""),
                      "words": self.file("words", "some words\n"), "plain": self.file("plain", "some words\n"),
                      "pem": suite.pem("pcscf.pem"), "invite": os.path.join(HERE, "invite.txt")}

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(content)
        return path

    def put(self, value):
        return re.sub(r"\{(\w+)\}", lambda found: str(self.words[found.group(1)]), value)


def start(suite, name, argv):
    program = os.path.join(os.path.dirname(suite.args.softphone), name)
    return subprocess.run([program, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)


def arguments(world, options):
    argv = []
    for name, value in options.items():
        argv += [f"--{name}"] if value is None else [f"--{name}", world.put(value)]
    return argv


def judge(done, what, status, *named):
    """One sentence, which begins with the program's name and names each of these."""
    said = done.stderr
    faults = [] if done.returncode == status else [f"exit {done.returncode}, not {status}"]
    faults += [] if len(said.splitlines()) == 1 else ["not one line"]
    faults += [f"no {name}" for name in named if not re.search(re.escape(name) + r"(?![\w-])", said)]
    return [f"{what}: {'; '.join(faults)}: {said.strip()!r}"] if faults else []


def wrong(suite, world, program, base, option, value, status):
    """The option comes last, so that it wins."""
    argv = arguments(world, {name: v for name, v in base.items() if name != option} | {option: value})
    found = re.search(r"\{(none|folder|empty|words|invite)\}", value or "")
    files = [str(world.words[found.group(1)])] if found else []
    return judge(start(suite, program, argv), f"{program} --{option} {(value or '')[:40]}", status, f"--{option}", *files)


def table(suite, world, program, option):
    """All that stands in the tables of this option."""
    faults = []
    for value in VALUES[program].get(option, ()):
        faults += wrong(suite, world, program, BASE[program], option, value, USAGE)
    for row in ROWS:
        faults += wrong(suite, world, *row) if (row[0], row[2]) == (program, option) else []
    return faults


def missing(suite, world, program, option):
    base = {name: value for name, value in BASE[program].items() if name != option}
    return judge(start(suite, program, arguments(world, base)), f"{program} without --{option}", USAGE, f"--{option}")


def listed(suite, program):
    """Options of --help: {name: it takes a value}."""
    text = start(suite, program, ["--help"]).stdout
    return {name: bool(value) for name, value in re.findall(r"^  (?:-\w, )?--([\w-]+)(?: (\S+))?", text, re.M)}


def complete(suite, program):
    """Each option that takes a value has a wrong one in the table, and no option is there that does not exist."""
    options = listed(suite, program)
    others = {"softphone": "gateway", "gateway": "softphone"}   # one table of both, where a row needs other arguments
    looked_at = set(VALUES[program]) | {row[2] for row in ROWS if row[0] in (program, others.get(program))}
    faults = [f"no wrong value of --{name}" for name, takes in options.items() if takes and name not in looked_at]
    faults += [f"no such option: --{name}" for name in VALUES[program] if not options.get(name)]
    faults += [f"no such option: --{row[2]}" for row in ROWS if row[0] == program and row[2] not in options]
    return faults + ([] if len(options) > 20 else [f"--help lists {options}"])


def forms(suite, world, program):
    """A value that is missing, one where none is wanted, an option and a word that nobody knows."""
    faults = []
    for name, takes in listed(suite, program).items():
        argv = [f"--{name}"] if takes else [f"--{name}=yes"]
        faults += judge(start(suite, program, argv), " ".join(argv), USAGE, f"--{name}")
    for word in ("--bogus", "words"):
        faults += judge(start(suite, program, [*arguments(world, BASE[program]), word]), word, USAGE, word)
    return faults


def tests(suite, _run_module):
    """[(title, test)]"""
    world = World(suite)
    out = []
    for program in BASE:
        rows = dict.fromkeys([*VALUES[program], *(row[2] for row in ROWS if row[0] == program)])
        out += [(f"wrong: {program} --{o}", lambda p=program, o=o: table(suite, world, p, o)) for o in rows]
        out += [(f"wrong: {program} without --{o}", lambda p=program, o=o: missing(suite, world, p, o)) for o in NEEDED[program]]
        out.append((f"wrong: {program}, all options", lambda p=program: complete(suite, p)))
        out.append((f"wrong: {program}, forms", lambda p=program: forms(suite, world, p)))
    return out
