"""What a schedule of Prefect does, which wakes runs in production."""

from datetime import timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.schedules import IntervalSchedule

from flows.maintenance.wake_stalled import wake_stalled
from tests.worlds.prefect_worker import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def test_a_schedule_makes_runs():
    """With SQLAlchemy 2.1 the server of Prefect 3.8.8 makes none, and says so in its log alone."""
    every_minute = DeploymentScheduleCreate(
        schedule=IntervalSchedule(interval=timedelta(seconds=60)), active=True
    )
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(
            flow_id=client.create_flow(wake_stalled),
            name="by the minute",
            entrypoint="flows.maintenance.wake_stalled.wake_stalled",
            schedules=[every_minute],
        )
        its = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
        until(lambda: bool(client.read_flow_runs(flow_run_filter=its)), 120)
        client.delete_deployment(deployment)
