"""Where flows run on workers, a scheduled flow wakes what stands still: the same flow run, for any worker."""

from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.states import Running
from sqlalchemy import update

from blocks.durable import recovery
from blocks.durable.launch import tell_prefect
from blocks.durable.world import World
from blocks.state import run_rows
from blocks.state.database import db_now_us
from blocks.state.run_rows import RunOpening
from blocks.state.tables import runs
from flows.maintenance.wake_stalled import wake_stalled

pytestmark = pytest.mark.usefixtures("prefect_server")


@flow
def some_work() -> None:
    """What the run was about."""


@pytest.fixture
def standing(laptop: World) -> tuple[FlowRun, FlowRun]:
    """Two runs whose process is gone: one of a deployment, and one of the command line."""
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(client.create_flow(some_work), "nightly")
        deployed = client.create_flow_run_from_deployment(deployment)
        typed = client.create_flow_run(some_work)
        for run in (deployed, typed):
            client.set_flow_run_state(run.id, Running(), force=True)
    with laptop.state.writing() as connection:
        for run in (deployed, typed):
            run_rows.open_run(connection, RunOpening(str(run.id), run.name, "some_work", "default", "test"))
        connection.execute(update(runs).where(runs.c.run_id == "run-1").values(state="completed"))
    return deployed, typed


def state_of(run_id: UUID) -> str:
    """The name of the state that Prefect shows."""
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run_id).state
    return str(state and state.name)


def test_a_deployed_run_is_scheduled_again_as_the_same_run_and_once(standing: tuple[FlowRun, FlowRun]):
    deployed, _ = standing
    assert wake_stalled() == [str(deployed.id)]
    assert state_of(deployed.id) == "AwaitingRetry"
    assert wake_stalled() == []


def test_a_run_without_a_deployment_is_left_to_the_sweeper_or_a_person(standing: tuple[FlowRun, FlowRun]):
    _, typed = standing
    assert str(typed.id) not in wake_stalled()
    assert state_of(typed.id) == "Running"


@pytest.mark.parametrize(
    ("state", "shown"), [("completed", "Completed"), ("failed", "Failed"), ("parked", "Parked")]
)
def test_prefect_is_told_the_end_of_a_run_whose_process_died_before_it_could_say_so(
    laptop: World, standing: tuple[FlowRun, FlowRun], state: str, shown: str
):
    run_id = standing[1].id
    with laptop.state.writing() as connection:
        ended = update(runs).where(runs.c.run_id == str(run_id))
        connection.execute(ended.values(state=state, error="why", ended_at=db_now_us() - 11_000_000))
    [run] = recovery.ended_lately(60)
    assert (tell_prefect(run), state_of(run_id)) == (True, shown)
    assert not tell_prefect(run)


def test_a_run_that_just_ended_is_left_to_its_own_process(laptop: World, standing: tuple[FlowRun, FlowRun]):
    with laptop.state.writing() as connection:
        connection.execute(update(runs).values(state="completed", ended_at=db_now_us()))
    assert recovery.ended_lately(60) == []
