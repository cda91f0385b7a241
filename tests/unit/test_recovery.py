"""A run whose process is gone is found, and of many who want to go on with it one does."""

import threading
import uuid

import pytest
from sqlalchemy import update

from blocks.durable import recovery
from blocks.durable.lease import is_dead
from blocks.durable.recovery import RunNotTaken
from blocks.durable.world import World
from blocks.state import run_rows, stage_rows
from blocks.state.run_rows import NotTaken, TakenRun
from blocks.state.tables import runs
from tests.worlds.laptop import RUN

GONE = {"host": "another machine", "boot_id": "", "pid": 1, "process_started": 0}


@pytest.fixture
def stalled(laptop: World) -> World:
    """A run under a lease that has ended."""
    with laptop.state.writing() as connection:
        stage_rows.open_lease(connection, "ended", GONE, -1)
        connection.execute(update(runs).values(lease_id="ended"))
    return laptop


def test_a_run_under_an_ended_lease_is_stalled(stalled: World):
    assert recovery.stalled() == [RUN]


def test_a_run_of_a_live_process_is_not_stalled_and_not_taken(laptop: World):
    other = str(uuid.uuid4())
    with laptop.state.writing() as connection:
        stage_rows.open_lease(connection, other, {**GONE, "boot_id": "far"}, 60)
        connection.execute(update(runs).values(lease_id=other))
    assert recovery.stalled() == []
    with pytest.raises(RunNotTaken, match="another process runs it"):
        recovery.take(RUN)


def test_a_taken_run_belongs_to_this_process(stalled: World):
    assert recovery.take(RUN) == TakenRun(RUN, "a_flow", "a run")
    assert recovery.stalled() == []


def test_a_failed_run_can_be_taken_and_a_completed_one_cannot(laptop: World):
    for state in ("failed", "completed"):
        with laptop.state.writing() as connection:
            run_rows.close_run(connection, RUN, state, None)
        if state == "failed":
            assert recovery.take(RUN).run_id == RUN
    with pytest.raises(RunNotTaken, match="completed"):
        recovery.take(RUN)


def test_a_run_that_is_not_there_is_not_taken(laptop: World):
    with pytest.raises(RunNotTaken, match="no such run"):
        recovery.take("nothing")


def test_of_eight_takers_one_gets_the_run(stalled: World):
    names = [str(uuid.uuid4()) for _ in range(8)]
    for name in names:
        with stalled.state.writing() as connection:
            stage_rows.open_lease(connection, name, {**GONE, "boot_id": "far"}, 60)
    barrier, answers = threading.Barrier(8), []

    def take(name: str) -> None:
        barrier.wait()
        with stalled.state.writing() as connection:
            answers.append(run_rows.take_run(connection, RUN, name, is_dead))

    threads = [threading.Thread(target=take, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, TakenRun) for answer in answers) == 1
    assert sum(isinstance(answer, NotTaken) for answer in answers) == 7
