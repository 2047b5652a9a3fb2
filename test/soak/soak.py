#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`soak.py [--seconds S] [SOFTPHONE [PCSCF]]`: softphones that stay registered with the example P-CSCF on loopback, while a
subscriber sends odd messages to all of them, the P-CSCF restarts, and strangers knock at every port. Prints each property
that must hold, what was measured, and a verdict; exit 1 if one does not hold.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, HERE + "/../e2e")
import certs  # noqa: E402
from odd import ASKED, Sender  # noqa: E402
from peer import REALM  # noqa: E402
from ports import free_port  # noqa: E402
from strangers import Strangers  # noqa: E402
from ue import Subscriber  # noqa: E402

PHONES = 20
EXPIRES_S, REAUTH = 60, 4       # each phone refreshes twice a minute; every fourth time it is challenged anew

# What SECURITY.md and config.h say of a return. One that is lost comes back at once; it may be spread over some seconds.
# When the P-CSCF is not there then, the first back-off follows.
AT_ONCE_S, BACKOFF_S = 5, 30
LATE_S = 15                     # how much later a busy machine may be
EARLY_S = 2                     # a phone counts from when it began to run, we from when it was started

# When something happens: the first restart, then by turns a message that ends the flows and the next restart, each when
# the registrations before it have held 60 s: else their loss counts as a failure, and they come back after back-off.
FIRST_S, DOWN_S, ENDING_AFTER_S, CYCLE_S = 15, 2, 100, 170
BASELINE_S = 120                # resident memory may grow until then
GROWTH, GROWTH_KIB = 0.01, 64   # and afterwards by that, whichever is more
IDLE_MS = 10                    # of CPU a client and minute when nothing happens


def subscribers():
    return [Subscriber(f"0010100000001{n:02}@{REALM}", os.urandom(16), os.urandom(16)) for n in range(PHONES + 1)]


def cpu_s(pid):
    """CPU time of another process: the clock of clock_getcpuclockid, as Linux numbers it."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_kib(pid):
    """Exact, unlike VmRSS."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


class Phone:
    """A softphone, and what it told so far. Times are those of the monotonic clock."""

    def __init__(self, program, port, who, folder):
        self.serve_port, self.rest, self.told = free_port(), b"", []
        self.registered, self.lost = [], []
        self.dropped = self.served = self.asked = self.answered = 0
        self.received = ""
        argv = [program, "--pcscf", f"127.0.0.1:{port}", "--impi", who.impi, "--impu", who.impu, "--domain", REALM, "--k",
                who.k.hex(), "--opc", who.opc.hex(), "--json", "--serve", str(self.serve_port), "--stay", "999999",
                "--timeout", "0"]
        self.start = time.monotonic()
        with open(os.path.join(folder, who.impi.partition("@")[0]), "wb") as errors:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        os.set_blocking(self.process.stdout.fileno(), False)

    def take(self):
        """What it said since."""
        while data := self.process.stdout.read(65536):
            self.rest += data
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            self.take_event(json.loads(line))

    def take_event(self, event):
        name, at = event["event"], self.start + event["t_ms"] / 1000
        self.told = self.told[-30:] + [event]
        if name in ("registered", "lost"):
            getattr(self, name).append(at)
        self.dropped += name == "dropped"
        self.served += name == "served"
        if name == "received":
            self.received = event["line"]
            self.asked += self.received == ASKED
        self.answered += name == "sent" and (self.received, event["line"]) == (ASKED, "SIP/2.0 200 OK")

    def is_registered(self):
        return self.process.poll() is None and len(self.registered) == len(self.lost) + 1

    def pid(self):
        return self.process.pid

    def end(self):
        """Exit status of a phone that is asked to leave."""
        self.process.send_signal(signal.SIGINT)
        end = time.monotonic() + 15
        while self.process.poll() is None and time.monotonic() < end:
            self.take()
            time.sleep(0.02)
        self.kill()
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Pcscf:
    """The example P-CSCF on ports that stay the same when it restarts."""

    def __init__(self, program, folder, who):
        self.ports, self.lives, self.died = (free_port(), free_port()), 0, 0
        path, self.output = os.path.join(folder, "subscribers"), os.path.join(folder, "pcscf")
        with open(path, "w", encoding="ascii") as out:
            out.writelines(f"{w.impi} {w.k.hex()} {w.opc.hex()}\n" for w in who)
        cert = os.path.join(folder, "certs")
        os.mkdir(cert)
        certs.make(cert)
        self.argv = [program, "--subscribers", path, "--listen", f"127.0.0.1:{self.ports[0]}", "--listen-plain",
                     f"127.0.0.1:{self.ports[1]}", "--cert", cert + "/pcscf.crt", "--key", cert + "/pcscf.key", "--expires",
                     str(EXPIRES_S), "--reauth", str(REAUTH), "--fault", "raw-messages", "--json"]
        self.process = None
        self.begin()

    def begin(self):
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.lives += 1

    def is_ready(self):
        with open(self.output, "rb") as out:
            return b'"ready"' in out.readline()

    def end(self):
        """By turns at its own leisure, and killed."""
        self.died += self.process.poll() is not None
        self.process.send_signal(signal.SIGKILL if self.lives % 2 == 0 else signal.SIGTERM)
        self.process.wait(10)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Incident:
    """Something after which every phone has to come back."""

    def __init__(self, what, at, bound):
        self.what, self.at, self.until = what, at, at + bound + LATE_S

    def holds(self, at):
        return self.at - EARLY_S <= at <= self.until

    def returns(self, phones):
        """How long each phone was away after it; None: it did not notice, or is not back in time."""
        out = []
        for phone in phones:
            lost = any(self.holds(at) for at in phone.lost)
            back = [at for at in phone.registered if self.holds(at)]
            out.append(max(back) - self.at if lost and back else None)
        return out


