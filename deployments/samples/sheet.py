"""One page of paper: text, rules and boxes placed in millimetres from the top left corner."""

import importlib.util
import io
from functools import cache
from pathlib import Path
from typing import Literal

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Face = Literal["Helvetica", "Times", "Vera", "Geist"]
Align = Literal["left", "right", "center"]

INK = "#1c1f24"
FAINT = "#6b7280"
BOLD = {"Helvetica": "Helvetica-Bold", "Times": "Times-Bold", "Vera": "Vera-Bold"}
REGULAR = {"Times": "Times-Roman"}


def geist(file: str = "Geist-VariableFont_wght.ttf") -> Path:
    """
    The Geist font (SIL Open Font License) that comes with Prefect's pages.

    No other font among the installed packages holds the Polish letters.
    """
    spec = importlib.util.find_spec("prefect")
    if spec is None or not spec.origin:
        raise FileNotFoundError("the sample documents need Prefect's fonts, and Prefect is not installed")
    return Path(spec.origin).parent / "server" / "ui-v2" / "fonts" / file


@cache
def register_fonts() -> None:
    """Tell reportlab about the fonts that are not among the fourteen every PDF reader has."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Vera", folder / "Vera.ttf"))
    pdfmetrics.registerFont(TTFont("Vera-Bold", folder / "VeraBd.ttf"))
    pdfmetrics.registerFont(TTFont("Geist", geist()))


class Sheet:
    """An A4 page that is drawn on from the top left corner and ends as PDF bytes."""

    width, height = 210.0, 297.0

    def __init__(self, *, face: Face, title: str, author: str, lock: str | None = None) -> None:
        """Start a page in *face*; with *lock* the PDF opens with that password only."""
        register_fonts()
        self._bytes = io.BytesIO()
        self._canvas = Canvas(self._bytes, pagesize=A4, invariant=1, encrypt=lock)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self.face: Face = face

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 9,
        bold: bool = False,
        align: Align = "left",
        color: str = INK,
    ) -> None:
        """Write *words* on the baseline *y*; *x* is their left edge, right edge or middle."""
        name = (BOLD if bold else REGULAR).get(self.face, self.face)
        wide = pdfmetrics.stringWidth(words, name, size)
        left = x * mm - {"left": 0, "right": wide, "center": wide / 2}[align]
        line = self._canvas.beginText(left, (self.height - y) * mm)
        line.setFont(name, size)
        line.setFillColor(HexColor(color))
        if bold and self.face not in BOLD:  # a face without a bold cut is thickened by its outline
            self._canvas.setStrokeColor(HexColor(color))
            self._canvas.setLineWidth(size * 0.03)
            line.setTextRenderMode(2)
        line.textOut(words)
        line.setTextRenderMode(0)
        self._canvas.drawText(line)

    def rule(self, x: float, y: float, to: float, *, width: float = 0.5, color: str = INK) -> None:
        """A horizontal rule from *x* to *to*; *width* in points."""
        self._canvas.setStrokeColor(HexColor(color))
        self._canvas.setLineWidth(width)
        self._canvas.line(x * mm, (self.height - y) * mm, to * mm, (self.height - y) * mm)

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        fill: str | None = None,
        edge: str | None = None,
    ) -> None:
        """A rectangle whose top left corner is (*x*, *y*)."""
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        if edge:
            self._canvas.setStrokeColor(HexColor(edge))
            self._canvas.setLineWidth(0.5)
        self._canvas.rect(
            x * mm, (self.height - y - high) * mm, wide * mm, high * mm, stroke=bool(edge), fill=bool(fill)
        )

    def turn(self) -> None:
        """Go on on a new page."""
        self._canvas.showPage()

    def finish(self) -> bytes:
        """The page as a PDF: the same bytes for the same drawing."""
        self._canvas.showPage()
        self._canvas.save()
        return self._bytes.getvalue()
