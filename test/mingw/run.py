#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BUILD EXAMPLES: the library and softphone for Windows, under Wine, against a P-CSCF of this machine.

PCSCF: the example P-CSCF, NM: nm for Windows. Without a Wine that runs what is compiled is checked alone, and that is a
failure.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

BUILD, EXAMPLES = (os.path.abspath(path) for path in sys.argv[1:3])
SOFTPHONE = os.path.join(EXAMPLES, "softphone.exe")
IMPI = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
CARD = ["--impi", IMPI, "--k", "465b5ce8b199b49faa5f0a2ee238a6bc", "--opc", "cd63cb71954a9f4e48a5994e37a02baf"]
WHO = CARD + ["--impu", "sip:" + IMPI, "--domain", IMPI.split("@")[1], "--timeout", "30", "--json"]
ENV = dict(os.environ, WINEPREFIX=os.path.join(BUILD, "wine"), WINEDEBUG="-all", DISPLAY="")
SECONDS = 60


def names(path):
    with open(path, encoding="ascii") as lines:
        return {line.strip() for line in lines if not line.startswith("#")}


def check_symbols():
    """A library for Windows has what the others have, with the Winsock part in place of the POSIX part."""
    out = subprocess.run([os.environ["NM"], "-g", "--defined-only", os.path.join(BUILD, "libimstls.a")], check=True,
                         capture_output=True, text=True).stdout
    have = set(re.findall(r" T (imstls_(?!i_)\w+)", out))
    posix = {name for name in names("test/symbols.txt") if name.startswith("imstls_net_posix")}
    want = names("test/symbols.txt") - posix | names("test/symbols_windows.txt")
    assert posix and have == want, f"missing: {sorted(want - have)}, too many: {sorted(have - want)}"


def wine():
    return shutil.which("wine64") or shutil.which("/usr/lib/wine/wine64") or shutil.which("wine")


