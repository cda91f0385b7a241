"""The files and folders of a call, checked before anything is started."""

from collections.abc import Sequence
from pathlib import Path

from blocks.base.errors import Misuse


class NothingThere(Misuse):
    """There is no file or folder {path!r}."""

    next = "Check the name; quote a name that has spaces."


class EmptyFolder(Misuse):
    """The folder {path!r} holds no files."""

    next = "Name a folder with documents in it, or the documents themselves."


class NoInput(Misuse):
    """The flow {flow} needs files or folders to work on."""

    next = "holdfast run {flow} FOLDER"


def checked_paths(flow: str, inputs: Sequence[str]) -> list[str]:
    """*inputs* as absolute paths. Raises NoInput, NothingThere or EmptyFolder; opens nothing."""
    if not inputs:
        raise NoInput(flow=flow)
    paths = [Path(text).expanduser() for text in inputs]
    for path in paths:
        if not path.exists():
            raise NothingThere(path=str(path))
        if path.is_dir() and not _has_files(path):
            raise EmptyFolder(path=str(path))
    return [str(path.absolute()) for path in paths]


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and not path.name.startswith(".") for path in folder.rglob("*"))
