"""A run that stops, as Prefect shows it: Paused, with a form where a person is awaited, and the answer from that form.

It is what `suspend_flow_run` does, but a run without a deployment can stop so as well, and the form is made of our row.
Prefect keeps an answer only until the next crash: it is taken into our row before the run goes on.
"""

import json
import logging
import re
from typing import Any, cast
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRunInput, State, StateDetails, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import Pause

from blocks.base.asking import Verdict
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import approvals, world
from blocks.durable.approvals import Approval
from blocks.state import run_rows

BY = "prefect"
_DECISION, _REASON, _NUDGE = "holdfast_decision", "holdfast_reason", "holdfast_nudge"
_MOST_SHOWN = 20_000
_VERDICTS: dict[str, Verdict] = {"approve": "approved", "reject": "rejected"}
_RESPONSE = re.compile(r"approval-(?P<id>[0-9a-f]{16})-(?P<round>[0-9]{1,9})-[0-9]{1,9}-response")
_log = logging.getLogger(__name__)


def suspended(run_id: str, why: str, *, has_deployment: bool) -> tuple[State[Any], Approval | None]:
    """What Prefect shows of a run that stops: `Suspended` with a form where it waits for a person, else `Parked`.

    Its button to resume asks a worker, where the run has a deployment. While our rows cannot be read it is `Parked`.
    """
    try:
        awaited = approvals.list_approvals(status="waiting", run_id=run_id, limit=1)
    except DatabaseUnavailable:
        awaited = []
    details = StateDetails(pause_reschedule=has_deployment)
    if not awaited:
        return State(type=StateType.PAUSED, name="Parked", message=why, state_details=details), None
    asked = awaited[0]
    events = world.current().state.read(lambda connection: run_rows.last_seq(connection, run_id))
    base = f"approval-{asked.approval_id[:16]}-{asked.round}-{events}"
    details.pause_key = base
    details.run_input_keyset = {part: f"{base}-{part}" for part in ("description", "response", "schema")}
    return State(type=StateType.PAUSED, name="Suspended", message=why, state_details=details), asked


def stop(run_id: str, why: str, *, has_deployment: bool) -> State[Any]:
    """Let Prefect show that the run stops here. Raises Pause, which ends the engine; where the server could not be told,
    returns the state for the engine to try.
    """
    state, asked = suspended(run_id, why, has_deployment=has_deployment)
    try:
        with get_client(sync_client=True) as client:
            if show(client, run_id, state, asked):
                raise Pause(state=state)
    except httpx.HTTPError as error:
        _log.warning("Prefect could not be told that run %s stops: %s", run_id, error)
    return state


def show(client: SyncPrefectClient, run_id: str, state: State[Any], asked: Approval | None) -> bool:
    """Save the form, and set the state; False where the server does not accept it.

    A run with the state and without its form could not be resumed, so the form comes first. Newer servers empty it when
    the state comes: there it is saved again.
    """
    _save(client, run_id, state, asked)
    if client.set_flow_run_state(UUID(run_id), state).status is not SetStateStatus.ACCEPT:
        return False
    _save(client, run_id, state, asked)
    return True


def _save(client: SyncPrefectClient, run_id: str, state: State[Any], asked: Approval | None) -> None:
    """Save what is not there: a second time is refused, and costs the server a failed transaction."""
    keys = state.state_details.run_input_keyset
    if asked is None or keys is None:
        return
    base = str(state.state_details.pause_key)
    saved = client.filter_flow_run_input(UUID(run_id), key_prefix=base, limit=10, exclude_keys=set())
    known = {one.key for one in saved}
    for part, make in (("description", description), ("schema", form)):
        if keys[part] not in known:
            client.create_flow_run_input(UUID(run_id), keys[part], json.dumps(make(asked)))


