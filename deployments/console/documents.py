"""The table and the sentences after a flow over documents."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from deployments.console.failure import DONE, FAILED, WAITING
from deployments.console.progress import Tally
from deployments.console.screen import PIPE_WIDTH
from deployments.console.wording import STATUS_WORDS, cost, count, duration, money, style_of

WIDE = 140


def exit_code(statuses: Sequence[str]) -> int:
    """1 when a document was refused or failed, else 3 when one waits for a person, else 0."""
    if any(status in ("refused", "failed") for status in statuses):
        return FAILED
    return WAITING if "waiting" in statuses else DONE


def documents_table(outcomes: Sequence[Any], tallies: Mapping[str, Tally], *, width: int) -> Table:
    """Every document: what was read, how it ended, what it took; stacked where *width* is small."""
    rows = [(outcome, tallies.get(outcome.file, Tally())) for outcome in outcomes]
    return _wide(rows, width) if width >= WIDE else _narrow(rows)


def summary(statuses: Sequence[str], *, ran: int, reused: int, cost_usd: Decimal, seconds: float) -> str:
    """The run in two or three sentences."""
    counted = Counter(statuses)
    ends = ", ".join(_ended(counted[status], status) for status in STATUS_WORDS if counted[status])
    took = f"{count(ran, 'stage')} ran, {reused:,} reused, USD {cost(cost_usd)}, {duration(seconds)}."
    again = (
        f" Nothing was computed again{' and nothing was posted twice' if counted['posted'] else ''}."
        if reused and not ran and not counted["failed"]
        else ""
    )
    return f"{ends}. {took}{again}" if ends else took + again


def _ended(number: int, status: str) -> str:
    word = STATUS_WORDS[status]
    return f"{number:,} {word.replace('needs', 'need') if number > 1 else word}"


def reasons(outcomes: Sequence[Any]) -> Iterator[str]:
    """One marked-up line for each document that was not posted, with the reason."""
    for outcome in outcomes:
        if outcome.reason and outcome.status != "posted":
            asked = f" [quiet](approval {outcome.approval_id[:8]})[/]" if outcome.approval_id else ""
            yield f"{escape(outcome.file)}: {_status(outcome)}: {escape(outcome.reason)}{asked}"


def _status(outcome: Any) -> str:
    return f"[{style_of(outcome.status)}]{STATUS_WORDS.get(outcome.status, outcome.status)}[/]"


def _wide(rows: Sequence[tuple[Any, Tally]], width: int) -> Table:
    """What a narrow screen leaves over goes to the names; numbers are never cut."""
    spare, cut = width - WIDE, width < PIPE_WIDTH
    table = _table()
    table.add_column("File", overflow="fold", min_width=10, max_width=40 if cut else None)
    for name, least in (("Vendor", 20), ("Number", 14), ("Date", 10), ("Total", 10), ("Category", 12)):
        limit = least + spare // 4 if cut and name in ("Vendor", "Number", "Category") else None
        side = "right" if name == "Total" else "left"
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=limit, justify=side)
    table.add_column("Status", no_wrap=True)
    for name in ("Cost", "Time", "Ran", "Reused"):
        table.add_column(name, justify="right", no_wrap=True)
    for outcome, tally in rows:
        table.add_row(*_read(outcome), _status(outcome), *_took(tally))
    return table


def _read(outcome: Any) -> tuple[str, ...]:
    return (
        escape(outcome.file),
        escape(outcome.vendor or ""),
        escape(outcome.invoice_number or ""),
        outcome.date.isoformat() if outcome.date else "",
        money(outcome.total, outcome.currency),
        escape(outcome.category or ""),
    )


def _took(tally: Tally) -> tuple[str, ...]:
    return cost(tally.cost_usd), duration(tally.seconds), str(tally.ran), str(tally.reused)


def _narrow(rows: Sequence[tuple[Any, Tally]]) -> Table:
    table = _table()
    table.add_column("File", overflow="fold", ratio=3)
    table.add_column("Read", overflow="fold", ratio=4)
    table.add_column("Total", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True, min_width=16)
    for index, (outcome, tally) in enumerate(rows):
        file, vendor, number, date, total, category = _read(outcome)
        spent, seconds, ran, reused = _took(tally)
        facts = " ".join(part for part in (date, number) if part)
        read = "\n".join(part for part in (vendor, facts, category) if part)
        took = f"[quiet]{ran} ran, {reused} reused\n{seconds}, USD {spent}[/]"
        table.add_row(file, read, total, f"{_status(outcome)}\n{took}", end_section=index + 1 < len(rows))
    return table


def _table() -> Table:
    return Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 1, 0, 0)
    )
