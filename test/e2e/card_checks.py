# SPDX-License-Identifier: Apache-2.0
"""The softphone with a card in a modem behind a pty, against the example P-CSCF: cards as they are. Used by run.py."""
import os
import re
import signal
import sys
import time

VCARD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vcard")
TEST_DOMAIN = "ims.mnc001.mcc001.3gppnetwork.org"


class Modem:
    """test/vcard/modem.py in a process."""

    def __init__(self, run_module, folder, more, name="modem"):
        argv = [sys.executable, "-B", os.path.join(VCARD, "modem.py"), *more]
        self.child = run_module.Child(argv, folder, name)
        for _ in range(500):
            found = re.search(rb"^ready (\S+)$", self.child.text(), re.M)
            if found:
                self.device = found[1].decode()
                return
            time.sleep(0.02)
        raise RuntimeError("no modem: " + self.child.error_text().decode("latin-1")[-300:])

    def open_channels(self):
        """How many +CCHO has open, at each change."""
        return [int(n) for n in re.findall(rb"^open (\d+)$", self.child.text(), re.M)]


class Case:
    """A modem, a P-CSCF that knows the subscriber, and a softphone that knows nothing but the two."""

    def __init__(self, suite, run_module, title, modem=(), impi="001010000000001@" + TEST_DOMAIN, pcscf=()):
        self.suite, self.run_module, self.folder = suite, run_module, suite.folder(title)
        self.modem = Modem(run_module, self.folder, [word.format(folder=self.folder) for word in modem])
        self.pcscf = suite.pcscf(self.folder, "--impi", impi, "--sqn", "000000000020", *pcscf)
        self.runs = 0

    def phone(self, more, seconds=20):
        """One run of the softphone; its exit status lies in `status`."""
        self.runs += 1
        argv = [self.suite.args.softphone, "--usim", "at:" + self.modem.device, "--json", "--timeout", "10", *more]
        run = self.run_module.Child(argv, self.folder, f"softphone{self.runs}")
        run.status = run.wait(seconds)
        return run

    def at_port(self):
        return ["--pcscf", f"127.0.0.1:{self.pcscf.port()}"]

    def end(self):
        self.pcscf.end()
        self.modem.child.end()


def judge(run, status, word=""):
    said = (run.text() + run.error_text()).decode("latin-1")
    faults = [] if run.status == status else [f"exit {run.status}, not {status}: {said[-300:]}"]
    return faults + ([] if word in said else [f"no word of {word}: {said[-300:]}"])


def odd_pcscf(case):
    """The one good record of EF_P-CSCF is taken."""
    return judge(case.phone(["--tls-port", str(case.pcscf.port())]), 0, '"event":"registered"')


def registers(case):
    return judge(case.phone(case.at_port()), 0, '"event":"registered"')


def mnc_unknown(case):
    """Nobody can tell, until somebody does."""
    faults = judge(case.phone(case.at_port()), 2, "--mnc-len")
    faults += judge(case.phone([*case.at_port(), "--mnc-len", "2"]), 0, '"event":"registered"')
    named = ["--impi", "001010000000001@" + TEST_DOMAIN, "--domain", TEST_DOMAIN, "--impu",
             "sip:001010000000001@" + TEST_DOMAIN]
    return faults + judge(case.phone([*case.at_port(), *named]), 0, '"event":"registered"')


def closed(case, at_least=1):
    """There were channels, and none is left."""
    counts = case.modem.open_channels()
    return [] if counts.count(0) >= at_least and counts[-1] == 0 else [f"open channels: {counts}"]


def channel_closed(case):
    """After a registration, and after each of five more: the card has but three channels beside the basic one."""
    faults = []
    for _ in range(6):
        faults += judge(case.phone(case.at_port()), 0, '"event":"deregistered"')
    return faults + closed(case, 6)


def closed_on_failure(*more, status, word):
    def check(case):
        return judge(case.phone([*case.at_port(), *more]), status, word) + closed(case)
    return check


def closed_unreachable(case):
    """No P-CSCF: nothing was asked of the card but who it is."""
    return judge(case.phone(["--pcscf", "127.0.0.1:1"]), 3, '"event":"failed"') + closed(case)


def closed_on_signal(when):
    """SIGTERM while the card is read, or while the phone is registered; `when` is in what the softphone says."""
    def check(case):
        argv = [case.suite.args.softphone, "--usim", "at:" + case.modem.device, "--json", *case.at_port(), "--stay", "60"]
        run = case.run_module.Child(argv, case.folder, "softphone")
        try:
            for _ in range(500):
                if when in run.text() if when else case.modem.open_channels():
                    break
                time.sleep(0.02)
            run.process.terminate()
            run.status = run.wait(30)
        finally:
            run.end()
        return judge(run, 0 if when else 3) + closed(case)
    return check


