#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A modem with the card in it, behind a pty whose name is printed as `ready DEVICE`. Knows +CSIM, +CCHO, +CGLA, +CCHC
and +CMEE, talks of other things in between, and ends by SIGTERM."""
import os
import pty
import re
import sys
import time
import tty

import options


class Modem:
    def __init__(self, card, o):
        self.card, self.o, self.sessions, self.lines = card, o, {}, 0

    def apdu(self, command):
        if len(command) == 5 and command[1] in (0x20, 0x70) and command[4] == 0:
            command = command[:4]
        if command[1] == 0x88:
            time.sleep(self.o.slow_ms / 1000)
        return self.card.command(command)

    def hex_answer(self, name, answer):
        text = answer.hex().upper()
        return ['%s: %d,"%s"' % (name, len(text), text), "OK"]

    def open(self, aid):
        got = self.apdu(bytes([0, 0x70, 0, 0, 1]))
        if got[-2:] != b"\x90\x00":
            return ["+CME ERROR: 20"]
        number = got[0]
        selected = self.apdu(bytes([number, 0xA4, 4, 4, len(aid)]) + aid + b"\0")
        if selected[-2:] != b"\x90\x00" and selected[-2] != 0x61:
            self.apdu(bytes([0, 0x70, 0x80, number]))
            return ["+CME ERROR: 22"]
        self.sessions[number] = True
        return ["+CCHO: %d" % number, "OK"]

    def answer(self, line):
        m = re.fullmatch(r'AT\+CSIM=(\d+),"([0-9A-Fa-f]+)"', line)
        if m and int(m[1]) == len(m[2]):
            return self.hex_answer("+CSIM", self.apdu(bytes.fromhex(m[2])))
        if line == "AT+CMEE?":
            return ["+CMEE: 1", "OK"]
        if self.o.no_channels:
            return ["ERROR"]
        m = re.fullmatch(r'AT\+CCHO="([0-9A-Fa-f]+)"', line)
        if m:
            return self.open(bytes.fromhex(m[1]))
        m = re.fullmatch(r'AT\+CGLA=(\d+),(\d+),"([0-9A-Fa-f]+)"', line)
        if m and int(m[1]) in self.sessions and int(m[2]) == len(m[3]):
            command = bytearray.fromhex(m[3])
            command[0] = command[0] & 0xFC | int(m[1])
            return self.hex_answer("+CGLA", self.apdu(bytes(command)))
        m = re.fullmatch(r"AT\+CCHC=(\d+)", line)
        if m and self.sessions.pop(int(m[1]), None):
            self.apdu(bytes([0, 0x70, 0x80, int(m[1])]))
            return ["OK"]
        return ["OK"] if line == "AT" else ["ERROR"]

    def respond(self, line):
        self.lines += 1
        text = "" if self.o.no_echo else line + "\r"
        if self.lines % 2:
            text += "\r\n+CREG: 1,5\r\n"
        return text + "".join("\r\n%s\r\n" % a for a in self.answer(line))


def main():
    p = options.parser(__doc__)
    p.add_argument("--no-echo", action="store_true")
    p.add_argument("--no-channels", action="store_true", help="only +CSIM")
    o = p.parse_args()
    modem = Modem(options.card(o), o)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    print("ready", os.ttyname(theirs), flush=True)
    held = ""
    while True:
        try:
            held += os.read(ours, 4096).decode("latin-1")
        except OSError:
            return 0
        *lines, held = held.split("\r")
        for line in lines:
            if line.strip():
                os.write(ours, modem.respond(line.strip()).encode("latin-1"))


if __name__ == "__main__":
    sys.exit(main())
