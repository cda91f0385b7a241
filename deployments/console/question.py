"""`holdfast approvals show`: all that a person needs to decide, and what to type then."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape, render
from rich.table import Table
from rich.text import Text

from deployments.approval_page.facts import Fact, Shown, sorted_out
from deployments.console.asked import book, short
from deployments.console.forms import Form, text_of
from deployments.console.screen import out, print_table
from deployments.console.wording import age, moment, style_of, time_left, visible

_LABELS = 9


def show(asked: Any, place: str) -> None:
    """Print it; *place* is the address of its page."""
    out().print(Text(visible(asked.title), style="head"))
    out().print()
    for label, value in _head(asked, place):
        if value:
            _labelled(label, value, is_whole=label in ("page", "run"))
    fields = frozenset(asked.answer_schema.get("properties", {}))
    shown = sorted_out(asked.shown, fields)
    _show_doubts(shown)
    _show_facts(shown)
    _show_changes(book().difference(asked))
    _show_answer(asked, shown)
    if asked.status == "waiting":
        _show_what_to_type(asked, shown)


def _head(asked: Any, place: str) -> Iterator[tuple[str, str]]:
    yield "id", asked.approval_id
    yield "status", f"[{style_of(asked.status)}]{asked.status}[/]"
    yield "value", escape(visible(asked.value))
    yield "gate", f"{asked.gate} of {asked.flow}"
    yield "subject", escape(visible(asked.subject))
    yield "asked", f"{moment(asked.asked_at)} UTC, {age(asked.asked_at)}"
    if asked.status == "waiting":
        left = (
            f"{moment(asked.expires_at)} UTC, {time_left(asked.expires_at)}" if asked.expires_at else "none"
        )
        yield "deadline", left
        yield "asked of", escape(visible(", ".join(asked.names))) or "every approver"
    yield "again", f"asked for the {_nth(asked.round)} time" if asked.round > 1 else ""
    yield "why", escape(visible(asked.note))
    yield from _decision(asked)
    yield "run", f"{asked.run_id} ({asked.flow}, {escape(asked.run_name)})"
    yield "page", f"[place]{escape(place)}[/]" if place else ""


def _decision(asked: Any) -> Iterator[tuple[str, str]]:
    if asked.decided_at:
        who = escape(visible(asked.decided_by))
        yield "decided", f"{moment(asked.decided_at)} UTC by {who}, via {asked.decided_via}"
        yield "reason", escape(visible(asked.reason))
    if asked.replaced_by:
        yield "replaced", f"by {short(asked.replaced_by)}: holdfast approvals show {short(asked.replaced_by)}"


def _show_doubts(shown: Shown) -> None:
    if shown.doubts:
        _heading("Doubts")
    for field, reasons in shown.doubts.items():
        for reason in reasons:
            named = f"[head]{escape(visible(field))}[/]: " if field else ""
            _labelled("[ask]●[/]", f"{named}{escape(visible(reason))}", indent="  ", width=1)


def _show_facts(shown: Shown) -> None:
    if shown.papers or shown.facts:
        _heading("Shown")
    for paper in shown.papers:
        pages = "1 page" if paper.pages == 1 else f"{paper.pages} pages"
        _fact(Fact(paper.label, text=f"{paper.media_type}, {pages}, {paper.digest[:12]}"), "  ")
    for fact in shown.facts:
        _fact(fact, "  ")


def _fact(fact: Fact, indent: str) -> None:
    label = escape(visible(fact.label))
    if fact.columns:
        out().print(f"{indent}[quiet]{label}[/]")
        _list_rows(fact, f"{indent}  ")
    elif fact.inner:
        out().print(f"{indent}[quiet]{label}[/]")
        for one in fact.inner:
            _fact(one, f"{indent}  ")
    else:
        text = escape(visible(fact.text))
        _labelled(label, text, indent=indent, width=max(_LABELS, 16 - len(indent) + 2))


def _list_rows(fact: Fact, indent: str) -> None:
    """A paragraph a row: a table of many columns fits no terminal."""
    for number, row in enumerate(fact.rows, 1):
        cells = zip(fact.columns, row, strict=True)
        told = (f"[quiet]{_one_line(name)}[/] {_one_line(cell)}" for name, cell in cells if cell != "–")
        _labelled(f"{number}", ", ".join(told), indent=indent, width=3)


def _one_line(text: str) -> str:
    return escape(visible(" ".join(text.split())))


def _show_changes(changes: Sequence[Any]) -> None:
    if not changes:
        return
    _heading("Changed since it was asked before")
    table = _columns("Where", "Before", "Now")
    for change in changes:
        before, after = (f"[{style}]{_value(value)}[/]" for value, style in _sides(change))
        table.add_row(escape(visible(change.path)), before, after)
    print_table(table)


def _sides(change: Any) -> tuple[tuple[Any, str], tuple[Any, str]]:
    return (change.before, "bad"), (change.after, "good")


def _value(value: Any) -> str:
    return escape(visible(text_of(value))) if value is not None else "[quiet]nothing[/]"


def _show_answer(asked: Any, shown: Shown) -> None:
    """The fields as they are proposed, or as they were answered."""
    if asked.status == "rejected":
        return
    values: Mapping[str, Any] = asked.proposed if asked.answer is None else asked.answer
    _heading("Answer as proposed" if asked.answer is None else "Answer as approved")
    table = _columns("Field", "Value", "What may stand there" if asked.status == "waiting" else "")
    for field in Form(asked.answer_schema).fields(values):
        note = field.kind if asked.status == "waiting" else ""
        value = escape(visible(field.text)) or "[quiet]nothing[/]"
        reading = shown.readings.get(field.path)
        if reading is not None and reading.evidence not in ("", "–"):
            value = f"{value}\n[quiet]read from: {escape(visible(reading.evidence))}[/]"
        style = "ask" if field.path in shown.doubts else "none"
        table.add_row(f"[{style}]{field.path}[/]", value, f"[quiet]{escape(visible(note))}[/]")
    print_table(table)


def _show_what_to_type(asked: Any, shown: Shown) -> None:
    ref = short(asked.approval_id)
    paths = [field.path for field in Form(asked.answer_schema).fields(asked.proposed)]
    edit = next((path for path in shown.doubts if path in paths), paths[0])
    _heading("To decide, type")
    for line in (
        f"holdfast approvals approve {ref}",
        f"holdfast approvals approve {ref} --set {edit}=VALUE",
        f'holdfast approvals reject {ref} --reason "WHY"',
    ):
        out().print(f"  [place]{line}[/]", soft_wrap=True)


def _columns(*names: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="quiet", pad_edge=False, padding=(0, 2, 0, 2)
    )
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _labelled(
    label: str, value: str, *, indent: str = "", width: int = _LABELS, is_whole: bool = False
) -> None:
    """A label and its value, wrapped below itself on a terminal unless it *is whole*, as addresses are."""
    shown = f"[quiet]{label}[/]{' ' * (width - len(render(label)))}"
    if is_whole or not out().is_terminal:
        out().print(f"{indent}{shown} {value}", soft_wrap=True)
        return
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=len(indent) + width, no_wrap=True, overflow="ellipsis")
    row.add_column(overflow="fold")
    row.add_row(f"{indent}{shown}", value)
    out().print(row)


def _heading(text: str) -> None:
    out().print()
    out().print(text, style="head")


def _nth(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")
