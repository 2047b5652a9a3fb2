# SPDX-License-Identifier: Apache-2.0
"""`softphone --pcap FILE`, read back by tshark and compared with the JSON events and with what reached the peer."""
import fcntl
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time

from ports import free_port

FIELDS = ["exported_pdu.src_port", "exported_pdu.dst_port", "exported_pdu.port_type", "sip.Method", "sip.Status-Code",
          "sip.CSeq", "sip.Content-Length", "_ws.malformed", "_ws.col.Source", "_ws.col.Destination", "_ws.col.Protocol"]
SECRETS = (b"response", b"c_token")


def packets(path):
    """What tshark makes of it, and what it says."""
    argv = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"]
    run = subprocess.run([*argv, *[w for f in FIELDS for w in ("-e", f)]], capture_output=True, text=True, timeout=60)
    lines = [dict(zip(FIELDS, line.split("\t"))) for line in run.stdout.splitlines()]
    said = [line for line in run.stderr.splitlines() if "as user" not in line]
    return lines, said if run.returncode == 0 else [*said, f"tshark: exit {run.returncode}"]


def told(events):
    return [e for e in events if e["event"] in ("sent", "received")]


def start_line(packet):
    return packet["sip.Method"] or "SIP/2.0 " + packet["sip.Status-Code"]


def same_messages(events, lines):
    """Method or status of each message, in this order, and no other ones."""
    due = [" ".join(e["line"].split()[:2 if e["line"].startswith("SIP/2.0") else 1]) for e in told(events)]
    got = [start_line(p) for p in lines]
    faults = [] if got == due else [f"messages: {got}, not {due}"]
    faults += [] if len(due) >= 6 else [f"only {len(due)} messages"]
    return faults + [f"malformed: {p}" for p in lines if p["_ws.malformed"] or p["_ws.col.Protocol"] != "SIP"]


def numbers(lines):
    """Each REGISTER one more than the last, and its response has the same."""
    ours = [(p["sip.CSeq"], p["sip.Status-Code"]) for p in lines if p["sip.CSeq"].endswith(" REGISTER")]
    asked = [int(cseq.split()[0]) for cseq, status in ours if not status]
    faults = [] if asked == list(range(asked[0], asked[0] + len(asked))) else [f"CSeq of the REGISTERs: {asked}"]
    for before, after in zip(ours, ours[1:]):
        faults += [] if not after[1] or after[0] == before[0] else [f"{after} after {before}"]
    return faults


def directions(events, lines, port, host="127.0.0.1"):
    """Real addresses of the connection."""
    faults, own = [], {p["exported_pdu.src_port"] for p, e in zip(lines, told(events)) if e["event"] == "sent"}
    for packet, event in zip(lines, told(events)):
        ports = packet["exported_pdu.dst_port"], packet["exported_pdu.src_port"]
        theirs, ours = ports if event["event"] == "sent" else ports[::-1]
        ends = packet["_ws.col.Source"], packet["_ws.col.Destination"], packet["exported_pdu.port_type"]
        faults += [] if theirs == str(port) and {ours} == own and ends == (host, host, "2") else [f"addresses: {packet}"]
    return faults


def secrets(data, reached, shown):
    """What the peer got as response and c_token stands there, or as many stars."""
    faults = []
    for name in SECRETS:
        values = set(re.findall(name + rb'="([^"]+)"', reached))
        faults += [] if values else [f"no {name.decode()} reached the peer"]
        for value in values:
            there, covered = name + b'="' + value + b'"' in data, name + b'="' + b"*" * len(value) + b'"' in data
            faults += [] if (there, covered) == (shown, not shown) else [f"{name.decode()}: {there}, covered {covered}"]
    return faults