def form(asked: Approval) -> dict[str, Any]:
    """The JSON schema of Prefect's form: the decision, the fields of the answer as proposed, and a reason.

    Only the decision is required: who rejects fills in nothing, and what is missing is refused by us. Prefect's page
    looks for the parts of a schema under `definitions`.
    """
    known = asked.answer_schema.get("properties", {})
    order = asked.answer_schema.get("x-order", known)
    proposed = {name: {"default": value} for name, value in asked.proposed.items()}
    fields = {name: {**known[name], **proposed.get(name, {})} for name in order}
    decision = {"title": "Decision", "type": "string", "enum": [*_VERDICTS]}
    reason = {"title": "Reason", "type": "string", "default": ""}
    made = {
        "title": asked.gate,
        "type": "object",
        "properties": {_DECISION: decision, **fields, _REASON: reason},
        "required": [_DECISION],
        "definitions": asked.answer_schema.get("$defs", {}),
    }
    return json.loads(json.dumps(made).replace("#/$defs/", "#/definitions/"))


def description(asked: Approval) -> str:
    """Markdown above the form: what is asked, what is at stake, and what is shown."""
    shown = json.dumps(asked.shown, indent=2, ensure_ascii=False, sort_keys=True)
    lines = [f"**{_plain(asked.title)}** {_plain(asked.value)}", _plain(asked.note)]
    if asked.names:
        lines.append(
            f"Only {_plain(', '.join(asked.names))} may decide this: on the approval page, or with "
            f"`holdfast approvals`. An answer given here is refused."
        )
    lines.append("\n".join(f"    {line}" for line in shown[:_MOST_SHOWN].splitlines()))
    return "\n\n".join(line for line in lines if line.strip())


def take_answers(run_id: str) -> int:
    """Take what was typed into Prefect's form into our rows, by the same door as every decision; how many were taken.

    An answer that is refused is logged, and the request waits on. Costs one call to the server. Raises httpx.HTTPError,
    DatabaseUnavailable.
    """
    taken = 0
    with get_client(sync_client=True) as client:
        given = client.filter_flow_run_input(
            UUID(run_id), key_prefix="approval-", limit=200, exclude_keys=set()
        )
        for one in given:
            matched = _RESPONSE.fullmatch(one.key)
            if matched and not _is_nudge(one):
                taken += _taken(one, matched["id"], int(matched["round"]))
                client.delete_flow_run_input(UUID(run_id), one.key)
    return taken


def _is_nudge(given: FlowRunInput) -> bool:
    """What `resume` put there; it stays, since taking it away would cost the server a write before each decision."""
    return f'"{_NUDGE}"' in given.value


def _taken(given: FlowRunInput, ref: str, round_: int) -> bool:
    try:
        asked = approvals.find_approval(ref)
        if asked.status != "waiting" or asked.round != round_:
            return False  # it came too late
        values: Any = json.loads(given.value)
        if not isinstance(values, dict):
            return False
        answer = cast(dict[str, Any], values)
        verdict = _VERDICTS[str(answer.pop(_DECISION))]
        reason = str(answer.pop(_REASON, ""))
        approvals.decide(
            asked.approval_id, verdict=verdict, by=BY, via="prefect", answer=answer or None, reason=reason
        )
    except (HoldfastError, ValueError, KeyError, RecursionError) as error:
        if isinstance(error, HoldfastError) and error.parks:
            raise  # it can be taken when the database is back
        _log.warning("an answer from Prefect's form was refused: %s", error)
        return False
    return True


def resume(client: SyncPrefectClient, run_id: str, state: State[Any]) -> bool:
    """Let a worker take up a run that Prefect shows as paused; False where another did so first.

    The server wants its form to be filled in. What is marked as a nudge decides nothing: the run may wait for more than
    what was decided.
    """
    has_form = bool(state.state_details.run_input_keyset)
    given = {_DECISION: next(iter(_VERDICTS)), _NUDGE: True} if has_form else None
    return client.resume_flow_run(UUID(run_id), run_input=given).status is SetStateStatus.ACCEPT


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#!|])", r"\\\1", " ".join(text.split()))
