"""Who sends the bill: every name on the page is weighed by what speaks for its being the seller.

What speaks for a name: a label ('Verkäufer', 'From', 'payable to'), its place in the letterhead, the line of the sender above
the address window, a legal form, tax and register numbers beside it, a web or mail domain of the same name, being printed
again. What speaks against it: it stands in the block of the recipient.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tasks.offline.fold import fold
from tasks.offline.grid import Cell, Grid, Row
from tasks.offline.labels import Label, find_labels, legal_form
from tasks.offline.names import clean_name, domains_of, is_name, name_key
from tasks.offline.near import Beside, beside
from tasks.schemas.invoice import Fact

HEAD_ROWS = 8
RECIPIENT_ROWS = 7

WEIGHTS = {
    "label": 0.9,
    "across": 0.5,
    "payee": 0.6,
    "sender line": 0.75,
    "letterhead": 0.55,
    "legal form": 0.35,
    "registered": 0.25,
    "domain": 0.3,
    "repeated": 0.15,
    "recipient": -0.7,
}
"""How much each reason speaks for a name; they add up."""

_REGISTERED = re.compile(
    r"\bust\b|ust-?id|steuer-?n|\bhrb\b|handelsregister|amtsgericht|geschaftsfuhr|\bsiret\b|\brcs\b|\bsiren\b|capital de|"
    r"\bkvk\b|btw[ .-]?n|\bvat (?:reg|no|id|number)|gst ?(?:reg|id|no|number)|\bnip\b|regon|\bkrs\b|"
    r"(?:company|co\.?|compary) ?(?:reg|no)|\babn\b|\bein\b|\(?\d{5,}-[a-z]\)?$|\biban\b|siege social|tva intra|sst ?(?:no|id)"
)
_POSTCODE = re.compile(r"\b(?:[A-Z]{1,2}-)?\d{4,5}\b(?: ?[A-Z]{2}\b)?|\b\d{2}-\d{3}\b")
_SENDER = re.compile(r"\s*(?:\s[-–—|·•*]\s|[|·•]|,\s)\s*")


@dataclass(frozen=True)
class Reason:
    """One reason to take *name* for the seller."""

    name: str
    why: str
    weight: float
    row: Row


def read_vendor(grid: Grid) -> Fact[str]:
    """The name of the seller as printed, without its address; None where no name stands out."""
    reasons: dict[str, list[Reason]] = defaultdict(list)
    for reason in _reasons(grid):
        reasons[name_key(reason.name)].append(reason)
    scores = {key: _score(found) for key, found in reasons.items() if key}
    if not scores:
        return Fact[str]()
    heads = {key for key, found in reasons.items() if any(reason.why == "letterhead" for reason in found)}
    scores = {key: score + WEIGHTS["repeated"] * _begins_another(key, heads) for key, score in scores.items()}
    best = max(scores, key=lambda key: scores[key])
    if scores[best] < 0.3:
        return Fact[str]()
    shown = max(reasons[best], key=lambda reason: (reason.weight, -reason.row.index))
    margin = scores[best] - max(
        (score for key, score in scores.items() if not _alike(key, best)), default=0.0
    )
    sure = min(0.97, 0.3 + 0.6 * scores[best]) - (0.15 if margin < 0.05 else 0)
    if any(
        _is_namesake(reasons[key][0].name, shown.name) for key in scores if scores[best] - scores[key] < 0.1
    ):
        sure -= 0.25
    return Fact[str](value=shown.name, evidence=shown.row.evidence, confidence=round(sure, 2))


def _score(reasons: list[Reason]) -> float:
    """Each kind of reason counts once, with its best weight."""
    best: dict[str, float] = {}
    for reason in reasons:
        best[reason.why] = max(best.get(reason.why, -9.0), reason.weight)
    return sum(best.values())


def _begins_another(key: str, heads: set[str]) -> bool:
    """Whether the name begins another name of the letterhead, or goes on from it: 'MARKT' and 'Markt Meier oHG'."""
    others = (other for other in heads if other != key and len(other) >= 5)
    return len(key) >= 5 and any(other.startswith(key) or key.startswith(other) for other in others)


def _alike(key: str, other: str) -> bool:
    return key in other or other in key


def _is_namesake(name: str, other: str) -> bool:
    """Whether two different names share a long word, as a trade name and a registered name do: either may be the seller's."""
    key, other_key = name_key(name), name_key(other)
    shared = {word for word in fold(name).split() if len(word) >= 5} & set(fold(other).split())
    return bool(shared) and not _alike(key, other_key)


