#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What Linux keeps at a P-CSCF for a UE, in the guest of test/esp/uml.sh: a connected TCP socket, and two pairs of
security associations with their policies. Octets of slab objects, an object of JSON. state_guest.py UES"""
import errno
import json
import os
import socket
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "esp"))
from esp_lab import ADDRESS, End, Refused, run  # noqa: E402

CK, IK = "b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441"
HOW = ("hmac-sha-1-96", "aes-cbc")
UES_ONLY = ("tcp_bind",)  # the UE's end took a port; accepted sockets share the listener's


def slabs():
    """{cache: (objects, octets of one)}"""
    with open("/proc/slabinfo") as f:
        lines = f.readlines()[2:]
    return {w[0]: (int(w[1]), int(w[3])) for w in map(str.split, lines)}


def grown(before, after, count, floor=0.4):
    """{cache: octets a UE} of the caches that grew by about an object for each UE or more; the rest is noise."""
    out = {}
    for name, (objects, size) in after.items():
        each = (objects - before.get(name, (0, size))[0]) / count
        if each >= floor:
            out[name] = each * size
    return out


def tcp(count):
    """Both ends of each connection are in this kernel: half of what they take."""
    sockets = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def connect(many):
        for _ in range(many):
            ue = socket.create_connection(listener.getsockname())
            pcscf, _ = listener.accept()
            ue.sendall(b"REGISTER"), pcscf.recv(99), pcscf.sendall(b"200"), ue.recv(99)
            sockets.extend((ue, pcscf))

    connect(20)
    before = slabs()
    connect(count)
    both = grown(before, slabs(), count)
    for s in (*sockets, listener):
        s.close()
    return {name: octets / 2 for name, octets in both.items() if not name.startswith(UES_ONLY)}


def install(end, ues):
    for n in ues:
        end.ask("init", "pcscf", f"10.9.{1 + n // 200}.{1 + n % 200}", ADDRESS["pcscf"][4])
        theirs = (1000 + 2 * n, 1001 + 2 * n, 20000, 20001)
        for _ in range(9):
            ours = end.reserve()
            try:
                end.install(ours, theirs, HOW, (CK, IK), 3600)
                break
            except Refused as refused:  # a port that another UE's policies have: each UE has its own here
                if refused.errno != errno.EEXIST:
                    raise


def ipsec(count):
    """By the XFRM part of the library, whose process is gone when it is counted."""
    end = End("pcscf", 4)
    install(end, range(20))
    end.close()
    before = slabs()
    end = End("pcscf", 4)
    install(end, range(20, 20 + count))
    end.close()
    after = slabs()
    states = run("ip", "-n", "pcscf", "xfrm", "state").count("proto esp")
    text = run("ip", "-n", "pcscf", "xfrm", "policy", "list", "nosock")
    policies = sum(line.startswith("src ") for line in text.splitlines())  # a template's `src` is indented
    return grown(before, after, count), states / (20 + count), policies / (20 + count)


def policy(count):
    """One policy by itself."""
    lines = [f"xfrm policy add dst 10.{8 + n // 200}.1.{1 + n % 200} dir in action block\n" for n in range(20 + count)]
    subprocess.run(["ip", "-n", "ue", "-batch", "-"], input="".join(lines[:20]), text=True, check=True)
    before = slabs()
    subprocess.run(["ip", "-n", "ue", "-batch", "-"], input="".join(lines[20:]), text=True, check=True)
    return sum(grown(before, slabs(), count).values())


def main():
    count = int(sys.argv[1])
    sockets = tcp(count)
    sas, states, policies = ipsec(count)
    assert states == 4, states
    print(json.dumps({"tcp": sockets, "ipsec": sas, "states": states, "policies": policies, "policy": policy(count)}))


if __name__ == "__main__":
    main()
