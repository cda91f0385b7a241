"""A wire to PostgreSQL that can be cut at a COMMIT, or go silent: nothing comes through, and nothing tells of it."""

import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Literal

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing does not say goodbye

Where = Literal["before it arrives", "before its answer", "silent from there on"]
CUTS: tuple[Where, ...] = ("before it arrives", "before its answer")


class Wire:
    """Listens on a port of the loopback address and passes on what comes, in both directions."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._lock = threading.Lock()
        self._passes = threading.Event()
        self._ends: list[socket.socket] = []
        self.commits = 0
        self.plan(None)
        threading.Thread(target=self._let_in, daemon=True).start()

    def plan(self, number: int | None, where: Where = "before its answer") -> None:
        """Do this at the COMMIT of that *number*, counted from 0 and from now; None: pass everything."""
        with self._lock:
            self.commits, self._number, self._where = 0, number, where
        self._passes.set()

    def close(self) -> None:
        """No more wires, and none that still hangs."""
        self._passes.set()
        self._door.close()
        for end in self._ends:
            _cut(end)

    def _let_in(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._passes.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._server_port))
        except OSError:
            _cut(client)
            return
        self._ends += [client, server]
        back = threading.Thread(target=self._answer, args=(server, client), daemon=True)
        back.start()
        with suppress(OSError):
            while data := client.recv(65536):
                if COMMIT not in data or not self._goes_wrong(data, client, server):
                    self._passes.wait()
                    server.sendall(data)
        _cut(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                self._passes.wait()
                if getattr(self, "_mute", None) is client:
                    break  # the COMMIT was carried out, and its answer is what is lost
                client.sendall(data)
        _cut(client)

    def _goes_wrong(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        with self._lock:
            is_it, self.commits = self.commits == self._number, self.commits + 1
            if not is_it:
                return False
        if self._where == "before it arrives":
            _cut(client)
        elif self._where == "before its answer":
            self._mute = client
            server.sendall(data)
        else:
            self._passes.clear()
            return False
        return True


def _cut(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def to(server_port: int) -> Generator[Wire]:
    """A wire to the server on that port of this machine."""
    wire = Wire(server_port)
    try:
        yield wire
    finally:
        wire.close()
