"""A move that is cut off at any moment is repeated and ends the same; until it ends, the work is the source's."""

import os
import shutil
import signal
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.names import path_of
from blocks.artifacts.store import ArtifactMissing
from blocks.base import table_copy
from blocks.base.table_copy import RowsDiffer
from blocks.durable import world
from blocks.durable.lease import Lease
from blocks.durable.moving import (
    ArrivedOtherwise,
    EncryptedWork,
    MovedAlready,
    Place,
    SamePlace,
    SourceNotRight,
    StillRunning,
    TargetInUse,
    give_up,
    move,
)
from blocks.profile import Profile
from blocks.state import run_rows, standstill
from blocks.state.audit import audit
from blocks.state.database import WorkMoved
from blocks.state.run_rows import RunOpening
from blocks.state.tables import approvers, artifacts, runs, stages
from tests.worlds import children, place
from tests.worlds.moves import WAITING, at_work, booking, held, moved, there
from tests.worlds.postgres import new_database
from tests.worlds.trials import MakeSweep

BATCH = 3


class CutOff(Exception):
    """The move ends here, as by Ctrl-C."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Many batches, and the world of this process as it was."""
    monkeypatch.setattr(table_copy, "ROWS_AT_A_TIME", BATCH)
    before = world._opener
    yield
    world.leave()
    world._opener = before


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs in every state."""
    folder = tmp_path_factory.mktemp("work")
    at_work(folder)
    return folder


NewPlace = Callable[[], tuple[Place, Path]]


@pytest.fixture(params=["files", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> NewPlace:
    """Make empty places of one kind."""
    numbers = count()
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None

    def made() -> tuple[Place, Path]:
        folder = tmp_path / f"target-{next(numbers)}"
        profile = there(folder, new_database(server) if server else "")
        return at(profile, folder), folder

    return made


@pytest.fixture
def source(work: Path, tmp_path: Path) -> Place:
    """A copy of the work."""
    shutil.copytree(work, tmp_path / "source")
    return at(place.profile_of(tmp_path / "source"), tmp_path / "source")


def at(profile: Profile, folder: Path) -> Place:
    """The place of *profile* in *folder*; all trust the keys of the work."""
    found = profile.place(folder)
    return replace(found, keys=place.profile_of(folder.parent / "source").key_ring(folder.parent / "source"))


def cut_at(step: int) -> Callable[[str, int], None]:
    """Something that is told of steps, and ends the move at the given one."""
    left = step

    def tell(what: str, done: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutOff(what)

    return tell


def steps_of(source: Place, target: Place) -> int:
    """How often a whole move tells of itself."""
    told: list[str] = []
    moved(source, target, lambda what, done: told.append(what))
    give_back(source)
    return len(told)


def give_back(source: Place) -> None:
    """Let the source be as it was."""
    source.state.write(standstill.end)


def test_everything_arrives_and_verifies_and_the_source_is_only_read_from_then_on(
    source: Place, empty: NewPlace
):
    before, (target, _) = held(source), empty()
    told = moved(source, target)
    assert held(target) == before == held(source)
    assert told.open_runs
    assert set(told.open_runs) == {"run-waits", "run-failed", "run-parked"}
    assert told.rows["invoices"] == 4
    assert told.rows["approvals"] == 1
    assert told.artifacts == 4  # three artifacts and a held answer
    report = audit(
        target.state, {one: target.heads.read(one) for one in target.heads.run_ids()}, target.keys.trusted()
    )
    assert report.ok
    assert report.events == told.events_verified > 0
    with pytest.raises(WorkMoved, match="moved to production"), source.state.writing() as connection:
        run_rows.open_run(connection, RunOpening("run-new", "a run", "a_flow", "default", "test"))
    with pytest.raises(WorkMoved), source.state.writing() as connection:
        run_rows.take_run(connection, WAITING, "a lease", lambda lease: True)
    with target.state.writing() as connection:
        run_rows.take_run(connection, WAITING, "a lease", lambda lease: True)


def test_a_booking_after_the_move_has_the_next_number(source: Place, empty: NewPlace):
    target, folder = empty()
    moved(source, target)
    books = there_at(folder, address(target)).accounting(folder)
    assert books.post(booking(7)).invoice_id == 5
    books.close()


def address(target: Place) -> str:
    """Where its database is; "" for files."""
    return "" if target.state.file else target.state.url.render_as_string(hide_password=False)


def kind_of(target: Place) -> str:
    """Where its work is kept, for people."""
    return "PostgreSQL" if target.state.file is None else "files"


def test_a_move_that_is_cut_off_anywhere_is_repeated_and_ends_the_same(
    source: Place, empty: NewPlace, sweep: MakeSweep
):
    before = held(source)
    steps, kind = steps_of(source, empty()[0]), kind_of(empty()[0])
    for trial in sweep(f"a move to {kind} is cut off after its i-th batch", few=8, over=range(steps)):
        with trial:
            target, _ = empty()
            with pytest.raises(CutOff):
                moved(source, target, cut_at(trial.point))
            nobody_goes_on_there(target)
            moved(source, target)
            assert held(target) == before
            give_back(source)


def nobody_goes_on_there(target: Place) -> None:
    """What arrived so far is in no state that anybody wakes or takes, and nothing starts beside it."""
    with target.state.reading() as connection:
        arrived = {row.run_id: row.state for row in connection.execute(select(runs))}
    assert all(state.startswith("moving:") for state in arrived.values())
    if arrived:
        with pytest.raises(WorkMoved), target.state.writing() as connection:
            run_rows.open_run(connection, RunOpening("new", "a run", "a_flow", "default", "test"))
    for run_id in arrived:
        with pytest.raises(WorkMoved), target.state.writing() as connection:
            run_rows.take_run(connection, run_id, "a lease", lambda lease: True)


def killed_in_a_move(folder: Path, to: Path, url: str, step: int) -> None:
    """Move in a child that is killed at a step."""
    table_copy.ROWS_AT_A_TIME = BATCH
    profile = there_at(to, url)
    left = step

    def tell(what: str, done: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    moved(at(place.profile_of(folder), folder), at(profile, to), tell)


def there_at(folder: Path, url: str) -> Profile:
    """The profile of a place that is there."""
    given: dict[str, Any] = {"state_url": url, "accounting_url": url}
    return Profile(
        name="production", artifacts_url=f"{folder / 'artifacts'}", heads_url=f"{folder / 'heads'}", **given
    )


def test_a_move_that_is_killed_is_repeated_and_ends_the_same(
    source: Place, empty: NewPlace, sweep: MakeSweep, tmp_path: Path
):
    before = held(source)
    steps, kind = steps_of(source, empty()[0]), kind_of(empty()[0])
    for trial in sweep(f"SIGKILL in a move to {kind}, after its i-th batch", few=3, over=range(1, steps)):
        with trial:
            target, folder = empty()
            told = (tmp_path / "source", folder, address(target), trial.point)
            assert children.run(killed_in_a_move, *told) == -signal.SIGKILL
            moved(source, target)
            assert held(target) == before
            give_back(source)


def test_moved_again_it_is_compared_and_nothing_is_done(source: Place, empty: NewPlace):
    target, _ = empty()
    assert moved(source, target) == moved(source, target)
    with target.state.writing() as connection:
        run_rows.take_run(connection, WAITING, "a lease", lambda lease: True)
    with pytest.raises(MovedAlready, match="went on in production"):
        moved(source, target)
    with pytest.raises(MovedAlready):
        give_up(source, target)


def test_work_that_goes_on_is_not_moved(source: Place, empty: NewPlace):
    target, _ = empty()
    lease = Lease(source.state)
    with source.state.writing() as connection:
        run_rows.open_run(
            connection, RunOpening("run-2", "a run", "a_flow", "default", "test"), lease.lease_id
        )
    with pytest.raises(StillRunning, match="run-2"):
        moved(source, target)
    assert source.state.read(standstill.standing) is None
    lease.close()
    moved(source, target)


def test_a_place_with_work_of_its_own_is_left_alone(source: Place, empty: NewPlace):
    target, _ = empty()
    with target.state.writing() as connection:
        connection.execute(
            approvers.insert().values(tenant="default", name="ann", password_hash="", added_at=1)
        )
    with pytest.raises(TargetInUse, match="approvers"):
        moved(source, target)
    assert (source.state.read(standstill.standing), target.state.read(standstill.standing)) == (None, None)


def test_a_place_cannot_move_to_itself(source: Place):
    with pytest.raises(SamePlace):
        moved(source, source)


@pytest.mark.parametrize("damage", [b"", b"damage"])
def test_an_artifact_that_is_damaged_or_gone_stops_the_move_by_name(
    source: Place, empty: NewPlace, tmp_path: Path, damage: bytes
):
    target, _ = empty()
    with source.state.reading() as connection:
        name = connection.execute(select(artifacts.c.digest)).scalars().first()
    assert name is not None
    file = tmp_path / "source" / "artifacts" / path_of(name)
    if damage:
        file.write_bytes(damage)
    else:
        file.unlink()
    with pytest.raises(ArtifactCorrupt if damage else ArtifactMissing, match=name):
        moved(source, target)
    assert source.state.read(standstill.standing) is None


def test_a_ledger_that_was_changed_is_not_moved(source: Place, empty: NewPlace):
    target, _ = empty()
    with source.state.writing() as connection:
        connection.execute(update(stages).values(output=b"{}").where(stages.c.output.is_not(None)))
    with pytest.raises(SourceNotRight, match="laptop is not right"):
        moved(source, target)


def test_what_is_changed_in_the_target_meanwhile_is_found(source: Place, empty: NewPlace):
    target, _ = empty()

    def tell(what: str, done: int) -> None:
        if what == "check what arrived":
            with target.state.writing() as connection:
                connection.execute(update(stages).values(attempts=99))

    with pytest.raises(ArrivedOtherwise, match="stages has"):
        moved(source, target, tell)
    nobody_goes_on_there(target)
    with pytest.raises(RowsDiffer, match="stages"):
        moved(source, target)


def test_a_move_can_be_given_up(source: Place, empty: NewPlace):
    target, _ = empty()
    assert not give_up(source, target)
    with pytest.raises(CutOff):
        moved(source, target, cut_at(30))
    assert give_up(source, target)
    with source.state.writing() as connection:
        run_rows.open_run(connection, RunOpening("run-new", "a run", "a_flow", "default", "test"))


@pytest.mark.parametrize("side", ["source", "target"])
def test_encrypted_work_is_not_moved(work: Path, empty: NewPlace, side: str):
    source, (target, _) = place.profile_of(work).place(work), empty()
    places = {"source": source, "target": target}
    places[side] = replace(places[side], is_encrypted=True)
    with pytest.raises(EncryptedWork):
        move(places["source"], places["target"], carry=lambda runs: None, tell=lambda what, number: None)
    assert source.state.read(standstill.standing) is None
