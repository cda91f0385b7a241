"""What stock Prefect does with what people answer, each beside what ours does.

Each test shows the installed version first. One that fails after an upgrade may be good news: read it then.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.flow_runs import resume_flow_run
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed, Pending, Running, Scheduled

from blocks.base.clock import sleep
from blocks.durable import approvals
from blocks.durable.approvals import Approval, NotWaiting
from blocks.durable.launch import launch, resume
from blocks.durable.question import UnfitQuestion
from blocks.durable.world import World
from tests.worlds import gated_flows, stock_gates
from tests.worlds.counting import count_in
from tests.worlds.laptop import enter, open_laptop
from tests.worlds.prefect_worker import ROOT, run_of, until

T = TypeVar("T")
PEOPLE, MOST_TRIES = 8, 20
KEYS = {part: f"suspended-gate-{part}" for part in ("description", "response", "schema")}
A_NUMBER = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
on_sqlite = pytest.mark.usefixtures("prefect_server")
on_postgres = pytest.mark.usefixtures("prefect_on_postgres")


@pytest.fixture(autouse=True)
def counts(tmp_path: Path) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


def suspended(*, asks: bool = True, is_deployed: bool = True) -> str:
    """The id of a stock run that is suspended, as its process left it."""
    with get_client(sync_client=True) as client:
        story: Any = stock_gates.asking
        if is_deployed:
            deployment = client.create_deployment(client.create_flow(story), "waiting")
            run = client.create_flow_run_from_deployment(deployment, state=Pending())
        else:
            run = client.create_flow_run(story, state=Pending())
        details = StateDetails(pause_reschedule=is_deployed, run_input_keyset=KEYS if asks else None)
        paused: State[Any] = State(type=StateType.PAUSED, name="Suspended", state_details=details)
        for state in (Running(), paused):
            client.set_flow_run_state(run.id, state)
        client.create_flow_run_input(run.id, KEYS["schema"], json.dumps(A_NUMBER))
    return str(run.id)


def at_once(act: Callable[[int], T]) -> list[T]:
    """What *act* returns to some people who call it at the same moment, each with a number of their own."""
    barrier = Barrier(PEOPLE, timeout=60)

    def one(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(PEOPLE) as pool:
        return [one.result() for one in [pool.submit(copy_context().run, one, n) for n in range(PEOPLE)]]


def answered(run_id: str, number: int | None, **more: Any) -> str | int:
    """What the server says to an answer, or to a plain resume: a status of Prefect, or an HTTP error."""
    given = {} if number is None else {"run_input": {"number": number, **more}}
    told = httpx.post(f"{PREFECT_API_URL.value()}/flow_runs/{run_id}/resume", json=given, timeout=60)
    return told.json()["status"] if told.is_success else told.status_code


def is_answered(run_id: str, number: int, **more: Any) -> bool:
    """Was the answer taken? A busy server on SQLite now and then says 503."""
    return answered(run_id, number, **more) == "ACCEPT"


def kept_answer(run_id: str) -> int:
    """The answer that Prefect holds."""
    with get_client(sync_client=True) as client:
        return json.loads(client.read_flow_run_input(UUID(run_id), KEYS["response"]))["number"]


def states_of(run_id: str) -> list[str | None]:
    """The names of the states that the flow run went through."""
    with get_client(sync_client=True) as client:
        return [state.name for state in client.read_flow_run_states(UUID(run_id))]


@on_postgres
@pytest.mark.slow
def test_stock_on_postgresql_one_pause_is_resumed_several_times_and_each_is_told_it_was_accepted():
    accepted = 1
    for _ in range(MOST_TRIES):  # people who come one after the other, on a busy machine, prove nothing
        run_id = suspended(asks=False)
        accepted = Counter(at_once(lambda _, run_id=run_id: answered(run_id, None)))["ACCEPT"]
        assert states_of(run_id).count("Resuming") == accepted
        if accepted > 1:
            break
    assert accepted > 1


@on_postgres
@pytest.mark.slow
def test_stock_on_postgresql_of_different_answers_one_is_kept_and_the_others_meet_an_error_of_the_database():
    run_id = suspended()
    told = at_once(lambda number: answered(run_id, number))
    assert told.count("ACCEPT") == 1
    assert told.index("ACCEPT") == kept_answer(run_id)
    assert set(told) <= {"ACCEPT", "ABORT", httpx.codes.CONFLICT}


@on_sqlite
def test_stock_of_different_answers_one_is_kept_and_the_others_are_told_that_the_server_is_away():
    run_id = suspended()
    told = at_once(lambda number: answered(run_id, number))
    assert told.count("ACCEPT") == 1
    assert told.index("ACCEPT") == kept_answer(run_id)
    assert set(told) <= {"ACCEPT", "ABORT", httpx.codes.SERVICE_UNAVAILABLE}


@on_sqlite
def test_stock_two_who_answer_differently_through_prefects_own_function_both_believe_it_was_theirs(
    monkeypatch: pytest.MonkeyPatch,
):
    run_id, both = UUID(suspended()), Barrier(2, timeout=30)
    send = SyncPrefectClient.resume_flow_run

    def send_when_both_saw_it_paused(*given: Any, **named: Any) -> Any:
        both.wait()
        return send(*given, **named)

    monkeypatch.setattr(SyncPrefectClient, "resume_flow_run", send_when_both_saw_it_paused)
    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(copy_context().run, resume_flow_run, run_id, {"number": n}) for n in (1, 2)]
    assert [one.exception() for one in told] == [None, None]
    assert states_of(str(run_id)).count("Resuming") == 1


def test_ours_of_those_who_decide_differently_at_once_one_does_and_the_others_see_what_was_decided(
    laptop: World, prefect_server: str
):
    run = launch(gated_flows.gated, {"number": 7})
    asked = awaited(run.run_id)

    def decided(number: int) -> Approval | NotWaiting:
        verdict = "rejected" if number % 2 else "approved"
        answer = None if number % 2 else {"number": number, "note": ""}
        try:
            return approvals.decide(
                asked.approval_id, verdict=verdict, by=f"person {number}", via="command", answer=answer
            )
        except NotWaiting as error:
            return error

    told = at_once(decided)
    (winner,) = [one for one in told if isinstance(one, Approval)]
    losers = [one for one in told if isinstance(one, NotWaiting)]
    assert len(losers) == PEOPLE - 1
    assert {one.approval.decided_by for one in losers} == {winner.decided_by}
    ended = resume(gated_flows.gated, run.run_id)
    assert ended.value == (winner.answer["number"] if winner.answer else -1)


def awaited(run_id: str) -> Approval:
    """What the run waits for."""
    (asked,) = approvals.list_approvals(run_id=run_id)
    return asked


@on_sqlite
def test_stock_a_run_without_a_deployment_that_is_answered_is_running_and_nobody_executes_it():
    run_id = suspended(is_deployed=False)
    until(lambda: is_answered(run_id, 7))
    sleep(1)
    assert states_of(run_id) == ["Pending", "Running", "Suspended", "Running"]
    assert run_of(run_id).state_name == "Running"


def test_ours_a_run_without_a_deployment_that_is_answered_in_prefect_goes_on_with_that_answer(
    laptop: World, prefect_server: str
):
    run = launch(gated_flows.gated, {"number": 7})
    asked, typed = awaited(run.run_id), {"holdfast_decision": "approve", "holdfast_reason": "", "note": ""}
    assert (run.state, asked.status) == ("waiting", "waiting")
    until(lambda: is_answered(run.run_id, 8, **typed))
    ended = resume(gated_flows.gated, run.run_id)
    assert (ended.state, ended.value) == ("completed", 8)
    assert approvals.find_approval(asked.approval_id).decided_via == "prefect"


def gone_on_without_an_answer(story: Any) -> State[Any]:
    """How a suspended run ends that is scheduled while it waits, as by the button that retries it."""
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(client.create_flow(story), "inline")
        run = client.create_flow_run_from_deployment(deployment, state=Pending())
        with pytest.raises(Pause):
            run_flow(story, flow_run=run, parameters={})
        for state in (Scheduled(name="AwaitingRetry"), Pending()):
            client.set_flow_run_state(run.id, state)
        ended: Any = run_flow(
            story, flow_run=client.read_flow_run(run.id), parameters={}, return_type="state"
        )
    return ended


@on_sqlite
def test_stock_a_question_whose_answer_has_defaults_is_answered_by_whoever_schedules_its_run():
    ended = gone_on_without_an_answer(stock_gates.presuming)
    assert ended.is_completed()
    assert ended.result(raise_on_failure=False) == 0


@on_sqlite
def test_stock_a_run_that_is_scheduled_before_the_answer_fails_and_its_question_is_gone():
    ended = gone_on_without_an_answer(stock_gates.asking)
    assert ended.is_failed()
    assert "Field required" in str(ended.message)


def test_ours_a_run_that_is_taken_up_before_the_answer_waits_on(laptop: World, prefect_server: str):
    run = launch(gated_flows.gated, {"number": 7})
    asked = awaited(run.run_id)
    again = resume(gated_flows.gated, run.run_id)
    assert (again.run_id, again.state) == (run.run_id, "waiting")
    assert awaited(run.run_id).approval_id == asked.approval_id
    assert run_of(run.run_id).state_name == "Suspended"


def test_ours_a_question_whose_answer_could_be_empty_is_refused(laptop: World, prefect_server: str):
    run = launch(gated_flows.presuming, {})
    assert run.state == "failed"
    assert isinstance(run.error, UnfitQuestion)
    assert "Presumed has no required field" in str(run.error)
    assert approvals.list_approvals(status=None) == []


def executed(run_id: str) -> int:
    """What the process of a deployed run ends with, as a worker starts it."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(run_id), Pending())
    named = {"PREFECT_API_URL": PREFECT_API_URL.value() or "", "PREFECT__FLOW_RUN_ID": run_id}
    command = [sys.executable, "-m", "prefect.engine"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **named}, timeout=120, check=False).returncode