class Soak:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.seconds, self.quiet_s = args.seconds, 60 if args.seconds >= 300 else max(15, args.seconds // 6)
        self.start, self.incidents, self.phones = time.monotonic(), [], []
        self.rows, self.faults = [], []
        self.baseline = self.idle = self.pcscf = self.sender = self.strangers = None

    def now(self):
        return time.monotonic() - self.start

    def all_registered(self):
        return all(phone.is_registered() for phone in self.phones)

    def wait(self, until, condition=lambda: False):
        """Until that second of the run, or as soon as the condition holds."""
        while self.now() < until and not condition():
            for phone in self.phones:
                phone.take()
            if self.baseline is None and self.now() >= self.baseline_s() and self.all_registered():
                self.baseline = [resident_kib(phone.pid()) for phone in self.phones]
            time.sleep(0.1)

    def baseline_s(self):
        return min(BASELINE_S, self.seconds / 2 + 5)

    # -- what happens

    def restart(self):
        self.incidents.append(Incident("restart", time.monotonic(), AT_ONCE_S + BACKOFF_S))
        self.pcscf.end()
        self.wait(self.now() + DOWN_S)
        self.pcscf.begin()

    def end_flows(self):
        self.sender.ending.set()
        self.wait(self.now() + LATE_S, lambda: not self.sender.ending.is_set())
        self.incidents.append(Incident("ending", self.sender.ended_at or time.monotonic(), AT_ONCE_S))

    def schedule(self, noisy_until):
        """(second, what) for as many as have time to heal."""
        out, at = [], FIRST_S
        while True:
            for when, what, bound in ((at, self.restart, AT_ONCE_S + BACKOFF_S),
                                      (at + ENDING_AFTER_S, self.end_flows, AT_ONCE_S)):
                if when + bound + LATE_S > noisy_until:
                    return out
                out.append((when, what))
            at += CYCLE_S

    def begin(self):
        who = subscribers()
        self.pcscf = Pcscf(self.args.pcscf, self.folder, who)
        self.wait(LATE_S, self.pcscf.is_ready)
        self.start = time.monotonic()
        for one in who[:PHONES]:
            self.phones.append(Phone(self.args.softphone, self.pcscf.ports[0], one, self.folder))
        self.wait(LATE_S, self.all_registered)
        self.judge_start()
        self.sender = Sender(self.pcscf.ports[0], who[PHONES])

    def run(self):
        noisy_until = self.seconds - self.quiet_s - 5
        self.begin()
        ports = [*self.pcscf.ports, *(phone.serve_port for phone in self.phones)]
        self.strangers = Strangers(ports, self.pcscf.ports[1])
        for when, what in self.schedule(noisy_until):
            self.wait(when)
            what()
        self.wait(noisy_until)
        self.sender.end()
        self.strangers.end()
        self.wait(self.now() + AT_ONCE_S)
        self.measure_idle()
        self.judge()

    def measure_idle(self):
        before, start = [cpu_s(phone.pid()) for phone in self.phones], time.monotonic()
        self.wait(self.now() + self.quiet_s)
        minutes = (time.monotonic() - start) / 60
        self.idle = [(cpu_s(p.pid()) - b) * 1000 / minutes for p, b in zip(self.phones, before) if p.process.poll() is None]

    # -- verdicts

    def row(self, name, measured, limit, good):
        self.rows.append((name, measured, limit, "ok" if good else "FAILED"))

    def judge_start(self):
        n = sum(phone.is_registered() for phone in self.phones)
        self.row("registered at the start", f"{n} of {PHONES} in {self.now():.1f} s", f"{LATE_S} s", n == PHONES)

    def judge(self):
        self.judge_incidents("restart", "back after a restart", AT_ONCE_S + BACKOFF_S)
        self.judge_incidents("ending", "back after a message that ends the flow", AT_ONCE_S)
        stray = [at - self.start for p in self.phones for at in p.lost if not any(i.holds(at) for i in self.incidents)]
        self.row("lost at other times", f"{len(stray)} times", "0", not stray)
        n = sum(phone.is_registered() for phone in self.phones)
        self.row("registered at the end", f"{n} of {PHONES}", str(PHONES), n == PHONES)
        self.judge_messages()
        self.judge_strangers()
        self.judge_memory()
        self.row("CPU when idle, a client and minute", f"{max(self.idle):.1f} ms at most, "
                 f"{sum(self.idle) / len(self.idle):.1f} on average, over {self.quiet_s} s", f"{IDLE_MS} ms",
                 len(self.idle) == PHONES and max(self.idle) <= IDLE_MS)
        died = self.pcscf.died + (self.pcscf.process.poll() is not None)
        self.row("P-CSCF ended by itself", f"{died} times", "0", not died)
        ended = [phone.process.poll() for phone in self.phones if phone.process.poll() is not None]
        self.note_faults()
        left = [phone.end() for phone in self.phones]
        self.row("softphones that stopped", f"{len(ended)}; exit {sorted(set(left))} when asked to leave", "0; exit [0]",
                 not ended and set(left) == {0})

    def judge_incidents(self, what, name, bound):
        took = [t for i in self.incidents if i.what == what for t in i.returns(self.phones)]
        missing = sum(t is None for t in took)
        slowest = max([t for t in took if t is not None], default=0)
        self.row(name, f"{len(took) - missing} of {len(took)}, slowest {slowest:.1f} s", f"{bound} s (+{LATE_S})",
                 took and not missing)

    def judge_messages(self):
        """OPTIONS came behind each odd message, and every one that came was answered 200."""
        asked, answered, dropped = ([getattr(phone, name) for phone in self.phones] for name in
                                    ("asked", "answered", "dropped"))
        self.row("odd messages", f"{self.sender.sent} sent, {min(dropped)} to {max(dropped)} dropped by each", "some",
                 min(dropped) > 0)
        self.row("what came behind them answered", f"{sum(answered)} of {sum(asked)}", "all",
                 min(asked) > 0 and all(a - n <= 1 for a, n in zip(asked, answered)))   # one may be under way

    def judge_strangers(self):
        knocks = self.strangers.knocks
        refused = sum(phone.served for phone in self.phones)
        self.row("strangers", f"{sum(knocks.values())} at {len(knocks)} ports, {refused} told by the phones", "every port",
                 min(knocks.values()) > 0)

    def judge_memory(self):
        grown = []
        for phone, before in zip(self.phones, self.baseline or []):
            if phone.process.poll() is None:
                kib = resident_kib(phone.pid()) - before
                grown.append((kib - max(GROWTH * before, GROWTH_KIB), kib, before))
        _, kib, before = max(grown, default=(0, 0, 0))
        self.row(f"resident memory after {self.baseline_s():.0f} s", f"{kib:+} KiB of {before} at most",
                 f"{GROWTH:.0%} or {GROWTH_KIB} KiB", len(grown) == PHONES and all(over <= 0 for over, _, _ in grown))

    def show(self):
        restarts = sum(i.what == "restart" for i in self.incidents)
        print(f"soak: {self.now():.0f} s, {PHONES} softphones, {restarts} restarts of the P-CSCF, "
              f"{len(self.incidents) - restarts} messages that end flows")
        head = [("property", "measured", "limit", "verdict")] + self.rows
        width = [max(len(row[i]) for row in head) for i in range(3)]
        for row in head:
            print("  " + "  ".join(text.ljust(w) for text, w in zip(row, width)) + "  " + row[3])
        return all(row[3] == "ok" for row in self.rows)

    def note_faults(self):
        """What phones said last that are not as they should be."""
        for number, phone in enumerate(self.phones):
            away = [i.what for i in self.incidents if i.returns([phone]) == [None]]
            stray = [at for at in phone.lost if not any(i.holds(at) for i in self.incidents)]
            if away or stray or not phone.is_registered():
                lost, back = ([round(at - self.start, 1) for at in times] for times in (phone.lost, phone.registered))
                last = "".join(f"\n    {json.dumps(event)[:160]}" for event in phone.told[-8:])
                self.faults.append(f"phone {number}: lost at {lost}, registered at {back}, not back after {away}{last}")

    def end(self):
        for worker in (self.sender, self.strangers):
            if worker:
                worker.end()
        for program in [*self.phones, *([self.pcscf] if self.pcscf else [])]:
            program.kill()


def main():
    built = os.environ.get("EXAMPLES_DIR", os.path.join(HERE, "../../build/examples"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("softphone", nargs="?", default=os.path.join(built, "softphone"))
    parser.add_argument("pcscf", nargs="?", default=os.path.join(built, "pcscf"))
    parser.add_argument("--seconds", type=int, default=600, help="at least 200")
    args = parser.parse_args()
    if args.seconds < 200:
        parser.error("--seconds: at least 200, or nothing is away long enough to come back")
    with tempfile.TemporaryDirectory(prefix="imstls-soak-") as folder:
        soak = Soak(args, folder)
        try:
            soak.run()
            good = soak.show()
            print(*soak.faults, sep="\n", end="\n" if soak.faults else "")
        finally:
            soak.end()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
