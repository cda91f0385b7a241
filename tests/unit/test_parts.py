"""Parts of a long answer: kept on the way, taken up by the next attempt, gone with the commit."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import delete, select, update

from blocks.base.sql import DatabaseUnavailable
from blocks.durable import in_parts, scope, spend, stage
from blocks.durable.erasure import erase
from blocks.durable.scope import Stopping
from blocks.durable.world import World
from blocks.state import measure_rows, part_rows, run_rows, stage_rows
from blocks.state.stage_rows import Claim, StageIdentity, StageName
from blocks.state.tables import events, stage_parts
from tests.worlds.counting import bodies, body_ran, count_in
from tests.worlds.laptop import RUN
from tests.worlds.secure import SUBJECT, open_vault, vault

__all__ = ["open_vault", "vault"]

IDENTITY = StageIdentity("a" * 64, "default", "lengthy", 1, "light", "{}")
DEATHS = 10**12
"""So many processes died that a part is kept after every item."""


class Leaf(BaseModel):
    """One item's answer."""

    number: int


class Broken(Exception):
    """The body cannot go on."""


breaks_at: set[int] = set()
stops_at: set[int] = set()


def leaf(number: int) -> Leaf:
    """One item."""
    if number in breaks_at:
        raise Broken
    if number in stops_at:
        scope.current().stopping.set()
    body_ran(f"leaf-{number}")
    return Leaf(number=number)


def dear_leaf(number: int) -> Leaf:
    """One item that costs a cent."""
    spend(Decimal("0.01"))
    return leaf(number)


@stage(version=1, weight="light")
def lengthy(numbers: int) -> list[Leaf]:
    """Many items."""
    return in_parts("leaves", range(numbers), leaf, Leaf)


@stage(version=1, weight="light")
def two_series(numbers: int) -> list[Leaf]:
    """Two series of items."""
    return [
        *in_parts("first", range(numbers), leaf, Leaf),
        *in_parts("second", range(numbers, 2 * numbers), leaf, Leaf),
    ]


@stage(version=1, weight="light")
def named_twice(numbers: int) -> list[Leaf]:
    """Two series of one name."""
    return [one for _ in range(2) for one in in_parts("leaves", range(numbers), leaf, Leaf)]


@stage(version=1, weight="light")
def dear_series(numbers: int) -> list[Leaf]:
    """Items that cost money."""
    return in_parts("leaves", range(numbers), dear_leaf, Leaf)


@pytest.fixture(autouse=True)
def counts(tmp_path: Path) -> Path:
    """Where bodies are counted; nothing breaks."""
    breaks_at.clear()
    stops_at.clear()
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


def dying(here: World, *names: str) -> World:
    """Let processes of *here* have died often in the stages."""
    with here.state.writing() as connection:
        for name in names:
            measure_rows.add(connection, StageName(here.tenant, name, 1), {"died": DEATHS})
    return here


def parts(here: World) -> list[Any]:
    """The parts that are kept now."""
    with here.state.reading() as connection:
        return list(connection.execute(select(stage_parts).order_by(stage_parts.c.name, stage_parts.c.first)))


def told(here: World, kind: str) -> list[str]:
    """What the events of one kind say."""
    with here.state.reading() as connection:
        return list(connection.execute(select(events.c.body).where(events.c.kind == kind)).scalars())


def test_the_next_attempt_goes_on_where_the_last_one_kept_something(laptop: World, counts: Path):
    dying(laptop, "lengthy")
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    assert [(part.first, part.items) for part in parts(laptop)] == [(0, 1), (1, 1), (2, 1)]
    breaks_at.clear()
    assert lengthy(5) == [Leaf(number=number) for number in range(5)]
    assert bodies(counts) == {f"leaf-{number}": 1 for number in range(5)}
    assert parts(laptop) == []
    [done] = told(laptop, "stage.done")
    assert '"kept":1' in done
    assert '"between_deaths_us":' in done


def test_where_processes_live_long_a_quick_stage_keeps_nothing_on_the_way(laptop: World, counts: Path):
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    assert parts(laptop) == []
    breaks_at.clear()
    assert len(lengthy(5)) == 5
    assert bodies(counts)["leaf-0"] == 2
    assert "parts" not in told(laptop, "stage.done")[0]


def test_two_series_of_one_stage_do_not_meet(laptop: World, counts: Path):
    dying(laptop, "two_series")
    breaks_at.add(5)
    with pytest.raises(Broken):
        two_series(3)
    breaks_at.clear()
    assert [one.number for one in two_series(3)] == list(range(6))
    assert bodies(counts)["leaf-0"] == bodies(counts)["leaf-3"] == bodies(counts)["leaf-4"] == 1


def test_from_the_first_item_on_that_costs_money_nothing_is_kept(laptop: World):
    dying(laptop, "dear_series")
    breaks_at.add(2)
    with pytest.raises(Broken):
        dear_series(4)
    assert parts(laptop) == []


