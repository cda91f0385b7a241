"""`holdfast run`: one flow, in this process, with the server beside it."""

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from blocks.base.clock import monotonic
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from deployments import local_server, sweeper
from deployments.console.catalog import FlowEntry, all_flows, find_flow
from deployments.console.documents import documents_table, exit_code, reasons, summary
from deployments.console.failure import DONE, FAILED, MISUSED, WAITING, print_parts
from deployments.console.inputs import checked_paths, count_files
from deployments.console.jsontext import json_text, print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import history, late
from deployments.console.progress import Follower
from deployments.console.screen import debugging, out, print_table, say
from deployments.local_server import Record

FILES = "files"
NOT_DONE = ("failed", "parked")


class TakesNoInput(Misuse):
    """The flow {flow} takes no input."""


def run(
    flow: Annotated[str, Parameter(help="The flow, with dashes or underscores.")],
    /,
    *inputs: Annotated[str, Parameter(help="Files and folders, or what else the flow works on.")],
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Run a flow here; `help_text` holds the help page."""
    began = monotonic()
    entry = find_flow(flow)
    parameters = _parameters(entry, inputs)
    choose_profile(profile)

    def start(flow_object: Any) -> Any:
        return late("blocks.durable.launch").launch(flow_object, parameters)

    return perform(entry, start, items=_number_of(parameters), json=json, began=began)


def perform(
    entry: FlowEntry, start: Callable[[Any], Any], *, items: int | None, json: bool, began: float
) -> int:
    """Prepare server and flow, let *start* execute the flow here, and show what came out; the exit code.

    *items* is the number of documents, where it is known; *began* the monotonic second at which the command began.
    """
    follower = Follower()
    with follower.shown():
        follower.expect(items)
        flow_object, server = _prepare(entry, follower)
        guard = local_server.kept_alive(home(), server, beside=sweeper.mend)
        with guard, late("blocks.durable.watch").subscribe(follower):
            result = start(flow_object)
    facts = _facts(result, follower, monotonic() - began)
    if json:
        print_json(facts)
    else:
        _show(result, facts, follower, server)
    if result.state in NOT_DONE:
        _tell_failure(result)
    return _code(result, facts)


def help_text() -> str:
    """The help page of `run`, with the flows there are."""
    flows = all_flows()
    width = max((len(entry.name) for entry in flows), default=0)
    listed = "\n".join(f"    {entry.name:<{width}}  {entry.sentence}" for entry in flows)
    return _HELP.replace("FLOWS", listed or "    (none found)")


_HELP = """Run a flow here, show what happens, and print what came out.

The local Prefect server is started when none runs, and stays. What is done is never done again:
after an interruption, or a crash, run the same command again.

Flows:

FLOWS

Exit codes: 0 all done, 1 something failed or was refused, 2 misuse, 3 something waits for a person.

For example:

    holdfast run process_invoices invoices/
    holdfast run process-invoices a.pdf scan.png --profile laptop
    holdfast run process_invoices invoices/ --json > result.json

"""


def _parameters(entry: FlowEntry, inputs: Sequence[str]) -> dict[str, Any]:
    """The inputs become the flow's first parameter; one called `files` takes paths that must be there."""
    if not entry.parameters or (not inputs and entry.parameters[0] != FILES):
        if inputs:
            raise TakesNoInput(flow=entry.name)
        return {}
    first = entry.parameters[0]
    return {first: checked_paths(inputs) if first == FILES else list(inputs)}


def _prepare(entry: FlowEntry, follower: Follower) -> tuple[Any, Record]:
    """The flow object and the server. A new server starts while Prefect is being imported here."""
    launch = local_server.begin(home())
    if launch.is_new:
        follower.say("starting the local Prefect server ...")
    local_server.use_client_environment(home(), launch.record.api_url)
    _silence_libraries()
    flow_object = getattr(late(entry.module), entry.name)
    return flow_object, launch.wait()


def _silence_libraries() -> None:
    """Their warnings are for developers, and must not stand between the lines of a run."""
    if not debugging():
        warnings.simplefilter("ignore")
        logging.raiseExceptions = False


def _number_of(parameters: Mapping[str, Any]) -> int | None:
    """How many documents a flow over files will see."""
    files = parameters.get(FILES)
    return count_files(files) if files else None


def _facts(result: Any, follower: Follower, seconds: float) -> dict[str, Any]:
    facts: dict[str, Any] = {"run_id": result.run_id, "state": result.state}
    documents = _outcomes(result, follower)
    if documents is None:
        facts["value"] = result.value
    else:
        facts["documents"] = [_document(outcome, follower) for outcome in documents]
    facts |= {**_totals(result, follower), "seconds": round(seconds, 3)}
    if result.error:
        facts["error"] = str(result.error)
    return facts


def _totals(result: Any, follower: Follower) -> dict[str, Any]:
    """What the run recorded; what was heard of it where it failed before it could record itself."""
    past = history()
    try:
        row = past.find_run(result.run_id)
    except HoldfastError:  # it was never opened, or the database is away
        return {"cost_usd": follower.cost_usd, "stages": {"ran": follower.ran, "reused": follower.reused}}
    return {"cost_usd": row.cost_usd, "stages": {"ran": row.ran, "reused": row.reused}}


def _outcomes(result: Any, follower: Follower) -> list[Any] | None:
    """The outcomes of a flow over documents, those finished where it failed; None for another flow."""
    document_outcome = late("tasks.schemas.outcome").DocumentOutcome
    values = result.value if isinstance(result.value, list | tuple) else follower.finished
    are_documents = values and all(isinstance(value, document_outcome) for value in values)
    return list(values) if are_documents else None


def _document(outcome: Any, follower: Follower) -> dict[str, Any]:
    tally = follower.tallies[outcome.file]
    took = {
        "cost_usd": tally.cost_usd,
        "seconds": round(tally.seconds, 3),
        "stages": {"ran": tally.ran, "reused": tally.reused},
    }
    return {**outcome.model_dump(), **took}


def _show(result: Any, facts: dict[str, Any], follower: Follower, server: Record) -> None:
    outcomes = _outcomes(result, follower)
    statuses = [outcome.status for outcome in outcomes or ()]
    if outcomes is not None:
        print_table(documents_table(outcomes, follower.tallies, width=out().width))
        out().print()
        for line in reasons(outcomes):
            say(line)
        if exit_code(statuses) != DONE:
            out().print()
    elif result.value is not None:
        out().print(json_text(result.value), markup=False)
    told = summary(
        statuses,
        ran=facts["stages"]["ran"],
        reused=facts["stages"]["reused"],
        cost_usd=facts["cost_usd"],
        seconds=facts["seconds"],
    )
    say(told, style="head")
    _show_where(result.run_id, server)


def _show_where(run_id: str, server: Record) -> None:
    out().print()
    out().print(f"page    [place]{server.url}/runs/flow-run/{run_id}[/]", soft_wrap=True)
    out().print("run     holdfast runs show last")
    out().print("stages  holdfast stages last")


def _tell_failure(result: Any) -> None:
    error = result.error
    what = getattr(error, "what", None) or f"The run failed: {error or 'no reason was given'}"
    safe = getattr(error, "safe", "Every finished stage is recorded and is not run again.")
    then = getattr(error, "next", "Run the same command again; `holdfast stages last` shows how far it came.")
    print_parts(what, safe, then)


def _code(result: Any, facts: dict[str, Any]) -> int:
    if result.state in NOT_DONE:
        return MISUSED if isinstance(result.error, Misuse) else FAILED
    if "documents" in facts:
        return exit_code([document["status"] for document in facts["documents"]])
    return WAITING if result.state == "waiting" else DONE
