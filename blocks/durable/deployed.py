"""Runs of deployments: start one once, and start those again that died before they were a row of ours."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from blocks.base import clock
from blocks.base.errors import HoldfastError
from blocks.durable import world
from blocks.state import waking

NOT_RECORDED = "maintenance"
"""The tag of deployments whose runs are no rows of ours."""
_BEGINS_WITHIN_SECONDS, _A_PAGE = 120.0, 200


class StartUnavailable(HoldfastError):
    """The Prefect server could not be asked to start {deployment}:"""

    safe = "What was taken stays taken by this run, which goes on with it."
    parks = "outage"


class NoDeployment(HoldfastError):
    """There is no deployment {deployment!r} that could be started."""

    safe = "What was taken stays taken by this run."
    next = "Type `holdfast deploy`, then `holdfast runs resume RUN`."
    parks = "repair"


def start(deployment: str, parameters: Mapping[str, Any], *, key: str) -> str:
    """The id of the run of *deployment* (FLOW/NAME) that was started under *key*; it is started where there is none.

    Two calls to the Prefect server. Raises StartUnavailable or NoDeployment.
    """
    try:
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name(deployment)
            run = client.create_flow_run_from_deployment(
                found.id, parameters=dict(parameters), idempotency_key=key
            )
    except ObjectNotFound as error:
        raise NoDeployment(deployment=deployment) from error
    except httpx.HTTPError as error:
        raise StartUnavailable(f"{type(error).__name__}: {error}", deployment=deployment) from error
    return str(run.id)


def start_again() -> list[str]:
    """Schedule those runs again that a worker took up and that never became a row of ours; their ids.

    Their process died while it started, two minutes ago or longer. One that was only slow is harmless: of two processes
    one opens the run. One call to the Prefect server, and one for each such run. Raises StartUnavailable.
    """
    begun = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])),
        deployment_id=FlowRunFilterDeploymentId(is_null_=False),
    )
    try:
        with get_client(sync_client=True) as client:
            found = {
                str(run.id)
                for run in client.read_flow_runs(flow_run_filter=begun, limit=_A_PAGE)
                if _is_old(run)
            }
            lost = (
                world.current().state.read(lambda connection: waking.unknown(connection, found))
                if found
                else []
            )
            for run_id in lost:
                client.set_flow_run_state(UUID(run_id), Scheduled(name="AwaitingRetry"), force=True)
    except httpx.HTTPError as error:
        raise StartUnavailable(f"{type(error).__name__}: {error}", deployment="what died") from error
    return lost


def _is_old(run: FlowRun) -> bool:
    if run.state is None or NOT_RECORDED in run.tags:
        return False
    age = clock.as_datetime(clock.now_us()) - run.state.timestamp
    return age.total_seconds() > _BEGINS_WITHIN_SECONDS
