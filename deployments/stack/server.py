"""One server of the stack: a process that is started, found by what it answers, and stopped."""

import os
import secrets
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

from blocks.base.clock import monotonic, sleep
from blocks.base.folders import write_once
from deployments.local_server.address import choose_port
from deployments.local_server.process import end, spawn
from deployments.local_server.record import Record, read_record, record_of, write_record
from deployments.local_server.serverlog import log_file, open_log, reason_of_end
from deployments.stack.errors import StackServerDied, StackServerSilent

State = Literal["running", "silent", "stopped"]
# After a kill -9 the system needs some seconds to give back what the killed one held.
_TRIES_FOR_SECONDS = 10.0
_ANSWERS_WITHIN_SECONDS = 90.0


class Server(ABC):
    """A server that keeps all it has in *folder*, with a secret of its own and a port that it gets again."""

    what: ClassVar[str]
    first_port: ClassVar[int]
    asked_to_end_by: ClassVar[signal.Signals] = signal.SIGTERM
    prefix: Sequence[str] = ()
    """What stands before the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """What to run."""

    @abstractmethod
    def answers(self, port: int) -> bool:
        """True when this very server answers on *port*: it knows the secret. Never raises because it is away."""

    def environment(self, port: int) -> Mapping[str, str]:
        """The whole environment of the process."""
        return own_environment()

    @abstractmethod
    def prepare(self) -> None:
        """Do what comes before the process starts."""

    @abstractmethod
    def settle(self) -> None:
        """Do what comes after it first answers; at every start."""

    def start(self) -> Record:
        """The running server, started where none answers. Raises StackServerDied or StackServerSilent.

        Not for two processes at once: hold a lock.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = read_record(self.folder)
        if known is None or not self._comes(known):
            known = self._begin(known.port if known else None)
        self.settle()
        return known

    def stop(self) -> bool:
        """Stop it in good order, within 30 s; False when it was not alive. What it holds stays."""
        known = read_record(self.folder)
        if known is None or not known.is_alive:
            return False
        end(known.identity, ask=self.asked_to_end_by, patience_seconds=30)
        return True

    def look(self) -> tuple[State, Record | None]:
        """What there is now, changing nothing. Running is what answers, whatever a file says."""
        known = read_record(self.folder)
        if known is None:
            return "stopped", None
        if self.answers(known.port):
            return "running", known
        return ("silent" if known.is_alive else "stopped"), known

    def died(self) -> bool:
        """Was it started, and is its process gone?"""
        known = read_record(self.folder)
        return known is not None and not known.is_alive

    @property
    def port(self) -> int:
        """Where it answers, or did last; 0 before the first start."""
        known = read_record(self.folder)
        return known.port if known else 0

    @property
    def secret(self) -> str:
        """Its password: 48 hexadecimal characters, made once and kept in its folder for the owner's eyes alone."""
        file = self.folder / "secret"
        if not file.exists():
            write_once(file, secrets.token_hex(24).encode())
        return file.read_text()

    def _begin(self, remembered: int | None) -> Record:
        self.prepare()
        claimed = choose_port(remembered, self.first_port)
        until = monotonic() + _TRIES_FOR_SECONDS
        try:
            while not self._comes(record := self._spawned(claimed.number)):
                if monotonic() > until:
                    line, log = reason_of_end(self.folder), log_file(self.folder)
                    raise StackServerDied(what=self.what, line=line, log=log)
                sleep(0.3)
        finally:
            claimed.release()
        return record

    def _spawned(self, port: int) -> Record:
        command = self.command(port)
        process = spawn([*self.prefix, *command], self.environment(port), open_log(self.folder, port))
        record = record_of(process.pid, " ".join(command[1:]), port)
        try:
            write_record(self.folder, record)
        except OSError:
            process.kill()  # a server that is not recorded could never be stopped
            raise
        return record

    def _comes(self, record: Record) -> bool:
        """Wait until it answers; False when its process has ended."""
        until = monotonic() + _ANSWERS_WITHIN_SECONDS
        while not self.answers(record.port):
            if not record.is_alive:
                return False
            if monotonic() > until:
                log = log_file(self.folder)
                raise StackServerSilent(what=self.what, pid=record.pid, port=record.port, log=log)
            sleep(0.03)
        return True


def own_environment(*without: str) -> dict[str, str]:
    """This process's environment but for variables that begin with one of *without*, and without a planned fault."""
    left_out = ("HOLDFAST_FAULT", *without)
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