def why_not():
    """None: Wine runs here."""
    if not wine():
        return "no Wine (Debian package wine64)"
    os.makedirs(BUILD, exist_ok=True)
    try:
        done = subprocess.run([wine(), "cmd", "/c", "exit 7"], env=ENV, capture_output=True, text=True, check=False,
                              timeout=120, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "Wine does not start within two minutes"
    return None if done.returncode == 7 else f"Wine does not run: {done.stderr.strip()[-200:]}"


class Pcscf:
    def __init__(self, *options):
        self.process = subprocess.Popen([os.environ["PCSCF"], *CARD, "--listen", "127.0.0.1:0", "--listen-plain", "127.0.0.1:0",
                                         *options], stdout=subprocess.PIPE, text=True)
        _, self.tls, self.plain = self.process.stdout.readline().split()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def log(self):
        self.process.terminate()
        return self.process.stdout.read()


def command(to, options):
    return [wine(), SOFTPHONE, "--pcscf", to, *WHO, *options]


def softphone(to, *options):
    """Exit status, events, standard error."""
    done = subprocess.run(command(to, options), env=ENV, capture_output=True, text=True, check=False, timeout=SECONDS,
                          stdin=subprocess.DEVNULL)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def kinds(events):
    return [event["event"] for event in events]


def named(events, name):
    return [event for event in events if event["event"] == name]


def check_sockets():
    done = subprocess.run([wine(), os.path.join(BUILD, "test/winsock_test.exe")], env=ENV, capture_output=True, text=True,
                          check=False, timeout=SECONDS)
    assert done.returncode == 0 and "winsock: " in done.stdout, (done.returncode, done.stdout, done.stderr)


def check_registration():
    with Pcscf() as pcscf:
        status, events, said = softphone(pcscf.tls)
        assert status == 0, (status, events, said)
        told = [kind for kind in kinds(events) if kind in ("tls", "challenge", "trust", "registered", "deregistered")]
        assert told == ["tls", "challenge", "trust", "registered", "deregistered"], told
        assert named(events, "trust")[0]["s_token"] == "ok" and named(events, "registered")[0]["trust"] == "token", events
        log = pcscf.log()
        assert "c_token=ok" in log and "\nderegistered" in log, log


def check_refusal():
    for fault, status, error in (("s-token-other-cert", 6, "s_token_mismatch"), ("s-token-missing", 6, "s_token_missing"),
                                 ("mac-wrong", 5, "aka_mac")):
        with Pcscf("--fault", fault) as pcscf:
            got, events, said = softphone(pcscf.tls)
            assert got == status, (fault, got, events, said)
            assert named(events, "failed")[0]["error"] == error and named(events, "failed")[0]["exit"] == status, events
            assert "registered" not in kinds(events) and "verified" not in pcscf.log(), (fault, events)


def check_agree_first():
    for theirs, ours, trust in ((["--mechanisms", "tls"], [], "token"), (["--psk", "only"], ["--psk", "only"], "psk")):
        with Pcscf(*theirs) as pcscf:
            status, events, said = softphone(pcscf.plain, "--tls-port", pcscf.tls.split(":")[1], "--flow", "agree-first", *ours)
            assert status == 0 and named(events, "registered")[0]["trust"] == trust, (status, events, said)


def check_unreachable():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        status, events, said = softphone(f"127.0.0.1:{nobody.getsockname()[1]}")
    assert status == 3 and named(events, "failed")[0]["error"] == "connect", (status, events, said)


def start(pcscf, *options):
    process = subprocess.Popen(command(pcscf.tls, ["--stay", "60", *options]), env=ENV, stdout=subprocess.PIPE, text=True,
                               stdin=subprocess.DEVNULL)
    for line in process.stdout:
        if json.loads(line)["event"] == "registered":
            return process
    raise AssertionError(f"not registered, exit {process.wait()}")


def check_interrupt():
    """Wine makes Ctrl-C of the signal."""
    with Pcscf() as pcscf:
        process = start(pcscf)
        process.send_signal(signal.SIGINT)
        rest = kinds([json.loads(line) for line in process.communicate(timeout=SECONDS)[0].splitlines()])
        assert process.returncode == 0 and rest[-1] == "deregistered", (process.returncode, rest)


def check_sqn_file():
    """Kept from one run to the next, and one program's at a time."""
    with tempfile.TemporaryDirectory() as folder, Pcscf() as pcscf:
        path = os.path.join(folder, "sqn")
        assert softphone(pcscf.tls, "--sqn-file", path)[0] == 0
        with open(path, encoding="ascii") as lines:
            first = lines.read().split()
        process = start(pcscf, "--sqn-file", path)
        status, _, said = softphone(pcscf.tls, "--sqn-file", path)
        assert status == 10 and "another program uses it" in said, (status, said)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
        with open(path, encoding="ascii") as lines:
            second = lines.read().split()
        assert len(first) == len(second) == 32 and first != second, (first, second)


def check_files():
    with tempfile.TemporaryDirectory() as folder, Pcscf() as pcscf:
        keylog, options = os.path.join(folder, "keys"), os.path.join(folder, "options")
        with open(options, "w", encoding="ascii") as out:
            out.write(f"keylog = {keylog}\r\nexpires 1234\r\n")
        status, events, said = softphone(pcscf.tls, "--config", options)
        assert status == 0 and named(events, "registered")[0]["expires"] == 1234, (status, events, said)
        with open(keylog, encoding="ascii") as lines:
            assert lines.read().startswith("CLIENT_RANDOM "), "no key log"


def check_what_it_lacks():
    for option in (["--usim", "pcsc"], ["--usim", "at:COM3"], ["--pcap", "x"], ["--offer", "tls,ipsec-3gpp"]):
        keys = [] if option[0] == "--usim" else CARD[2:]
        done = subprocess.run([wine(), SOFTPHONE, "--pcscf", "127.0.0.1", *WHO[:2], *keys, *WHO[6:], *option], env=ENV,
                              capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 2 and "this build does not have it" in done.stderr, (option, done.returncode, done.stderr)


def main():
    check_symbols()
    print("mingw: symbols as in test/symbols.txt")
    reason = why_not()
    if reason:
        sys.exit(f"mingw: compiled; not run: {reason}")
    for check in (check_sockets, check_registration, check_refusal, check_agree_first, check_unreachable, check_interrupt,
                  check_sqn_file, check_files, check_what_it_lacks):
        check()
        print("mingw:", check.__name__[6:].replace("_", " "), "passed", flush=True)


main()
