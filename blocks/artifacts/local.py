"""A folder as a shelf: temporary file, fsync, link, fsync of the folder."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from blocks.artifacts.names import names_in, path_of
from blocks.base import faults
from blocks.base.folders import link_once, sync_folder


class LocalShelf:
    """Envelopes as files `ab/abcd...` under *root*. A name is either whole on the disk or not there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_once(self, name: str, envelope: bytes) -> None:
        """Keep *envelope* under *name*; where a file stands there already, leave it."""
        target = self._path(name)
        if target.exists():
            sync_folder(target.parent)  # its writer may not have come so far
            return
        self._make_folder(target.parent)
        draft = target.parent / f".{name[:8]}-{uuid4().hex}"
        try:
            _write_durably(draft, envelope)
            faults.reach("artifact.written")
            link_once(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(target.parent)
        faults.reach("artifact.renamed")

    def read(self, name: str) -> bytes | None:
        """The bytes under *name*, or None where there is no such file."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, name: str, found: bytes, by: bytes | None) -> None:
        """Where *found* stands under *name*, keep it as NAME.damaged-... and let *by* stand there; None: nothing."""
        if self.read(name) != found:
            return
        target = self._path(name)
        aside = target.with_name(f"{name}.damaged-{uuid4().hex[:8]}")
        with suppress(FileNotFoundError):  # another was faster
            if by is None:
                target.rename(aside)
                if aside.read_bytes() != found:
                    link_once(aside, target)  # it was written anew meanwhile
            else:
                link_once(target, aside)
                draft = target.with_name(f".{name[:8]}-{uuid4().hex}")
                _write_durably(draft, by)
                draft.rename(target)
        sync_folder(target.parent)

    def names(self) -> Iterator[str]:
        """The names under which envelopes stand."""
        return names_in(path.relative_to(self._root).as_posix() for path in sorted(self._root.glob("*/*")))

    def _path(self, name: str) -> Path:
        return self._root / path_of(name)

    def _make_folder(self, folder: Path) -> None:
        if not folder.exists():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)


def _write_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
