"""What stock Prefect does where an engine dies, or two execute one run, each beside what ours does.

Each test shows the installed version first. One that fails after an upgrade may be good news: read it then.
"""

import json
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Paused, Running

from blocks.base.clock import monotonic
from blocks.durable import history, recovery, world
from blocks.durable.launch import RunResult, resume
from blocks.durable.lease import LEASE_SECONDS
from blocks.durable.recovery import RunNotTaken
from blocks.durable.world import World
from blocks.state.tables import stages
from tests.worlds import oracle
from tests.worlds.counting import bodies, count_in
from tests.worlds.ground import Ground
from tests.worlds.laptop import RUN, enter, open_laptop
from tests.worlds.stock_flows import (
    COUNTS,
    LOCKED,
    STEPS,
    created,
    lock_of_stock,
    our_killed,
    our_meeting,
    read_paper,
    start_engine,
    stock_killed,
    stock_meeting,
)

pytestmark = pytest.mark.usefixtures("prefect_server")
CLICKS = 8


def standing_still() -> list[str]:
    """The runs whose process is gone."""
    return [run.run_id for run in history.list_runs() if run.state == history.STALLED]


def state_of(run_id: str) -> State[Any]:
    """The state of a flow run, as the server tells it."""
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(run_id)).state
    assert state is not None
    return state


@contextmanager
def working_in(folder: Path) -> Generator[World]:
    """A world in *folder*, as the one of this process."""
    before, made = world._opener, open_laptop(folder)
    count_in(folder / COUNTS)
    enter(made)
    try:
        yield made
    finally:
        world.leave()
        world._opener = before


@dataclass(frozen=True)
class Left:
    """What two killed processes left behind, and what came of it when ours was resumed."""

    folder: Path
    stock_state: State[Any]
    our_run: str
    stalled: list[str]
    claimed: dict[str, Any]
    resumed: RunResult
    seconds: float


@pytest.fixture(scope="module")
def left(prefect_server: str, ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """One process is killed in the stock flow, one in ours; our run goes on in this process."""
    folder = tmp_path_factory.mktemp("killed")
    ground.blank(folder)
    stock, ours = created(stock_killed, folder=str(folder)), created(our_killed)
    with working_in(folder):
        children = [start_engine(folder, run) for run in (stock, ours)]
        assert [child.wait(60) for child in children] == [-signal.SIGKILL] * 2
        stalled, claimed, began = standing_still(), stages_in(folder), monotonic()
        resumed = resume(our_killed, ours)
        return Left(folder, state_of(stock), ours, stalled, claimed, resumed, monotonic() - began)


def stages_in(folder: Path) -> dict[str, Any]:
    """The rows of the stages, by name."""
    return {row.stage: row for row in oracle.rows(folder, stages)}


def test_stock_a_killed_process_leaves_its_run_running(left: Left):
    assert left.stock_state.is_running()


def test_ours_a_run_whose_process_was_killed_is_found_and_ends(left: Left):
    assert left.our_run in left.stalled
    assert (left.resumed.run_id, left.resumed.state, left.resumed.value) == (left.our_run, "completed", 3)


def test_stock_what_undoes_an_effect_is_gone_with_the_process_and_so_is_the_effect_s_record(left: Left):
    assert bodies(left.folder / COUNTS)["stock-undo"] == 0
    assert not list(left.folder.glob("stock/*"))


def test_ours_what_was_done_before_the_kill_is_recorded_and_not_done_again(left: Left):
    assert left.claimed["our_pay"].state == "done"
    assert bodies(left.folder / COUNTS)["our-pay"] == 1
    assert oracle.wrongs(left.folder) == []


def test_stock_a_killed_process_keeps_its_lock_and_the_lock_has_no_end(left: Left):
    locks = lock_of_stock(left.folder)
    assert not locks.acquire_lock(LOCKED, holder="another process", acquire_timeout=0.5)
    (file,) = (left.folder / "locks").iterdir()
    assert json.loads(file.read_text())["expiration"] is None


def test_ours_the_claim_of_a_killed_process_is_taken_over_at_once(left: Left):
    before, after = left.claimed["our_die"], stages_in(left.folder)["our_die"]
    assert (before.state, before.fence) == ("claimed", 1)
    assert (after.state, after.fence) == ("done", 2)
    assert left.seconds < LEASE_SECONDS / 3


@dataclass(frozen=True)
class Met:
    """What came of two processes that executed one stock run and one of ours, side by side."""

    folder: Path
    stock_state: State[Any]
    our_state: State[Any]


@pytest.fixture(scope="module")
def met(prefect_server: str, ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Met:
    """Two processes that executed the same two runs."""
    folder = tmp_path_factory.mktemp("met")
    ground.blank(folder)
    stock, ours = (created(story, folder=str(folder)) for story in (stock_meeting, our_meeting))
    children = [start_engine(folder, stock, ours) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    return Met(folder, state_of(stock), state_of(ours))


def test_stock_two_engines_on_one_run_both_run_every_body(met: Met):
    counts = bodies(met.folder / COUNTS)
    assert met.stock_state.is_completed()
    assert [counts[f"stock-{number}"] for number in range(STEPS)] == [2] * STEPS


def test_ours_two_engines_on_one_run_run_each_body_once(met: Met):
    counts = bodies(met.folder / COUNTS)
    assert met.our_state.is_completed()
    assert [counts[f"our-{number}"] for number in range(STEPS)] == [1] * STEPS
    assert oracle.wrongs(met.folder) == []


def at_once(act: Callable[[], Any]) -> list[Any]:
    """What *act* returns, or raises, to some who call it at the same moment."""
    barrier = threading.Barrier(CLICKS)

    def one(_: int) -> Any:
        barrier.wait()
        try:
            return act()
        except RunNotTaken as refusal:
            return refusal

    with ThreadPoolExecutor(CLICKS) as pool:
        return list(pool.map(one, range(CLICKS)))


def test_stock_resume_clicked_at_once_is_answered_with_a_server_error(prefect_server: str):
    run = created(read_paper, paper={"number": 1})
    with get_client(sync_client=True) as client:
        for state in (Running(), Paused(timeout_seconds=60, pause_key="gate", reschedule=False)):
            client.set_flow_run_state(UUID(run), state)
    answers = at_once(lambda: httpx.post(f"{prefect_server}/flow_runs/{run}/resume", json={}))
    told = Counter(answer.json()["status"] if answer.is_success else answer.status_code for answer in answers)
    assert told["ACCEPT"] == 1
    assert told.keys() <= {"ACCEPT", "ABORT", httpx.codes.SERVICE_UNAVAILABLE}


def test_ours_of_those_who_resume_a_run_at_once_one_gets_it_and_the_others_are_told_why(laptop: World):
    answers = at_once(lambda: recovery.take(RUN))
    refusals = [answer for answer in answers if isinstance(answer, RunNotTaken)]
    assert len(refusals) == CLICKS - 1
    assert all("another process runs it" in str(refusal) for refusal in refusals)
