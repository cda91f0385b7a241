"""`holdfast run`: one flow, in this process, with the server beside it."""

import functools
import logging
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from blocks.base.clock import monotonic
from blocks.base.errors import Misuse
from blocks.base.home import home
from deployments import local_server
from deployments.capture_proxy import CAPTURE_PROXY, keep_capturing
from deployments.console.catalog import FlowEntry, all_flows, find_flow
from deployments.console.ending import Ending
from deployments.console.given import checked, settings_given
from deployments.console.inputs import checked_paths, count_files
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, Wait, choose_profile, require_servers
from deployments.console.past import late
from deployments.console.progress import Follower
from deployments.console.screen import debugging
from deployments.local_server import Record
from deployments.prefect_api import Elsewhere, elsewhere, kept_alive
from deployments.sweeper import SWEEPER

FILES = "files"


class TakesNoInput(Misuse):
    """The flow {flow} takes no input."""


def run(
    flow: Annotated[str, Parameter(help="The flow, with dashes or underscores.")],
    /,
    *inputs: Annotated[str, Parameter(help="Files and folders, or what else the flow works on.")],
    set_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set", negative="", help="NAME.PATH=VALUE: another parameter of the flow, or a part of it."
        ),
    ] = (),
    wait: Wait = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Run a flow here; `help_text` holds the help page."""
    began = monotonic()
    entry = find_flow(flow)
    parameters = {**_parameters(entry, inputs), **settings_given(entry, set_)}
    choose_profile(profile)
    require_servers()

    def start(flow_object: Any) -> Any:
        told = checked(flow_object, parameters) if set_ else parameters
        return late("blocks.durable.launch").launch(flow_object, told, stays=wait)

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
        ending = carry_out(entry, start, follower, began=began)
    if json:
        print_json(ending.facts)
    else:
        ending.show()
    ending.tell_failure()
    return ending.code


def carry_out(entry: FlowEntry, start: Callable[[Any], Any], follower: Follower, *, began: float) -> Ending:
    """Prepare server and flow, and let *start* execute the flow here; how it ended. Shows progress alone."""
    server = serve(follower, functools.partial(late, entry.module))
    flow_object = getattr(late(entry.module), entry.name)
    keep_capturing(home())
    guard = kept_alive(home(), server, beside=_mend)
    with guard, late("blocks.durable.watch").subscribe(follower):
        result = start(flow_object)
    return Ending(result, follower, server, monotonic() - began)


def _mend(home: Path) -> None:
    SWEEPER.mend(home)
    CAPTURE_PROXY.mend(home)


def serve(follower: Follower, meanwhile: Callable[[], object]) -> Record | Elsewhere:
    """The server, started where none runs and none is elsewhere.

    What imports Prefect belongs into *meanwhile*: a new server starts beside it.
    """
    if server := elsewhere():
        local_server.use_client_environment(home(), server.api_url)
        _silence_libraries()
        meanwhile()
        return server
    launch = local_server.begin(home())
    if launch.is_new:
        follower.say("starting the local Prefect server ...")
    local_server.use_client_environment(home(), launch.record.api_url)
    _silence_libraries()
    meanwhile()
    return launch.wait()


def help_text() -> str:
    """The help page of `run`, with the flows there are."""
    flows = all_flows()
    width = max((len(entry.name) for entry in flows), default=0)
    listed = "\n".join(f"    {entry.name:<{width}}  {entry.sentence}" for entry in flows)
    return _HELP.replace("FLOWS", listed or "    (none found)")


_HELP = """Run a flow here, show what happens, and print what came out.

The local Prefect server is started when none runs, and stays. What is done is never done again:
after an interruption, or a crash, run the same command again.
A run that waits for a person needs no process: the command ends with 3 and says how to answer. With --wait it stays.

Flows:

FLOWS

Exit codes: 0 all done, 1 something failed or was refused, 2 misuse, 3 something waits for a person.

For example:

    holdfast run process_invoices invoices/
    holdfast run process-invoices a.pdf scan.png --profile laptop
    holdfast run process_invoices invoices/ --json > result.json
    holdfast run process_invoices invoices/ --set settings.ask_above.EUR=1000
    holdfast run analyze_documents contracts/ s3://BUCKET/FOLDER/ https://example.com/terms.pdf

"""


def _parameters(entry: FlowEntry, inputs: Sequence[str]) -> dict[str, Any]:
    """The inputs become the flow's first parameter; one called `files` takes paths that must be there."""
    if not entry.parameters or (not inputs and entry.parameters[0] != FILES):
        if inputs:
            raise TakesNoInput(flow=entry.name)
        return {}
    first = entry.parameters[0]
    return {first: checked_paths(inputs) if first == FILES else list(inputs)}


def _silence_libraries() -> None:
    """Their warnings and greetings are for developers, and must not stand between the lines of a run."""
    os.environ.setdefault("PYDANTIC_AI_NO_BANNER", "1")
    if not debugging():
        warnings.simplefilter("ignore")
        logging.raiseExceptions = False


def _number_of(parameters: Mapping[str, Any]) -> int | None:
    """How many documents a flow over files will see."""
    files = parameters.get(FILES)
    return count_files(files) if files else None
