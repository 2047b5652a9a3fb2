#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How one process scales: 1, 100, 1000 and 10 000 clients, in feed mode without TLS (feed.c), and over TLS and epoll
against example P-CSCFs that are killed and come back (storm.c). Prints figures as test/bench/run.py does.

STORM_CLIENTS: "1 100 1000" over TLS, unless it says otherwise; 10000 take some minutes more. What doc/scale.py draws
is left in build/<variant>/bench/storm.json."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "bench"))
import run as bench  # noqa: E402

SIZES = (1, 100, 1000, 10000)
ROUNDS = {1: (1000, 1000), 100: (30, 1000), 1000: (20, 40), 10000: (6, 12)}  # registrations, refreshes of each client
CARD = ["--impi", "storm@ims.example", "--k", "465b5ce8b199b49faa5f0a2ee238a6bc", "--opc",
        "cd63cb71954a9f4e48a5994e37a02baf"]
TICKET_KEY = "42" * 32  # of all P-CSCFs, and after they were killed
CERT = HERE.parent / "certs"
PCSCF = pathlib.Path(os.environ.get("EXAMPLES_DIR", bench.ROOT / "build/examples")) / "pcscf"
AT_ONCE, EACH, DOWN_S = 64, 1250, 1.0  # handshakes at the beginning; clients of a P-CSCF; how long they are away
LIMIT_S = {1: 120, 100: 240, 1000: 420, 10000: 2400}
RETURN_MS = {10000: 60000}  # what an operator would ask of so many; else the default
IDLE_STEPS, KIB, MANY = 9, 1024, 1000


def feed():
    """The clients' own work. Instructions are exact; times are of a busy machine."""
    here = bench.installed()
    program = bench.build("feed", ["../storm/feed.c", "world.c"], here)
    seen = {n: json.loads(bench.run([program, n, *ROUNDS[n]])) for n in SIZES}
    counted = {}
    for n in (100, 10000):
        dumps, _ = bench.measure(program, n, 1, 2, tag=f"_{n}")
        counted[n] = {"register": dumps["register"].total / n, "idle": dumps["idle"].total / n / IDLE_STEPS}
    few, many = seen[100], seen[10000]
    bench.add("feed_register_cpu", many["register_ns"] / 1000, "us", 20, here, instr=round(counted[10000]["register"]),
              **{f"clients_{n}": round(seen[n]["register_ns"] / 1000, 1) for n in SIZES})
    bench.add("feed_register_instr_10000_over_100", counted[10000]["register"] / counted[100]["register"], "ratio", 1.2,
              here)
    bench.add("feed_register_cpu_10000_over_100", many["register_ns"] / few["register_ns"], "ratio", 1.2, here)
    bench.add("feed_idle_step_instr_10000_over_100", counted[10000]["idle"] / counted[100]["idle"], "ratio", 1.2, here,
              instr=round(counted[10000]["idle"]))
    bench.add("feed_refresh_1000th_over_first", few["old_refresh_ns"] / few["young_refresh_ns"], "ratio", 1.2, here)
    return list(seen.values())


class Pcscf:
    """Killed without a word, it comes back on the same port."""

    def __init__(self, clients):
        self.room, self.port, self.process = 2 * clients + 64, 0, None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PCSCF, "--json", *CARD, "--listen", f"127.0.0.1:{self.port}", "--connections",
             str(self.room), "--registrations", str(self.room), "--ticket-key", TICKET_KEY, "--cert",
             CERT / "pcscf-ec.pem", "--key", CERT / "pcscf-ec.key.pem"], stdout=subprocess.PIPE, text=True, preexec_fn=many_files)
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)

    def kill(self):
        for process in (self.process, self.drain):
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.process.stdout.close()


def many_files():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def storm(program, count, again=True):
    """[registered, again]: what the program says after both; without `again` the second is missing."""
    pcscfs = [Pcscf(min(count, EACH)) for _ in range(-(-count // EACH))]
    try:
        at = [f"127.0.0.1:{p.port}" for p in pcscfs]
        how = [str(n) for n in (count, AT_ONCE, RETURN_MS.get(count, 0), LIMIT_S[count])]
        child = subprocess.Popen([program, *how, *at], stdout=subprocess.PIPE, text=True)
        first = child.stdout.readline()
        if first and not again:
            child.kill()
            child.communicate()
            return [json.loads(first)]
        if first:
            for p in pcscfs:
                p.kill()
            time.sleep(DOWN_S)
            for p in pcscfs:
                p.start()
        second = child.stdout.readline()
        if child.wait() or not second:
            sys.exit(f"storm: {count} clients were not all registered in {LIMIT_S[count]} s")
        return [json.loads(first), json.loads(second)]
    finally:
        for p in pcscfs:
            p.kill()


def over_tls(counts):
    here = bench.installed()
    program = bench.build("storm", ["../storm/storm.c"], here)
    out = []
    for n in counts:
        first, again = storm(program, n)
        out += [first, again]
        for phase, seen in (("first", first), ("after_a_kill", again)):
            bench.add(f"tls_{n}_{phase}", seen["ms"], "ms", None, here, cpu_ms_a_client=round(seen["cpu_ms"] / n, 2),
                      kib_a_client=round(seen["bytes"] / n / KIB, 1), attempts=seen["attempts"],
                      resumed=seen["resumed"], half_after_ms=seen["done"][50])
    largest = max(counts)
    bench.add("tls_full_handshakes_after_a_kill", max(largest - again["resumed"], 0), "count", 0, here, clients=largest)
    bench.add("tls_bytes_a_client", first["bytes"] / largest, "bytes", 60 * KIB, here, clients=largest)
    return out


def small_records():
    """The same with mbedTLS 3.6 and records of 4096 octets in, 2048 out."""
    made = subprocess.run([bench.ROOT / "test/matrix/mbedtls_src.sh", "3.6-small"], capture_output=True, text=True)
    if made.returncode:
        return bench.leave_out(f"mbedTLS 3.6 with small records: {made.stderr.strip()}")
    at, folder = made.stdout.split()[-1], bench.OUT / "mbedtls-3.6-small"
    cflags, libs = [f"-isystem{at}/include"], [f"{at}/lib/lib{x}.a" for x in ("mbedtls", "mbedx509", "mbedcrypto")]
    mbedtls = bench.Mbedtls(bench.version_of(cflags), "_36_small", cflags, libs, folder, "13")
    bench.run(["make", "--no-print-directory", *bench.settings(mbedtls, folder), folder / "libimstls.a"])
    program = bench.build("storm", ["../storm/storm.c"], mbedtls)
    seen = storm(program, MANY, again=False)[0]
    bench.add("tls_bytes_a_client_small_records", seen["bytes"] / MANY, "bytes", 60 * KIB, mbedtls, clients=MANY)


def main():
    counts = [int(n) for n in os.environ.get("STORM_CLIENTS", "1 100 1000").split()]
    bench.OUT.mkdir(parents=True, exist_ok=True)
    kept = {"feed": feed(), "storm": over_tls(counts)}
    small_records()
    kept["figures"] = bench.figures
    (bench.OUT / "storm.json").write_text(json.dumps(kept) + "\n")
    bench.tell()


if __name__ == "__main__":
    main()