@on_sqlite
def test_stock_an_answer_is_lost_with_the_process_that_read_it_and_no_other_is_taken(tmp_path: Path):
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(
            client.create_flow(stock_gates.dying_with_the_answer),
            "dying",
            entrypoint="tests.worlds.stock_gates.dying_with_the_answer",
            path=str(ROOT),
        )
        run = client.create_flow_run_from_deployment(deployment, parameters={"folder": str(tmp_path)})
        run_id = str(run.id)
        executed(run_id)
        assert run_of(run_id).state_name == "Suspended"
        until(lambda: is_answered(run_id, 7))
        assert executed(run_id) == -signal.SIGKILL
        for state in (Crashed(), Scheduled(name="AwaitingRetry")):  # by the worker, and by a person
            client.set_flow_run_state(run.id, state)
    executed(run_id)
    assert states_of(run_id).count("Suspended") == 2
    until(lambda: answered(run_id, 8) == httpx.codes.CONFLICT)
    assert run_of(run_id).state_name == "Suspended"
    assert kept_answer(run_id) == 7
    assert (tmp_path / "answers.txt").read_text() == "7\n"


def test_ours_an_answer_outlives_the_process_that_read_it(prefect_server: str, tmp_path: Path):
    story = gated_flows.dying_with_the_answer
    enter(open_laptop(tmp_path))
    run = launch(story, {"folder": str(tmp_path)})
    asked = awaited(run.run_id)
    approvals.decide(
        asked.approval_id, verdict="approved", by="anna", via="command", answer={"number": 7, "note": ""}
    )
    assert gated_flows.process(tmp_path, run.run_id).wait(60) == -signal.SIGKILL
    ended = resume(story, run.run_id)
    assert (ended.state, ended.value) == ("completed", 7)
    assert (tmp_path / "answers.txt").read_text() == "7\n7\n"
    assert len(approvals.list_approvals(status=None)) == 1
