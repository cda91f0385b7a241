"""`holdfast runs list`, `holdfast runs show` and `holdfast runs resume`."""

from typing import Annotated, Any

from cyclopts import Parameter
from rich import box
from rich.markup import escape
from rich.table import Table

from blocks.base.clock import monotonic
from deployments.console.catalog import find_flow
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, RunRef, choose_profile
from deployments.console.past import history, late
from deployments.console.run import perform
from deployments.console.screen import out, print_table
from deployments.console.wording import cost, count, moment, style_of

WIDE = 100
_HEADS = ("Run", "Flow", "Name", "State", "Started (UTC)")


def list_(
    *,
    limit: Annotated[int, Parameter(help="Show at most this many, newest first.")] = 20,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """List the newest runs.

    For example:

        holdfast runs list
        holdfast runs list --limit 100 --json
    """
    choose_profile(profile)
    past = history()
    runs = past.list_runs(limit=limit)
    if json:
        print_json([run_facts(run) for run in runs])
    elif not runs:
        out().print("No run yet. `holdfast run --help` lists the flows.")
    else:
        print_table(_table(runs, wide=out().width >= WIDE))
    return DONE


def show(run: RunRef = "last", /, *, profile: Profile = None, json: AsJson = False) -> int:
    """Show one run: how it ended, what it took, and where to look next.

    For example:

        holdfast runs show last
        holdfast runs show 3f2a --json
    """
    choose_profile(profile)
    past = history()
    found = past.find_run(run)
    if json:
        print_json([run_facts(found)])
    else:
        _show(found, past.stages_of(found.run_id))
    return DONE


def resume(run: RunRef = "last", /, *, profile: Profile = None, json: AsJson = False) -> int:
    """Go on with a run whose process is gone, or that failed: the same run, in this process.

    Finished stages come back from their rows. A run that another process executes is left alone.

    For example:

        holdfast runs resume last
        holdfast runs resume 3f2a --json
    """
    began = monotonic()
    choose_profile(profile)
    found = history().find_run(run)
    entry = find_flow(found.flow)

    def again(flow_object: Any) -> Any:
        return late("blocks.durable.launch").resume(flow_object, found.run_id)

    return perform(entry, again, items=None, json=json, began=began)


def run_facts(run: Any) -> dict[str, Any]:
    """One run for scripts."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "flow": run.flow,
        "state": run.state,
        "started_at": run.started_at,
        "parent_run_id": run.parent_run_id,
        "cost_usd": run.cost_usd,
        "stages": {"ran": run.ran, "reused": run.reused},
    }


def _table(runs: list[Any], *, wide: bool) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in _HEADS if wide else [head for head in _HEADS if head != "Name"]:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("Ran", "Reused", "Cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        names = (run.flow, escape(run.name)) if wide else (f"{run.flow}\n[quiet]{escape(run.name)}[/]",)
        state = f"[{style_of(run.state)}]{run.state}[/]"
        numbers = (str(run.ran), str(run.reused), cost(run.cost_usd))
        table.add_row(run.run_id[:8], *names, state, moment(run.started_at), *numbers)
    return table


def _show(run: Any, stages: list[Any]) -> None:
    facts = (
        ("run", run.run_id),
        ("name", escape(run.name)),
        ("flow", run.flow),
        ("state", f"[{style_of(run.state)}]{run.state}[/]"),
        ("started", f"{moment(run.started_at)} UTC"),
        ("parent", run.parent_run_id or ""),
        ("stages", f"{run.ran} ran, {run.reused} reused"),
        ("cost", f"USD {cost(run.cost_usd)}"),
    )
    for label, value in facts:
        if value:
            out().print(f"[quiet]{label:<8}[/] {value}", soft_wrap=True)
    subjects = {stage.subject for stage in stages if stage.subject}
    if subjects:
        out().print(f"[quiet]{'over':<8}[/] {count(len(subjects), 'document')}")
    out().print(f"\nstages   holdfast stages {run.run_id[:8]}")
