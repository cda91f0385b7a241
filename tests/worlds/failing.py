"""Input and output that fails: the operations of the product's files and SQLite databases, numbered, and a fault
at any one of them.

Files are those of the artifacts, the heads and the keys of a home; databases are all that this process opens.
Hooks stay until the process ends, so this is for children only.
"""

import errno
import io
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine, event

T = TypeVar("T")

FOLDERS = ("artifacts", "heads", "keys")
PATH_CALLS = ("open", "link", "mkdir", "rename", "stat", "unlink")
DESCRIPTOR_CALLS = ("close", "fsync", "fstat", "pread", "write")
Lasts = Literal["once", "its place for ever", "all for ever"]
LASTS: tuple[Lasts, ...] = ("once", "its place for ever", "all for ever")
ONCE, PLACE_FOR_EVER, ALL_FOR_EVER = LASTS


@dataclass(frozen=True)
class Kind:
    """One way to fail: what a file says, what a database says, and whether the operation was carried out."""

    name: str
    code: int
    words: str
    happens: bool = False


KINDS = (
    Kind("I/O error", errno.EIO, "disk I/O error"),
    Kind("timeout", errno.ETIMEDOUT, "database is locked"),
    Kind("no space", errno.ENOSPC, "database or disk is full"),
    Kind("answer lost", errno.ECONNRESET, "connection reset by peer", happens=True),
)
_READS = (
    "open",
    "stat",
    "fstat",
    "read",
    "pread",
    "connect",
    "SELECT",
    "PRAGMA",
    "BEGIN",
    "fetch",
    "ROLLBACK",
)


@dataclass(frozen=True)
class Fault:
    """The operation numbered *number*, counted from 0, fails; it must be the one that is named."""

    number: int
    operation: str
    kind: Kind
    lasts: Lasts

    @property
    def place(self) -> str:
        """Where it strikes: artifacts, heads, keys, or the name of a database's file."""
        return self.operation.split(": ")[0]

    def __str__(self) -> str:
        return f"{self.number} {self.operation}, {self.kind.name}, {self.lasts}"


def faults_at(operations: list[str]) -> list[Fault]:
    """All faults of a story that carries out *operations*.

    What only reads has no space to miss and no answer to lose; one after the other fails in one of the two other ways.
    """
    return [
        Fault(number, operation, kind, lasts)
        for number, operation in enumerate(operations)
        for kind in ((KINDS[number % 2],) if _only_reads(operation) else KINDS)
        for lasts in LASTS
    ]


def _only_reads(operation: str) -> bool:
    return operation.split(": ")[1].startswith(_READS)


class Devices:
    """Carries out operations, notes them, and lets them fail as *fault* says."""

    def __init__(self, home: Path, fault: Fault | None = None) -> None:
        self.seen: list[str] = []
        self._home, self._fault = home, fault
        self._down = False

    def place_of(self, path: object) -> str | None:
        """Which of our folders *path* is in, if any."""
        if not isinstance(path, str | Path):
            return None
        parts = Path(path).parts[len(self._home.parts) : len(self._home.parts) + 1]
        return parts[0] if parts and parts[0] in FOLDERS and Path(path).is_relative_to(self._home) else None

    def carry_out(
        self, place: str, name: str, act: Callable[[], T], torn: Callable[[], Any] | None = None
    ) -> T:
        """Act, or fail; *torn* is what is done of an operation that fails halfway."""
        kind = self._fails(place, f"{place}: {name}")
        if kind is None:
            return act()
        if kind.happens:
            act()
        elif torn is not None:
            torn()
        raise self._error(place, kind)

    def _fails(self, place: str, operation: str) -> Kind | None:
        fault, number = self._fault, len(self.seen)
        if threading.current_thread() is threading.main_thread():
            self.seen.append(operation)
            if fault is not None and number == fault.number:
                if operation != fault.operation:
                    raise AssertionError(f"operation {number} is {operation}, and was {fault.operation}")
                self._down = fault.lasts != ONCE
                return fault.kind
        is_down = self._down and fault is not None and (fault.lasts == ALL_FOR_EVER or fault.place == place)
        return fault.kind if fault is not None and is_down else None

    @staticmethod
    def _error(place: str, kind: Kind) -> Exception:
        if place in FOLDERS:
            return OSError(kind.code, os.strerror(kind.code), place)
        return sqlite3.OperationalError(kind.words)


