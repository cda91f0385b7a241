"""Turn a stranger's document into pages of text, in a process that may die of it.

Nothing here parses: the bytes go to a process with limits on memory, time, files and network (reader_child),
and come back as text, pixels or a refusal. A text-layer page costs 40 ms, a scanned page 1 to 4 s of OCR.
"""

import signal
import threading
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, Literal, NamedTuple, Self

from blocks.base.errors import HoldfastError
from blocks.providers import ocr_engine
from blocks.providers.layout import LAYOUT_VERSION
from blocks.providers.pages import INK_VERSION, PageContent, Pixels
from blocks.providers.reader_process import READER, Ending, Reading, Stopped
from blocks.providers.text_pages import text_of

MediaType = Literal["application/pdf", "image/png", "image/jpeg", "image/tiff", "text/plain"]

ENOUGH = 20  # letters: a page with fewer is looked at, if a picture covers a little of it
PICTURED = 0.05
STAMPED = 100  # letters: a page with fewer is looked at, if a picture covers most of it
MOSTLY_PICTURED = 0.5


class UnreadableDocument(Exception):
    """The document cannot be read. The class names the refusal, the message is one sentence for a person."""


class EncryptedDocument(UnreadableDocument):
    """It is locked with a password (one that opens without is read)."""


class NotADocument(UnreadableDocument):
    """It is no PDF, PNG, JPEG, TIFF or text."""


class DamagedDocument(UnreadableDocument):
    """It is of a known kind but broken."""


class EmptyDocument(UnreadableDocument):
    """It has no pages, or no bytes."""


class TooManyPages(UnreadableDocument):
    """It has more pages than the caller allows."""


class DocumentTooLarge(UnreadableDocument):
    """It has more bytes than the reader allows."""


class TooMuchMemory(UnreadableDocument):
    """Reading it needs more memory than the reader allows."""


class TooSlow(UnreadableDocument):
    """Reading one of its pages takes longer than the reader allows."""


class OcrNotInstalled(UnreadableDocument):
    """It is a picture of text, and the package that reads pictures is not there."""


class ReaderStopped(HoldfastError):
    """The reading process was ended from outside twice, or does not start."""

    next = "`holdfast doctor` says whether it starts; then run the same command again."


_REFUSALS: dict[str, type[UnreadableDocument]] = {
    kind.__name__: kind for kind in UnreadableDocument.__subclasses__()
}


class ReadPage(NamedTuple):
    """One page: *text* in rows and columns; *confidence* 1.0 for a text layer, the letters' mean for OCR."""

    number: int
    source: Literal["text layer", "ocr"]
    text: str
    confidence: float


def media_type_of(
    head: bytes, *, name: str, text_suffixes: tuple[str, ...] = (".txt", ".md")
) -> MediaType | None:
    """The media type told from the content; None for what is not read here.

    *head* is the file or at least its first KiB. Only for plain text the name has a say: it must end in one of *text_suffixes*.
    """
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if name.lower().endswith(text_suffixes) and head and text_of(head, whole=False) is not None:
        return "text/plain"
    return None


