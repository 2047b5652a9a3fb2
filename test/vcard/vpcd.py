#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The card in a virtual PC/SC reader: vsmartcard's vpcd, which listens on TCP 21963 here (pcscd.sh). Each message has two
octets of length in front; one octet alone is power or a question for the ATR. Ends when the reader does, or by SIGTERM."""
import socket
import sys
import time

import options

OFF, ON, RESET, ATR = 0, 1, 2, 4
# The shortest ones: T=1 with its check octet, and T=0, which needs none (ISO 7816-3 8.2).
ATR_T1, ATR_T0 = bytes.fromhex("3b800181"), bytes.fromhex("3b00")


def receive(s, count):
    data = b""
    while len(data) < count:
        part = s.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def connect(port, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 2)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def main():
    p = options.parser(__doc__)
    p.add_argument("--port", default=21963, type=int)
    o = p.parse_args()
    card = options.card(o)
    s = connect(o.port, 20)
    s.settimeout(None)
    options.on_usr1(card, o, card.reset)
    print("ready", flush=True)
    try:
        while True:
            data = receive(s, int.from_bytes(receive(s, 2), "big"))
            if len(data) == 1:
                if data[0] in (OFF, ON, RESET):
                    card.reset()
                    continue
                answer = ATR_T0 if o.t0 else ATR_T1
            else:
                if data[1] == 0x88:
                    time.sleep(o.slow_ms / 1000)
                answer = card.command(data)
            s.sendall(len(answer).to_bytes(2, "big") + answer)
    except (EOFError, ConnectionError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
