#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A man in the middle: TLS with its own certificate to the UE, TLS to the real P-CSCF, every octet passed on unchanged.

Logs in clear what each side says: LOG/conn-<n>.bin from the UE, LOG/down-<n>.bin from the P-CSCF. With the P-CSCF's
own certificate and key it is an honest wire tap. Prints JSON lines: ready, connection, closed.
"""
import argparse
import json
import os
import select
import socket
import ssl
import threading


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def copy(sides, logs):
    """Copies until one side ends. One thread: an OpenSSL object must not be read and written at the same time."""
    while True:
        ready = [i for i in (0, 1) if sides[i].pending()] or \
            [sides.index(s) for s in select.select(sides, [], [])[0]]
        for i in ready:
            data = sides[i].recv(65536)
            logs[i].write(data)
            if not data:
                return
            sides[1 - i].sendall(data)


def relay(sock, n, args):
    try:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(args.pem)
        if args.tls_max == "1.2":
            server.maximum_version = ssl.TLSVersion.TLSv1_2
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        host, _, port = args.upstream.rpartition(":")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ue = server.wrap_socket(sock, server_side=True)
        network = client.wrap_socket(socket.create_connection((host, int(port)), 5))
        network.settimeout(None)
        network.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with ue, network, open(os.path.join(args.log, f"conn-{n}.bin"), "wb", buffering=0) as up, \
                open(os.path.join(args.log, f"down-{n}.bin"), "wb", buffering=0) as down:
            copy((ue, network), (up, down))
    except OSError as error:
        say("note", n=n, why=f"{type(error).__name__}: {error}")
    say("closed", n=n)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, metavar="HOST:PORT")
    parser.add_argument("--pem", required=True, help="certificate and key of the man in the middle")
    parser.add_argument("--tls-max", choices=("1.2", "1.3"), default="1.3", help="to the UE")
    parser.add_argument("--log", required=True, metavar="DIR")
    args = parser.parse_args()
    os.makedirs(args.log, exist_ok=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    say("ready", port=listener.getsockname()[1])
    n = 0
    while True:
        sock, _ = listener.accept()
        say("connection", n=n)
        threading.Thread(target=relay, args=(sock, n, args), daemon=True).start()
        n += 1


if __name__ == "__main__":
    main()
