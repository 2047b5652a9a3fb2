#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py UE PCSCF: a UE on lwIP and the example P-CSCF on Linux, at both ends of a TAP device.

In a network namespace that ends with us. There Linux is 10.77.0.1 and fd77::1, and UE's lwIP 10.77.0.2 and fd77::2, which
Linux knows as neighbours alone. 77: there can be no namespace with a TAP device here."""
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import peer  # noqa: E402

TAP, LIMIT_S = "imstls0", 30
bad = 0


def expect(what, seen, wanted):
    global bad
    good = seen == wanted
    print(f"{what:24} {'as expected' if good else f'EXPECTED {wanted}, SAW {seen}'}")
    bad += not good


def wire():
    for command in (f"tuntap add {TAP} mode tap", f"address add 10.77.0.1/24 dev {TAP}",
                    f"address add fd77::1/64 dev {TAP} nodad", f"link set {TAP} up"):
        if subprocess.run(["ip", *command.split()], check=False).returncode:
            print("lwip: no TAP device here", file=sys.stderr)
            sys.exit(77)


def ue(program, address):
    """Exit status and lines."""
    ran = subprocess.run([program, TAP, address], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if ran.stderr:
        print(ran.stderr, file=sys.stderr)
    return ran.returncode, ran.stdout.splitlines()


def registers(program, pcscf, host):
    """Over TCP with TLS; its certificate is trusted by its token."""
    command = [pcscf, "--impi", peer.IMPI, "--k", peer.K.hex(), "--opc", peer.OPC.hex(), "--listen", f"{host}:5061",
               "--expires", "3600", "--count", "1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as network:
        try:
            events = [json.loads(network.stdout.readline())]
            status, lines = ue(program, f"{host}:5061")
            events += [json.loads(line) for line in network.communicate(timeout=LIMIT_S)[0].splitlines()]
        finally:
            network.kill()
    expect(f"{host}: UE", (status, lines), (0, ["trust ok", "registered 3600", "deregistered"]))
    expect(f"{host}: P-CSCF", [e["event"] for e in events], [
        "ready", "tls", "challenged", "verified", "registered", "deregistered"])
    expect(f"{host}: verdicts", [[e[part] for part in ("response", "c_token", "security_verify")]
                                 for e in events if e["event"] == "verified"], [["ok", "ok", "ok"]])


def refused(program):
    expect("refused", ue(program, "10.77.0.1:9"), (1, ["failed connect: Connection reset by peer"]))


def reset(program):
    """By a peer that accepts and aborts in the middle of the handshake."""
    listener = socket.create_server(("10.77.0.1", 5061))

    def abort():
        sock, (host, _) = listener.accept()
        expect("comes from", host, "10.77.0.2")
        sock.recv(1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    thread = threading.Thread(target=abort)
    thread.start()
    seen = ue(program, "10.77.0.1:5061")
    thread.join()
    listener.close()
    expect("reset", seen, (1, ["failed tls_refused: Connection reset by peer"]))


def main():
    if "IMSTLS_LWIP" not in os.environ:
        apart = ["--net", "--kill-child", "--fork", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        os.execvpe("unshare", ["unshare", *apart, "--", sys.executable, "-B", *sys.argv],
                   {**os.environ, "IMSTLS_LWIP": "1"})
    program, pcscf = sys.argv[1:]
    wire()
    registers(program, pcscf, "10.77.0.1")
    registers(program, pcscf, "[fd77::1]")
    refused(program)
    reset(program)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
