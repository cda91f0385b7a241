"""A run whose process is gone is found, and of many who want to go on with it one does."""

import threading
import uuid
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from blocks.durable import history, recovery
from blocks.durable.lease import is_dead
from blocks.durable.recovery import RunNotTaken
from blocks.durable.world import World
from blocks.state import run_rows, stage_rows
from blocks.state.database import db_now_us
from blocks.state.ledger import check_chain
from blocks.state.run_rows import NotTaken, TakenRun
from blocks.state.tables import events, leases, runs
from tests.worlds.counting import count_in
from tests.worlds.laptop import RUN
from tests.worlds.stages import small

GONE = {"host": "another machine", "boot_id": "", "pid": 1, "process_started": 0}


@pytest.fixture
def stalled(laptop: World) -> World:
    """A run under a lease that has ended."""
    with laptop.state.writing() as connection:
        stage_rows.open_lease(connection, "ended", GONE, -1)
        connection.execute(update(runs).values(lease_id="ended"))
    return laptop


def standing_still() -> list[str]:
    """The runs whose process is gone."""
    return [run.run_id for run in history.list_runs() if run.state == history.STALLED]


def test_a_run_under_an_ended_lease_is_stalled(stalled: World):
    assert standing_still() == [RUN]


def test_a_run_of_a_live_process_is_not_stalled_and_not_taken(laptop: World):
    other = str(uuid.uuid4())
    with laptop.state.writing() as connection:
        stage_rows.open_lease(connection, other, {**GONE, "boot_id": "far"}, 60)
        connection.execute(update(runs).values(lease_id=other))
    assert standing_still() == []
    with pytest.raises(RunNotTaken, match="another process runs it"):
        recovery.take(RUN)


def test_a_taken_run_belongs_to_this_process(stalled: World):
    assert recovery.take(RUN) == TakenRun(RUN, "a_flow", "a run")
    assert standing_still() == []


def test_a_failed_run_can_be_taken_and_a_completed_one_cannot(laptop: World):
    with laptop.state.writing() as connection:
        assert run_rows.close_run(connection, RUN, "failed", None)
    assert recovery.take(RUN).run_id == RUN
    with laptop.state.writing() as connection:
        assert run_rows.close_run(connection, RUN, "completed", None, lease_id=laptop.lease.lease_id)
    with pytest.raises(RunNotTaken, match="completed"):
        recovery.take(RUN)


def test_a_run_that_is_not_there_is_not_taken(laptop: World):
    with pytest.raises(RunNotTaken, match="no such run"):
        recovery.take("nothing")


def test_who_lost_a_run_cannot_end_it(stalled: World):
    recovery.take(RUN)
    with stalled.state.writing() as connection:
        assert not run_rows.close_run(connection, RUN, "failed", "too late", lease_id="ended")
        assert not run_rows.close_run(connection, RUN, "completed", None)
        assert not run_rows.park_run(connection, RUN, "outage", "too late", lease_id="ended")
        row = connection.execute(select(runs)).one()
        assert (row.state, row.lease_id) == ("running", stalled.lease.lease_id)
        assert check_chain(connection, RUN).ok
        assert run_rows.close_run(connection, RUN, "completed", None, lease_id=stalled.lease.lease_id)
        assert not run_rows.close_run(connection, RUN, "failed", "too late")


@pytest.mark.parametrize("how", ["completed", "failed", "parked"])
def test_an_end_whose_confirmation_was_lost_is_written_once(laptop: World, how: str):
    def end(connection: Connection, *, again: bool) -> bool:
        if how == "parked":
            return run_rows.park_run(connection, RUN, "outage", "gone", again=again)
        return run_rows.close_run(connection, RUN, how, None, again=again)

    with laptop.state.writing() as connection:
        assert [end(connection, again=again) for again in (False, True, False)] == [True, True, False]
        kinds = connection.execute(select(events.c.kind)).scalars().all()
    assert list(kinds) == ["run.started", f"run.{how}"]