class Phone:
    """softphone with --pcap at hostile_pcscf.py."""

    def __init__(self, suite, run_module, title, case, path=None):
        self.run_module, self.folder = run_module, suite.folder(title)
        self.path = path or os.path.join(self.folder, "messages.pcap")
        self.peer = run_module.Child([sys.executable, "-B", os.path.join(run_module.HERE, "hostile_pcscf.py"), "--case", case,
                                      "--certs", suite.certs, "--log", self.folder], self.folder, "peer")
        self.argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{self.peer.port()}", *run_module.ID, "--no-reg-event",
                     "--pcap", self.path, "--timeout", "5"]

    def start(self, *more):
        self.child = self.run_module.Child([*self.argv, *more], self.folder, "softphone")
        return self.child

    def registered(self):
        for _ in range(500):
            if any(e["event"] == "registered" for e in self.child.events()):
                return True
            time.sleep(0.02)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.end()
        if hasattr(self, "child"):
            self.child.end()


def everything(phone, more=(), shown=False):
    child = phone.start("--stay", "1", *more)
    faults = [] if child.wait(12) == 0 else [f"exit {child.process.returncode}: {child.error_text()}"]
    phone.peer.settle()
    lines, said = packets(phone.path)
    events, reached = child.events(), b"".join(phone.run_module.read_all(phone.folder, "conn"))
    with open(phone.path, "rb") as data:
        faults += secrets(data.read(), reached, shown)
    return faults + said + same_messages(events, lines) + numbers(lines) + directions(events, lines, phone.peer.port())


def shown(phone):
    return everything(phone, ["--show-secrets"], True)


def long_ones(phone):
    """A request of the user's with a body, and lengths that are right."""
    body = "x" * 2900
    path = os.path.join(phone.folder, "request")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"MESSAGE sip:bob@home.example SIP/2.0\r\nContent-Type: text/plain\r\n\r\n{body}")
    faults = everything(phone, ["--send", path])
    lengths = [p["sip.Content-Length"] for p in packets(phone.path)[0] if p["sip.Method"] == "MESSAGE"]
    return faults + ([] if lengths == [str(len(body))] else [f"Content-Length of the MESSAGE: {lengths}"])


def live(phone):
    """Each message is in the file when its event is told."""
    child = phone.start("--stay", "30")
    faults = [] if phone.registered() else ["not registered"]
    lines, said = packets(phone.path)
    got = [start_line(p) for p in lines]
    faults += [] if got == ["REGISTER", "SIP/2.0 401", "REGISTER", "SIP/2.0 200"] else [f"while it stays: {got}"]
    child.process.send_signal(signal.SIGINT)
    return faults + said + ([] if child.wait(20) == 0 else [f"exit {child.process.returncode}"])


def mode(phone):
    """Its owner's alone, also when it was there and open to everybody; what was in it is gone."""
    with open(phone.path, "wb") as out:
        out.write(b"x" * 100000)
    os.chmod(phone.path, 0o666)
    faults = everything(phone)
    found = stat.S_IMODE(os.stat(phone.path).st_mode)
    return faults + ([] if found == 0o600 else [f"mode {found:o}"])


def failed_once(child, phone, why):
    """The program says it, once, and the registration knows nothing of it."""
    events = child.events()
    names = [e["event"] for e in events]
    faults = [] if child.process.returncode == 1 else [f"exit {child.process.returncode}"]
    faults += [] if names.count("registered") == names.count("deregistered") == 1 and "lost" not in names else [f"{names}"]
    faults += [] if events[-1].get("error") == "storage" and events[-1].get("exit") == 1 else [f"{events[-1]}"]
    said = child.error_text().decode().splitlines()
    return faults + ([] if said == [f"softphone: --pcap {phone.path}: {why}"] else [f"said {said}"])


def full(phone):
    child = phone.start()
    child.wait(12)
    return failed_once(child, phone, "No space left on device")


def reader_leaves(phone):
    """A pipe whose reader goes after the first octets."""
    os.mkfifo(phone.path)
    threading.Thread(target=lambda: open(phone.path, "rb", 0).close(), daemon=True).start()
    child = phone.start()
    child.wait(12)
    return failed_once(child, phone, "Broken pipe")


