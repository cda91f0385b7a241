"""What came out of a flow that analyzes documents: a block for each, then what several have in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from deployments.console.progress import Tally
from deployments.console.wording import STATUS_WORDS, cost, count, duration, style_of, visible

_KINDS = {"party": "Parties", "place": "Places", "date": "Dates", "money": "Money"}
_MOST = 8  # of a kind; the rest is counted


def analysis_blocks(documents: Sequence[Any], tallies: Mapping[str, Tally]) -> Iterator[tuple[str, Table]]:
    """For each document a marked-up line that heads it, and a table with what was found out."""
    for document in documents:
        yield _head(document, tallies.get(document.file, Tally())), _body(document)


def shared_table(shared: Sequence[Any]) -> Table | None:
    """What several documents name, the files behind it; None where they have nothing in common."""
    if not shared:
        return None
    table = _grid()
    for one in shared[: 2 * _MOST]:
        table.add_row(escape(visible(one.value)), escape(visible(", ".join(one.files))))
    if len(shared) > 2 * _MOST:
        table.add_row(f"[quiet]{len(shared) - 2 * _MOST:,} more[/]", "")
    return table


def _head(document: Any, tally: Tally) -> str:
    word = f"[{style_of(document.status)}]{STATUS_WORDS[document.status]}[/]"
    size = f"{count(document.pages, 'page')}, {count(document.words, 'word')}, " if document.pages else ""
    took = f"{tally.ran} ran, {tally.reused} reused, {duration(tally.seconds)}, USD {cost(tally.cost_usd)}"
    return f"[head]{escape(visible(document.file))}[/]: {word}. [quiet]{size}{took}[/]"


def _body(document: Any) -> Table:
    table = _grid()
    if document.reason:
        table.add_row("Reason", escape(visible(document.reason)))
    if document.summary is not None:
        table.add_row("Summary", escape(visible(document.summary.text)) or "[quiet]no whole sentences[/]")
    for kind, title in _KINDS.items():
        if found := [one for one in _entities(document) if one.kind == kind]:
            table.add_row(title, _listed(found))
    if document.summary is not None:
        table.add_row("By", f"[quiet]{escape(document.summary.written_by)}[/]")
    return table


def _listed(found: Sequence[Any]) -> str:
    """The values in a line, those that are named more than once with their number."""
    told = [
        escape(visible(one.value)) + (f" [quiet]({one.count})[/]" if one.count > 1 else "")
        for one in found[:_MOST]
    ]
    more = [f"[quiet]{len(found) - _MOST:,} more[/]"] if len(found) > _MOST else []
    return "; ".join([*told, *more])


def _entities(document: Any) -> Sequence[Any]:
    return document.entities.entities if document.entities else ()


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=7, max_width=30, overflow="ellipsis")
    table.add_column(overflow="fold")
    return table
