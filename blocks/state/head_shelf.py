"""Where signed heads are kept, outside the database: append-only files in a folder. Standard library only."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from blocks.base.folders import sync_folder, write_once
from blocks.state.heads import Head, NotAHead, parse_head

_ENDING = ".jsonl"
_TAIL_BYTES = 65_536


class HeadShelf(Protocol):
    """A place for heads that only ever grows: a folder, or a bucket (head_bucket)."""

    def append(self, head: Head) -> None:
        """Keep *head*, so that it is there after a power cut. Raises OSError."""
        ...

    def publish(self, key_id: str, public_key: bytes) -> None:
        """Put the public key (PEM) beside the heads that it checks; again is harmless. Raises OSError."""
        ...

    def read(self, run_id: str) -> "Kept":
        """All heads of a run."""
        ...

    def last(self, run_id: str) -> Head | None:
        """The newest head of a run."""
        ...

    def run_ids(self) -> list[str]:
        """The runs that have heads."""
        ...


@dataclass(frozen=True)
class Kept:
    """The heads of one run in the order they were kept, and how many lines are none.

    A crash can leave a *torn* line, the beginning of one; a *damaged* one was whole, and was changed.
    """

    heads: tuple[Head, ...] = ()
    torn: int = 0
    damaged: int = 0


@dataclass(frozen=True)
class HeadFolder:
    """One file for each run, one line for each head."""

    folder: Path

    def append(self, head: Head) -> None:
        """Add a line with one write and fsync it. A line that a crash tore is ended first."""
        file = self._file(head.run_id)
        is_new = not file.exists()
        if is_new:
            self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            _write_whole(descriptor, _opening(descriptor) + head.line() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self.folder)

    def publish(self, key_id: str, public_key: bytes) -> None:
        """Write KEY_ID.pub into the folder where it is not there. Raises OSError."""
        file = self.folder / f"{key_id}.pub"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_once(file, public_key, mode=0o644)

    def read(self, run_id: str) -> Kept:
        """All heads of a run, none where it has no file. Raises OSError."""
        file = self._file(run_id)
        return read_heads(file) if file.exists() else Kept()

    def last(self, run_id: str) -> Head | None:
        """The newest head of a run; reads the end of the file. Raises OSError."""
        try:
            with self._file(run_id).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return None
        return next((head for line in reversed(lines) if (head := head_in(line))), None)

    def run_ids(self) -> list[str]:
        """The runs that have a file."""
        return sorted(unquote(file.name.removesuffix(_ENDING)) for file in self.folder.glob(f"*{_ENDING}"))

    def _file(self, run_id: str) -> Path:
        return self.folder / f"{quote(run_id, safe='')}{_ENDING}"


def read_heads(file: Path) -> Kept:
    """The heads of one file. Raises OSError."""
    heads: list[Head] = []
    torn = damaged = 0
    with file.open("rb") as lines:
        for line in lines:
            if head := head_in(line):
                heads.append(head)
            else:
                is_whole = line.rstrip().endswith(b"}")
                torn, damaged = torn + (not is_whole), damaged + is_whole
    return Kept(tuple(heads), torn, damaged)


def head_in(line: bytes) -> Head | None:
    """The head that *line* is, or None."""
    try:
        return parse_head(line)
    except NotAHead:
        return None


def _opening(descriptor: int) -> bytes:
    """What ends a torn last line."""
    size = os.fstat(descriptor).st_size
    return b"" if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n" else b"\n"


def _write_whole(descriptor: int, data: bytes) -> None:
    if os.write(descriptor, data) != len(data):
        raise OSError("the line was written in part only")
