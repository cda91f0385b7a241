"""`holdfast stages`: the stages of a run, in order."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, RunRef, choose_profile
from deployments.console.past import history
from deployments.console.screen import out, print_table
from deployments.console.wording import cost, count, duration, size, style_of

WIDE = 120


def stages(run: RunRef = "last", /, *, profile: Profile = None, json: AsJson = False) -> int:
    """List the stages of a run: what ran, what was reused, and what each one took.

    For example:

        holdfast stages last
        holdfast stages 3f2a --json
    """
    choose_profile(profile)
    past = history()
    found = past.find_run(run)
    rows = past.stages_of(found.run_id)
    if json:
        print_json([stage_facts(row) for row in rows])
        return DONE
    print_table(_table(rows, width=out().width))
    ran = sum(not row.reused for row in rows)
    out().print(
        f"{count(len(rows), 'stage')}: {ran:,} ran, {len(rows) - ran:,} reused. ", style="head", end=""
    )
    out().print("[quiet]`holdfast show RUN --at K` shows one.[/]")
    return DONE


def stage_facts(row: Any) -> dict[str, Any]:
    """One stage for scripts."""
    names = "ordinal stage subject key state reused attempts cost_usd seconds bytes output_digest"
    return {name: getattr(row, name) for name in names.split()}


def _table(rows: Sequence[Any], *, width: int) -> Table:
    wide = width >= WIDE
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("K", justify="right", no_wrap=True)
    table.add_column("Stage", no_wrap=True)
    table.add_column("Of", overflow="ellipsis", no_wrap=True, max_width=None if wide else max(width - 58, 8))
    table.add_column("", no_wrap=True)
    for name in ("Cost", "Time", "Size"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("State", "Tries", "Key", "Output") if wide else ():
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row), *(_more(row) if wide else ()))
    return table


def _cells(row: Any) -> tuple[str, ...]:
    reused = "[quiet]reused[/]" if row.reused else "ran"
    took = (cost(row.cost_usd), duration(row.seconds), size(row.bytes))
    return str(row.ordinal), row.stage, escape(row.subject or ""), reused, *took


def _more(row: Any) -> tuple[str, ...]:
    state = f"[{style_of(row.state)}]{row.state}[/]"
    return state, str(row.attempts), row.key[:12], (row.output_digest or "")[:12]
