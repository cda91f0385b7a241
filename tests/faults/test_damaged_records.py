"""A stored record that is cut, bent, swapped, set back or gone is damage, and never an absence: no body runs for it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from blocks.artifacts.envelope import Content, seal
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.tables import stages
from tests.worlds import place
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, open_world
from tests.worlds.place import Stored
from tests.worlds.stages import large, small
from tests.worlds.trials import MakeSweep

__all__ = ["open_world"]

OTHER = b"another answer " * 300


@pytest.fixture
def record(open_world: Callable[..., World], tmp_path: Path) -> Generator[tuple[World, Stored, bytes]]:
    """A world with one answer in the row and one in a file, and that file."""
    made = open_world()
    count_in(tmp_path / COUNTS)
    with working_for(Scope(RUN, "a document")):
        small(1)
        large(2)
        [file] = place.stored(tmp_path)
        yield made, file, file.read_bytes()


def refuses(ask: Callable[[int], object], number: int, counts: Path) -> None:
    """Asked for a damaged answer, a stage names the damage and runs nothing."""
    before = bodies(counts)
    with pytest.raises(HoldfastError) as told:
        ask(number)
    assert told.value.parks == "repair", told.value.slug
    assert "--recompute" in told.value.next
    assert bodies(counts) == before


def damages(whole: bytes) -> list[tuple[str, int]]:
    """Every cut, every flipped bit, and what else may stand in a file's place."""
    cuts = [("cut at byte", place) for place in range(len(whole))]
    flips = [("flipped bit", bit) for bit in range(8 * len(whole))]
    return [*cuts, *flips, ("swapped", 0), ("older format", 0), ("doubled", 0), ("gone", 0)]


def damaged(whole: bytes, how: str, place: int) -> bytes:
    """The bytes of the record after the damage."""
    if how == "flipped bit":
        return whole[: place // 8] + bytes([whole[place // 8] ^ 1 << place % 8]) + whole[place // 8 + 1 :]
    return {
        "cut at byte": whole[:place],
        "swapped": seal(Content(OTHER, "application/json"), digest_of(OTHER)),
        "older format": whole.replace(b"holdfast 1", b"holdfast 0"),
        "doubled": whole + whole,
    }[how]


def test_a_file_that_is_damaged_anywhere_is_never_taken_for_a_missing_one(
    record: tuple[World, Stored, bytes], tmp_path: Path, sweep: MakeSweep
):
    _, file, whole = record
    for trial in sweep("a stored record cut, bent, swapped or gone", over=damages(whole), few=300):
        with trial:
            how, place = trial.point
            if how == "gone":
                file.unlink()
            else:
                file.write_bytes(damaged(whole, how, place))
            refuses(large, 2, tmp_path / COUNTS)
    file.write_bytes(whole)
    assert large(2).number == 2
    assert bodies(tmp_path / COUNTS) == {"small-1": 1, "large-2": 1}


@contextmanager
def changed(made: World, key: str, name: str, value: object) -> Generator[None]:
    """A row that says something else for a while. SQLite takes any type in any column, so the driver is asked."""
    mark = "?" if made.state.file else "%s"
    put = f"UPDATE stages SET {name} = {mark} WHERE key = {mark}"  # noqa: S608  the statement is the attack
    with made.state.writing() as connection:
        before = connection.execute(select(stages.c[name]).where(stages.c.key == key)).scalar_one()
        connection.exec_driver_sql(put, (value, key))
    yield
    with made.state.writing() as connection:
        connection.exec_driver_sql(put, (before, key))


def test_a_row_that_is_damaged_anywhere_is_never_taken_for_a_missing_one(
    record: tuple[World, Stored, bytes], tmp_path: Path, sweep: MakeSweep
):
    made, _, _ = record
    with made.state.reading() as connection:
        rows = {row.stage: row for row in connection.execute(select(stages))}
    inline, other = rows["small"], rows["large"]
    flips = [("output", damaged(inline.output, "flipped bit", bit)) for bit in range(8 * len(inline.output))]
    cuts = [("output", inline.output[:place]) for place in range(len(inline.output))]
    digests = [("output_digest", value) for value in (other.output_digest, "", "0" * 64, None)]
    points = [*flips, *cuts, *digests, ("output", None)]
    if made.state.file:  # a server takes no text there
        points.append(("output", "text where bytes belong"))
    for trial in sweep("a stored row bent, cut or swapped", over=points, few=100):
        name, value = trial.point
        with trial, changed(made, inline.key, name, value):
            refuses(small, 1, tmp_path / COUNTS)
    assert small(1).number == 1
