# SPDX-License-Identifier: Apache-2.0
"""Cases of hostile_pcscf.py that are frozen or stuck once the UE is registered."""
from peer import Peer


class FlowTimer(Peer):
    """Wants a ping every two seconds (RFC 5626 4.4.1), gets one every ten, and answers it."""

    def ok(self, message, expires, extra=()):
        return super().ok(message, expires, ["Flow-Timer: 2", *extra])


class Deaf(Peer):
    """Reads nothing more of the first connection, and asks OPTIONS there for ever."""
    receive_buffer = 4096

    def registered(self, conn):
        n = 0
        while conn.n == 0:
            n += 1
            conn.send(self.request(conn, "OPTIONS", n))


CASES = {"flow-timer": FlowTimer, "deaf": Deaf}
