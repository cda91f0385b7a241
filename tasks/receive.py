"""Receive: files become documents. The bytes are kept first; whatever happens later, they are there."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from blocks.artifacts.store import ArtifactStore
from blocks.base.errors import HoldfastError, Misuse
from blocks.durable import GIVEN, stage
from blocks.providers.page_reader import PageReader, UnreadableDocument, media_type_of
from tasks.schemas.document import Document, Refusal
from tasks.schemas.invoice_settings import IntakeLimits
from tasks.schemas.source_file import SourceFile

_HEAD_BYTES = 4096
_CHUNK_BYTES = 2**20
_DOCUMENT_SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".txt"})


class NothingToProcess(Misuse):
    """There is no file in {where}."""


class NoSuchPath(Misuse):
    """There is no file or folder {path!r}."""


class FileChanged(HoldfastError):
    """The file {name!r} changed or went away while it was received."""

    safe = "Nothing was recorded for it."
    next = "Run the same command again when the file is at rest."


def list_files(paths: Iterable[str]) -> list[SourceFile]:
    """Every file of *paths* (files and folders, searched to the bottom), in order, with its digest.

    A file that cannot be read is listed with the reason. Hidden files are passed over. Reads every byte once.
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise NoSuchPath(path=str(path))
    found = [file for path in given for file in _files_of(path)]
    if not found:
        raise NothingToProcess(where=", ".join(str(path) for path in given) or "an empty list")
    return _in_turn(found)


@stage(version=1)
def receive_document(
    file: SourceFile, limits: IntakeLimits, *, store: ArtifactStore = GIVEN, reader: PageReader = GIVEN
) -> Document | Refusal:
    """Keep the bytes of *file* and tell what they are.

    Returns a Refusal for what is no document, is too large, has too many pages or cannot be opened. Raises FileChanged.
    Effects: the bytes are kept in the artifact store under their digest.
    """
    if file.problem:
        return file.problem
    if file.size_bytes > limits.max_bytes:
        size, most = file.size_bytes, limits.max_bytes
        return Refusal(
            name="DocumentTooLarge", reason=f"The file has {size:,} bytes; at most {most:,} are received."
        )
    data = _unchanged(file)
    media_type = media_type_of(data[:_HEAD_BYTES], name=file.name)
    if media_type is None:
        reason = "The content is no PDF, PNG, JPEG, TIFF or text." if data else "The file is empty."
        return Refusal(name="NotADocument" if data else "EmptyDocument", reason=reason)
    try:
        with reader.open(data, media_type, max_pages=limits.max_pages) as opened:
            pages = opened.page_count
    except UnreadableDocument as refusal:
        return Refusal(name=type(refusal).__name__, reason=str(refusal))
    digest = store.put(data, media_type)
    return Document(digest=digest, media_type=media_type, size_bytes=len(data), pages=pages)


def _files_of(path: Path) -> Iterator[SourceFile]:
    if path.is_file():
        yield _found(path, path.name)
        return
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        if not file.is_dir():
            yield _found(file, name)
        elif file.suffix.lower() in _DOCUMENT_SUFFIXES:
            yield _unreadable(file, name, "NotAFile", "It is a folder with the name of a document.")


def _found(path: Path, name: str) -> SourceFile:
    if not path.is_file():
        return _unreadable(path, name, "NotAFile", "It is neither a file nor a folder, or a link to nothing.")
    try:
        digest, size = _digest_of_file(path)
    except OSError as error:
        return _unreadable(path, name, "FileUnreadable", f"The file cannot be read: {error.strerror}.")
    return SourceFile(name=_as_text(name), digest=digest, size_bytes=size, path=path)


def _unreadable(path: Path, name: str, refusal: str, reason: str) -> SourceFile:
    return SourceFile(name=_as_text(name), problem=Refusal(name=refusal, reason=reason), path=path)


def _as_text(name: str) -> str:
    """*name* with a mark for each byte that is no text: file systems admit names that are none."""
    return os.fsencode(name).decode("utf-8", "replace")


def _digest_of_file(path: Path) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
            size += len(chunk)
    return hasher.hexdigest(), size


def _in_turn(files: list[SourceFile]) -> list[SourceFile]:
    """Let a file with the bytes of an earlier one come after it; a path that was given twice is listed once."""
    first: dict[str, SourceFile] = {}
    seen: set[str] = set()
    marked: list[SourceFile] = []
    for file in files:
        path = str(file.path.absolute())
        if path in seen:
            continue
        seen.add(path)
        twin = first.setdefault(file.digest, file) if file.digest else file
        marked.append(file if twin is file else file.model_copy(update={"after": twin.name}))
    return marked


def _unchanged(file: SourceFile) -> bytes:
    try:
        data = file.path.read_bytes()
    except OSError as error:
        raise FileChanged(name=file.name) from error
    if hashlib.sha256(data).hexdigest() != file.digest:
        raise FileChanged(name=file.name)
    return data
