"""Stock Prefect result storage that can be told to fail."""

from typing import Any

from prefect.filesystems import LocalFileSystem
from pydantic import PrivateAttr


class FailingStorage(LocalFileSystem):
    """A folder whose writes or reads fail while they are told to."""

    _block_type_slug = "failing-storage"
    _write_error: Exception | None = PrivateAttr(default=None)
    _read_error: Exception | None = PrivateAttr(default=None)

    def fail(self, *, write: Exception | None = None, read: Exception | None = None) -> None:
        """Fail from now on, or no longer."""
        self._write_error, self._read_error = write, read

    def write_path(self, path: str, content: bytes, _sync: bool | None = None) -> Any:
        """Write, or fail."""
        if self._write_error:
            raise self._write_error
        return LocalFileSystem.write_path(self, path, content, _sync=True)

    def read_path(self, path: str, _sync: bool | None = None) -> Any:
        """Read, or fail."""
        if self._read_error:
            raise self._read_error
        return LocalFileSystem.read_path(self, path, _sync=True)
