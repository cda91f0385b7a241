"""A loan dossier after its run: what was read of each upload, and what an underwriter is asked or has decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from deployments.console.screen import out, print_table, say
from deployments.console.wording import style_of, visible

_OWNERS = ("borrower", "co-borrower", "other person", "nobody", "")
_NOT_TOLD = ("form", "entries")


def uploads_of(values: Sequence[Any]) -> list[Any]:
    """Those of the finished items that are uploads of a dossier, by name."""
    return sorted((one for one in values if type(one).__name__ == "ReadUpload"), key=lambda one: one.file)


def upload_facts(upload: Any) -> dict[str, Any]:
    """An upload for scripts: its papers with the values that were read."""
    papers = [
        {
            "paper": paper.name,
            "pages": list(paper.pages),
            "kind": paper.kind,
            "confidence": paper.classified.confidence,
            "read_by": paper.read.read_by,
            "facts": {
                name: getattr(fact, "value", fact)
                for name, fact in dict(paper.read.facts).items()
                if name not in _NOT_TOLD and getattr(fact, "value", fact) is not None
            },
        }
        for paper in upload.papers
    ]
    return {"file": upload.file, "status": upload.status, "reason": upload.reason, "papers": papers}


def show_dossier(shown: Mapping[str, Any], outcome: Any = None) -> None:
    """Print the papers, the applicants, the loan and what is open; with an *outcome*, how it ended."""
    _show_papers(shown["papers"])
    _show_rows(
        "Applicants", shown["applicants"], ("who", "name", "income_a_month", "debts_a_month", "credit")
    )
    out().print()
    out().print("Loan", style="head")
    _show_facts({name: value for name, value in shown["loan"].items() if value})
    _show_list(
        "To settle before any loan",
        [one["reason"] for one in shown["doubts"] if one["weight"] == "stop"],
        "bad",
    )
    _show_list("Open questions", [one["reason"] for one in shown["doubts"] if one["weight"] == "ask"], "ask")
    _show_list("There twice", shown["duplicates"], "quiet")
    _show_list("To know", shown["to_know"], "quiet")
    out().print()
    say(
        f"Advised by rules: {shown['advised']}, risk {shown['risk']}. Read by: {_text(shown['read_by'])}.",
        style="head",
    )
    if outcome is not None:
        why = f": {_text(outcome.reason)}" if outcome.reason else ""
        say(f"[{style_of(outcome.status)}]{outcome.status}[/] by {_text(outcome.decided_by)}{why}")
        _show_list("Wanted", outcome.wanted_papers, "ask")
    out().print()


def _show_papers(papers: Sequence[Mapping[str, str]]) -> None:
    """Papers by whose they are; a narrow screen folds names and kinds."""
    table = _table("Paper", "What", "Whose", "Names")
    for owner in _OWNERS:
        for one in papers:
            if one["whose"] == owner:
                style = {"other person": "quiet", "nobody": "quiet", "": "bad"}.get(owner, "none")
                cells = [_text(one[name]) for name in ("paper", "what", "whose", "names")]
                table.add_row(*(f"[{style}]{cell}[/]" for cell in cells))
    print_table(table)


def _show_rows(head: str, rows: Sequence[Mapping[str, str]], names: tuple[str, ...]) -> None:
    if not rows:
        return
    out().print()
    out().print(head, style="head")
    for row in rows:
        first, *rest = names
        say(f"{_text(row[first])} [head]{_text(row[rest[0]])}[/]")
        _show_facts({name: row[name] for name in rest[1:]})


def _show_facts(facts: Mapping[str, str]) -> None:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=26)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(f"  [quiet]{name.replace('_', ' ')}[/]", _text(value))
    print_table(table)


def _show_list(head: str, lines: Sequence[str], style: str) -> None:
    if not lines:
        return
    out().print()
    out().print(f"{head} ({len(lines)})", style="head")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=2)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(f"[{style}]●[/]", _text(line))
    print_table(table)


def _table(*names: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _text(value: str) -> str:
    return escape(visible(value))
