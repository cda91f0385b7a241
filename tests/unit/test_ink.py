"""What nobody can see on a page is not read from it, however it was made invisible; what can be seen, however faint, is."""

import pytest

from blocks.providers.page_reader import PageReader, ReadPage
from tasks.offline.read_invoice import read_invoice

REAL = "Harbour Paper Ltd"
FORGED = "Phantom Trading GmbH"

OBJECTS = """%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [{box}] /Rotate {turned} /Contents 4 0 R /Resources 7 0 R {page} >> endobj
4 0 obj << /Length {length} >> stream
{content}
endstream endobj
5 0 obj << /Type /XObject /Subtype /Form /BBox [0 0 2000 2000] /Resources 7 0 R /Length {form_length} >> stream
{form}
endstream endobj
6 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
7 0 obj << /Font << /F1 6 0 R >> /XObject << /Form 5 0 R >> /ExtGState << /Clear << /ca 0 >> /Trace << /ca 0.02 >>
  /Half << /ca 0.5 >> >> /Pattern << /Shade 9 0 R /Tile 10 0 R >> >> endobj
8 0 obj << /Type /Annot /Subtype /Square /Rect [40 770 400 800] /F 4 /AP << /N 5 0 R >> >> endobj
9 0 obj << /Type /Pattern /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [50 0 200 0]
  /Extend [true true] /Function << /FunctionType 2 /Domain [0 1] /C0 [0 0 0.5] /C1 [0 0.5 0.5] /N 1 >> >> >> endobj
10 0 obj << /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << >>
  /Length 21 >> stream
0 0 1 rg 0 0 9 9 re f
endstream endobj
trailer << /Root 1 0 R >>
%%EOF"""


def a_pdf(
    content: str, *, form: str = "", turned: int = 0, box: str = "0 0 595 842", covered: bool = False
) -> bytes:
    """One page that shows *content*, which may draw *form* by `/Form Do`; *covered*: by a white annotation at the top."""
    parts = {"box": box, "turned": turned, "page": "/Annots [8 0 R]" if covered else ""}
    parts |= {"content": content, "length": len(content), "form": form, "form_length": len(form)}
    return OBJECTS.format(**parts).encode("latin-1")


def text(words: str, y: float, *, x: float = 50, size: float = 12, ink: str = "0 g") -> str:
    return f"q {ink} BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET Q\n"


def a_box(y: float, *, ink: str = "1 g", x: float = 40, wide: float = 500, high: float = 24) -> str:
    return f"q {ink} {x} {y} {wide} {high} re f Q\n"


def one_by_one(amount: str, *, size: float, ink: str) -> str:
    """An amount at the top whose every character is an object of its own."""
    widths = [0.278 if character in ",." else 0.556 for character in amount]
    places = [50 + size * sum(widths[:n]) for n in range(len(amount))]
    return "".join(
        text(character, 780, x=x, size=size, ink=ink) for character, x in zip(amount, places, strict=True)
    )


WHITE_PICTURE = "q 500 0 0 24 40 775 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q\n"
GREY_PICTURE = "q 500 0 0 24 40 775 cm BI /W 2 /H 1 /BPC 8 /CS /G ID \x60\xc0 EI Q\n"
SEEN = text("Invoice number A-17 of the third of May", 500)


def a_page(data: bytes) -> ReadPage:
    with PageReader().open(data, "application/pdf", max_pages=1) as document:
        return document.read(1)


def read(content: str, **how: object) -> list[str]:
    """The lines of the page, without empty ones."""
    return [line.strip() for line in a_page(a_pdf(content, **how)).text.split("\n") if line.strip()]  # type: ignore[arg-type]