def _reasons(grid: Grid) -> Iterator[Reason]:
    named = list(_by_label(grid)) + list(_by_place(grid))
    yield from named
    keys = {name_key(reason.name): reason for reason in named}
    yield from _by_surroundings(grid, keys)


def _by_label(grid: Grid) -> Iterator[Reason]:
    """Names beside a label of the seller, or of who is to be paid."""
    taken: set[tuple[int, int]] = set()
    for hit in beside(grid, "seller", reach=5):
        spot = (hit.row.index, hit.label.start)
        name = clean_name(hit.text)
        if (
            spot in taken
            or hit.place == "wrapped"
            or not is_name(name)
            or hit.holder.index - hit.row.index > 8
        ):
            continue
        payee = hit.label.strength < 1
        if _is_label_of_value(hit.holder, hit.text) or not (payee or _opens(hit.row, hit.label)):
            continue
        across = hit.place == "right" and not payee and _is_far(hit)
        if not across:
            taken.add(spot)
        why = "payee" if payee else "across" if across else "label"
        yield Reason(name, why, WEIGHTS[why], hit.holder)


def _opens(row: Row, label: Label) -> bool:
    """Whether the label stands as a label: at the start of its cell, or with a colon after it."""
    cell = next((cell for cell in row.cells if cell.start <= label.start < cell.end), None)
    return (cell is not None and label.start - cell.start <= 2) or row.text[
        label.end : label.end + 2
    ].strip() == ":"


def _is_far(hit: Beside) -> bool:
    """Whether the text right of a label without a colon may be the head of another column."""
    between = hit.row.text[hit.label.end : hit.row.text.find(hit.text, hit.label.end)]
    return ":" not in between and len(between) > 8


def _is_label_of_value(row: Row, text: str) -> bool:
    """Whether *text* is itself a label: the next cell of the row starts with a colon, or it ends with one."""
    for cell, after in pairwise(row.cells):
        if cell.text == text and after.text.startswith(":"):
            return True
    return text.rstrip().endswith(":")


def _by_place(grid: Grid) -> Iterator[Reason]:
    """Names in the letterhead, in the line of the sender, and those with a legal form anywhere."""
    rows = grid.filled
    for place, row in enumerate(rows):
        for column, cell in enumerate(row.cells):
            parts = _SENDER.split(cell.text)
            text = _joined(rows, place, cell)
            name = clean_name(text)
            if not is_name(name) or _is_label_of_value(row, cell.text):
                continue
            if len(parts) >= 3 and place < 0.4 * len(rows) and _is_sender_line(cell.text):
                yield Reason(name, "sender line", WEIGHTS["sender line"], row)
            if place < HEAD_ROWS:
                yield Reason(name, "letterhead", WEIGHTS["letterhead"] * _fading(rows, place, column), row)
            if legal_form(name):
                yield Reason(name, "legal form", WEIGHTS["legal form"], row)


def _is_sender_line(text: str) -> bool:
    """Name, street and town in one line with dashes, bars or points between them, as above an address window."""
    parts = _SENDER.split(text)
    barred = re.search(r"\s[-–—|·•*]\s|[|·•]", text) is not None or legal_form(parts[0]) is not None
    return barred and len(text) < 120 and bool(_POSTCODE.search(text)) and not re.search(r"\d", parts[0])


def _fading(rows: tuple[Row, ...], place: int, column: int) -> float:
    """1 for the first name of the page, less for each row and cell after it."""
    before = sum(any(is_name(clean_name(cell.text)) for cell in row.cells) for row in rows[:place])
    return max(0.2, 1 - 0.15 * before - 0.1 * column)


def _joined(rows: tuple[Row, ...], place: int, cell: Cell) -> str:
    """The cell, with the next row where that is nothing but the end of a company name ('SDN BHD', 'CO. (M) SDN BHD')."""
    after = rows[place + 1] if place + 1 < len(rows) else None
    if after is None or len(rows[place].cells) > 2 or legal_form(cell.text):
        return cell.text
    tail = " ".join(other.text for other in after.cells)
    squeezed = re.sub(r"(?<=\b[A-Z]) (?=[A-Z]{2,4}\b)", "", tail)
    only_form = legal_form(f"Name {squeezed}")
    lead = squeezed[: only_form.start() - 5].strip(" .()") if only_form else "x" * 9
    if only_form and len(re.sub(r"\W|(?i:co)|M", "", lead)) == 0 and after.page == rows[place].page:
        return " ".join([*(other.text for other in rows[place].cells), squeezed])
    return cell.text


