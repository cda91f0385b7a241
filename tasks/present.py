"""Present: an outcome as a page for people."""

from collections.abc import Sequence
from decimal import Decimal

from tasks.schemas.outcome import DocumentOutcome

_FACTS = ("vendor", "invoice_number", "date", "net", "tax", "total", "currency", "category")


def outcome_page(outcome: DocumentOutcome) -> str:
    """Markdown with the outcome, its facts and its lines. Text of the document is shown as text."""
    rows = [("status", outcome.status), ("reason", outcome.reason)]
    rows += [(name.replace("_", " "), getattr(outcome, name)) for name in _FACTS]
    page = [
        f"### {cell(outcome.file)}",
        "",
        *table(("", ""), [(name, value) for name, value in rows if value]),
    ]
    if outcome.line_items:
        lines = [
            (line.description, line.quantity, line.unit_price, line.amount, line.category)
            for line in outcome.line_items
        ]
        page += ["", *table(("description", "quantity", "unit price", "amount", "category"), lines)]
    return "\n".join(page)


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    """A Markdown table, line by line."""
    ruler = ["---"] * len(head)
    return [_row(head), _row(ruler), *(_row(row) for row in rows)]


def _row(cells: tuple[object, ...] | list[str]) -> str:
    return "| " + " | ".join(cell(one) for one in cells) + " |"


def cell(value: object) -> str:
    """*value* on one line, without any meaning in Markdown."""
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    plain = " ".join(text.split())
    for mark in "\\|`*_[]<>#!":
        plain = plain.replace(mark, "\\" + mark)
    return plain
