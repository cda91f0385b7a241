"""The files and folders of a call, checked before anything is started."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from blocks.base.errors import Misuse

_BUCKET = "s3://"
_ELSEWHERE = (_BUCKET, "https://", "http://", "artifact:")


class NothingThere(Misuse):
    """There is no file or folder {path!r}."""

    next = "Check the name; quote a name that has spaces."


class EmptyFolder(Misuse):
    """The folder {path!r} holds no files."""

    next = "Name a folder with documents in it, or the documents themselves."


class NoInput(Misuse):
    """The flow needs files or folders to work on."""

    next = "Name them: holdfast run FLOW FOLDER_OR_FILES"


def checked_paths(inputs: Sequence[str]) -> list[str]:
    """*inputs* as absolute paths; what lies elsewhere, in a bucket, on the web or in the artifact store, as it is.

    Raises NoInput, NothingThere or EmptyFolder; opens nothing.
    """
    if not inputs:
        raise NoInput
    return [text if _is_elsewhere(text) else _checked(Path(text).expanduser()) for text in inputs]


def count_files(paths: Sequence[str]) -> int | None:
    """How many files *paths* name, folders searched to the bottom, hidden files left out; None where a bucket is among them."""
    if any(path.startswith(_BUCKET) for path in paths):
        return None
    return sum(1 if _is_elsewhere(path) else sum(1 for _ in _files(Path(path))) for path in paths)


def _is_elsewhere(text: str) -> bool:
    return text.lower().startswith(_ELSEWHERE)


def _checked(path: Path) -> str:
    if not path.exists():
        raise NothingThere(path=str(path))
    if path.is_dir() and not any(_files(path)):
        raise EmptyFolder(path=str(path))
    return str(path.absolute())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        return iter([path])
    return (file for file in path.rglob("*") if file.is_file() and not _is_hidden(file.relative_to(path)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