def hung_modem(case):
    """It does not answer +CCHO for a minute: a signal ends the softphone in a few seconds all the same."""
    argv = [case.suite.args.softphone, "--usim", "at:" + case.modem.device, "--json", *case.at_port()]
    run = case.run_module.Child(argv, case.folder, "softphone")
    try:
        for _ in range(500):
            if case.modem.open_channels():
                break
            time.sleep(0.02)
        run.process.terminate()
        run.status = run.wait(25)
    finally:
        run.end()
    return judge(run, 3) + ([] if 4 < run.wall < 9 else [f"took {run.wall:.1f} s"])


def told(run, what, times=1):
    """Waits until standard error says so."""
    for _ in range(500):
        if run.error_text().count(what) >= times:
            return []
        time.sleep(0.02)
    return [f"never told: {what}"]


def unplugged(case):
    """While registered, and back under its name before the challenge of the refresh: that is answered, on a channel of its
    own, and nothing of it is noticed. Idle means idle meanwhile."""
    argv = [case.suite.args.softphone, "--usim", "at:" + case.modem.device, "--json", *case.at_port(), "--stay", "6",
            "--pin", "1234"]
    run = case.run_module.Child(argv, case.folder, "softphone")
    try:
        while b'"event":"registered"' not in run.text() and run.process.poll() is None:
            time.sleep(0.02)
        case.modem.child.process.send_signal(signal.SIGUSR1)
        faults = told(run, b"the modem is gone") + told(run, b"the modem is back")
        run.status = run.wait(20)
    finally:
        run.end()
    names = [e["event"] for e in run.events()]
    faults += judge(run, 0, '"event":"deregistered"')
    faults += [f"{n} challenges answered" for n in [run.text().count(b'"autn":"ok"')] if n < 2]
    faults += [f"told: {bad}" for bad in ("lost", "policy", "retry") if bad in names]
    faults += ["no refresh"] if "refreshed" not in names else []
    faults += [f"{run.cpu:.2f} s of CPU"] if run.cpu > 0.5 else []
    return faults + closed(case, 2)


# name, check, the modem's options, IMPI when it is another, the P-CSCF's options
CASES = [
    ("odd-pcscf", odd_pcscf, ["--odd", "pcscf"], None),
    ("blank-impi", registers, ["--odd", "impi"], None),
    ("mnc-unknown", mnc_unknown, ["--no-isim", "--mnc-len", "0"], None),
    ("mnc-by-table", registers, ["--no-isim", "--mnc-len", "0", "--imsi", "310260123456789"],
     "310260123456789@ims.mnc260.mcc310.3gppnetwork.org"),
    ("handle-hex", channel_closed, ["--handle", "00000000038aa32%d"], None),
    ("handle-quoted", channel_closed, ["--handle", '"%d"'], None),
    ("closed", channel_closed, [], None),
    ("closed, PIN missing", closed_on_failure(status=10, word="PIN"), ["--pin", "1234"], None),
    ("closed, PIN wrong", closed_on_failure("--pin", "9999", status=10, word="PIN"), ["--pin", "1234"], None),
    ("closed, another key", closed_on_failure(status=5, word="aka_mac"), ["--k", "00" * 16], None),
    ("closed, too slow", closed_on_failure("--timeout", "1", status=3, word='"event":"failed"'), ["--slow-ms", "2500"],
     None),
    ("closed, unreachable", closed_unreachable, [], None),
    ("closed by a signal", closed_on_signal(b'"event":"registered"'), [], None),
    ("closed by a signal while it opens", closed_on_signal(b""), ["--slow-open-ms", "1000"], None),
    ("unplugged", unplugged, ["--pin", "1234", "--link", "{folder}/ttyUSB0"], None, ["--expires", "8", "--reauth", "1"]),
    ("hung, ended by a signal", hung_modem, ["--slow-open-ms", "60000"], None),
]


def one(suite, run_module, title, check, modem, impi, pcscf=()):
    case = Case(suite, run_module, title, modem, **({"impi": impi} if impi else {}), pcscf=pcscf)
    try:
        return check(case)
    finally:
        case.end()


def tests(suite, run_module):
    out = []
    for name, check, modem, impi, *pcscf in CASES:
        title = "card " + name
        out.append((title, lambda t=title, c=check, m=modem, i=impi, p=pcscf:
                    one(suite, run_module, t, c, m, i, *p)))
    return out
