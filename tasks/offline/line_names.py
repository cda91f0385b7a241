"""What an invoice line is called: its own text, and the rows it goes on in.

A row under a line is part of its name only where the column was too narrow for it: where its first word would not have
fitted on the row before. Everything else under a line (notes, serial numbers, periods) is detail and left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tasks.offline.table_header import Column, Header
from tasks.offline.table_rows import Piece

SLACK = 2
"""Columns that a text may differ from its column's edges, since letters differ in width."""

TIGHT = 15
"""A column whose longest text ends further than this from the next column is not too narrow for its texts."""

_DETAIL = re.compile(r"[^\W\d][\w .-]{0,24}:(?:\s|$)|\W*$|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{4}-\d{2}-\d{2}")
_CODE = re.compile(r"(?=\S*\d)[A-Z0-9][A-Z0-9./_-]*")
_POSITION = re.compile(r"^\d{1,3}[.)]\s+(?=[^\W\d])")
_LONG_NUMBER = re.compile(r"^(?:\d{8,}\s+)+(?=\S)")


@dataclass(frozen=True)
class TextZone:
    """The columns of the page where descriptions stand, and where their *label* begins.

    *limit* is where their longest row ends, 0 if the next column is not near.
    """

    start: int
    end: int
    label: int = 0
    limit: int = 0

    def shared(self, piece: Piece) -> int:
        """Columns that *piece* shares with the zone."""
        return min(self.end, piece.end) - max(self.start, piece.start)


def text_zone(header: Header) -> TextZone:
    """Where descriptions stand under *header*: between the columns left and right of their label."""
    named = header.of("description") or header.of("article")
    if not named:
        return TextZone(0, min((column.start for column in header.columns), default=60) or 60)
    label = named[-1]
    left = [column.end for column in header.columns if column.end <= label.start]
    right = [column.start for column in header.columns if column.start >= label.end]
    return TextZone(max(left, default=0), min(right, default=200), label.start)


def texts_in(pieces: Sequence[Piece], zone: TextZone, header: Header | None) -> tuple[Piece, ...]:
    """The texts of a row that belong to the description."""
    others = (
        [column for column in header.columns if column.start >= zone.end or column.end <= zone.start]
        if header
        else []
    )
    return tuple(piece for piece in pieces if piece.number is None and _belongs(piece, zone, others))


def _belongs(piece: Piece, zone: TextZone, others: Sequence[Column]) -> bool:
    """Whether *piece* stands in *zone* more than in any of the *other* columns, and not before its label under one."""
    mine = zone.shared(piece)
    rival = max(others, key=_sharing(piece), default=None)
    theirs = _sharing(piece)(rival) if rival else 0
    under_rival = rival is not None and abs(piece.start - rival.start) <= SLACK and piece.end <= zone.label
    return mine > 0 and mine >= theirs and not under_rival


def tightened(zone: TextZone, rows: Sequence[Sequence[Piece]], numbers: Sequence[Piece]) -> TextZone:
    """*zone* with its limit, told from the texts of *rows* that stay left of all *numbers*."""
    edge = min((number.start for number in numbers if number.start > zone.start + SLACK), default=zone.end)
    edge = min(edge, zone.end)
    limit = max((piece.end for row in rows for piece in row if piece.end <= edge), default=0)
    return replace(zone, limit=limit if edge - limit <= TIGHT else 0)


def name_of(own: Sequence[Piece], below: Sequence[Sequence[Piece]], zone: TextZone) -> str:
    """The name of a line: its *own* texts, then the rows *below* it that it goes on in."""
    last = own[-1] if own else None
    name = without_code(" ".join(piece.text for piece in own))
    for number, row in enumerate(below):
        if len(row) != 1 or not ((_is_code(name) and number == 0) or (last and _goes_on(last, row[0], zone))):
            break
        name, last = joined(name, without_code(row[0].text)), row[0]
    return clean(name)


def joined(text: str, more: str) -> str:
    """*text* and the row after it as one, a word cut at the end of the row mended."""
    if text.endswith("-") and not text.endswith(" -"):
        return (text[:-1] if more[:1].islower() else text) + more
    return text + more if re.match(r"-\w", more) and text else f"{text} {more}".strip()


def clean(text: str) -> str:
    """*text* without a bar code or a position ('1.') before it and without signs around it."""
    return _POSITION.sub("", without_code(text)).strip(" |*_:;,.•·-")


def without_code(text: str) -> str:
    """*text* without a long number before it, such as a bar code."""
    return _LONG_NUMBER.sub("", text).strip()


def is_wordy(piece: Piece) -> bool:
    """Whether the text has a word in it, and not just codes and numbers."""
    return re.search(r"(?<![\w\d])[^\W\d_]{3,}(?![\d])", piece.text) is not None


def _is_code(name: str) -> bool:
    return bool(_CODE.fullmatch(name)) or not re.search(r"[^\W\d_]", name)


def _goes_on(last: Piece, row: Piece, zone: TextZone) -> bool:
    """Whether *row* is the rest of *last*, which was too long for the column."""
    if (
        _DETAIL.match(row.text)
        or not zone.limit
        or row.end > zone.limit + SLACK
        or abs(row.start - last.start) > SLACK + 1
    ):
        return False
    return last.end + 1 + len(row.text.split()[0]) > zone.limit - SLACK


def _sharing(piece: Piece):
    def shared(column: Column) -> int:
        return min(column.end, piece.end) - max(column.start, piece.start)

    return shared
