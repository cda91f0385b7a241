"""The one commit path: the body runs once, the answer is whole, and nothing but a finished commit counts as done."""

import errno
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.store import ArtifactMissing, StoreUnavailable
from blocks.base import clock, faults
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import world
from blocks.durable.commit import read_recorded
from blocks.durable.damage import ResultCorrupt
from blocks.durable.scope import NotInARun, Scope, working_for
from blocks.durable.world import World
from blocks.state.tables import events, run_stages, stages
from tests.worlds import children, place
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check
from tests.worlds.place import Stored
from tests.worlds.stages import Basket, Page, basket, careless, large, small, story, unreliable


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / children.COUNTS)
    return tmp_path / children.COUNTS


def rows(made: World, table: Any) -> list[Any]:
    """All rows of a table."""
    with made.state.reading() as connection:
        return list(connection.execute(select(table)))


def kinds(made: World) -> list[str]:
    """The kinds of all events, in order."""
    return [row.kind for row in rows(made, events)]


def tamper(made: World, **values: Any) -> None:
    """Change the rows of all stages behind the back of everybody."""
    with made.state.writing() as connection:
        connection.execute(update(stages).values(**values))


def test_a_finished_stage_is_never_paid_twice(laptop: World, counts: Path):
    first, second = story(), story()
    assert first == second
    assert bodies(counts) == {"small-1": 1, "large-2": 1, "joined": 1}


def test_a_first_run_and_a_reused_run_see_the_same_value(laptop: World, counts: Path):
    first, second = basket(3), basket(3)
    assert first == second == Basket(things=("pear", "fig", "nut"), prices={"fig": 1.0}, weight="0.1")
    assert [type(value.things) for value in (first, second)] == [tuple, tuple]
    assert bodies(counts) == {"basket": 1}


def test_changing_a_returned_value_does_not_change_the_record(laptop: World, counts: Path):
    first = basket(3)
    first.prices["fig"] = 99.0
    assert basket(3).prices == {"fig": 1.0}
    second = basket(3)
    second.prices.clear()
    assert basket(3).prices == {"fig": 1.0}


def test_a_body_that_changes_its_input_harms_nobody(laptop: World, counts: Path):
    given = Basket(things=("pear",), prices={"pear": 1.0}, weight="1")
    assert careless(given) == careless(given) == 0
    assert bodies(counts) == {"careless": 1}


def test_a_small_answer_stands_in_the_row_and_a_large_one_in_the_store(laptop: World, counts: Path):
    small(1)
    large(2)
    inline = {row.stage: row.output is not None for row in rows(laptop, stages)}
    assert inline == {"small": True, "large": False}


def test_every_committed_stage_is_readable_and_has_an_event_with_its_digest(laptop: World, counts: Path):
    story()
    done = {row.key: row for row in rows(laptop, stages)}
    assert all(read_recorded(laptop, key) for key in done)
    said = [row.body for row in rows(laptop, events) if row.kind == "stage.done"]
    assert all(any(row.output_digest in body for body in said) for row in done.values())


def test_a_second_run_over_the_same_input_reuses_everything_and_says_so(
    laptop: World, counts: Path, open_world: Callable[..., World]
):
    story()
    made = open_world(run_id="run-2")
    with working_for(Scope("run-2", "again")):
        story()
    found = [(row.run_id, row.ordinal, row.reused) for row in rows(made, run_stages)]
    assert found == [*[(RUN, n, False) for n in (1, 2, 3)], *[("run-2", n, True) for n in (1, 2, 3)]]
    assert kinds(made)[-3:] == ["stage.reused"] * 3


def test_a_stage_outside_of_a_run_is_refused(laptop: World, counts: Path):
    with ThreadPoolExecutor(1) as pool, pytest.raises(NotInARun):
        pool.submit(small, 1).result()
    assert bodies(counts) == {}


def test_a_failing_body_is_recorded_and_runs_again_the_next_time(laptop: World, counts: Path):
    with pytest.raises(OSError, match="no answer"):
        unreliable(2)
    (row,) = rows(laptop, stages)
    assert (row.state, row.lease_id, row.attempts, row.cost_nano_usd) == ("open", None, 1, 10_000_000)
    assert kinds(laptop)[-1] == "stage.failed"
    assert unreliable(2) == 2
    (row,) = rows(laptop, stages)
    assert (row.state, row.attempts, row.cost_nano_usd) == ("done", 2, 20_000_000)


