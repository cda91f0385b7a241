"""Leases between real processes: the dead lose at once, the living keep, and who slept too long cannot commit."""

import os
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from blocks.base import faults
from blocks.durable import lease, world
from blocks.durable.lease import Lease, is_dead
from blocks.durable.world import World
from blocks.state import stage_rows
from blocks.state.tables import events, leases, stages
from tests.worlds import children
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check
from tests.worlds.stages import by_process, small


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / children.COUNTS)
    return tmp_path / children.COUNTS


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for *condition*."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def rows(made: World, table: Any) -> list[Any]:
    """All rows of a table."""
    with made.state.reading() as connection:
        return list(connection.execute(select(table)))


def is_current(made: World, lease_id: str) -> bool:
    """Is the lease unended by the database's clock?"""
    with made.state.reading() as connection:
        return stage_rows.is_held(connection, lease_id, lambda _: False)


def test_a_lease_renews_itself_until_it_is_closed(laptop: World):
    held = Lease(laptop.state, seconds=0.3)
    try:
        (before,) = rows(laptop, leases)
        until(lambda: rows(laptop, leases)[0].renewed_at > before.renewed_at + 300_000)
        assert is_current(laptop, held.lease_id)
    finally:
        held.close()
    assert not is_current(laptop, held.lease_id)


def row_of_this_process(made: World) -> dict[str, Any]:
    """The lease of this process, as a row."""
    made.lease  # noqa: B018
    return dict(rows(made, leases)[0]._mapping)


class Holder:
    """A lease row with some columns changed."""

    def __init__(self, row: dict[str, Any], **changed: Any) -> None:
        self.__dict__.update({**row, **changed})


@pytest.mark.parametrize(
    ("changed", "dead"),
    [
        ({}, False),
        ({"process_started": 1}, True),
        ({"process_started": 0}, False),
        ({"pid": 2**22 + 1}, True),
        ({"boot_id": "another boot"}, True),
        ({"host": "another host"}, False),
        ({"host": "another host", "pid": 2**22 + 1, "boot_id": "another boot"}, False),
    ],
    ids=str,
)
def test_a_process_is_dead_only_where_that_is_known(laptop: World, changed: dict[str, Any], dead: bool):
    assert is_dead(Holder(row_of_this_process(laptop), **changed)) is dead  # type: ignore[arg-type]


def test_a_process_that_ended_but_was_not_waited_for_is_dead(laptop: World):
    row = row_of_this_process(laptop)
    pid = os.fork()
    if not pid:
        os._exit(0)
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
    assert is_dead(Holder(row, pid=pid, process_started=lease._process_started(pid) or 0))  # type: ignore[arg-type]
    os.waitpid(pid, 0)


def test_the_claims_of_a_killed_process_are_taken_over_at_once(laptop: World, counts: Path):
    assert (
        children.run(children.killed_in_the_world_of, counts.parent, "stage.body.done", 1, claim_small) == -9
    )
    began = time.monotonic()
    assert small(1).number == 1
    assert time.monotonic() - began < lease.LEASE_SECONDS / 10
    assert bodies(counts) == {"small-1": 2}
    assert [row.fence for row in rows(laptop, stages)] == [2]


def claim_small() -> None:
    """One stage."""
    small(1)


def sleepy(seconds: float, *then: Any) -> None:
    """Work under a short lease, and be stopped when the body is done; `then` is a file to write the answer to."""
    here = world.current()
    here._lease = Lease(here.state, seconds)

    def stop(point: str) -> None:
        if point == "stage.body.done":
            os.kill(os.getpid(), signal.SIGSTOP)

    with faults.planned(stop):
        answer = by_process(1).text
    Path(then[0]).write_text(answer)


