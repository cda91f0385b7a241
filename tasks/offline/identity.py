"""The number of the document, by its label."""

import re
from collections import Counter

from tasks.offline.dates import find_dates
from tasks.offline.grid import Grid, Row
from tasks.offline.labels import find_labels, is_title
from tasks.offline.near import Beside, beside
from tasks.offline.numbers import find_amounts
from tasks.schemas.invoice import Fact

_PLACE = {"tail": 1.0, "right": 0.98, "below": 0.9, "wrapped": 0.75}
_TOKEN = re.compile(r"[A-Za-z0-9][\w./\\+-]*|/")
_HASH = re.compile(r"^(?:#|№|n[°º]|no\.?:?|nr\.?:?)\s?(?=\S*\d)", re.IGNORECASE)
_TITLE_REACH = 3
TOP_ROWS = 25
_WEAK = 0.7


def read_number(grid: Grid) -> Fact[str]:
    """The number of the invoice or receipt. A bill without one is known by its account number, with little confidence."""
    found = [(*_weigh(hit), hit.holder) for hit in beside(grid, "number")] + _hashes(grid)
    valid = [(weight, number, row) for weight, number, row in found if number is not None]
    if not valid:
        return Fact[str]()
    times = Counter(number for _, number, _ in valid)
    weight, number, row = max(valid, key=lambda hit: (round(hit[0], 2), times[hit[1]], -hit[2].index))
    rivals = {other for other_weight, other, _ in valid if other_weight > weight - 0.02} - {number}
    sure = min(0.97, weight * 0.95 + (0.02 if times[number] > 1 else 0)) - (0.1 if rivals else 0)
    return Fact[str](value=number, evidence=row.evidence, confidence=round(sure, 2))


def number_in(text: str) -> str | None:
    """The document number at the start of *text*, or None. A date or an amount is none; it holds a digit.

    >>> number_in("F 1234K20/12 vom 3.2."), number_in("12 345 678 901"), number_in("12.05.2018")
    ('F 1234K20/12', '12 345 678 901', None)
    """
    tokens = text.strip(" :;=.#*-").split(" ")
    taken = _leading(tokens)
    number = " ".join(taken).strip(" .,:;/-")
    if not any(letter.isdigit() for letter in number) or len(number) > 40 or _is_something_else(number, text):
        return None
    return number


def _leading(tokens: list[str]) -> list[str]:
    """The tokens that make the number: a short prefix, one token with digits, and its further groups of digits."""
    taken: list[str] = []
    for token in tokens:
        clean = token.strip("*,;:()")
        digits = any(letter.isdigit() for letter in clean)
        if not _TOKEN.fullmatch(clean):
            break
        if not taken and not digits and not re.fullmatch(r"[A-Z]{1,5}", clean):
            break
        if taken and any(map(_has_digit, taken)) and not _goes_on(taken, clean):
            break
        taken.append(clean)
        if token[-1:] in ",;" or len(taken) > 6:
            break
    return taken


def _goes_on(taken: list[str], token: str) -> bool:
    """Whether *token* is a further group of the same number: '12 345 678', '0015 / 10P'."""
    if "/" in (token, taken[-1]):
        return True
    return bool(re.fullmatch(r"\d{1,4}", taken[-1]) and re.fullmatch(r"\d{2,4}", token))


def _has_digit(token: str) -> bool:
    return any(letter.isdigit() for letter in token)


def _is_something_else(number: str, text: str) -> bool:
    """Whether it is a date, a time, an amount or a page count."""
    if any(amount.start <= 1 for amount in find_amounts(text[:24])):
        return True
    dates = find_dates(number) or [printed for printed in find_dates(text[:16]) if printed.start <= 1]
    return bool(dates) or bool(re.fullmatch(r"\d{1,2}:\d{2}\w*|[\d.,]*[.,]\d{2}|\d/\d", number))


def _weigh(hit: Beside) -> tuple[float, str | None]:
    """How surely the text beside a label is the number, and the number. A weak label ('Invoice') must be close to it."""
    strength, text = hit.label.strength, hit.text
    if hit.place in ("below", "wrapped") and any(label.start < 3 for label in find_labels(text[:30])):
        return 0.0, None
    if strength == _WEAK:
        hashed = _HASH.match(text)
        text = text[hashed.end() :] if hashed else text
        if hit.place == "wrapped" or (hit.place == "below" and not hashed and not _heads_column(hit)):
            return 0.0, None
        strength = 0.88 if hit.place == "tail" or hashed else 0.7
    number = number_in(text)
    short = number is not None and strength != hit.label.strength and len(number) < 3
    return (0.0, None) if short else (strength * _PLACE[hit.place], number)


def _heads_column(hit: Beside) -> bool:
    """Whether the label is a whole cell in a row of at least three: the head of a table of references."""
    cell = next((cell for cell in hit.row.cells if cell.start <= hit.label.start < cell.end), None)
    return (
        len(hit.row.cells) >= 3
        and cell is not None
        and len(cell.text) - (hit.label.end - hit.label.start) <= 2
    )


def _hashes(grid: Grid) -> list[tuple[float, str | None, Row]]:
    """Numbers that stand for themselves near the top, a cell of their own: '#10023', 'N° 12 345'."""
    found: list[tuple[float, str | None, Row]] = []
    titled = -_TITLE_REACH - 1
    for place, row in enumerate(grid.filled[:TOP_ROWS]):
        titled = (
            place
            if any(find_labels(cell.text, "number") or is_title(cell.text) for cell in row.cells)
            else titled
        )
        for cell in row.cells:
            match = _HASH.match(cell.text)
            number = number_in(cell.text[match.end() :]) if match else None
            if match and number and cell.text.endswith(number):
                found.append((0.8 if place - titled <= _TITLE_REACH else 0.55, number, row))
    return found
