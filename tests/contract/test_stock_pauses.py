"""What stock Prefect does with a run that waits for a person, and with a run that has no deployment.

Holdfast has no approvals yet, so the tests of pauses show the installed version alone. What they show is why an answer is
to be a row of ours. One that fails after an upgrade may be good news: read it then.
"""

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect import flow, pause_flow_run, suspend_flow_run
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.states import Paused, Pending, Running

from blocks.durable import flow as holdfast_flow
from blocks.durable.launch import launch, resume
from blocks.durable.world import World
from tests.worlds.counting import bodies, count_in
from tests.worlds.stages import small, unreliable
from tests.worlds.stock_flows import created, until

pytestmark = pytest.mark.usefixtures("prefect_server")
SOON: dict[str, Any] = {"timeout": 20, "poll_interval": 0.05, "key": "gate"}


class Answer(RunInput):
    """What a person says."""

    is_right: bool


class Presumed(RunInput):
    """What a person says, with a default."""

    is_right: bool = True


def flow_run_of(run_id: str) -> FlowRun:
    """A flow run, as the server tells it."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(run_id))


def moved(run_id: str, *states: State[Any]) -> None:
    """Move a flow run through *states*."""
    with get_client(sync_client=True) as client:
        for state in states:
            client.set_flow_run_state(UUID(run_id), state)


def executed(story: Any, run_id: str) -> State[Any]:
    """The state in which an execution of the flow run ends."""
    state: Any = run_flow(story, flow_run=flow_run_of(run_id), parameters={}, return_type="state")
    return asyncio.run(state) if inspect.iscoroutine(state) else state


def answered(run_id: str, server: str) -> bool:
    """Was the answer taken?"""
    told = httpx.post(f"{server}/flow_runs/{run_id}/resume", json={"run_input": {"is_right": True}})
    return told.is_success and told.json()["status"] == "ACCEPT"


def executed_and_answered(story: Any, run_id: str, server: str) -> State[Any]:
    """As `executed`; somebody answers as soon as it asks."""
    person = threading.Thread(target=until, args=(lambda: answered(run_id, server),))
    person.start()
    try:
        return executed(story, run_id)
    finally:
        person.join()


def test_stock_an_async_pause_that_was_answered_gives_nothing_when_its_run_goes_on_elsewhere(
    prefect_server: str,
):
    answers: list[Answer | None] = []

    @flow
    async def asking() -> None:
        answers.append(await apause_flow_run(wait_for_input=Answer, **SOON))

    run_id = created(asking)
    assert executed_and_answered(asking, run_id, prefect_server).is_completed()
    with get_client(sync_client=True) as client:  # as a process leaves it that is killed after the answer
        client.set_flow_run_state(UUID(run_id), Running(), force=True)
    assert executed(asking, run_id).is_completed()
    assert [answer and answer.is_right for answer in answers] == [True, None]


def test_stock_a_retry_forgets_that_a_person_answered_and_can_never_pass_that_question_again(
    prefect_server: str,
):
    answers: list[Answer] = []

    @flow
    def asking() -> None:
        answers.append(pause_flow_run(wait_for_input=Answer, **SOON))
        raise OSError("no answer from elsewhere")

    run_id = created(asking)
    assert executed_and_answered(asking, run_id, prefect_server).is_failed()
    assert keys_of(run_id) == {"gate"}
    moved(run_id, Pending())
    assert keys_of(run_id) == set()
    state = executed(asking, run_id)
    assert "409 Conflict" in str(state.message)
    assert len(answers) == 1


def keys_of(run_id: str) -> set[str]:
    """The pauses that the server knows to be answered."""
    return flow_run_of(run_id).empirical_policy.pause_keys or set()


def test_stock_a_question_whose_answer_has_defaults_answers_itself():
    answers: list[Presumed] = []

    @flow
    def asking() -> None:
        answers.append(pause_flow_run(wait_for_input=Presumed, **SOON))

    run_id = created(asking)
    moved(run_id, Running(), Paused(timeout_seconds=60, pause_key="gate", reschedule=False))
    assert executed(asking, run_id).is_completed()
    assert [answer.is_right for answer in answers] == [True]


@flow
def suspending() -> int:
    """Stop for a person."""
    suspend_flow_run(timeout=60, key="gate")
    return 1


def test_stock_a_run_without_a_deployment_cannot_be_suspended():
    state = executed(suspending, created(suspending))
    assert state.is_failed()
    assert "Cannot suspend flows without a deployment" in str(state.message)


def test_stock_a_deployment_without_a_work_pool_is_enough_to_suspend_a_run_and_to_go_on():
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(flow_id=client.create_flow(suspending), name="inline")
        run_id = str(client.create_flow_run_from_deployment(deployment, state=Pending()).id)
    with pytest.raises(Pause):
        executed(suspending, run_id)
    assert flow_run_of(run_id).state_name == "Suspended"
    with get_client(sync_client=True) as client:  # it asks again where a busy server answers 503
        assert client.resume_flow_run(UUID(run_id)).status is SetStateStatus.ACCEPT
    assert executed(suspending, run_id).is_completed()


def test_stock_executing_a_run_without_a_deployment_crashes_it(prefect_server: str):
    run_id = created(suspending)
    subprocess.run(
        [sys.executable, "-m", "prefect", "flow-run", "execute", run_id],
        env={**os.environ, "PREFECT_API_URL": prefect_server},
        capture_output=True,
        timeout=60,
        check=True,
    )
    state = flow_run_of(run_id).state
    assert state is not None
    assert state.is_crashed()


@holdfast_flow
def reading() -> int:
    """Two stages; the second fails the first time."""
    return small(1).number + unreliable(2)


def test_ours_a_run_without_a_deployment_goes_on_as_the_same_run(laptop: World, tmp_path: Path):
    count_in(tmp_path / "bodies.txt")
    first = launch(reading, {})
    again = resume(reading, first.run_id)
    assert (first.state, again.state) == ("failed", "completed")
    assert again.run_id == first.run_id
    assert bodies(tmp_path / "bodies.txt") == {"small-1": 1, "unreliable": 2}
