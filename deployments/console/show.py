"""`holdfast show RUN --at K`: one stage, and the run at that point."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from cyclopts import Parameter
from rich.syntax import Syntax

from deployments.console.failure import DONE
from deployments.console.jsontext import json_text, print_json
from deployments.console.parameters import AsJson, Profile, RunRef, choose_profile
from deployments.console.past import history
from deployments.console.runs import run_facts
from deployments.console.screen import out
from deployments.console.stages import stage_facts
from deployments.console.wording import cost, duration


def show(
    run: RunRef = "last",
    /,
    *,
    at: Annotated[int, Parameter(help="The stage's number, as `holdfast stages RUN` counts them.")],
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Show the inputs and the output of stage K, and the state of the run when it was done.

    For example:

        holdfast show last --at 3
        holdfast show 3f2a --at 3 --json
    """
    choose_profile(profile)
    past = history()
    found = past.find_run(run)
    detail = past.stage_at(found.run_id, at)
    state = state_at(past.stages_of(found.run_id), at)
    if json:
        stage = {**stage_facts(detail.row), "inputs": detail.inputs, "output": detail.output}
        print_json({"run": run_facts(found), "at": at, "stage": stage, "state": state})
    else:
        _show(detail, state)
    return DONE


def state_at(rows: Sequence[Any], ordinal: int) -> dict[str, Any]:
    """What the run had done when stage *ordinal* was done: counts and US dollars up to and with it."""
    done = [row for row in rows if row.ordinal <= ordinal]
    reused = sum(bool(row.reused) for row in done)
    spent = sum((row.cost_usd for row in done if not row.reused), Decimal(0))
    return {
        "stages": {"ran": len(done) - reused, "reused": reused},
        "cost_usd": spent,
        "left": len(rows) - len(done),
    }


def _show(detail: Any, state: dict[str, Any]) -> None:
    row = detail.row
    how = "reused" if row.reused else f"ran, {duration(row.seconds)}, USD {cost(row.cost_usd)}"
    subject = f" of {row.subject}" if row.subject else ""
    out().print(
        f"{row.ordinal}. {row.stage}{subject}: {row.state}, {how}", style="head", markup=False, soft_wrap=True
    )
    out().print(f"key     {row.key}", style="quiet", soft_wrap=True)
    for title, value in (("inputs", detail.inputs), ("output", detail.output)):
        out().print(f"\n{title}", style="head")
        out().print(
            Syntax(json_text(value), "json", theme="ansi_dark", background_color="default", word_wrap=True)
        )
    told = state["stages"]
    out().print(
        f"\nAt this point: {told['ran']} ran, {told['reused']} reused, {state['left']} still to come,",
        end=" ",
    )
    out().print(f"USD {cost(state['cost_usd'])} spent.")