def test_eight_threads_that_ask_for_one_answer_run_its_body_once(laptop: World, counts: Path):
    barrier = threading.Barrier(8)

    def ask(number: int) -> Page:
        barrier.wait()
        with working_for(Scope(RUN, f"document {number}")):
            return large(7)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(set(answers)) == 1
    assert bodies(counts) == {"large-7": 1}


def ask_for_twenty(gate: Any) -> None:
    """Wait for the others, then ask for the same stages in the same order."""
    gate.wait(20)
    for number in range(20):
        small(number)


def test_three_processes_that_ask_for_the_same_answers_run_each_body_once(laptop: World, counts: Path):
    gate = children.forks.Barrier(3)
    asking = [
        children.start(children.in_the_world_of, counts.parent, f"run-{n}", ask_for_twenty, gate)
        for n in (2, 3, 4)
    ]
    assert [children.end_of(child) for child in asking] == [0, 0, 0]
    assert bodies(counts) == {f"small-{number}": 1 for number in range(20)}
    assert len(rows(laptop, run_stages)) == 60
    assert check(laptop).findings == []


def open_fresh_world(folder: Path, gate: Any, run_id: str) -> None:
    """Be one of several that meet an empty folder."""
    gate.wait(20)
    children.in_the_world_of(folder, run_id, small, 1)


@pytest.mark.files_only("two that prepare a database of a server at once are tried in tests/conformance")
def test_four_processes_that_meet_an_empty_folder_share_it(tmp_path: Path):
    gate = children.forks.Barrier(4)
    meeting = [children.start(open_fresh_world, tmp_path, gate, f"run-{n}") for n in range(4)]
    assert [children.end_of(child) for child in meeting] == [0] * 4
    assert bodies(tmp_path / children.COUNTS) == {"small-1": 1}


def damage(file: Stored, how: str) -> None:
    """Harm one artifact."""
    data = file.read_bytes()
    changes = {
        "empty": b"",
        "cut": data[:-1],
        "bent": data[:-40] + b"?" + data[-39:],
        "swapped": b"holdfast 1\n",
    }
    file.write_bytes(changes[how])


@pytest.mark.parametrize("how", ["empty", "cut", "bent", "swapped"])
def test_a_damaged_answer_is_told_and_its_stage_is_not_run_again(laptop: World, counts: Path, how: str):
    large(2)
    (file,) = place.stored(counts.parent)
    whole = file.read_bytes()
    damage(file, how)
    for _ in range(2):
        with pytest.raises(ArtifactCorrupt):
            large(2)
    assert bodies(counts) == {"large-2": 1}
    file.write_bytes(whole)
    assert large(2).number == 2
    assert bodies(counts) == {"large-2": 1}


def test_a_missing_answer_is_told_and_its_stage_is_not_run_again(laptop: World, counts: Path):
    large(2)
    place.stored(counts.parent)[0].unlink()
    with pytest.raises(ArtifactMissing):
        large(2)
    assert bodies(counts) == {"large-2": 1}


@pytest.mark.files_only("the reading of a file fails; the calls of a bucket fail in tests of their own")
def test_a_store_that_does_not_answer_is_told_and_nothing_is_run_again(
    laptop: World, counts: Path, monkeypatch: pytest.MonkeyPatch
):
    large(2)

    def timeout(*arguments: object) -> bytes:
        raise TimeoutError(errno.ETIMEDOUT, "timed out")

    monkeypatch.setattr(Path, "read_bytes", timeout)
    with pytest.raises(StoreUnavailable):
        large(2)
    assert bodies(counts) == {"large-2": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"output": b'{"number":9,"text":"a few words"}'},
        {"output": b""},
        {"output": b"null"},
        {"output_digest": "0" * 64},
        {"output_digest": None},
    ],
)
def test_an_answer_that_was_changed_in_the_database_is_told_and_not_run_again(
    laptop: World, counts: Path, change: dict[str, Any]
):
    small(1)
    tamper(laptop, **change)
    with pytest.raises(ResultCorrupt):
        small(1)
    assert bodies(counts) == {"small-1": 1}


def test_an_answer_that_was_taken_out_of_the_database_is_missing(laptop: World, counts: Path):
    small(1)
    tamper(laptop, output=None)
    with pytest.raises(ArtifactMissing):
        small(1)
    assert bodies(counts) == {"small-1": 1}


