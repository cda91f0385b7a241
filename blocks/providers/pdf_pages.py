"""PDF bytes to layout text and pixels, through PDFium, which can crash: child process only."""

import ctypes
import importlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from math import atan2, hypot, pi
from typing import Any, NamedTuple

from blocks.providers.layout import Glyph, lay_out, words_of
from blocks.providers.pages import PageContent, Pixels, Refused, scale_for
from blocks.providers.pdf_drawing import SEEN, Box, Color, Inked, color_of, drawn

CHARACTERS_A_PAGE = 200_000
LONGEST_SIDE = 14_400  # points: 5 metres, the most that the format's own readers show
OBJECTS_LOOKED_AT = 1_000
STROKES = 100
SMALLEST = 1 / 800  # of the page's longer side: smaller type is not there to be read
UNMAPPED = 0.3  # a text layer with this share of characters without a meaning is no text layer
HIDDEN_MODES = {3, 7}  # neither filled nor stroked
TILTED = pi / 15  # 12 degrees off the four directions: a stamp or a watermark

_REFUSALS = {
    4: ("EncryptedDocument", "The PDF is locked with a password."),
    5: ("EncryptedDocument", "The PDF is locked in a way that cannot be opened here."),
}


class _Style(NamedTuple):
    direction: int  # quarter turns, counter-clockwise, of the writing
    tilted: bool
    hidden: bool
    scale: float
    color: Color | None
    clear: bool  # drawn with ink that lets all but everything through


class _Placed(NamedTuple):
    glyph: Glyph
    style: _Style
    box: Box  # of its ink


_NO_STYLE = _Style(0, tilted=False, hidden=False, scale=1.0, color=None, clear=False)
_MADE_UP_SPACE = Glyph(" ", 0.0, 0.0, 0.0, 0.0)


def load_pdfium() -> Any:
    """Import PDFium and make it ready, about 40 ms; later calls cost nothing."""
    raw: Any = importlib.import_module("pypdfium2.raw")
    raw.FPDFText_GetTextObject.restype = ctypes.c_void_p
    return raw


class PdfFile:
    """An open PDF. Raises Refused for what cannot be opened."""

    def __init__(self, data: bytes) -> None:
        self._raw = load_pdfium()
        self._data = data  # PDFium reads from it as long as the document is open
        self._document = self._raw.FPDF_LoadMemDocument64(data, len(data), None)
        if not self._document:
            code = self._raw.FPDF_GetLastError()
            raise Refused(
                *_REFUSALS.get(code, ("DamagedDocument", "The PDF is damaged and cannot be opened."))
            )
        self._flattened: set[int] = set()
        self.page_count: int = self._raw.FPDF_GetPageCount(self._document)

    def content(self, number: int) -> PageContent:
        """The text of page *number* (from 1), laid out."""
        raw = self._raw
        with self._page(number) as page:
            text_page = raw.FPDFText_LoadPage(page)
            if not text_page:
                return PageContent("", "", pictured=1.0)
            try:
                return _content_of(raw, page, text_page)
            finally:
                raw.FPDFText_ClosePage(text_page)

    def pixels(self, number: int, dpi: float, *, to_read: bool) -> Pixels:
        """Page *number* drawn at *dpi*, within bounds; *to_read*: at the size that OCR reads best."""
        raw = self._raw
        with self._page(number) as page:
            wide, high = raw.FPDF_GetPageWidthF(page) * dpi / 72, raw.FPDF_GetPageHeightF(page) * dpi / 72
            scale = scale_for(wide, high, to_read=to_read)
            width, height = max(1, int(wide * scale)), max(1, int(high * scale))
            return Pixels(width, height, drawn(raw, page, width, height))

    @contextmanager
    def _page(self, number: int) -> Generator[Any]:
        page = self._loaded(number)
        if number not in self._flattened and self._raw.FPDFPage_GetAnnotCount(page) > 0:
            self._flattened.add(number)
            self._raw.FPDFPage_Flatten(
                page, self._raw.FLAT_NORMALDISPLAY
            )  # filled-in form fields become text
            self._raw.FPDF_ClosePage(page)
            page = self._loaded(number)
        try:
            wide, high = self._raw.FPDF_GetPageWidthF(page), self._raw.FPDF_GetPageHeightF(page)
            if max(wide, high) > LONGEST_SIDE:
                raise Refused("DocumentTooLarge", f"Page {number} is {wide:,.0f} x {high:,.0f} points large.")
            yield page
        finally:
            self._raw.FPDF_ClosePage(page)

    def _loaded(self, number: int) -> Any:
        page = self._raw.FPDF_LoadPage(self._document, number - 1)
        if not page:
            raise Refused("DamagedDocument", f"Page {number} of the PDF is damaged and cannot be read.")
        return page