def hook(home: Path, fault: Fault | None = None) -> Devices:
    """From now on the operations of this process go through the devices that are returned."""
    devices = Devices(home, fault)
    _hook_files(devices)
    _hook_databases(devices)
    return devices


def _hook_files(devices: Devices) -> None:
    descriptors: dict[int, str] = {}
    for name in PATH_CALLS:
        setattr(os, name, _on_path(devices, name, getattr(os, name), descriptors))
    for name in DESCRIPTOR_CALLS:
        setattr(os, name, _on_descriptor(devices, name, getattr(os, name), descriptors))
    io.open = _on_stream(devices, io.open, descriptors)  # pyright: ignore[reportAttributeAccessIssue]


def _on_path(
    devices: Devices, name: str, real: Callable[..., Any], descriptors: dict[int, str]
) -> Callable[..., Any]:
    @wraps(real)
    def call(path: Any, *args: Any, **kwargs: Any) -> Any:
        place = devices.place_of(path)
        if place is None:
            return real(path, *args, **kwargs)
        value = devices.carry_out(place, name, lambda: real(path, *args, **kwargs))
        if name == "open":
            descriptors[value] = place
        return value

    return call


def _on_descriptor(
    devices: Devices, name: str, real: Callable[..., Any], descriptors: dict[int, str]
) -> Callable[..., Any]:
    @wraps(real)
    def call(descriptor: int, *args: Any) -> Any:
        place = descriptors.get(descriptor)
        if name == "close":
            descriptors.pop(descriptor, None)
        if place is None:
            return real(descriptor, *args)
        torn = {"write": lambda: real(descriptor, _half(*args)), "close": lambda: real(descriptor)}.get(name)
        return devices.carry_out(place, name, lambda: real(descriptor, *args), torn)

    return call


def _on_stream(devices: Devices, real: Callable[..., Any], descriptors: dict[int, str]) -> Callable[..., Any]:
    @wraps(real)
    def call(file: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(file, int):
            place = descriptors.get(file)
            return (
                real(file, *args, **kwargs)
                if place is None
                else _Stream(devices, place, real(file, *args, **kwargs))
            )
        place = devices.place_of(file)
        if place is None:
            return real(file, *args, **kwargs)
        return _Stream(devices, place, devices.carry_out(place, "open", lambda: real(file, *args, **kwargs)))

    return call


class _Stream:
    """An open file whose reads and writes are operations."""

    def __init__(self, devices: Devices, place: str, real: Any) -> None:
        self._devices, self._place, self._real = devices, place, real

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self._real.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def read(self, *args: int) -> Any:
        return self._devices.carry_out(self._place, "read", lambda: self._real.read(*args))

    def write(self, data: Any) -> Any:
        """Written at once, so that a failure comes where a full disk would show it."""
        return self._devices.carry_out(
            self._place, "write", lambda: self._written(data), lambda: self._written(_half(data))
        )

    def _written(self, data: Any) -> int:
        count = self._real.write(data)
        self._real.flush()
        return int(count)


def _half(data: Any) -> Any:
    return data[: len(data) // 2]


def _hook_databases(devices: Devices) -> None:
    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # pyright: ignore[reportUnusedFunction]
        place = Path(cargs[0]).name
        made = _connection_class(devices, place)
        return devices.carry_out(
            place, "connect", lambda: dialect.loaded_dbapi.connect(*cargs, **{**cparams, "factory": made})
        )


def _connection_class(devices: Devices, place: str) -> type[sqlite3.Connection]:
    """Connections to one database whose calls are operations."""

    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, *args: Any) -> "Cursor":
            words = " ".join(statement.split()[:3])
            return devices.carry_out(place, words, lambda: super(Cursor, self).execute(statement, *args))

        def fetchone(self) -> Any:
            return devices.carry_out(place, "fetch", super().fetchone)

        def fetchall(self) -> Any:
            return devices.carry_out(place, "fetch", super().fetchall)

        def fetchmany(self, *args: Any) -> Any:
            return devices.carry_out(place, "fetch", lambda: super(Cursor, self).fetchmany(*args))

    class Connection(sqlite3.Connection):
        def cursor(self, *args: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> None:
            devices.carry_out(place, "COMMIT", super().commit)

        def rollback(self) -> None:
            devices.carry_out(place, "ROLLBACK", super().rollback)

    return Connection
