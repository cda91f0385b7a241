"""A PDF page drawn, and which of its glyphs can be seen there (child process only).

Whether a glyph leaves a mark is asked of the drawing, never of the page's instructions: the page is drawn with its
text and without it, and where the two are alike nobody sees that text, whether its ink is white, transparent,
clipped off or covered. A glyph also has to draw the page towards its own colour: white words over black ones leave
no mark of theirs.
"""

import ctypes
import importlib
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor
from typing import Any

from blocks.providers.pages import Refused

DPI = 100
MOST_PIXELS = 2_000_000  # A3 at 100 dpi; a larger page is drawn coarser
SEEN = 24  # of 255 in one colour: #e7e7e7 on white, 1.23 to 1; paler ink counts as none
FAINT = SEEN // 2  # thin strokes spread over two pixels
SMALL = 9.0  # square pixels: a smaller glyph, or a full stop, has no strokes to look at, only ink to add up
THIN = 3.0  # pixels: glyphs are drawn up to half a pixel beside their place, which a thinner one would miss
REACH = 1 / 3  # of a glyph's height and width that must show: crumbs beside what covers it are not read


Color = tuple[int, int, int]
Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points, as the page counts them."""

UNTOLD: set[Color | None] = {(255, 255, 255), (191, 191, 191)}
"""The colours that PDFium names for a shading, and for a tiling, too."""


def drawn(raw: Any, page: Any, width: int, height: int) -> bytes:
    """The page as *height* rows of *width* pixels, three bytes (red, green, blue) each. Raises Refused."""
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, None, 0)
    if not bitmap:
        raise Refused("TooMuchMemory", "A page needs more memory to draw than is allowed.")
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
        stride = raw.FPDFBitmap_GetStride(bitmap)
        data = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    if stride == 3 * width:
        return data
    return b"".join(data[start : start + 3 * width] for start in range(0, len(data), stride))


def color_of(raw: Any, text_object: Any) -> tuple[Color | None, int]:
    """The one colour that a text object fills its glyphs with, None for several or a pattern; its opacity, 0 to 255."""
    parts = [ctypes.c_uint() for _ in range(4)]
    filled = raw.FPDFTextObj_GetTextRenderMode(text_object) in {0, 4}
    if not filled or not raw.FPDFPageObj_GetFillColor(text_object, *parts):
        return None, 255
    red, green, blue, opacity = (part.value for part in parts)
    return (red, green, blue), opacity


def load_pillow() -> tuple[Any, Any]:
    """Pillow's images and what is done channel by channel, about 30 ms; later calls cost nothing."""
    return importlib.import_module("PIL.Image"), importlib.import_module("PIL.ImageChops")