def _content_of(raw: Any, page: Any, text_page: Any) -> PageContent:
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    bounds = (box.left, box.bottom, box.right, box.top)
    inked: list[list[Glyph]] = [[], [], [], [], []]
    hidden: list[list[Glyph]] = [[], [], [], [], []]
    count = min(raw.FPDFText_CountChars(text_page), CHARACTERS_A_PAGE)
    for glyph, style, _ in _visible(raw, page, bounds, list(_glyphs(raw, text_page, count, bounds))):
        (hidden if style.hidden else inked)[4 if style.tilted else style.direction].append(glyph)
    texts = [glyph for group in inked for glyph in group]
    text_objects = sum(1 for glyph in texts if not glyph.text.isspace())
    if text_objects and sum(1 for glyph in texts if _unmapped(glyph.text)) > UNMAPPED * text_objects:
        return PageContent("", "", pictured=1.0)
    return PageContent(_laid_out(inked, bounds), _laid_out(hidden, bounds), _pictured(raw, page, bounds))


def _visible(raw: Any, page: Any, bounds: Box, placed: Sequence[_Placed]) -> Iterator[_Placed]:
    """Without the glyphs that should have ink and leave no mark on the drawn page."""
    asked: dict[Color | None, list[int]] = {}
    for index, (glyph, style, _) in enumerate(placed):
        if not style.hidden and not glyph.text.isspace():
            asked.setdefault(style.color, []).append(index)
    unseen = {k for indices in asked.values() for k in indices if placed[k].style.clear}
    if asked:
        drawing = Inked(raw, page, bounds)
        for color, indices in asked.items():
            showing = drawing.showing([placed[k].box for k in indices], color)
            unseen.update(k for k, shows in zip(indices, showing, strict=True) if not shows)
    return (one for index, one in enumerate(placed) if index not in unseen)


def _pictured(raw: Any, page: Any, bounds: Box) -> float:
    """The share of the page under its largest picture; 1.0 where enough strokes are drawn to be letters."""
    area = max((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]), 1.0)
    share, strokes = 0.0, 0
    sides = [ctypes.c_float() for _ in range(4)]
    for index in range(min(raw.FPDFPage_CountObjects(page), OBJECTS_LOOKED_AT)):
        page_object = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(page_object)
        strokes += kind == raw.FPDF_PAGEOBJ_PATH
        if kind in {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM, raw.FPDF_PAGEOBJ_SHADING}:
            raw.FPDFPageObj_GetBounds(page_object, *(ctypes.byref(side) for side in sides))
            left, bottom, right, top = (side.value for side in sides)
            share = max(share, (right - left) * (top - bottom) / area)
    return 1.0 if strokes > STROKES else min(share, 1.0)