@pytest.mark.files_only("fsync fails; the calls of a bucket fail in tests of their own")
def test_an_answer_that_the_store_does_not_take_is_kept_in_its_row_and_not_bought_again(
    laptop: World, counts: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken)
        first = large(2)
    assert [row.state for row in rows(laptop, stages)] == ["done"]
    assert large(2) == first
    assert bodies(counts) == {"large-2": 1}


def on_a_full_disk(most_bytes: int) -> None:
    """Ask for answers until there is no room; end with 3 where that is told by name."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        for number in range(500):
            small(number)
    except (DatabaseUnavailable, StoreUnavailable):
        os._exit(3)


@pytest.mark.files_only("the disk of a server is not ours to fill")
def test_a_database_that_cannot_grow_is_an_error_and_what_is_done_stays_done(laptop: World, counts: Path):
    room = (counts.parent / "state.db").stat().st_size + 60_000
    assert children.run(children.in_the_world_of, counts.parent, "run-2", on_a_full_disk, room) == 3
    done = [row for row in rows(laptop, stages) if row.state == "done"]
    assert all(read_recorded(laptop, row.key) for row in done)
    ran = bodies(counts)
    for number in range(len(done)):
        small(number)
    assert bodies(counts) == ran
    assert check(laptop).findings == []


def reached() -> list[tuple[str, int]]:
    """Every fault point that the story reaches, with how often it was reached by then."""
    seen: list[str] = []
    with faults.planned(seen.append):
        story()
    return [(point, seen[: place + 1].count(point)) for place, point in enumerate(seen)]


def test_an_error_at_any_point_leaves_a_stage_that_the_next_call_finishes(
    tmp_path: Path, open_world: Callable[..., World]
):
    open_world(run_id="dry")
    count_in(tmp_path / "dry.txt")
    with working_for(Scope("dry")):
        expected, points = story(), []
    made = open_world(tenant="again", run_id="again")
    with working_for(Scope("again")):
        points = reached()
    assert len(points) > 15
    for number, (point, hit) in enumerate(points):
        made = open_world(tenant=f"tenant {number}", run_id=f"run {number}")
        with working_for(Scope(f"run {number}")):
            with faults.planned(failing_at(point, hit)), pytest.raises(Broken):
                story()
            assert story() == expected
        assert check(made).findings == [], (point, hit)


class Broken(HoldfastError):
    """Something broke on purpose."""


def failing_at(point: str, hit: int) -> Callable[[str], None]:
    """A plan that raises at one reach of one point."""
    left = hit

    def act(name: str) -> None:
        nonlocal left
        left -= name == point
        if name == point and left == 0:
            raise Broken

    return act


def test_a_world_in_a_forked_child_is_its_own(laptop: World, counts: Path, open_world: Callable[..., World]):
    held = laptop.lease.lease_id
    small(1)
    folder = counts.parent
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            before = len(open_databases(laptop))
            world.opened_by(lambda: children.open_laptop(folder, run_id="child"))
            with working_for(Scope("child")):
                answer = small(1), small(2)
            ours = world.current()
            is_right = ours is not laptop and ours.lease.lease_id != held and len(answer) == 2
            os.write(write, b"right" if is_right and len(open_databases(laptop)) > before else b"wrong")
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.read(read, 10) == b"right"
    assert world.current() is laptop
    small(2)
    small(3)
    assert bodies(counts) == {"small-1": 1, "small-2": 1, "small-3": 1}
    assert laptop.lease.lease_id == held


def open_databases(made: World) -> list[str]:
    """The SQLite files, or the sockets, that this process holds open, once for each connection."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:
            continue
    return [name for name in found if (name.endswith("state.db") if made.state.file else "socket:" in name)]


def test_a_claim_that_had_to_be_renewed_is_given_back_with_its_cost(
    laptop: World, counts: Path, monkeypatch: pytest.MonkeyPatch
):
    claims = []

    def slow_at_first(point: str) -> None:
        if point == "stage.claimed":
            claims.append(point)
            late = clock.monotonic() + laptop.lease.seconds
            monkeypatch.setattr(clock, "monotonic", lambda: late)

    with faults.planned(slow_at_first), pytest.raises(OSError, match="no answer"):
        unreliable(2)
    (row,) = rows(laptop, stages)
    assert (row.state, row.lease_id, row.cost_nano_usd) == ("open", None, 10_000_000)
    assert (row.fence, bodies(counts)["unreliable"], len(claims)) == (2, 1, 1)
