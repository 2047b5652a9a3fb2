# SPDX-License-Identifier: Apache-2.0
"""Two phones that send each other a MESSAGE every 10 ms (load.c) while their channels change: each one that the library
accepted is answered, or the application is told what became of it; none arrives twice. What was on its way when the
other one's flow changed may end in the network, between the two: that is a transaction's time-out, and not looked at."""
import json
import os
import signal
import time

from peer import REALM
from ports import free_port
from subscriber_checks import LINES, ONE, TWO, write

MESSAGES, REFRESHES = 300, 5
# options of the P-CSCF, kind of load, and how often each phone registers anew and changes its flow at least
ROWS = {"five re-authentications": ((), "tls", 1, 1), "five re-authentications on new sessions": (("--psk", "only"), "psk", 1, 6),
        "changes of the network": ((), "moves", 3, 3), "a P-CSCF that is killed": ((), "killed", 2, 2)}


def keys(who):
    return [who.impi, who.k.hex(), who.opc.hex()]


def judge(line, registered, flows):
    told = json.loads(line)
    faults = [f"{told[what]} {what}" for what in ("missing", "twice") if told[what]]
    faults += [] if told["accepted"] >= MESSAGES else [f"{told['accepted']} accepted"]
    faults += [] if told["registered"] >= registered and told["flows"] >= flows else [f"changed too little: {line}"]
    return faults + ([] if told["answered"] > told["accepted"] / 2 else [f"hardly any answered: {line}"])


def wait_for_half(load):
    for _ in range(3000):
        with open(load.out_path, encoding="ascii") as out:
            if out.read():
                return
        time.sleep(0.01)


def row(suite, run_module, title, options, kind, registered, flows):
    folder, tls, plain = suite.folder(title), free_port(), free_port()
    who = ["--subscribers", write(folder, LINES), "--domain", REALM]
    pcscf = [suite.args.pcscf, *who, "--listen", f"127.0.0.1:{tls}", "--listen-plain", f"127.0.0.1:{plain}", "--json",
             "--reauth", "1", "--cert", suite.pem("pcscf.crt"), "--key", suite.pem("pcscf.key"), *options]
    peer = run_module.Child(pcscf, folder, "pcscf")
    first = plain if kind == "psk" else tls
    argv = [os.path.join(os.environ["IMSTLS_BUILD"], "test", "e2e", "load"), *keys(ONE), *keys(TWO), REALM,
            f"127.0.0.1:{first}", str(tls), str(MESSAGES), "0" if kind == "killed" else str(REFRESHES), kind]
    try:
        peer.port()
        load = run_module.Child(argv, folder, "load")
        if kind == "killed":
            wait_for_half(load)
            peer.process.send_signal(signal.SIGKILL)
            peer.process.wait()
            peer = run_module.Child(pcscf, folder, "pcscf")
        status = load.wait(60)
        with open(load.out_path, encoding="ascii") as out:
            lines = out.read().splitlines()[1:]
    finally:
        peer.end()
    if status != 0 or len(lines) != 2:
        return [f"exit {status}, {load.error_text()}"]
    return [fault for line in lines for fault in judge(line, registered, flows)]


def tests(suite, run_module):
    """[(title, test)]"""
    out = []
    for name, how in ROWS.items():
        title = "load: " + name
        out.append((title, lambda h=how, t=title: row(suite, run_module, t, *h)))
    return out
