# SPDX-License-Identifier: Apache-2.0
"""A server of a test's own, for what no P-CSCF does."""
import socket
import threading


class Listener:
    """Hands each connection and its number to `serve`, in a thread of its own."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock, self.connections), daemon=True).start()

    def end(self):
        self.listener.close()
