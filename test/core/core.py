#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A whole IMS core on loopback: Kamailio as P-, I- and S-CSCF, and our HSS, in a network namespace that ends with us.

`core.py [--keep DIR] SUBSCRIBERS [COMMAND...]` runs COMMAND beside it, or waits to be interrupted. SUBSCRIBERS as for
hss.py. UEs reach the P-CSCF at 127.0.0.11 over TLS: port 5061 wants agreement on TLS and c_token, port 5062 takes
others too.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "../e2e"))
from peer import REALM  # noqa: E402

ADDRESSES = {"pcscf": "127.0.0.11", "icscf": "127.0.0.12", "scscf": "127.0.0.13", "hss": "127.0.0.14",
             "pki": "127.0.0.15", "mortal": "127.0.0.16"}
PORT, OFFERED_PORT = 5061, 5062
PHONES = "192.0.2.1"        # baresip takes no loopback address for its own
SCRIPT = os.path.abspath(os.path.join(HERE, "../../examples/kamailio/imstls_pcscf.py"))
START_S, END_S = 20, 20
INSIDE = "IMSTLS_CORE"      # in the environment: we are in the namespace, and this process of the outside holds it
TABLES = {"nds_trusted_domains": "trusted_domain(string)\n",
          "s_cscf_capabilities": "id(int) id_s_cscf(int) capability(int)\n1:1:1\n",
          "s_cscf": f"id(int) name(string) s_cscf_uri(string)\n1:scscf:sip\\:{ADDRESSES['scscf']}\\:5060\n"}


def enter_namespace():
    """Begins this program anew, with a network, a process table and, for who is not root, a user of its own."""
    if INSIDE in os.environ:
        subprocess.run(["ip", "address", "add", PHONES + "/32", "dev", "lo"], check=True)
        return subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    apart = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    apart += [] if os.geteuid() == 0 else ["--map-root-user"]
    return os.execvpe("unshare", ["unshare", *apart, "--", sys.executable, "-B", *sys.argv],
                      {**os.environ, INSIDE: str(os.getpid())})


def wait_for(wanted, seconds, what):
    """Until wanted() is true."""
    end = time.monotonic() + seconds
    while not (value := wanted()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return value


# Kamailio's Python looks for its library beside the first python3 of PATH: it has to be the system's.
ENVIRONMENT = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}


class Process:
    """A program with its output in DIR/NAME.log."""

    def __init__(self, argv, folder, name, stdin=subprocess.DEVNULL):
        self.name, self.path = name, os.path.join(folder, name + ".log")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(argv, stdin=stdin, stdout=log, stderr=log, env=ENVIRONMENT,
                                            start_new_session=True)

    def text(self):
        with open(self.path, encoding="latin-1") as log:
            return log.read()

    def lines(self, *words):
        """Those that hold all words."""
        return [line for line in self.text().splitlines() if all(word in line for word in words)]

    def events(self):
        whole = self.text().rpartition("\n")[0]     # the last line may still be on its way
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def alive(self):
        return self.process.poll() is None

    def end(self):
        """Exit status; with its children, which are in its session."""
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