@pytest.fixture
def sleeper(tmp_path: Path, counts: Path) -> Generator[Any]:
    """A process that was stopped in the middle of a stage, under a lease of 0.6 s."""
    child = children.start(children.in_the_world_of, tmp_path, "run-2", sleepy, 0.6, tmp_path / "answer")
    until(lambda: Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    yield child
    if child.is_alive():
        child.kill()


def test_a_stopped_process_that_wakes_gets_the_answer_of_its_successor(
    laptop: World, counts: Path, sleeper: Any
):
    ours = by_process(1)
    assert ours.text == str(os.getpid())
    os.kill(sleeper.pid, signal.SIGCONT)
    assert children.end_of(sleeper) == 0
    assert (counts.parent / "answer").read_text() == ours.text
    (row,) = rows(laptop, stages)
    assert (row.fence, row.attempts) == (2, 2)
    done = [event.run_id for event in rows(laptop, events) if event.kind == "stage.done"]
    assert done == [RUN]
    assert by_process(1) == ours
    assert check(laptop).findings == []


def test_a_stopped_process_that_wakes_while_its_successor_works_waits_for_its_answer(
    laptop: World, counts: Path, sleeper: Any
):
    def wake(point: str) -> None:
        if point == "stage.body.done":
            os.kill(sleeper.pid, signal.SIGCONT)

    with faults.planned(wake):
        ours = by_process(1)
    assert children.end_of(sleeper) == 0
    assert (counts.parent / "answer").read_text() == ours.text == str(os.getpid())
    assert by_process(1) == ours
    assert check(laptop).findings == []


def test_a_stopped_process_that_wakes_after_its_successor_died_records_its_own_answer(
    laptop: World, counts: Path, sleeper: Any
):
    assert (
        children.run(children.killed_in_the_world_of, counts.parent, "stage.body.done", 1, claim_by_process)
        == -9
    )
    os.kill(sleeper.pid, signal.SIGCONT)
    assert children.end_of(sleeper) == 0
    assert (counts.parent / "answer").read_text() == by_process(1).text == str(sleeper.pid)
    assert bodies(counts) == {"by_process": 2}
    assert [row.fence for row in rows(laptop, stages)] == [3]
    assert check(laptop).findings == []


def claim_by_process() -> None:
    """The stage that tells its process."""
    by_process(1)


def test_a_live_process_keeps_its_claim_past_the_end_it_first_had(laptop: World, counts: Path):
    child = children.start(children.in_the_world_of, counts.parent, "run-2", slow_under_a_short_lease)
    until(lambda: bool(bodies(counts)))
    assert small(3).number == 3
    assert children.end_of(child) == 0
    assert bodies(counts) == {"small-3": 1}


def slow_under_a_short_lease() -> None:
    """A body of two leases' length."""
    here = world.current()
    here._lease = Lease(here.state, 0.4)

    def linger(point: str) -> None:
        if point == "stage.body.done":
            time.sleep(0.8)

    with faults.planned(linger):
        small(3)


def test_a_process_that_was_stopped_before_its_body_does_not_run_it_where_another_did(
    laptop: World, counts: Path, tmp_path: Path
):
    child = children.start(children.in_the_world_of, tmp_path, "run-2", stopped_at_the_claim)
    until(lambda: Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    ours = by_process(1)
    os.kill(child.pid or 0, signal.SIGCONT)
    assert children.end_of(child) == 0
    assert bodies(counts) == {"by_process": 1}
    assert by_process(1) == ours


def stopped_at_the_claim() -> None:
    """Work under a short lease, and be stopped between the claim and the body."""
    here = world.current()
    here._lease = Lease(here.state, 0.6)

    def stop(point: str) -> None:
        if point == "stage.claimed":
            os.kill(os.getpid(), signal.SIGSTOP)

    with faults.planned(stop):
        by_process(1)


def test_two_pid_spaces_of_one_machine_do_not_declare_each_other_dead(
    laptop: World, monkeypatch: pytest.MonkeyPatch
):
    row = row_of_this_process(laptop)
    monkeypatch.setattr(Path, "readlink", lambda path: Path("pid:[1]"))
    assert not is_dead(Holder(row, pid=2**22 + 1))  # type: ignore[arg-type]
