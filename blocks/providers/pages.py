"""What the reader's processes tell each other about a page. No imports: both sides load it in no time."""

from typing import NamedTuple, Protocol

INK_VERSION = 1  # raised when another part of what a PDF page says counts as seen


class Refused(Exception):
    """The document is refused: *name* of the refusal and *reason*, one sentence for a person."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason


class PageContent(NamedTuple):
    """What a page says of itself, without anybody looking at it.

    *text* is written with ink that can be seen. *hidden* is text without ink, as scanners put over their pictures;
    text whose ink leaves no mark on the page is in neither.
    *pictured*: the share of the page, 0 to 1, that a picture covers or that strokes may fill with letters.
    """

    text: str
    hidden: str
    pictured: float


class Pixels(NamedTuple):
    """A picture: rows from top to bottom, three bytes (red, green, blue) a pixel."""

    width: int
    height: int
    data: bytes


class PageFile(Protocol):
    """An open document. Pages are counted from 1. Its methods raise Refused."""

    page_count: int

    def content(self, number: int) -> PageContent:
        """What the page says of itself."""
        ...

    def pixels(self, number: int, dpi: float, *, to_read: bool) -> Pixels:
        """The page as a picture at *dpi*; *to_read*: at the size that OCR reads best."""
        ...


SHOWN = 24_000_000  # pixels, the most that are drawn
READ = (
    3_200_000  # pixels of a page that OCR reads well: an A4 page at 180 dpi; more costs time and splits words
)
READ_LONGEST = 8_000  # pixels on the longer side: a receipt of a metre
READ_SHORT = 1_000  # pixels on the shorter side, below which letters get too small


def scale_for(width: float, height: float, *, to_read: bool) -> float:
    """By how much a picture of so many pixels is drawn smaller (< 1) or larger (at most 3 times)."""
    area = max(width * height, 1.0)
    scale = 1.0
    if to_read:
        by_side = READ_SHORT / max(min(width, height), 1.0)
        scale = max(min((READ / area) ** 0.5, max(1.0, min(3.0, by_side))), min(1.0, by_side))
        scale = min(scale, READ_LONGEST / max(width, height, 1.0))
    return min(scale, (SHOWN / area) ** 0.5)
