#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A modem with the card in it, behind a pty whose name is printed as `ready DEVICE`. Knows +CSIM, +CCHO, +CGLA, +CCHC
and +CMEE, talks of other things in between, and ends by SIGTERM. Each change of the number of channels that +CCHO has
open is printed as `open NUMBER`. With --link, SIGUSR1 unplugs it: it comes back behind another pty, under the same name."""
import os
import pty
import re
import signal
import sys
import time
import tty

import options


class Modem:
    def __init__(self, card, o):
        self.card, self.o, self.sessions, self.lines = card, o, {}, 0

    def restart(self):
        self.card.reset()
        self.sessions = {}

    def apdu(self, command):
        if len(command) == 5 and command[1] in (0x20, 0x70) and command[4] == 0:
            command = command[:4]
        if command[1] == 0x88:
            time.sleep(self.o.slow_ms / 1000)
        return self.card.command(command)

    def hex_answer(self, name, answer):
        text = answer.hex().upper()
        return ['%s: %d,"%s"' % (name, len(text), text), "OK"]

    def session(self, handle):
        """The channel of a handle that is written as it was given; None: there is none."""
        return self.sessions.get(handle)

    def told(self, answer):
        print("open", len(self.sessions), flush=True)
        return answer

    def open(self, aid):
        got = self.apdu(bytes([0, 0x70, 0, 0, 1]))
        if got[-2:] != b"\x90\x00":
            return ["+CME ERROR: 20"]
        number = got[0]
        selected = self.apdu(bytes([number, 0xA4, 4, 4, len(aid)]) + aid + b"\0")
        if selected[-2:] != b"\x90\x00" and selected[-2] != 0x61:
            self.apdu(bytes([0, 0x70, 0x80, number]))
            return ["+CME ERROR: 22"]
        handle = self.o.handle % number
        self.sessions[handle] = number
        answer = self.told(["+CCHO: " + handle, "OK"])
        time.sleep(self.o.slow_open_ms / 1000)
        return answer

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
        m = re.fullmatch(r'AT\+CGLA=([^,]+),(\d+),"([0-9A-Fa-f]+)"', line)
        if m and self.session(m[1]) and int(m[2]) == len(m[3]):
            command = bytearray.fromhex(m[3])
            command[0] = command[0] & 0xFC | self.session(m[1])
            return self.hex_answer("+CGLA", self.apdu(bytes(command)))
        number = self.sessions.pop(line[8:], None) if line.startswith("AT+CCHC=") else None
        if number:
            self.apdu(bytes([0, 0x70, 0x80, number]))
            return self.told(["OK"])
        return ["OK"] if line == "AT" else ["ERROR"]

    def respond(self, line):
        self.lines += 1
        text = "" if self.o.no_echo else line + "\r"
        if self.lines % 2:
            text += "\r\n+CREG: 1,5\r\n"
        return text + "".join("\r\n%s\r\n" % a for a in self.answer(line))


class Unplugged(Exception):
    """SIGUSR1, with --link."""


def plug(link):
    """Both ends of a new pty, and the name of theirs."""
    ours, theirs = pty.openpty()        # theirs stays open, so that ours has no end before somebody comes
    tty.setraw(theirs)
    if link:
        os.symlink(os.ttyname(theirs), link)
    return ours, theirs, link or os.ttyname(theirs)


def serve(modem, ours):
    held = ""
    while True:
        held += os.read(ours, 4096).decode("latin-1")
        *lines, held = held.split("\r")
        for line in lines:
            if line.strip():
                os.write(ours, modem.respond(line.strip()).encode("latin-1"))


def unplug(_signal, _frame):
    raise Unplugged


def main():
    p = options.parser(__doc__)
    p.add_argument("--no-echo", action="store_true")
    p.add_argument("--no-channels", action="store_true", help="only +CSIM")
    p.add_argument("--handle", default="%d", help="what +CCHO gives, and the other commands want, with the channel as %%d")
    p.add_argument("--slow-open-ms", default=0, type=int, help="time that +CCHO takes")
    p.add_argument("--link", help="a name for the pty, as a modem on USB has one that stays")
    p.add_argument("--away-ms", default=500, type=int, help="how long it is unplugged")
    o = p.parse_args()
    modem = Modem(options.card(o), o)
    ours, theirs, name = plug(o.link)
    if o.link:
        signal.signal(signal.SIGUSR1, unplug)
    else:
        options.on_usr1(modem.card, o, modem.restart)
    print("ready", name, flush=True)
    while True:
        try:
            serve(modem, ours)
        except OSError:
            return 0
        except Unplugged:
            os.unlink(o.link)
            os.close(ours)
            os.close(theirs)
            modem.restart()
            print("open 0", flush=True)
            time.sleep(o.away_ms / 1000)
            ours, theirs, name = plug(o.link)


if __name__ == "__main__":
    sys.exit(main())