class Core:
    """`folder` gets its configuration and logs; `certs` holds pcscf.crt and pcscf.key."""

    def __init__(self, folder, certs, subscribers, pki=None):
        """`pki`: (certificate, key) of one more P-CSCF, that has no tokens."""
        self.folder, self.processes = folder, {}
        try:
            self.start(certs, subscribers, pki)
        except Exception:
            self.end()
            raise

    def start(self, certs, subscribers, pki):
        own = (os.path.join(certs, "pcscf.crt"), os.path.join(certs, "pcscf.key"))
        hss = [sys.executable, "-B", os.path.join(HERE, "hss.py"), ADDRESSES["hss"] + ":3868", subscribers]
        self.hss = self.add("hss", hss, subprocess.PIPE)
        self.wait(lambda: self.hss.lines('"ready"'), "the HSS")
        self.scscf, self.icscf = self.home("scscf"), self.home("icscf", TABLES="text://" + self.tables())
        self.pcscf = self.proxy("pcscf", *own, IMSTLS_SCRIPT=SCRIPT, IMSTLS_MODE="$var(mode)")
        self.pki = self.proxy("pki", *pki, PKI="1") if pki else None
        self.wait(lambda: len(self.hss.lines('"peer"')) == 2, "Diameter")
        for server in filter(None, (self.pcscf, self.icscf, self.scscf, self.pki)):
            self.wait(lambda s=server: s.lines("io_listen_loop"), server.name)

    def add(self, name, argv, stdin=subprocess.DEVNULL):
        self.processes[name] = Process(argv, self.folder, name, stdin)
        return self.processes[name]

    def wait(self, wanted, what):
        def look():
            dead = [name for name, process in self.processes.items() if not process.alive()]
            if dead:
                raise RuntimeError(f"{dead[0]} ended:\n" + "\n".join(self.processes[dead[0]].text().splitlines()[-8:]))
            return wanted()
        return wait_for(look, START_S, what)

    def kamailio(self, name, config, **defines):
        run = os.path.join(self.folder, name)
        os.mkdir(run)
        words = [word for key, value in {"REALM": REALM, **defines}.items() for word in ("-A", f'{key}="{value}"')]
        config = os.path.join(HERE, config)
        return self.add(name, ["kamailio", "-DD", "-E", "-f", config, "-Y", run, "-m", "32", "-M", "8", *words])

    def proxy(self, name, cert, key, **defines):
        return self.kamailio(name, "pcscf.cfg", ADDRESS=ADDRESSES[name], CERT=cert, KEY=key, **defines)

    def mortal(self, certs):
        """One more P-CSCF with tokens, for who wants to see it end."""
        own = (os.path.join(certs, "pcscf.crt"), os.path.join(certs, "pcscf.key"))
        server = self.proxy("mortal", *own, IMSTLS_SCRIPT=SCRIPT, IMSTLS_MODE="$var(mode)")
        self.wait(lambda: server.lines("io_listen_loop"), server.name)
        return server

    def kill(self, server):
        """At once, with all its processes."""
        del self.processes[server.name]
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()

    def home(self, name, **defines):
        """One that speaks Diameter."""
        with open(os.path.join(HERE, "cdp.xml"), encoding="utf-8") as text:
            xml = text.read().replace("@HOST@", f"{name}.{REALM}").replace("@REALM@", REALM)
        path = os.path.join(self.folder, name + ".xml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(xml.replace("@ADDRESS@", ADDRESSES[name]))
        return self.kamailio(name, name + ".cfg", CDP=path, **defines)

    def tables(self):
        """The I-CSCF's, for db_text."""
        folder = os.path.join(self.folder, "tables")
        os.mkdir(folder)
        for name, text in TABLES.items():
            with open(os.path.join(folder, name), "w", encoding="ascii") as out:
                out.write(text)
        return folder

    # -- what a test does with it

    def tell(self, *words):
        """A command of hss.py."""
        self.hss.process.stdin.write((" ".join(words) + "\n").encode())
        self.hss.process.stdin.flush()

    def said(self, event, impi, after=0):
        """What the HSS told of a subscriber."""
        return [e for e in self.hss.events()[after:] if e["event"] == event and e.get("impi") == impi]

    def command(self, server, *words):
        """kamcmd; empty when it fails."""
        control = "unixs:" + os.path.join(self.folder, server.name, "kamailio_ctl")
        argv = ["kamcmd", "-s", control, *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
        return done.stdout if done.returncode == 0 else ""

    def registration(self, impu):
        """What the S-CSCF itself has of it; empty when it knows nothing."""
        return self.command(self.scscf, "ulscscf.showimpu", impu)

    def end(self):
        """{name: exit status} of those that had ended before, or did not end well."""
        died = {name: p.process.returncode for name, p in self.processes.items() if not p.alive()}
        for process in reversed(self.processes.values()):
            if process is self.hss and process.alive():
                process.process.stdin.close()
            status = process.end()
            if status not in (0, -signal.SIGTERM):
                died[process.name] = status
        return died


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", metavar="DIR", help="leave configuration and logs there")
    parser.add_argument("subscribers")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    enter_namespace()
    import certs
    folder = tempfile.mkdtemp(prefix="imstls-core-", dir=args.keep)
    certs.make(folder)
    core = Core(folder, folder, args.subscribers)
    try:
        if args.command:
            return subprocess.run(args.command, check=False).returncode
        print(f"P-CSCF {ADDRESSES['pcscf']}:{PORT}, domain {REALM}, logs in {folder}; another shell in its network: "
              f"nsenter -n -t {os.environ[INSIDE]}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        return 0
    finally:
        core.end()
        if not args.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
