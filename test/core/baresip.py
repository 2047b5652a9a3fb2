# SPDX-License-Identifier: Apache-2.0
"""baresip as a person's softphone: its configuration, what it is told by ctrl_tcp, and what it recorded."""
import array
import itertools
import json
import math
import os
import socket
import time
import wave

from core import Process, wait_for

CONFIG = """sip_listen 127.0.0.1:{port}
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aufile.so
module sndfile.so
module uuid.so
module account.so
module contact.so
module menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
audio_source {source}
audio_player none,none
snd_path {folder}
ausrc_srate 48000
auplay_srate 8000
ausrc_channels 2
auplay_channels 1
rtp_ports {rtp}-{rtp_end}
call_max_calls 4
"""


# Nobody else is in this network namespace, and no connection begins at ports this low.
BLOCKS = itertools.count(20000, 32)


def free_ports():
    """The first of 32."""
    return next(BLOCKS)


class Baresip:
    """`account`: its address of record; `proxy`: ADDR:PORT of the gateway; `friend`: whom a message goes to."""

    def __init__(self, suite, account, proxy, friend, source="ausine,440", transport="udp", answer="auto", regint=60):
        self.folder = os.path.join(suite.folder, f"baresip-{account.partition(':')[2].partition('@')[0]}")
        os.mkdir(self.folder)
        self.port = free_ports()    # and the next one, for TLS
        self.control, rtp = self.port + 2, self.port + 4
        self.write("config", CONFIG.format(port=self.port, control=self.control, source=source, folder=self.folder,
                                           rtp=rtp, rtp_end=rtp + 20))
        self.write("accounts", f'<{account};transport={transport}>;outbound="sip:{proxy};transport={transport}";'
                               f"regint={regint};answermode={answer};auth_pass=any;audio_codecs=pcma\n")
        self.write("contacts", f'"friend" <{friend}>\n')
        self.write("current_contact", friend)
        self.write("uuid", "00000000-0000-4000-8000-000000000000")
        self.process = suite.core_process(["baresip", "-f", self.folder, "-s"], "baresip")
        self.buffer, self.events, self.answers = b"", [], []
        try:
            self.sock = wait_for(self.connect, 10, "baresip's control port")
        except TimeoutError:
            self.process.end()
            raise

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as out:
            out.write(text)

    def connect(self):
        try:
            return socket.create_connection(("127.0.0.1", self.control), 1)
        except OSError:
            return None

    def read(self, seconds=0.0):
        """Netstrings, each a JSON object."""
        self.sock.settimeout(seconds or 0.001)
        try:
            self.buffer += self.sock.recv(65536)
        except (TimeoutError, socket.timeout):
            pass
        while b":" in self.buffer:
            length, _, rest = self.buffer.partition(b":")
            if len(rest) <= int(length):
                return
            said = json.loads(rest[:int(length)].decode("latin-1"))
            self.buffer = rest[int(length) + 1:]
            (self.events if "event" in said else self.answers).append(said)

    def tell(self, command, params=""):
        text = json.dumps({"command": command, "params": params, "token": str(len(self.answers))}).encode()
        self.sock.sendall(b"%d:%s," % (len(text), text))

    def heard(self, kind, seconds=10, after=0):
        """The first event of this kind; None after too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events[after:]:
                if event.get("type") == kind:
                    return event
            self.read(0.05)
        return None

    def end(self):
        self.sock.close()
        return self.process.end()

    def recording(self):
        """Frames of what it decoded, of its last call."""
        names = sorted(name for name in os.listdir(self.folder) if name.endswith("-dec.wav"))
        if not names:
            return array.array("h"), 8000
        with wave.open(os.path.join(self.folder, names[-1])) as file:
            return array.array("h", file.readframes(file.getnframes())), file.getframerate()


def power(samples, rate, frequency):
    """Share of the power at one frequency (Goertzel): near 1 for that tone alone, near 0 for another."""
    total = sum(s * s for s in samples)
    if not total:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    return 2 * (last * last + before * before - factor * last * before) / (total * len(samples))
