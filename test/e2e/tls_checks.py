# SPDX-License-Identifier: Apache-2.0
"""softphone against TLS as OpenSSL speaks it, and what this build's mbedTLS cannot do, told apart."""
import re
import time

from served_checks import free_port

OLD = {"tls_error": -0x7080, "tls_text": "SSL - The requested feature is not available"}


class Server:
    """`openssl s_server` with a certificate of the suite's."""

    def __init__(self, suite, run_module, folder, cert, *more):
        self.port = free_port()
        pem = suite.pem(cert + ".pem")
        self.child = run_module.Child(["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", pem, "-key",
                                       pem, *more], folder, "server", stdin=run_module.subprocess.PIPE)
        end = time.monotonic() + 5
        while b"ACCEPT" not in self.child.text():
            if time.monotonic() > end:
                raise RuntimeError("openssl s_server did not start: " + self.child.error_text().decode())
            time.sleep(0.02)


def phone(suite, run_module, folder, port, *more, seconds=2, json=True):
    words = [w for w in run_module.ID if json or w != "--json"]
    argv = [suite.args.softphone, "--pcscf", f"127.0.0.1:{port}", *words, "--timeout", str(seconds), *more]
    child = run_module.Child(argv, folder, "softphone")
    child.status = child.wait(seconds + 10)
    return child


def in_pieces(suite, run_module, folder):
    """A certificate in records of 512 octets (Mbed-TLS#9269): borne, or named with mbedTLS's code and words."""
    server = Server(suite, run_module, folder, "rsa", "-tls1_2", "-max_send_frag", "512")
    try:
        child = phone(suite, run_module, folder, server.port)
        events = child.events()
        if any(e["event"] == "tls" for e in events):
            return []
        failed = events[-1]
        said = {k: failed.get(k) for k in OLD}
        faults = [] if child.status == 4 and failed.get("error") == "tls_fragmented" else [f"{child.status} {failed}"]
        faults += [] if said == OLD else [f"mbedTLS said {said}"]
        faults += [] if all(e.items() >= OLD.items() for e in events if e["event"] == "retry") else ["retry lacks it"]
        words = phone(suite, run_module, folder, server.port, json=False)
        due = b"mbedTLS -0x7080: SSL - The requested feature is not available"
        faults += [] if due in words.text() and b"softphone: " + due in words.error_text() else ["not told to people"]
        return faults
    finally:
        server.child.end()


def codes_of_tls_alone(suite, run_module, folder):
    """A failure that is not TLS's has no such keys."""
    child = phone(suite, run_module, folder, 1)
    return [f"{e}" for e in child.events() if re.search("tls_", run_module.json.dumps(e))]


CHECKS = [("certificate in pieces", in_pieces), ("codes of TLS alone", codes_of_tls_alone)]


def tests(suite, run_module):
    """[(title, test)]"""
    return [("tls: " + title, lambda c=check, t=title: c(suite, run_module, suite.folder("tls " + t)))
            for title, check in CHECKS]
