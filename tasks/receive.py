"""Receive: files become documents. What is received is kept, so that nothing later depends on the file."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from blocks.artifacts.store import ArtifactStore
from blocks.base.errors import HoldfastError, Misuse
from blocks.durable import GIVEN, stage
from blocks.providers.inbox import BUCKET
from blocks.providers.page_reader import PageReader, UnreadableDocument, media_type_of
from tasks.fetch import MOST_BYTES, bucket_files, kept_file
from tasks.schemas.arrival import KeptDocument
from tasks.schemas.document import Document, Refusal
from tasks.schemas.invoice_settings import IntakeLimits
from tasks.schemas.source_file import SourceFile

_HEAD_BYTES = 4096
_CHUNK_BYTES = 2**20
_DOCUMENT_SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".txt", ".md"})


class NothingToProcess(Misuse):
    """There is no file in {where}."""


class NoSuchPath(Misuse):
    """There is no file or folder {path!r}."""


class FileChanged(HoldfastError):
    """The file {name!r} changed or went away while it was received."""

    safe = "Nothing was recorded for it."
    next = "Run the same command again when the file is at rest."


def list_files(places: Iterable[str]) -> list[SourceFile]:
    """Every file of *places*, in order, with its digest.

    A place is a file or a folder of this machine, searched to the bottom; `s3://BUCKET/KEY` or `s3://BUCKET/FOLDER/`; or
    `artifact:DIGEST?name=NAME`, a document that is in the artifact store. What a bucket gives is kept there at once. A file that
    cannot be read is listed with the reason. Hidden files are passed over. Reads every byte once.
    """
    given = list(places)
    for place in given:
        if not _is_elsewhere(place) and not os.path.lexists(place):
            raise NoSuchPath(path=place)
    found = [file for place in given for file in sorted(_files_at(place), key=lambda file: file.name)]
    if not found:
        raise NothingToProcess(where=", ".join(given) or "an empty list")
    return _in_turn(_by_own_names(_each_once(found)))


@stage(version=2)
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
    data = _unchanged(file.path, file) if file.path else store.get(file.digest)
    media_type = media_type_of(data[:_HEAD_BYTES], name=file.name, text_suffixes=limits.text_suffixes)
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


def _is_elsewhere(place: str) -> bool:
    return place.startswith(BUCKET) or KeptDocument.parse(place) is not None


def _files_at(place: str) -> Iterator[SourceFile]:
    if place.startswith(BUCKET):
        return bucket_files(place)
    kept = KeptDocument.parse(place)
    return iter([kept_file(kept)]) if kept else _files_of(Path(place))


def _files_of(given: Path) -> Iterator[SourceFile]:
    """What is at *given*; of a folder, all in it. What cannot be looked into is listed with the reason."""
    if not _is_folder(given):
        yield _found(given, given.name)
        return
    closed: list[OSError] = []
    for place, folders, names in os.walk(given, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place, name) for name in folders):
            if path.is_symlink():
                yield _unreadable(
                    path,
                    _below(path, given),
                    "NotAFile",
                    "It is a link to a folder: name that folder itself.",
                )
            elif path.suffix.lower() in _DOCUMENT_SUFFIXES:
                yield _unreadable(
                    path, _below(path, given), "NotAFile", "It is a folder with the name of a document."
                )
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            yield _found(path, _below(path, given))
    for error in closed:
        path = Path(str(error.filename))
        yield _unreadable(
            path, _below(path, given), "FolderUnreadable", f"The folder cannot be read: {error.strerror}."
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _below(path: Path, given: Path) -> str:
    return path.relative_to(given).as_posix() if path != given else given.name


def _found(path: Path, name: str) -> SourceFile:
    try:
        if not path.is_file():
            return _unreadable(
                path, name, "NotAFile", "It is neither a file nor a folder, or a link to nothing."
            )
        size = path.stat().st_size
        if size > MOST_BYTES:
            reason = f"The file has {size:,} bytes; no more than {MOST_BYTES:,} are looked at."
            return _unreadable(path, name, "DocumentTooLarge", reason)
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


def _each_once(files: list[SourceFile]) -> list[SourceFile]:
    """A path, or a document of the store, that was given twice is listed once."""
    return list({_place(file): file for file in reversed(files)}.values())[::-1]


def _place(file: SourceFile) -> Path:
    """Where it lies; a document of the store as if its digest were a folder."""
    return file.path.absolute() if file.path else Path(f"/{file.digest or 'unread'}", file.name)


def _by_own_names(files: list[SourceFile]) -> list[SourceFile]:
    """Files of different folders that share a name are called by their paths below the common folder."""
    times = Counter(file.name for file in files)
    if max(times.values()) == 1:
        return files
    common = os.path.commonpath([_place(file).parent for file in files])
    return [
        file.model_copy(update={"name": _as_text(_place(file).relative_to(common).as_posix())})
        if times[file.name] > 1
        else file
        for file in files
    ]


def _in_turn(files: list[SourceFile]) -> list[SourceFile]:
    """Let a file with the bytes of an earlier one come after it."""
    first: dict[str, SourceFile] = {}
    marked: list[SourceFile] = []
    for file in files:
        earlier = first.setdefault(file.digest, file) if file.digest else file
        marked.append(file if earlier is file else file.model_copy(update={"after": earlier.name}))
    return marked


def _unchanged(path: Path, file: SourceFile) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileChanged(name=file.name) from error
    if hashlib.sha256(data).hexdigest() != file.digest:
        raise FileChanged(name=file.name)
    return data
