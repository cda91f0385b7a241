"""Run a flow in this process, as one Prefect flow run; or let a worker go on with one."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal
from uuid import UUID

import httpx
import prefect
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import Abort, ObjectNotFound, Pause
from prefect.flow_engine import run_flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed, Pending, Scheduled

from blocks.base import clock, faults
from blocks.base.errors import HoldfastError
from blocks.durable import suspension, world
from blocks.durable.damage import Reopening, reopen
from blocks.durable.recorded_flow import Ended, ItemsFailed, ended
from blocks.durable.recovery import is_kept, stands_as, take
from blocks.state.waking import EndedRun

_A_WORKER_STARTS_WITHIN_SECONDS, _A_PAGE = 60.0, 200


class PrefectUnavailable(HoldfastError):
    """The Prefect server did not answer:"""

    next = "See `holdfast status`; then run the same command again. Finished stages are not run again."


class RunUnknownToPrefect(HoldfastError):
    """The Prefect server does not know the run {run}, so its parameters are gone."""

    safe = "Nothing was changed; every finished stage is recorded."
    next = "Start a new run on the same input: what is finished is reused."


@dataclass(frozen=True)
class RunResult:
    """How a run ended: the flow's value, or the exception that failed or parked it, or lets it wait for a person."""

    run_id: str
    name: str
    state: Literal["completed", "failed", "parked", "waiting"]
    value: Any
    error: BaseException | None


def launch(
    flow: prefect.Flow[..., Any],
    parameters: Mapping[str, Any],
    *,
    name: str | None = None,
    stays: bool = False,
) -> RunResult:
    """Create a flow run with *parameters* and execute it here. *stays*: wait here where a person has to decide.

    Costs two calls to the Prefect server beside the flow. A flow that raises is a value (`error`), not an exception;
    KeyboardInterrupt passes. A run that our rows say is completed is completed, also where the server was gone at its end.
    Raises PrefectUnavailable.
    """
    with _server() as client:
        flow_run = client.create_flow_run(flow, parameters=dict(parameters), name=name, state=Pending())
    return _execute(flow, flow_run, dict(parameters), stays=stays)


def resume(
    flow: prefect.Flow[..., Any], run_id: str, *, recompute: Sequence[Reopening] = (), stays: bool = False
) -> RunResult:
    """Execute the same flow run once more, here: finished stages come back from their rows, but those to *recompute*.

    Of two who want to resume it one does. Raises RunUnknownToPrefect, RunNotTaken or PrefectUnavailable.
    """
    with _server(run_id) as client:
        client.read_flow_run(UUID(run_id))
        take(run_id)
        for reopening in recompute:
            reopen(world.current(), run_id, reopening)
        client.set_flow_run_state(UUID(run_id), Scheduled(name="Resuming"), force=True)
        client.set_flow_run_state(UUID(run_id), Pending(), force=True)
        flow_run = client.read_flow_run(UUID(run_id))
    return _execute(flow, flow_run, flow_run.parameters, stays=stays)


def reschedule(run_id: str) -> bool:
    """Let a worker execute the same flow run once more; False where the run has no deployment to do it by.

    Raises RunUnknownToPrefect or PrefectUnavailable.
    """
    with _server(run_id) as client:
        flow_run = client.read_flow_run(UUID(run_id))
        if flow_run.deployment_id is None:
            return False
        if flow_run.state is not None and (flow_run.state.is_scheduled() or flow_run.state.is_pending()):
            return True  # a worker is about to take it
        client.set_flow_run_state(UUID(run_id), Scheduled(name="AwaitingRetry"), force=True)
        return True


def nudge(run_id: str) -> bool:
    """Let the run go on now, where a worker can do it or a process waits with it; False where somebody must resume it.

    A nudge that is lost does no harm: the sweeper resends it. Costs two calls to the Prefect server. Raises
    RunUnknownToPrefect or PrefectUnavailable.
    """
    if is_kept(run_id):
        return True  # that process sees the decision itself
    with _server(run_id) as client:
        flow_run = client.read_flow_run(UUID(run_id))
        if flow_run.deployment_id is None or flow_run.state is None:
            return False
        if _stands_still(client, flow_run, flow_run.state):
            client.set_flow_run_state(flow_run.id, Scheduled(name="AwaitingRetry"), force=True)
    faults.reach("run.nudged")
    return True