def test_a_run_of_a_live_process_is_not_opened_by_another(laptop: World):
    opening = run_rows.RunOpening(RUN, "a run", "a_flow", "default", "test")
    with laptop.state.writing() as connection:
        stage_rows.open_lease(connection, "far", {**GONE, "boot_id": "far"}, 60)
        connection.execute(update(runs).values(lease_id="far"))
        assert run_rows.open_run(connection, opening, "mine", is_dead) == NotTaken("another process runs it")
        assert isinstance(run_rows.open_run(connection, opening, "far", is_dead), int)


def park(made: World, parked_for: str) -> None:
    """Park the run."""
    with made.state.writing() as connection:
        connection.execute(update(runs).values(lease_id=None))
        assert run_rows.park_run(connection, RUN, parked_for, "StoreUnavailable: gone")


def let_pass(made: World, seconds: int) -> None:
    """Let the run have waited for *seconds*, and its lease be that much older."""
    with made.state.writing() as connection:
        connection.execute(update(runs).values(wake_at=runs.c.wake_at - seconds * 1_000_000))
        connection.execute(update(leases).values(renewed_at=leases.c.renewed_at - seconds * 1_000_000))


def woken() -> list[str]:
    """The runs that a sweeper gets."""
    return [run.run_id for run in recovery.to_wake()]


def test_a_stalled_run_is_woken_when_it_has_shown_no_life_for_a_while(stalled: World):
    assert woken() == []
    let_pass(stalled, 11)
    assert woken() == [RUN]


def test_of_two_sweepers_one_wakes_a_run_and_it_is_tried_again_where_nothing_came_of_it(stalled: World):
    let_pass(stalled, 11)
    assert (woken(), woken()) == ([RUN], [])
    let_pass(stalled, 21)
    assert woken() == [RUN]


def test_a_sweeper_wakes_no_more_than_it_can_carry(stalled: World):
    let_pass(stalled, 11)
    assert recovery.to_wake(at_most=0) == []
    assert woken() == [RUN]


def test_an_outage_is_waited_for_twice_as_long_each_time_up_to_a_minute(laptop: World):
    waits = []
    for _ in range(6):
        park(laptop, "outage")
        with laptop.state.reading() as connection:
            row = connection.execute(select(runs, db_now_us().label("now"))).one()
        waits.append(round((row.wake_at - row.now) / 1_000_000))
        assert row.state == "parked"
        recovery.take(RUN)
    assert waits == [5, 10, 20, 40, 60, 60]


def test_a_run_that_an_outage_parked_is_woken_when_its_time_has_come(laptop: World):
    park(laptop, "outage")
    assert woken() == []
    let_pass(laptop, 6)
    assert woken() == [RUN]


def test_a_run_that_waits_for_a_repair_is_never_woken_but_can_be_taken(laptop: World):
    park(laptop, "repair")
    let_pass(laptop, 1000)
    assert woken() == []
    assert recovery.take(RUN).run_id == RUN


def test_a_run_that_dies_again_and_again_is_left_to_a_person(stalled: World):
    for _ in range(recovery.MOST_WAKES):
        let_pass(stalled, 21)
        assert woken() == [RUN]
    let_pass(stalled, 21)
    assert woken() == []
    with stalled.state.reading() as connection:
        row = connection.execute(select(runs)).one()
        assert check_chain(connection, RUN).ok
    assert (row.state, row.parked_for) == ("parked", "repair")
    assert row.error.startswith("KeepsDying: The run run-1 was woken 5 times without finishing a stage")


def test_deaths_with_progress_between_them_are_not_counted(stalled: World, tmp_path: Path):
    count_in(tmp_path / "counts")
    for number in range(2 * recovery.MOST_WAKES):
        let_pass(stalled, 21)
        assert woken() == [RUN]
        small(number)


def test_an_outage_is_waited_for_however_long_it_is(laptop: World):
    for _ in range(3 * recovery.MOST_WAKES):
        park(laptop, "outage")
        let_pass(laptop, 61)
        assert woken() == [RUN]
        recovery.take(RUN)


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
