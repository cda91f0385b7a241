"""What is asked of people, as a terminal shows it: a table of all, one with everything, and JSON for scripts."""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from deployments.console.past import late
from deployments.console.wording import age, style_of, time_left, visible

WIDE = 100
HOW_TO_ANSWER = (
    "To correct the answer add `--set FIELD=VALUE`; `holdfast approvals reject ID --reason WHY` says no."
)


def book() -> ModuleType:
    """`blocks.durable.approvals`, with the world of the chosen profile behind it."""
    late("blocks.profile")
    return late("blocks.durable.approvals")


def awaited_by(run_id: str) -> list[Any]:
    """What the run waits for, oldest first."""
    ids = set(book().waiting_for(run_id))
    found = book().list_approvals(status="waiting", run_id=run_id, limit=len(ids) + 1000) if ids else []
    return [asked for asked in found if asked.approval_id in ids]


def short(approval_id: str) -> str:
    """The beginning of an id, as people type it."""
    return approval_id[:8]


def facts_of(asked: Any) -> dict[str, Any]:
    """One approval among others, for scripts."""
    names = ("run_id", "run_name", "flow", "gate", "status", "asked_at", "expires_at", "title", "value")
    more = ("subject", "names", "round", "note", "reason", "decided_by", "decided_via", "decided_at")
    return {"id": asked.approval_id, **{name: getattr(asked, name) for name in (*names, *more)}}


def all_facts_of(asked: Any, place: str) -> dict[str, Any]:
    """One approval with all that is shown, for scripts."""
    names = ("shown", "proposed", "answer_schema", "answer", "digest", "previous_id", "replaced_by")
    changes = [vars(change) for change in book().difference(asked)]
    rest = {name: getattr(asked, name) for name in names}
    return {**facts_of(asked), **rest, "difference": changes, "page": place}


def line_of(asked: Any) -> str:
    """What is asked and what is at stake, marked up."""
    is_told = not asked.value or asked.value in asked.title
    return escape(visible(asked.title if is_told else f"{asked.title}, {asked.value}"))


def awaited_lines(awaited: Sequence[Any]) -> Iterator[str]:
    """For each what is asked and what to type, and last how to answer otherwise, marked up."""
    for asked in awaited:
        yield f"  {line_of(asked)}"
        for verb in ("show", "approve"):
            yield f"    [place]holdfast approvals {verb} {short(asked.approval_id)}[/]"
    yield HOW_TO_ANSWER


def table(found: Sequence[Any], *, width: int, with_status: bool) -> Table:
    """What is asked, a row each; stacked where *width* is small."""
    made = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 2, 0, 0)
    )
    is_wide = width >= WIDE
    made.add_column("Id", no_wrap=True)
    if is_wide:
        made.add_column("Gate", no_wrap=True, overflow="ellipsis", max_width=20)
    made.add_column("Title", ratio=1 if width < 1000 else None, overflow="fold")
    made.add_column("Value", no_wrap=True, justify="right", overflow="ellipsis", max_width=24)
    if with_status:
        made.add_column("Status", no_wrap=True)
    for name in ("Asked", "Deadline"):
        made.add_column(name, no_wrap=True)
    if is_wide:
        made.add_column("Run", no_wrap=True)
    for asked in found:
        made.add_row(*_row(asked, is_wide=is_wide, with_status=with_status))
    return made


def _row(asked: Any, *, is_wide: bool, with_status: bool) -> Iterator[str]:
    yield short(asked.approval_id)
    title, run = escape(visible(asked.title)), asked.run_id[:8]
    if is_wide:
        yield asked.gate
        yield title
    else:
        yield f"{title}\n[quiet]{asked.gate}, run {run}[/]"
    yield escape(visible(asked.value))
    if with_status:
        yield f"[{style_of(asked.status)}]{asked.status}[/]"
    yield age(asked.asked_at)
    yield time_left(asked.expires_at) if asked.status == "waiting" else ""
    if is_wide:
        yield run
