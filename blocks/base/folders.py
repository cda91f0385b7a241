"""Folders on a disk that may lose power. Standard library only."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Let the names in *folder* reach the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
