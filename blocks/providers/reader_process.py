"""Our side of the reading process: one a process, started at the first document, replaced when it dies."""

import os
import select
import socket
import threading
from contextlib import suppress
from typing import Any, NamedTuple

from blocks.providers import wire
from blocks.providers.child_process import ChildProcess

PATIENCE = 5  # seconds until a process whose channel is closed must have ended


class Ending(NamedTuple):
    """How a document's process ended: *signal* (0: by itself, None: unknown), peak memory in bytes."""

    signal: int | None
    memory_bytes: int


class Stopped(Exception):
    """The document's process ended before it answered."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Reading:
    """One document's process: a channel to ask it, a pipe that tells how it ended."""

    def __init__(self, channel: socket.socket, report: int) -> None:
        self._channel = channel
        self._report = report

    def ask(
        self, header: dict[str, Any], payload: bytes = b"", *, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send one frame, await one. Raises Stopped; TimeoutError where the process does not even end."""
        self._channel.settimeout(seconds)
        try:
            wire.send(self._channel, header, payload)
            return wire.receive(self._channel)
        except TimeoutError:
            raise
        except (EOFError, OSError, ValueError, wire.FrameTooLarge) as error:
            raise Stopped(self._ending()) from error

    def close(self) -> None:
        """End the process: it leaves when its channel closes."""
        self._channel.close()
        if self._report >= 0:
            os.close(self._report)
            self._report = -1

    def _ending(self) -> Ending:
        self._channel.close()
        told, _, _ = select.select([self._report], [], [], PATIENCE)
        report = os.read(self._report, 64).decode() if told else ""
        if not report:
            return Ending(None, 0)
        status, peak_kib = (int(part) for part in report.split())
        return Ending(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, peak_kib * 1024)


class ReaderProcess:
    """The process that forks one process a document."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: ChildProcess | None = None

    def start_reading(self) -> Reading:
        """A process for one document: 2 ms, the first 0.1 s. Raises OSError where none can be started."""
        with self._lock:
            try:
                return self._start_reading()
            except OSError:
                self._stop()  # it was killed: a new one
                return self._start_reading()

    @property
    def pid(self) -> int | None:
        """The process's id; None while it is not started."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process and those it forked. The next document starts it again."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """In a forked process: leave the parent's process to the parent."""
        self.__init__()

    def _start_reading(self) -> Reading:
        if self._process is None:
            self._process = ChildProcess("blocks.providers.reader_child")
        ours, theirs = socket.socketpair()
        report, reporter = os.pipe()
        try:
            socket.send_fds(self._process.channel, [b"+"], [theirs.fileno(), reporter])
        except OSError:
            ours.close()
            os.close(report)
            raise
        finally:
            theirs.close()
            os.close(reporter)
        return Reading(ours, report)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.stop()


READER = ReaderProcess()


def _after_fork() -> None:
    READER.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