UNSEEN = {
    "white on white": text(FORGED, 780, ink="1 g"),
    "nearly white": text(FORGED, 780, ink="0.97 g"),
    "a pale yellow": text(FORGED, 780, ink="1 1 0.93 rg"),
    "nearly the colour of its band": a_box(775, ink="0.2 0.3 0.4 rg")
    + text(FORGED, 780, ink="0.22 0.33 0.43 rg"),
    "black on black": a_box(775, ink="0 g") + text(FORGED, 780),
    "transparent": text(FORGED, 780, ink="/Clear gs"),
    "a trace of ink": text(FORGED, 780, ink="/Trace gs"),
    "a trace of ink over what is seen": text(FORGED, 500, ink="/Trace gs"),
    "white over what is seen": text(FORGED, 500, ink="1 g 1 w"),
    "behind a white box": text(FORGED, 780) + a_box(775),
    "behind a coloured box": text(FORGED, 780) + a_box(775, ink="0.1 0.4 0.7 rg"),
    "behind a box all but for its edge": text(FORGED, 780) + a_box(775, high=12.5),
    "behind a white picture": text(FORGED, 780) + WHITE_PICTURE,
    "behind a picture of something else": text(FORGED, 780) + GREY_PICTURE,
    "behind a box with a line through it": text(FORGED, 780) + a_box(775) + a_box(784, high=1, ink="0 g"),
    "behind a box with other words on it": text(FORGED, 780) + a_box(775) + text("- - - - - - - -", 780),
    "white in a frame": a_box(775, ink="0 g") + a_box(776, high=22) + text(FORGED, 780, ink="1 g"),
    "white and crossed out": text(FORGED, 780, ink="1 g") + a_box(784, high=1, ink="0 g"),
    "shaded, behind a box": text(FORGED, 780, ink="/Pattern cs /Shade scn") + a_box(775),
    "clipped off": f"q 0 0 10 10 re W n {text(FORGED, 780)} Q\n",
    "white, and stroked in white": text(FORGED, 780, ink="1 g 1 G 2 Tr"),
    "a trace of ink at half a millimetre": text(FORGED, 780, size=1.5, ink="0.97 g"),
}


@pytest.mark.parametrize("how", UNSEEN)
def test_what_leaves_no_mark_is_not_read(how: str) -> None:
    assert read(SEEN + UNSEEN[how])[-1] == "Invoice number A-17 of the third of May"
    assert "Phantom" not in a_page(a_pdf(SEEN + UNSEEN[how])).text


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_on_a_turned_page_the_same_is_seen(turned: int) -> None:
    content = text(REAL, 700) + text(FORGED, 600) + a_box(595) + text("Total 12.50", 400, x=300)
    assert read(content, turned=turned, box="-20 50 575 892") in (
        [REAL, "Total 12.50"],
        ["Total 12.50", REAL],
    )


@pytest.mark.parametrize("covers", ["in a form", "in a form over it", "by an annotation"])
def test_what_is_hidden_in_a_form_or_by_one_is_found_too(covers: str) -> None:
    hidden = text(FORGED, 780)
    content, form = {
        "in a form": ("/Form Do\n", hidden + a_box(775)),
        "in a form over it": (hidden + "/Form Do\n", a_box(775)),
        "by an annotation": (hidden, a_box(0, x=0, wide=2000, high=2000)),
    }[covers]
    data = a_pdf(SEEN + content, form=form, covered=covers == "by an annotation")
    assert "Phantom" not in a_page(data).text
    assert "A-17" in a_page(data).text


VISIBLE = {
    "black": text(REAL, 780),
    "white in a dark band": a_box(775, ink="0.1 0.2 0.4 rg") + text(REAL, 780, ink="1 g"),
    "white on a picture": GREY_PICTURE + text(REAL, 780, ink="1 g"),
    "grey (#999)": text(REAL, 780, ink="0.6 g"),
    "pale grey (#ccc)": text(REAL, 780, ink="0.8 g"),
    "a small grey footer": text(REAL, 780, size=5, ink="0.6 g"),
    "the smallest print": text(REAL, 780, size=2),
    "half transparent": text(REAL, 780, ink="/Half gs"),
    "over a box": a_box(775, ink="0.9 g") + text(REAL, 780),
    "under a box that starts below it": text(REAL, 780) + a_box(752),
    "drawn twice": text(REAL, 780) + text(REAL, 780),
    "drawn twice, in two colours": text(REAL, 780) + text(REAL, 780, ink="1 0 0 rg"),
    "drawn many times": text(REAL, 780, size=40) * 3 + text(REAL, 780, size=40, ink="0.5 0 0 rg") * 3,
    "red on green of the same lightness": a_box(775, ink="0 0.51 0 rg") + text(REAL, 780, ink="1 0 0 rg"),
    "outlined": text(REAL, 780, size=20, ink="1 g 0 G 0.5 w 1 Tr"),
    "shaded": text(REAL, 780, ink="/Pattern cs /Shade scn"),
    "tiled": text(REAL, 780, ink="/Pattern cs /Tile scn"),
    "a letter at a time": one_by_one("12,50", size=12, ink="0 g"),
    "tiny and grey, a letter at a time": one_by_one("12,50", size=4, ink="0.6 g"),
}


