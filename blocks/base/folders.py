"""Folders and small files on a disk that may lose power. Standard library only."""

import errno
import os
import tempfile
from pathlib import Path

_NO_HARD_LINKS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS)  # a file system that has none


def sync_folder(folder: Path) -> None:
    """Let the names in *folder* reach the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link_once(draft: Path, file: Path) -> None:
    """Give *draft* the name *file* as well, where nothing has it. Raises OSError."""
    try:
        os.link(draft, file)
    except FileExistsError:
        return  # another writer was first
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        draft.rename(file)


def write_once(file: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write *file* whole or not at all; where one stands already, also one that came this moment, leave it.

    Its folder must be there. Raises OSError.
    """
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # for the owner alone
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        link_once(Path(draft), file)
    finally:
        Path(draft).unlink(missing_ok=True)
    sync_folder(file.parent)