_SIGNATURES: tuple[tuple[bytes, MediaType], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


@dataclass(frozen=True)
class PageReader:
    """Reads documents within limits. Free to make, safe to share between threads."""

    memory_bytes: int = 2**30
    page_seconds: float = 30.0
    ocr_seconds: float = 120.0
    dpi: int = 170
    document_bytes: int = 100 * 2**20

    @cached_property
    def identity(self) -> str:
        """What shapes the text this reader gives: two readers with the same identity read the same text."""
        parts = (
            f"layout {LAYOUT_VERSION}",
            f"ink {INK_VERSION}",
            f"pypdfium2 {version('pypdfium2')}",
            f"{self.dpi} dpi",
            f"limits {self.memory_bytes} {self.page_seconds:g} {self.document_bytes}",
            ocr_engine.identity(),
        )
        return "; ".join(parts)

    def open(self, data: bytes, media_type: str, *, max_pages: int) -> "OpenDocument":
        """Open a document; close it by leaving the `with` block. Raises UnreadableDocument. About 3 ms."""
        if not data:
            raise EmptyDocument("The file is empty.")
        if len(data) > self.document_bytes:
            raise DocumentTooLarge(
                f"The file has {len(data):,} bytes; {self.document_bytes:,} are the most that are read."
            )
        document = OpenDocument(self, data, media_type)
        if not 0 < document.page_count <= max_pages:
            document.close()
            if document.page_count <= 0:
                raise EmptyDocument("The document has no pages.")
            raise TooManyPages(
                f"The document has {document.page_count:,} pages; {max_pages:,} are the most that are read."
            )
        return document


class OpenDocument:
    """An open document with its own process; threads take turns.

    Its methods raise UnreadableDocument; ReaderStopped and OcrStopped are accidents that may pass.
    """

    def __init__(self, reader: PageReader, data: bytes, media_type: str) -> None:
        self._reader = reader
        self._data = data
        self._media_type = media_type
        self._lock = threading.Lock()
        self._reading: Reading | None = None
        try:
            self.page_count = int(self._ask({})[0]["pages"])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the document's process."""
        with self._lock:
            self._end_reading()

    def read(self, number: int) -> ReadPage:
        """Page *number*, counted from 1: its text layer, or OCR where that has next to nothing to say."""
        self._check(number)
        content = PageContent(**self._ask({"ask": "content", "page": number})[0])
        if not _says_little(content):
            return ReadPage(number, "text layer", content.text, 1.0)
        if not ocr_engine.installed():
            return _without_ocr(number, content)
        found = self._seen(number)
        if _letters(found.text) < _letters(content.text):
            return ReadPage(number, "text layer", content.text, 1.0)
        return ReadPage(number, "ocr", found.text, found.confidence)

    def render(self, number: int, dpi: int) -> bytes:
        """Page *number* as a PNG picture."""
        self._check(number)
        return self._ask({"ask": "png", "page": number, "dpi": dpi})[1]

    def _check(self, number: int) -> None:
        if not 1 <= number <= self.page_count:
            raise ValueError(f"There is no page {number}: the document has {self.page_count}.")

    def _seen(self, number: int) -> ocr_engine.OcrText:
        request = {"ask": "pixels", "page": number, "dpi": self._reader.dpi}
        header, data = self._ask(request)
        pixels = Pixels(header["width"], header["height"], data)
        return ocr_engine.ENGINE.read(pixels, seconds=self._reader.ocr_seconds)

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            try:
                answer = self._asked(request)
            except Stopped as stopped:
                self._end_reading()
                if stopped.ending.signal not in _FROM_OUTSIDE:
                    raise _unreadable(stopped.ending, self._reader) from stopped
                answer = self._asked_again(request)
            except BaseException:
                self._end_reading()
                raise
        if "refused" in answer[0]:
            raise _REFUSALS.get(answer[0]["refused"], DamagedDocument)(answer[0]["reason"])
        return answer

    def _asked_again(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Whoever ended the process, it was not the document: once more in a new one."""
        try:
            return self._asked(request)
        except Stopped as stopped:
            self._end_reading()
            if stopped.ending.signal in {None, signal.SIGTERM}:
                raise ReaderStopped from stopped
            raise _unreadable(stopped.ending, self._reader) from stopped

    def _asked(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        seconds = self._reader.page_seconds
        patience = seconds + 5  # the process ends itself in time; this is for when it cannot
        try:
            if self._reading is None:
                self._reading = READER.start_reading()
                opening = {
                    "media_type": self._media_type,
                    "memory_bytes": self._reader.memory_bytes,
                    "seconds": seconds,
                }
                opened = self._reading.ask(opening, self._data, seconds=patience)
                if not request or "refused" in opened[0]:
                    return opened
            return self._reading.ask(request, seconds=patience)
        except TimeoutError as error:
            raise _too_slow(self._reader) from error

    def _end_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()


_FROM_OUTSIDE = {None, signal.SIGKILL, signal.SIGTERM}
_ON_TIME = {signal.SIGALRM, signal.SIGXCPU}
_ON_ABORT = {signal.SIGABRT, signal.SIGTRAP, signal.SIGILL}  # PDFium's way to say that memory was refused


def _letters(text: str) -> int:
    return sum(1 for character in text if not character.isspace())


def _says_little(content: PageContent) -> bool:
    """True where the text layer is next to nothing, or a line or two that a scanner stamped on its picture."""
    letters = _letters(content.text)
    if letters < ENOUGH:
        return content.pictured > PICTURED
    return letters < STAMPED and content.pictured > MOSTLY_PICTURED


def _without_ocr(number: int, content: PageContent) -> ReadPage:
    """The best that is left: what a scanner wrote over its picture, half trusted; else the way to OCR."""
    if _letters(content.hidden) >= ENOUGH:
        return ReadPage(number, "text layer", content.hidden, 0.5)
    raise OcrNotInstalled(
        f"Page {number} is a picture of text. To read pictures, type: pip install 'holdfast[ocr]'"
    )


def _too_slow(reader: PageReader) -> TooSlow:
    return TooSlow(f"A page took longer than {reader.page_seconds:g} s to read.")


def _unreadable(ending: Ending, reader: PageReader) -> UnreadableDocument:
    if ending.signal in _ON_TIME:
        return _too_slow(reader)
    if ending.signal in _ON_ABORT | {signal.SIGKILL} or ending.memory_bytes > reader.memory_bytes / 2:
        return TooMuchMemory(f"Reading it needs more than {reader.memory_bytes / 2**20:,.0f} MiB of memory.")
    return DamagedDocument("The document is damaged in a way that stops the program that reads it.")