def _glyphs(raw: Any, text_page: Any, count: int, bounds: Box) -> Iterator[_Placed]:
    """Each character of a page, turned so that its writing runs to the right. About 6 us a character."""
    smallest = SMALLEST * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    styles: dict[int | None, _Style] = {}
    style = _NO_STYLE
    sides = [ctypes.c_double() for _ in range(4)]
    rect, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    rect_at, x_at, y_at = ctypes.byref(rect), ctypes.byref(x), ctypes.byref(y)
    unicode_of, object_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetTextObject
    box_of, origin_of, size_of = (
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_GetCharOrigin,
        raw.FPDFText_GetFontSize,
    )
    for index in range(count):
        code = unicode_of(text_page, index)
        text_object = object_of(text_page, index)
        if text_object is None:  # a space or line end that PDFium made up from a gap
            yield _Placed(_MADE_UP_SPACE, style, (0.0, 0.0, 0.0, 0.0))
            continue
        if text_object not in styles:
            styles[text_object] = _style_of(raw, text_page, index, text_object)
        style = styles[text_object]
        size = size_of(text_page, index) * style.scale
        if (
            size < smallest
            or not box_of(text_page, index, rect_at)
            or not origin_of(text_page, index, x_at, y_at)
        ):
            continue
        corners = (rect.left, rect.bottom, rect.right, rect.top)
        if not _inside(corners, bounds):
            continue
        glyph = _upright(_character(code), corners, (x.value, y.value), size, bounds, style.direction)
        yield _Placed(glyph, style, _ink_box(raw, text_page, index, sides) or corners)


def _style_of(raw: Any, text_page: Any, index: int, text_object: int) -> _Style:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix))
    angle = atan2(matrix.b, matrix.a)
    quarter = round(angle / (pi / 2))
    page_object = ctypes.cast(text_object, raw.FPDF_PAGEOBJECT)
    color, opacity = color_of(raw, page_object)
    return _Style(
        direction=quarter % 4,
        tilted=abs(angle - quarter * pi / 2) > TILTED,
        hidden=raw.FPDFTextObj_GetTextRenderMode(page_object) in HIDDEN_MODES,
        scale=hypot(matrix.c, matrix.d),
        color=color,
        clear=opacity < SEEN,
    )


def _ink_box(raw: Any, text_page: Any, index: int, sides: Sequence[Any]) -> Box | None:
    """The box of what a character draws, tighter than its line; None where the font does not tell."""
    if not raw.FPDFText_GetCharBox(text_page, index, *sides):
        return None
    left, right, bottom, top = (side.value for side in sides)
    return (left, bottom, right, top) if left < right and bottom < top else None


def _upright(
    text: str,
    box: Box,
    origin: tuple[float, float],
    size: float,
    bounds: Box,
    direction: int,
) -> Glyph:
    left, bottom, right, top = bounds
    x, y = origin
    if direction == 1:
        return Glyph(text, box[1] - bottom, box[3] - bottom, x - left, size)
    if direction == 2:
        return Glyph(text, right - box[2], right - box[0], y - bottom, size)
    if direction == 3:
        return Glyph(text, top - box[3], top - box[1], right - x, size)
    return Glyph(text, box[0] - left, box[2] - left, top - y, size)


def _laid_out(groups: list[list[Glyph]], bounds: Box) -> str:
    """The direction most of the page is written in first, then the others, then what is tilted."""
    wide, high = bounds[2] - bounds[0], bounds[3] - bounds[1]
    order = sorted(range(4), key=lambda direction: -len(groups[direction]))
    parts = [lay_out(words_of(groups[k]), high if k % 2 else wide) for k in order if groups[k]]
    if groups[4]:
        parts.append("".join(glyph.text for glyph in groups[4]).strip())
    return "\n\n".join(part for part in parts if part)


def _inside(box: Box, bounds: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]


def _character(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return "\ufffd"
    character = chr(code)
    return character if code in {2, 0xFFFE} or character.isprintable() or code == 0xAD else " "


def _unmapped(text: str) -> bool:
    return text == "\ufffd" or "\ue000" <= text <= "\uf8ff"