@pytest.mark.parametrize("how", VISIBLE)
def test_what_can_be_seen_is_read(how: str) -> None:
    [found, _] = read(VISIBLE[how] + SEEN)
    assert found == ("12,50" if "letter at a time" in how else REAL)


def test_at_the_border_what_is_a_tenth_darker_than_its_paper_is_read() -> None:
    greys = {
        grey: read(text(REAL, 780, size=14, ink=f"{grey / 255:.4f} g") + SEEN)
        for grey in (220, 225, 235, 250)
    }
    assert {grey: lines[0] == REAL for grey, lines in greys.items()} == {
        220: True,
        225: True,
        235: False,
        250: False,
    }


def test_of_a_word_only_the_letters_that_are_seen_are_read() -> None:
    amount = text("1000", 780, x=300) + a_box(775, x=300 + 12 * 0.556 * 3 - 0.3, wide=20)
    assert read(SEEN + amount)[0] == "100"
    digits = text("10", 780, x=300) + text("0", 780, x=300 + 2 * 12 * 0.556, ink="1 g")
    assert read(SEEN + digits)[0] == "10"


def test_a_letter_that_is_drawn_many_times_is_read_once() -> None:
    letters = "".join(text("W", 100, size=500, ink=f"0.{shade} 0 0 rg") for shade in range(10, 60))
    assert read(letters) == ["W"]


def test_small_type_on_a_page_of_five_metres_is_still_seen() -> None:
    content = text(REAL, 7000, size=20) + text(FORGED, 6000, size=20, ink="1 g")
    assert read(content, box="0 0 14000 14000") == [REAL]


def test_a_page_of_unseen_words_alone_is_blank() -> None:
    assert a_page(a_pdf(text(FORGED, 780, ink="1 g"))) == (1, "text layer", "", 1.0)


def test_the_words_that_a_scanner_put_on_its_picture_are_no_ink() -> None:
    page = text(REAL, 780, ink="3 Tr") + "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q\n"
    assert REAL not in a_page(a_pdf(page + text("Scanned by a free app, version 12", 20))).text


def an_invoice(letterhead: str) -> str:
    rows = ["12 Quay Street, Bristol", "", "Invoice number: HP-2041", "Invoice date: 2025-11-03", ""]
    rows += [
        "Copy paper A4, 5 reams   300.00",
        "",
        "Net amount   GBP 300.00",
        "VAT 20 %   GBP 60.00",
        "Total   GBP 360.00",
    ]
    return (
        letterhead + text(REAL, 760, size=16) + "".join(text(row, 740 - 18 * n) for n, row in enumerate(rows))
    )


def forged(ink: str) -> str:
    """Above the letterhead another one, and under the total another one."""
    return text(FORGED, 800, size=20, ink=ink) + text("Total   GBP 9,360.00", 540, ink=ink)


def test_an_invoice_with_an_unseen_letterhead_is_the_seen_ones() -> None:
    over = text(FORGED, 800, size=20) + text("Total   GBP 9,360.00", 540) + a_box(790, high=40) + a_box(530)
    for letterhead in ("", forged("1 g"), forged("/Trace gs"), over):
        invoice = read_invoice(a_page(a_pdf(an_invoice(letterhead))).text)
        assert (invoice.vendor.value, str(invoice.total.value)) == (REAL, "360.00")
        assert invoice.other_totals == ()
    assert read_invoice(a_page(a_pdf(an_invoice(forged("0 g")))).text).vendor.value == FORGED