def heed_prefect(waiting: Collection[str]) -> int:
    """Take the answers that were typed into Prefect's form for runs that wait and that no process keeps.

    Where nothing could be taken, Prefect shows the run as waiting again. Returns how many were looked at. Raises
    PrefectUnavailable.
    """
    if not waiting:
        return 0
    with _server() as client:
        pressed = [flow_run for flow_run in _running(client) if str(flow_run.id) in waiting]
        for flow_run in pressed:
            if not suspension.take_answers(str(flow_run.id)):
                _show_again(client, flow_run)
    return len(pressed)


def _running(client: SyncPrefectClient) -> Iterator[FlowRun]:
    """All runs that Prefect says are running."""
    running = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
    for offset in count(0, _A_PAGE):
        found = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=running), limit=_A_PAGE, offset=offset
        )
        yield from found
        if len(found) < _A_PAGE:
            return


def _stands_still(client: SyncPrefectClient, flow_run: FlowRun, state: State[Any]) -> bool:
    """Would no worker take the run up? Where Prefect shows it as paused, it is asked first to let it go on."""
    if state.is_paused():
        if suspension.resume(client, str(flow_run.id), state):
            return False
        now = client.read_flow_run(flow_run.id).state  # another may have been faster
        return now is not None and now.is_paused()
    return state.is_crashed() or state.is_failed() or (state.is_running() and _is_old(state))


def tell_prefect(run: EndedRun) -> bool:
    """Let Prefect show the end of a run whose process died before it could say so; False where it knows.

    Costs one or two calls to the Prefect server. Raises PrefectUnavailable.
    """
    with suppress(RunUnknownToPrefect), _server(run.run_id) as client:
        flow_run = client.read_flow_run(UUID(run.run_id))
        if flow_run.state is None or not flow_run.state.is_running() or not stands_as(run):
            return False
        if run.state in ("parked", "waiting"):
            return _show_again(client, flow_run, run.error or "")
        state: State[Any] = Completed() if run.state == "completed" else Failed(message=run.error)
        return client.set_flow_run_state(flow_run.id, state).status is SetStateStatus.ACCEPT
    return False


@contextmanager
def _server(run_id: str = "") -> Generator[SyncPrefectClient]:
    """The Prefect server, asked about *run_id*. Raises RunUnknownToPrefect or PrefectUnavailable."""
    try:
        with get_client(sync_client=True) as client:
            yield client
    except ObjectNotFound as error:
        raise RunUnknownToPrefect(run=run_id) from error
    except httpx.HTTPError as error:
        raise PrefectUnavailable(f"{error}") from error


def _show_again(client: SyncPrefectClient, flow_run: FlowRun, why: str = "It waits for a person.") -> bool:
    run_id, has_deployment = str(flow_run.id), flow_run.deployment_id is not None
    state, asked = suspension.suspended(run_id, why, has_deployment=has_deployment)
    return suspension.show(client, run_id, state, asked)


def _is_old(state: State[Any]) -> bool:
    age = clock.as_datetime(clock.now_us()) - state.timestamp
    return age.total_seconds() > _A_WORKER_STARTS_WITHIN_SECONDS


def _execute(
    flow: prefect.Flow[..., Any], flow_run: FlowRun, parameters: dict[str, Any], *, stays: bool
) -> RunResult:
    end = Ended(stays=stays)
    token = ended.set(end)
    try:
        # Leases say who is alive; Prefect's heartbeat would cost a second at the end of each run.
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            state: Any = run_flow(flow, flow_run=flow_run, parameters=parameters, return_type="state")
    except Abort as error:
        raise error.__cause__ or error from None
    except Pause:
        state = None
    except httpx.HTTPError as error:
        if not end.is_recorded and end.parked is None:
            raise PrefectUnavailable(f"{error}") from error
        state = None
    finally:
        ended.reset(token)
    return _result(str(flow_run.id), flow_run.name, state, end)


def _result(run_id: str, name: str, state: State[Any] | None, end: Ended) -> RunResult:
    if end.parked is not None:
        stopped = "waiting" if end.parked.parks == "approval" else "parked"
        value = end.parked.value if isinstance(end.parked, ItemsFailed) else None
        return RunResult(run_id, name, stopped, value, end.parked)
    if state is None or (
        end.is_recorded and state.is_completed()
    ):  # a busy server gives back a state without its value
        return RunResult(run_id, name, "completed", end.value, None)
    if state.is_completed():
        return RunResult(run_id, name, "completed", state.result(raise_on_failure=False), None)
    error = end.failed or state.result(raise_on_failure=False)
    value = getattr(error, "value", None)
    return RunResult(run_id, name, "failed", value, error if isinstance(error, BaseException) else None)
