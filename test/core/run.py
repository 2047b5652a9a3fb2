#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""softphone, gateway and UEs by hand at a whole IMS core of core.py. `run.py [SOFTPHONE] [-k REGEX] [--keep DIR]`

Needs Kamailio with its TLS, IMS, presence and python3 modules, baresip and sipp, and a network namespace of its own
(root, or user namespaces). A line for each check, with its verdict; exit 1 if one fails or a part of the core ended.
"""
import argparse
import concurrent.futures
import inspect
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
import core as core_module  # noqa: E402
import call_checks  # noqa: E402
import certs  # noqa: E402
import gateway_checks  # noqa: E402
import phone_checks  # noqa: E402
import wire_checks  # noqa: E402
from core import ADDRESSES, HERE, PORT, Core, Process  # noqa: E402
from peer import REALM  # noqa: E402
from ue import Subscriber  # noqa: E402


TRACE = 40      # lines


def wanted(check):
    """How many subscribers it takes beside the suite."""
    return len(inspect.signature(check).parameters) - 1


class Suite:
    def __init__(self, args, checks):
        self.args, self.host, self.examples = args, ADDRESSES["pcscf"], os.path.dirname(os.path.abspath(args.softphone))
        self.folder = tempfile.mkdtemp(prefix="imstls-core-", dir=args.keep)
        certs.make(self.folder)
        numbers = itertools.count(15550000)
        self.who = {check: [self.subscriber(check, n, next(numbers)) for n in range(wanted(check))] for check in checks}
        path = os.path.join(self.folder, "subscribers")
        with open(path, "w", encoding="ascii") as out:
            for who in (w for several in self.who.values() for w in several):
                out.write(f"{who.impi} {who.k.hex()} {who.opc.hex()} {who.impu} {who.tel}\n")
        own = [os.path.join(self.folder, "pcscf" + ending) for ending in (".crt", ".key")]
        self.core, self.phones = Core(self.folder, self.folder, path, own), 0

    @staticmethod
    def subscriber(check, n, number):
        """The S-CSCF knows by the name whom it challenges each time."""
        name = check.__name__.replace("_", "-") + f"-{n}"
        who = Subscriber(f"{name}@{REALM}", os.urandom(16), os.urandom(16))
        who.tel = f"tel:+{number}"
        return who

    def core_process(self, argv, name, stdin=subprocess.DEVNULL):
        self.phones += 1
        return Process(argv, self.folder, f"{name}-{self.phones}", stdin)

    def phone(self, who, *more, at=None, key=None):
        host, port = at or (self.host, PORT)
        argv = [self.args.softphone, "--pcscf", f"{host}:{port}", "--impi", who.impi, "--impu", who.impu,
                "--domain", REALM, "--k", (key or who.k).hex(), "--opc", who.opc.hex(),
                "--json", "--timeout", "10", "--return-within", "0"]
        return self.core_process([*argv, *more], "phone-" + who.impi.partition("@")[0])

    def gateway(self, who, *more, at=None):
        host, port = at or (self.host, PORT)
        argv = [os.path.join(self.examples, "gateway"), "--pcscf", f"{host}:{port}", "--impi", who.impi, "--impu",
                who.impu, "--domain", REALM, "--k", who.k.hex(), "--opc", who.opc.hex(), "--sip", "127.0.0.1:0",
                "--json", "-v", "--return-within", "0"]
        return self.core_process([*argv, *more], "gateway-" + who.impi.partition("@")[0])

    def ca(self):
        """The certificate as its own authority."""
        certificate = os.path.join(self.folder, "pcscf.crt")
        return ["--trust", "token-or-pki", "--ca", certificate, "--server-name", "pcscf.example.net"]

    def pcscf(self, who):
        """What examples/kamailio logged of his connections."""
        text, user = self.core.pcscf.text(), re.escape(who.impi.partition("@")[0])
        conns = set(re.findall(rf"core: REGISTER of {user} .* connection (\d+)", text))
        return [said for conn, said in re.findall(r"imstls: connection (\d+): (.*)", text) if conn in conns]

    def scscf(self, who):
        return re.findall(rf"core: (\w+) {re.escape(who.impu)}$", self.core.scscf.text(), re.M)

    def run(self, check):
        start = time.monotonic()
        try:
            faults = check(self, *self.who[check])
        except Exception:   # a check that broke is a failed one
            faults = [traceback.format_exc(limit=-3).strip()]
        return faults + (self.trace(check) if faults else []), time.monotonic() - start

    def trace(self, check):
        """What the core logged of the subscribers of a check that failed."""
        users = [re.escape(who.impi.partition("@")[0]) for who in self.who[check]]
        return [f"{server.name}: {line[:160]}" for server in list(self.core.processes.values())
                for line in server.text().splitlines() if re.search(rf"\b({'|'.join(users)})\b", line)][-TRACE:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = os.environ.get("EXAMPLES_DIR", os.path.join(HERE, "../../build/examples"))
    parser.add_argument("softphone", nargs="?", default=os.path.join(built, "softphone"))
    parser.add_argument("-k", metavar="REGEX", help="only checks whose name matches")
    parser.add_argument("-j", type=int, default=6, help="checks at a time")
    parser.add_argument("--keep", metavar="DIR", help="leave configuration and logs there")
    args = parser.parse_args()
    core_module.enter_namespace()
    start, failed = time.monotonic(), 0
    checks = phone_checks.CHECKS + wire_checks.CHECKS + call_checks.CHECKS + gateway_checks.CHECKS
    checks = [check for check in checks if not args.k or re.search(args.k, check.__name__)]
    suite = Suite(args, checks)
    try:
        with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
            jobs = {pool.submit(suite.run, check): check.__name__ for check in checks}
            for job in concurrent.futures.as_completed(jobs):
                faults, seconds = job.result()
                failed += bool(faults)
                word = "FAIL" if faults else "ok  "
                print(f"{word} {jobs[job]} ({seconds:.1f} s)", *faults, sep="\n     ", flush=True)
    finally:
        died = suite.core.end()
    for name, status in died.items():
        print(f"FAIL {name} ended with {status}")
    print(f"core: {len(checks) - failed} passed, {failed} failed in {time.monotonic() - start:.0f} s")
    if not args.keep:
        shutil.rmtree(suite.folder)
    return 1 if failed or died or not checks else 0


if __name__ == "__main__":
    sys.exit(main())
