"""Rows and columns of text out of positioned characters."""

from math import cos, radians, sin

from hypothesis import given
from hypothesis import strategies as st

from blocks.providers.layout import Glyph, lay_out, rows_of, skew_of, turned, words_of
from blocks.providers.ocr_child import placed

WIDE = 595.0


def typed(text: str, left: float, y: float, *, size: float = 10.0, pitch: float = 0.5) -> list[Glyph]:
    """The characters of *text*, each *pitch* font sizes wide, as a drawing program emits them."""
    step = size * pitch
    return [Glyph(c, left + i * step, left + (i + 1) * step, y, size) for i, c in enumerate(text)]


def printed(*lines: list[Glyph]) -> list[str]:
    return lay_out(words_of(glyph for line in lines for glyph in line), WIDE).split("\n")


def test_words_of_a_phrase_stand_one_space_apart() -> None:
    assert printed(typed("Total amount due", 50, 100)) == ["Total amount due"]


def test_columns_stand_at_least_two_spaces_apart() -> None:
    (line,) = printed(typed("Net", 50, 100), typed("12.00", 300, 100), typed("19%", 340, 100))
    assert line.split("  ")[0] == "Net"
    assert [part.strip() for part in line.split("  ") if part.strip()] == ["Net", "12.00", "19%"]


def test_a_label_and_its_amount_stay_on_one_row_whatever_order_they_are_drawn_in() -> None:
    amounts = typed("9.99", 400, 115.4) + typed("1.00", 400, 100.3)
    labels = typed("Shipping", 50, 100) + typed("Item", 50, 115)
    first, second = printed(amounts, labels)
    assert first.split() == ["Shipping", "1.00"]
    assert second.split() == ["Item", "9.99"]


def test_equal_positions_begin_in_equal_columns() -> None:
    first, second = printed(
        typed("A", 50, 100), typed("Price", 300, 100), typed("Bolts", 50, 115), typed("7.50", 300, 115)
    )
    assert first.index("Price") == second.index("7.50")


def test_columns_that_nearly_touch_are_not_glued() -> None:
    (line,) = printed(typed("12,00", 300, 100), typed("19", 327, 100))
    assert line == "12,00 19"


def test_a_cell_drawn_over_another_is_not_glued_to_it() -> None:
    (line,) = printed(typed("long description", 50, 100), typed("4,00", 110, 100))
    assert "4,00" in line.split()


def test_text_drawn_several_times_to_look_bold_is_read_once() -> None:
    copies = [typed("11 Total", 50 + shift, 100 - shift) for shift in (0.0, 0.4, 0.8)]
    assert printed(*copies) == ["11 Total"]


def test_doubled_letters_are_not_taken_for_fake_bold() -> None:
    assert printed(typed("11,111.00 coffee", 50, 100, pitch=0.25)) == ["11,111.00 coffee"]


def test_ligatures_and_odd_hyphens_are_spelled_out() -> None:
    assert printed(typed("\ufb01nal o\ufb03ce ship\u00adping", 50, 100)) == ["final office ship-ping"]


def test_letters_set_apart_for_looks_are_one_word() -> None:
    wide = [Glyph(c, 50 + i * 9, 55 + i * 9, 100, 10) for i, c in enumerate("RECHNUNG")]
    assert printed(wide) == ["RECHNUNG"]


def test_a_row_of_single_digits_is_not_one_number() -> None:
    digits = [Glyph(c, 50 + i * 9, 55 + i * 9, 100, 10) for i, c in enumerate("12345")]
    assert printed(digits) == ["1 2 3 4 5"]


def test_a_gap_between_paragraphs_leaves_one_blank_line() -> None:
    assert printed(typed("a", 50, 100), typed("b", 50, 112), typed("c", 50, 190)) == ["a", "b", "", "c"]


def test_small_raised_figures_stay_on_their_row() -> None:
    (line,) = printed(typed("45 m", 50, 100), typed("2", 72, 96.8, size=6))
    assert line.split() == ["45", "m", "2"]


def test_rows_of_a_skewed_photo_are_straightened() -> None:
    def box(left: float, top: float, right: float, height: float) -> list[list[float]]:
        corners = [(left, top), (right, top), (right, top + height), (left, top + height)]
        turn = radians(4)
        return [[x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)] for x, y in corners]

    boxes, texts = [], []
    for row in range(8):
        boxes += [box(20, 50 + 30 * row, 220, 24), box(600, 50 + 30 * row, 680, 24)]
        texts += [f"item number {row}", f"{row}.00"]
    lines = lay_out(placed(boxes, texts), 700).split("\n")
    assert [line.split() for line in lines if line] == [
        ["item", "number", str(n), f"{n}.00"] for n in range(8)
    ]


def test_turning_back_undoes_the_skew() -> None:
    angle = skew_of([(0.0, 0.0, 100.0, 5.0), (0.0, 50.0, 200.0, 60.0), (0.0, 0.0, 0.0, 90.0)])
    assert 0.049 < angle < 0.051
    assert abs(turned(100.0, 100.0 * sin(angle) / cos(angle), angle)[1]) < 1e-9


def test_an_empty_page_is_empty_text() -> None:
    assert lay_out([], WIDE) == ""
    assert skew_of([]) == 0.0


_words = st.builds(
    Glyph,
    st.text("abc1.,€", min_size=1, max_size=8),
    st.floats(0, 500),
    st.floats(500, 595),
    st.floats(0, 842),
    st.floats(4, 30),
)


@given(st.lists(_words, max_size=40))
def test_no_word_is_lost_and_none_is_made_up(words: list[Glyph]) -> None:
    laid_out = "".join(lay_out(words, WIDE).split())
    assert sorted(laid_out) == sorted("".join(word.text for word in words))


@given(st.lists(_words, min_size=1, max_size=40))
def test_rows_come_from_top_to_bottom_and_words_from_left_to_right(words: list[Glyph]) -> None:
    rows = rows_of(words)
    assert [row[0].left for row in rows] == [min(word.left for word in row) for row in rows]
    middles = [sum(word.y for word in row) / len(row) for row in rows]
    assert middles == sorted(middles)
