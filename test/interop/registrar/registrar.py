#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An honest P-CSCF over TLS that authenticates the softphone and lets Kamailio's registrar say what is granted: its
Contact, Require and Flow-Timer are those of the 200."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../e2e")]
import certs  # noqa: E402
import flows  # noqa: E402
import ims  # noqa: E402
from peer import IMPI, IMPU, K, OPC, REALM  # noqa: E402
from ports import free_port  # noqa: E402

URN = "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
GRANTS = ("contact", "require", "flow-timer")


class Front(flows.Flow):
    """The P-CSCF."""

    def __init__(self, folder, port):
        super().__init__(folder, folder)
        self.registrar, self.told, self.up = port, [], threading.Event()

    def say(self, event, **more):
        self.told.append({"event": event, **more})
        if event == "ready":
            self.up.set()

    def saw(self, event):
        return [e for e in self.told if e["event"] == event]

    def ask(self, message):
        """The REGISTER as it would leave for the home network, and what the registrar says to it."""
        lines = [f"REGISTER sip:{REALM} SIP/2.0", f"Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{time.monotonic_ns()}"]
        lines += [f"{name}: {message.get(name)}" for name in ("from", "to", "call-id", "cseq", "contact", "expires",
                                                              "supported")]
        with socket.create_connection(("127.0.0.1", self.registrar), 5) as sock:
            sock.sendall("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
            raw = b""
            while b"\r\n\r\n" not in raw:
                raw += sock.recv(65536)
        return ims.Message(raw)

    def ok(self, message, expires, extra=()):
        answer = self.ask(message)
        self.say("granted", status=answer.status, contact=answer.get("contact"))
        headers = [f"{name}: {value}" for name in GRANTS for value in answer.all(name)]
        return self.reply(message, answer.status, "Registrar", [*headers, f"P-Associated-URI: <{IMPU}>"])


def start_registrar(folder):
    """(process, port)"""
    port, path = free_port(), os.path.join(folder, "kamailio.cfg")
    with open(os.path.join(HERE, "kamailio.cfg"), encoding="ascii") as text, open(path, "w", encoding="ascii") as out:
        out.write(text.read().replace("@PORT@", str(port)))
    argv = ["kamailio", "-DD", "-E", "-f", path, "-Y", folder, "-m", "32", "-M", "4"]
    with open(os.path.join(folder, "kamailio.log"), "wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("kamailio did not start: " + open(log.name, encoding="utf-8").read()[-600:])


def judge(front, events, status):
    registered = next((e for e in events if e["event"] == "registered"), {})
    request = next(iter(front.saw("request")), {})
    due = {"outbound": True, "pub_gruu": f"{IMPU};gr={URN}", "expires": 3600}
    faults = [f"exit {status}"] if status else []
    faults += [f"{name}: {registered.get(name)}, not {value}" for name, value in due.items() if registered.get(name) != value]
    temp = registered.get("temp_gruu", "")
    faults += [] if re.fullmatch(rf"sip:[^@]+@{re.escape(REALM)};gr", temp) and IMPI.split("@")[0] not in temp else [temp]
    faults += [] if request.get("contact") == f"<{IMPU};gr={URN}>" else [f"Contact of the REFER: {request.get('contact')}"]
    granted = front.saw("granted")
    faults += [] if [e["status"] for e in granted] == [200, 200] else [f"the registrar: {granted}"]
    return faults + ([] if not granted or not granted[-1]["contact"] else ["still registered at the end"])


def main():
    with tempfile.TemporaryDirectory() as folder:
        certs.make(folder)
        kamailio, port = start_registrar(folder)
        try:
            front = Front(folder, port)
            threading.Thread(target=front.run, daemon=True).start()
            front.up.wait(5)
            argv = [sys.argv[1], "--pcscf", f"127.0.0.1:{front.saw('ready')[0]['port']}", "--impi", IMPI, "--impu", IMPU,
                    "--domain", REALM, "--k", K.hex(), "--opc", OPC.hex(), "--json", "--instance", URN, "--reg-id", "1",
                    "--send", os.path.join(HERE, "../../e2e/refer.txt")]
            run = subprocess.run(argv, capture_output=True, timeout=60, check=False)
            events = [json.loads(line) for line in run.stdout.splitlines()]
            faults = judge(front, events, run.returncode)
        finally:
            kamailio.terminate()
            kamailio.wait(20)
    print(*(f"FAIL {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
    if not faults:
        print("registrar: Kamailio's grants a kept flow and GRUUs, which a request of the softphone names")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
