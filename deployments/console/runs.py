"""`holdfast runs list`, `holdfast runs show` and `holdfast runs resume`."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich import box
from rich.markup import escape
from rich.table import Table

from blocks.base.clock import monotonic
from blocks.base.errors import Misuse
from deployments.console.asked import awaited_by, book
from deployments.console.catalog import find_flow
from deployments.console.ending import show_awaited
from deployments.console.failure import DONE
from deployments.console.going_on import go_on
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, RunRef, Wait, choose_profile
from deployments.console.past import history, late
from deployments.console.recorded_worlds import RecordedWorlds
from deployments.console.run import perform
from deployments.console.screen import err, out, print_table
from deployments.console.wording import cost, count, moment, style_of

WIDE = 100


class OneAtATime(Misuse):
    """`--recompute` and `--wait` are for one run."""


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
        _show(found, past.stages_of(found.run_id), awaited_by(found.run_id))
    return DONE


def resume(
    run: RunRef = "last",
    /,
    *more: Annotated[str, Parameter(help="More runs, one after the other in this process.")],
    recompute: Annotated[
        str | None,
        Parameter(
            help="Make the damaged answers of this stage anew, for money: its name, its number K, or a key."
        ),
    ] = None,
    wait: Wait = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Go on with a run whose process is gone, that waits, is parked or failed: the same run, in this process.

    Finished stages come back from their rows. A run that another process executes is left alone. It works with the
    model that it was started with, unless HOLDFAST_MODEL names another.

    For example:

        holdfast runs resume last
        holdfast runs resume 3f2a --recompute extract_invoice
    """
    began = monotonic()
    choose_profile(profile)
    if more:
        return _resume_all([run, *more], recompute=recompute, wait=wait, json=json)
    found = history().find_run(run)
    RecordedWorlds().enter(found.run_id)
    entry = find_flow(found.flow)
    anew = _to_recompute(found.run_id, recompute) if recompute else []

    def again(flow_object: Any) -> Any:
        return late("blocks.durable.launch").resume(flow_object, found.run_id, recompute=anew, stays=wait)

    return perform(entry, again, items=None, json=json, began=began)


def _resume_all(refs: Sequence[str], *, recompute: str | None, wait: bool, json: bool) -> int:
    """One after the other; the worst exit code of them."""
    if recompute or wait:
        raise OneAtATime
    gone = go_on([history().find_run(ref).run_id for ref in refs], is_quiet=json)
    if json:
        print_json([going.facts for going in gone])
    return max(going.code for going in gone)


def _to_recompute(run_id: str, which: str) -> list[Any]:
    """What `--recompute` means, told with its price before anything is paid."""
    here = late("blocks.durable.world").current()
    found = late("blocks.durable.damage").find(here, run_id, which)
    for one in found:
        of = f" of {one.subject}" if one.subject else ""
        why = one.fault or "Its answer can be read."
        err().print(
            f"{one.stage}{of} runs again; it has cost USD {cost(one.cost_usd)} so far. {why}", markup=False
        )
    return found


def run_facts(run: Any) -> dict[str, Any]:
    """One run for scripts."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "flow": run.flow,
        "state": run.state,
        "started_at": run.started_at,
        "parent_run_id": run.parent_run_id,
        "parked_for": run.parked_for,
        "error": run.error,
        "approvals": [] if run.state == "completed" else book().waiting_for(run.run_id),
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


def _show(run: Any, stages: list[Any], awaited: list[Any]) -> None:
    facts = (
        ("run", run.run_id),
        ("name", escape(run.name)),
        ("flow", run.flow),
        ("state", f"[{style_of(run.state)}]{run.state}[/]"),
        ("started", f"{moment(run.started_at)} UTC"),
        ("why", escape(run.error or "") if not awaited else ""),  # it is told below
        ("next", _next(run, awaited)),
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
    show_awaited(awaited)
    out().print(f"\nstages   holdfast stages {run.run_id[:8]}")


def _next(run: Any, awaited: list[Any]) -> str:
    """What may be typed for a run that stands still."""
    resume_it = f"holdfast runs resume {run.run_id[:8]}"
    is_decided = run.state == "waiting" and not awaited
    if run.state == "stalled" or run.parked_for == "outage" or is_decided:
        return f"goes on by itself where `holdfast up` keeps watch, or {resume_it}"
    return resume_it if run.state == "failed" else ""  # a repair is told with its reason