@pytest.mark.parametrize("data", [b"[", b"[]", b'[{"number":"x"}]', b'[{"number":1},{"number":2}]'])
def test_a_part_that_cannot_be_read_is_made_anew_with_what_follows_it(
    laptop: World, counts: Path, data: bytes
):
    dying(laptop, "lengthy")
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    with laptop.state.writing() as connection:
        connection.execute(update(stage_parts).where(stage_parts.c.first == 1).values(data=data))
    breaks_at.clear()
    assert [one.number for one in lengthy(5)] == list(range(5))
    assert [bodies(counts)[f"leaf-{number}"] for number in range(5)] == [1, 2, 2, 1, 1]


def test_what_stands_behind_a_gap_is_not_put_together_with_what_stands_before_it(laptop: World, counts: Path):
    dying(laptop, "lengthy")
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    with laptop.state.writing() as connection:
        connection.execute(delete(stage_parts).where(stage_parts.c.first == 1))
    breaks_at.clear()
    assert [one.number for one in lengthy(5)] == list(range(5))
    assert [bodies(counts)[f"leaf-{number}"] for number in range(5)] == [1, 2, 2, 1, 1]


def test_a_process_that_lost_the_stage_keeps_no_part_of_it(laptop: World):
    dying(laptop, "lengthy")
    breaks_at.add(1)
    with pytest.raises(Broken):
        lengthy(5)
    [kept] = parts(laptop)
    late = part_rows.Part("leaves", 1, 1, b"[]", 1)
    with laptop.state.writing() as connection:
        assert part_rows.keep(connection, kept.key, laptop.lease.lease_id, late) is None
    assert parts(laptop) == [kept]


def test_a_part_takes_the_place_of_what_stood_from_its_first_item_on(laptop: World):
    with laptop.state.writing() as connection:
        claimed = stage_rows.claim(connection, IDENTITY, "mine", lambda _: False)
        assert isinstance(claimed, Claim)
        for first, items in ((0, 2), (2, 3), (5, 1)):
            part = part_rows.Part("leaves", first, items, b"[]", 1)
            assert part_rows.keep(connection, IDENTITY.key, "mine", part)
            assert part_rows.keep(connection, IDENTITY.key, "mine", part) is False
        assert part_rows.keep(connection, IDENTITY.key, "mine", part_rows.Part("leaves", 2, 1, b"[]", 1))
    assert [(part.first, part.items) for part in parts(laptop)] == [(0, 2), (2, 1)]


def test_a_body_cannot_give_two_series_one_name(laptop: World):
    with pytest.raises(TypeError, match="'leaves'"):
        named_twice(2)


def test_a_run_that_is_being_stopped_keeps_what_a_long_stage_has_and_ends_it(laptop: World, counts: Path):
    stops_at.add(2)
    with pytest.raises(Stopping):
        lengthy(5)
    assert [(part.first, part.items) for part in parts(laptop)] == [(0, 3)]
    stops_at.clear()
    scope.current().stopping.clear()
    assert len(lengthy(5)) == 5
    assert set(bodies(counts).values()) == {1}


def test_a_stage_that_advances_is_not_one_that_keeps_dying(laptop: World):
    dying(laptop, "lengthy")
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    with laptop.state.reading() as connection:
        assert run_rows.since(connection, RUN, "run.started", run_rows.PROGRESS) == 0
    assert len(told(laptop, "stage.advanced")) == 3


def test_after_a_part_that_could_not_be_kept_the_next_one_holds_its_items_too(
    laptop: World, monkeypatch: pytest.MonkeyPatch, counts: Path
):
    dying(laptop, "lengthy")
    keep, away = part_rows.keep, [True]

    def at_first_away(*given: Any) -> bool:
        if away and away.pop():
            raise DatabaseUnavailable("it is away.")
        return keep(*given)

    monkeypatch.setattr(part_rows, "keep", at_first_away)
    breaks_at.add(3)
    with pytest.raises(Broken):
        lengthy(5)
    assert [(part.first, part.items) for part in parts(laptop)] == [(0, 2), (2, 1)]
    breaks_at.clear()
    assert len(lengthy(5)) == 5
    assert set(bodies(counts).values()) == {1}


def test_outside_of_a_stage_nothing_is_kept(laptop: World, counts: Path):
    assert in_parts("leaves", range(2), leaf, Leaf) == [Leaf(number=0), Leaf(number=1)]
    assert parts(laptop) == []


def test_parts_are_sealed_where_content_is_and_made_anew_where_it_was_erased(vault: World, counts: Path):
    here = dying(vault, "lengthy")
    breaks_at.add(2)
    with pytest.raises(Broken):
        lengthy(5)
    assert all(b"number" not in part.data for part in parts(here))
    erase(here, SUBJECT)
    breaks_at.clear()
    assert len(lengthy(5)) == 5
    assert [bodies(counts)[f"leaf-{number}"] for number in range(5)] == [2, 2, 1, 1, 1]
    assert parts(here) == []