def reader_sleeps(phone):
    """A pipe that nobody reads from any more: soon full, and not waited for."""
    os.mkfifo(phone.path)
    fd = os.open(phone.path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 4096)
    try:
        child = phone.start()
        child.wait(12)
        return failed_once(child, phone, "Resource temporarily unavailable")
    finally:
        os.close(fd)


def no_place(suite, run_module, title):
    """A file that cannot be made is told before anything is sent."""
    folder = suite.folder(title)
    child = run_module.Child([suite.args.softphone, "--pcscf", "127.0.0.1:1", *run_module.ID, "--pcap",
                              os.path.join(folder, "none", "file")], folder, "softphone")
    status = child.wait(5)
    return ([] if status == 2 and not child.events() else [f"exit {status}, {child.events()}"]) + \
        ([] if b"No such file" in child.error_text() else [f"said {child.error_text()}"])


def ipv6(suite, run_module, title):
    folder = suite.folder(title)
    path, peer = os.path.join(folder, "messages.pcap"), suite.pcscf(folder, "--listen", "[::1]:0")
    try:
        port = peer.port()
        child = run_module.Child([suite.args.softphone, "--pcscf", f"[::1]:{port}", *run_module.ID, "--no-reg-event", "--pcap", path], folder,
                                 "softphone")
        faults = [] if child.wait(12) == 0 else [f"exit {child.process.returncode}"]
        lines, said = packets(path)
        return faults + said + same_messages(child.events(), lines) + directions(child.events(), lines, port, "::1")
    finally:
        peer.end()


def two_connections(suite, run_module, title):
    """Once the network opened one of its own, nobody says which of the two a message was on: no ports."""
    folder = suite.folder(title)
    path = os.path.join(folder, "messages.pcap")
    peer = suite.pcscf(folder, "--listen-plain", "127.0.0.1:0", "--psk", "only", "--options-after", "200", "--call")
    try:
        peer.port()
        ready = next(e for e in peer.events() if e["event"] == "ready")
        child = run_module.Child(
            [suite.args.softphone, "--pcscf", f"127.0.0.1:{ready['plain_port']}", *run_module.ID, "--no-reg-event", "--tls-port",
             str(ready["port"]), "--flow", "agree-first", "--psk", "only", "--serve", str(free_port()), "--stay",
             "2", "--pcap", path], folder, "softphone")
        faults = [] if child.wait(12) == 0 else [f"exit {child.process.returncode}"]
        lines, said = packets(path)
        before = [p["sip.Method"] for p in lines if p["exported_pdu.dst_port"]]
        after = [p["sip.Method"] for p in lines if not p["exported_pdu.dst_port"]]
        faults += [] if before == ["REGISTER", "", "REGISTER", ""] and after[:1] == ["OPTIONS"] else [f"{before}, {after}"]
        return faults + said + same_messages(child.events(), lines)
    finally:
        peer.end()


CASES = {"honest": ("honest", everything, None), "secrets shown": ("honest", shown, None),
         "requests": ("requests-after", everything, None), "refreshed": ("refresh", everything, None),
         "long": ("takes-request", long_ones, None), "live": ("honest", live, None), "mode": ("honest", mode, None),
         "full": ("honest", full, "/dev/full"), "reader leaves": ("honest", reader_leaves, None),
         "reader sleeps": ("honest", reader_sleeps, None)}


def tests(suite, run_module):
    """[(title, test)]"""
    def one(title, case, check, path):
        with Phone(suite, run_module, title, case, path) as phone:
            return check(phone)

    out = []
    for name, (case, check, path) in CASES.items():
        title = "pcap " + name
        out.append((title, lambda t=title, c=case, f=check, p=path: one(t, c, f, p)))
    out.append(("pcap no place", lambda: no_place(suite, run_module, "pcap no place")))
    if suite.args.pcscf:
        out.append(("pcap ipv6", lambda: ipv6(suite, run_module, "pcap ipv6")))
        out.append(("pcap two connections", lambda: two_connections(suite, run_module, "pcap two connections")))
    return out