class Inked:
    """A page with and without its text. Two or three drawings: 10 to 40 ms and 10 MB for A4. Raises Refused."""

    def __init__(self, raw: Any, page: Any, bounds: Box) -> None:
        wide, high = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
        scale = min(DPI / 72, (MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
        self._size = max(1, int(wide * scale)), max(1, int(high * scale))
        self._turns = raw.FPDFPage_GetRotation(page)
        self._bounds = bounds
        self._pillow, self._chops = load_pillow()
        self._after = self._told = self._drawn(raw, page)
        texts = list(_texts(raw, _objects(raw, page)))
        untold = [one for one in texts if color_of(raw, one)[0] in UNTOLD]
        if untold:
            _put_aside(raw, untold)
            self._told = self._drawn(raw, page)
        _put_aside(raw, texts)
        self._before = self._drawn(raw, page)

    def _drawn(self, raw: Any, page: Any) -> Any:
        return self._pillow.frombytes("RGB", self._size, drawn(raw, page, *self._size))

    def showing(self, boxes: Sequence[Box], color: Color | None) -> Iterator[bool]:
        """For each glyph's box, whether the text took the page nearer to *color* there (None: anywhere).

        About 10 us a box, and up to 15 ms for the colour.
        """
        papers = [self._on_paper(box) for box in boxes]
        lefts, tops, rights, bottoms = zip(*(_window(paper) for paper in papers), strict=True)
        left, top = max(min(lefts), 0), max(min(tops), 0)
        right, bottom = min(max(rights), self._size[0]), min(max(bottoms), self._size[1])
        if left >= right or top >= bottom:
            return (False for _ in boxes)
        marks = self._marks((left, top, right, bottom), color)
        clear = marks.point(_ALL_BUT_FAINT)
        return (_shows(marks, clear, _moved(paper, left, top)) for paper in papers)

    def _marks(self, region: tuple[int, int, int, int], color: Color | None) -> Any:
        """How far each pixel went, 0 to 255: the most of red, green and blue."""
        after, before = self._after.crop(region), self._before.crop(region)
        if color is None:
            moved = self._chops.difference(after, before)
        else:
            ink = self._pillow.new("RGB", after.size, color)
            near = self._chops.difference(ink, after)
            moved = self._chops.subtract(self._chops.difference(ink, before), near)
            if color in UNTOLD:  # ink of this colour takes nothing away from it
                told = self._chops.difference(ink, self._told.crop(region))
                moved = self._chops.lighter(moved, self._chops.subtract(near, told))
        red, green, blue = moved.split()
        return self._chops.lighter(self._chops.lighter(red, green), blue)

    def _on_paper(self, box: Box) -> Box:
        """Left, top, right, bottom in pixels from the upper left corner of the drawing."""
        left, bottom, right, top = self._bounds
        wide, high = max(right - left, 1e-6), max(top - bottom, 1e-6)
        x0, x1 = (box[0] - left) / wide, (box[2] - left) / wide
        y0, y1 = (top - box[3]) / high, (top - box[1]) / high
        for _ in range(self._turns):
            x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
        across, down = self._size
        return x0 * across, y0 * down, x1 * across, y1 * down


_ALL_BUT_FAINT = [255 * (value >= FAINT) for value in range(256)]


def _objects(raw: Any, page: Any) -> Iterator[Any]:
    return (raw.FPDFPage_GetObject(page, index) for index in range(raw.FPDFPage_CountObjects(page)))


def _texts(raw: Any, page_objects: Iterable[Any]) -> Iterator[Any]:
    """All text objects, those in forms too. PDFium's text of the page passes over some that are drawn twice."""
    for page_object in page_objects:
        kind = raw.FPDFPageObj_GetType(page_object)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            yield page_object
        elif kind == raw.FPDF_PAGEOBJ_FORM:
            count = raw.FPDFFormObj_CountObjects(page_object)
            yield from _texts(raw, (raw.FPDFFormObj_GetObject(page_object, index) for index in range(count)))


def _put_aside(raw: Any, text_objects: Iterable[Any]) -> None:
    for text_object in text_objects:
        raw.FPDFPageObj_SetIsActive(text_object, 0)


def _shows(marks: Any, clear: Any, box: Box) -> bool:
    wide, high = box[2] - box[0], box[3] - box[1]
    left, top, right, bottom = _window(box)
    window = max(left, 0), max(top, 0), min(right, marks.width), min(bottom, marks.height)
    if window[0] >= window[2] or window[1] >= window[3]:
        return False
    if wide * high < SMALL:
        return sum(marks.crop(window).tobytes()) >= FAINT * wide * high
    if marks.crop(window).getextrema()[1] < SEEN:
        return False
    left, top, right, bottom = clear.crop(window).getbbox()
    return right - left >= REACH * wide and bottom - top >= REACH * high


def _moved(box: Box, left: int, top: int) -> Box:
    return box[0] - left, box[1] - top, box[2] - left, box[3] - top


def _window(box: Box) -> tuple[int, int, int, int]:
    """The pixels that a glyph in *box* is drawn to."""
    across = 0.5 if box[2] - box[0] < THIN else 0.0
    down = 0.5 if box[3] - box[1] < THIN else 0.0
    return floor(box[0] - across), floor(box[1] - down), ceil(box[2] + across), ceil(box[3] + down)