def _by_surroundings(grid: Grid, keys: dict[str, Reason]) -> Iterator[Reason]:
    """For names already found: register numbers near them, a domain like them, other prints of them, the recipient's block."""
    domains, recipients = domains_of(grid), set(_recipient_cells(grid))
    rows = grid.filled
    spots: dict[str, list[tuple[int, Cell, Row]]] = defaultdict(list)
    for place, row in enumerate(rows):
        for cell in row.cells:
            key = name_key(clean_name(cell.text))
            if key in keys:
                spots[key].append((place, cell, row))
    for key, reason in keys.items():
        if any(_same_domain(key, domain) for domain in domains):
            yield Reason(reason.name, "domain", WEIGHTS["domain"], reason.row)
        if len({row.index for _, _, row in spots[key]}) > 1:
            yield Reason(reason.name, "repeated", WEIGHTS["repeated"], reason.row)
        if any(_registered(rows, place, cell) for place, cell, _ in spots[key]):
            yield Reason(reason.name, "registered", WEIGHTS["registered"], reason.row)
        inside = [(row.index, cell.start) in recipients for _, cell, row in spots[key]]
        if inside and sum(inside) * 2 >= len(inside):
            yield Reason(reason.name, "recipient", WEIGHTS["recipient"], reason.row)


def _same_domain(key: str, domain: str) -> bool:
    """Whether a name and a domain are alike; 'ue' in a domain is an umlaut of the name."""
    domain = re.sub(r"([aou])e", r"\1", domain)
    key = re.sub(r"([aou])e", r"\1", key)
    return len(domain) >= 3 and (domain in key or (len(key) >= 4 and key in domain))


def _registered(rows: tuple[Row, ...], place: int, cell: Cell) -> bool:
    """Whether a tax or register number that is not the customer's stands within four rows under the name."""
    for row in rows[place : place + 5]:
        for other in row.cells:
            near = other.over(cell, 4) and not re.search(
                r"kunde|client|customer|klant|nabywc|kaufer|votre|ihre", other.plain
            )
            if near and _REGISTERED.search(other.plain):
                return True
    return False


def _recipient_cells(grid: Grid) -> Iterator[tuple[int, int]]:
    """Row and column of every cell in a block that a label of the buyer heads."""
    for row in grid.filled:
        for label in find_labels(row.text, "buyer", "seller"):
            cell = next((cell for cell in row.cells if cell.start <= label.start < cell.end), None)
            if label.name != "buyer" or cell is None or not _heads_block(cell, label):
                continue
            yield row.index, cell.start
            if re.match(
                r"herrn?\b|frau\b|mr\b|mrs\b|ms\b|m\.|mme\b|monsieur|madame|attn|z\. ?hd|t\.?a\.?v",
                cell.plain,
            ):
                yield from (
                    (row.index - 1, upper.start) for upper in _row_above(grid, row) if upper.over(cell)
                )
            for later in row.cells:
                if later.start > cell.start and not row.text[label.end : later.start].strip(" :.-"):
                    yield row.index, later.start
            if len(fold(cell.text)) - (label.end - label.start) <= 40:
                yield from _block_under(grid, row, cell)


def _heads_block(cell: Cell, label: Label) -> bool:
    """Whether a label of the buyer stands as one: first in its cell, in no company's name, a small word in no sentence."""
    if label.start - cell.start > 2 or legal_form(cell.text):
        return False
    after = cell.text[label.end - cell.start :]
    return label.end - label.start > 4 or after.strip()[:1] in ("", ":") or len(after.split()) <= 4


def _row_above(grid: Grid, row: Row) -> tuple[Cell, ...]:
    """The cells of the row right above, where it is on the same page and not empty."""
    above = grid.rows[row.index - 1] if row.index else row
    return above.cells if above is not row and above.page == row.page else ()


def _block_under(grid: Grid, row: Row, head: Cell) -> Iterator[tuple[int, int]]:
    for later in grid.below(row, RECIPIENT_ROWS):
        under = [cell for cell in later.cells if cell.over(head, 2) or abs(cell.start - head.start) <= 3]
        if any(find_labels(cell.text, "seller") for cell in under):
            return
        yield from ((later.index, cell.start) for cell in under)
