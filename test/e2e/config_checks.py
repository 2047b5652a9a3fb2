# SPDX-License-Identifier: Apache-2.0
"""Options from a file, secrets from files and the environment: what softphone makes of them."""
import os

from peer import IMPI, IMPU, K, OPC, REALM

BASE = {"impi": IMPI, "impu": IMPU, "domain": REALM, "json": "", "timeout": "8"}
KEYS = {"k": K.hex(), "opc": OPC.hex()}


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def lines(options, between=" "):
    return "".join(f"{name}{between if value else ''}{value}\n" for name, value in options.items())


def run(suite, run_module, folder, argv, environment):
    """Exit status, what it said of an error, and the events."""
    given = [f"{name}={value}" for name, value in (environment or {}).items()]
    child = run_module.Child(["env", *given, suite.args.softphone, *argv], folder, "softphone")
    status = child.wait(15)
    return status, child.error_text().decode(), child.events()


def good(suite, run_module, title, text, argv, environment, files):
    """It registers with the example P-CSCF; {port} in the text is its port, and {folder} that of the files."""
    folder = suite.folder(title)
    for name, content in files.items():
        write(folder, name, content)
    peer = suite.pcscf(folder)
    try:
        where = {"port": peer.port(), "folder": folder}
        path = write(folder, "options", text.format(**where))
        argv = [word.format(path=path, **where) for word in argv]
        environment = {name: value.format(**where) for name, value in environment.items()}
        status, said, events = run(suite, run_module, folder, argv, environment)
    finally:
        peer.end()
    faults = [] if status == 0 else [f"exit {status}: {said}"]
    return faults + ([] if any(e["event"] == "registered" for e in events) else ["not registered"])


def wrong(suite, run_module, title, text, argv, names):
    """A usage error in one line that names what is wrong."""
    folder = suite.folder(title)
    path = write(folder, "options", text) if text is not None else os.path.join(folder, "none")
    argv = [word.format(path=path) for word in argv]
    status, said, _ = run(suite, run_module, folder, argv, {})
    faults = [] if status == 2 else [f"exit {status}, not 2"]
    faults += [] if len(said.splitlines()) == 1 else [f"not one line: {said}"]
    return faults + ([] if names.format(path=path) in said else [f"does not name {names}: {said}"])


FROM = ["--config", "{path}"]
AT = "pcscf 127.0.0.1:{port}\n"
ALL = AT + lines(BASE)
FILES = {"k": f"  {K.hex()} \r\nsecond line\n", "opc": OPC.hex()}
GOOD = {
    "all of it": (ALL + lines(KEYS), FROM, {}, {}),
    "as name=value, comments, blanks": ("# mine\n\n  " + AT + lines({**BASE, **KEYS}, " = "), ["--config={path}"], {}, {}),
    "the command line wins": ("pcscf 127.0.0.1:1\n" + lines({**BASE, **KEYS, "k": "00" * 16}),
                              ["--k", K.hex(), "--pcscf", "127.0.0.1:{port}", *FROM], {}, {}),
    "secrets in files": (ALL + "k @{folder}/k\nopc=@{folder}/opc\n", FROM, {}, FILES),
    "secrets in the environment": (ALL, FROM, {"IMSTLS_K": K.hex(), "IMSTLS_OPC": OPC.hex()}, {}),
    "files named in the environment": (ALL, FROM, {"IMSTLS_K": "@{folder}/k", "IMSTLS_OPC": "@{folder}/opc"}, FILES),
    "options before the environment": (ALL + lines(KEYS), FROM, {"IMSTLS_K": "00" * 16, "IMSTLS_OP": "11" * 16}, {}),
}
WHO = ["--pcscf", "127.0.0.1:1", "--impi", IMPI, "--impu", IMPU, "--domain", REALM]
WRONG = {
    "no such file": (None, FROM, "{path}"),
    "unknown option": ("bogus 1\n", FROM, "--bogus"),
    "another file": ("config /dev/null\n", FROM, "{path}"),
    "two files": ("", [*FROM, *FROM], "--config"),
    "no name": ("", ["--config"], "--config"),
    "a directory": ("", ["--config", "/tmp"], "/tmp"),
    "NUL": ("k \0\n", FROM, "{path}"),
    "too many": ("json\n" * 600, FROM, "{path}"),
    "too long": ("#" * 70000, FROM, "{path}"),
    "no such secret": ("", [*WHO, "--k", "@/nowhere/k", "--opc", OPC.hex()], "--k: /nowhere/k"),
    "endless secret": ("", [*WHO, "--k", "@/dev/zero", "--opc", OPC.hex()], "/dev/zero"),
    "long secret": ("0" * 300, [*WHO, "--k", "@{path}", "--opc", OPC.hex()], "{path}"),
    "P-CSCF that is none": ("", ["--pcscf", "127.0.0.1:99999", *WHO[2:], "--k", K.hex(), "--opc", OPC.hex()], "network.pcscf"),
    "identity that is no URI": ("", [*WHO, "--impu", "a@b", "--k", K.hex(), "--opc", OPC.hex()], "identity.impu"),
    "offer of nothing known": ("", [*WHO, "--offer", "digest", "--k", K.hex(), "--opc", OPC.hex()], "policy.offer"),
    "short secret": ("00", [*WHO, "--k", "@{path}", "--opc", OPC.hex()], "--k"),
}


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for name, how in GOOD.items():
        title = "config: " + name
        out.append((title, lambda h=how, t=title: good(suite, run_module, t, *h)))
    for name, how in WRONG.items():
        title = "config wrong: " + name
        out.append((title, lambda h=how, t=title: wrong(suite, run_module, t, *h)))
    return out
