"""What `holdfast deploy` makes on a Prefect server, and finds there."""

from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists

from blocks.setting_blocks import KINDS

POOL = "holdfast"
Choices = dict[UUID, tuple[dict[str, Any], dict[str, bool]]]


def make_pool() -> None:
    """The work pool of processes, made where it is missing; one that is there is left as it is."""
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        except ObjectAlreadyExists:
            return


def register_blocks() -> list[str]:
    """Let Prefect's page know the types of our blocks; their names."""
    for kind in KINDS:
        kind.register_type_and_schema()
    return [kind.get_block_type_name() for kind in KINDS]


def chosen() -> Choices:
    """What people chose on Prefect's page, by deployment: values of parameters, and which schedules are on."""
    with get_client(sync_client=True) as client:
        return {
            one.id: (one.parameters, {str(schedule.slug): schedule.active for schedule in one.schedules})
            for one in _ours(client)
        }


def choose_again(before: Choices) -> None:
    """Let what people chose *before* stand: it outlives the file, whose values are those of a new deployment."""
    with get_client(sync_client=True) as client:
        for one in _ours(client):
            parameters, switches = before.get(one.id, (one.parameters, {}))
            if parameters != one.parameters:
                client.update_deployment(
                    one.id, DeploymentUpdate(parameters={**one.parameters, **parameters})
                )
            for schedule in one.schedules:
                is_on = switches.get(str(schedule.slug), schedule.active)
                if is_on != schedule.active:
                    client.update_deployment_schedule(one.id, schedule.id, active=is_on)


def applied() -> list[dict[str, Any]]:
    """The deployments of the pool: name, entrypoint, schedule, and how many of its runs go at once."""
    with get_client(sync_client=True) as client:
        return [
            {
                "name": f"{client.read_flow(one.flow_id).name}/{one.name}",
                "entrypoint": one.entrypoint,
                "schedule": ", ".join(map(_told, one.schedules)),
                "at_once": one.global_concurrency_limit.limit if one.global_concurrency_limit else None,
            }
            for one in _ours(client)
        ]


def _ours(client: SyncPrefectClient) -> list[DeploymentResponse]:
    of_the_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    found = client.read_deployments(work_pool_filter=of_the_pool, limit=200)
    return sorted(found, key=lambda one: str(one.entrypoint))


def _told(schedule: DeploymentSchedule) -> str:
    kind = schedule.schedule
    often = (
        f"every {kind.interval.total_seconds():.0f} s" if isinstance(kind, IntervalSchedule) else "scheduled"
    )
    return often if schedule.active else f"{often}, off"
