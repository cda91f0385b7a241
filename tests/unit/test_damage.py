"""A damaged answer is told once, and made anew only where that is asked for."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from blocks.base.errors import HoldfastError
from blocks.durable import damage, rescue
from blocks.durable.damage import NothingToRecompute
from blocks.durable.rescue import Answer
from blocks.durable.world import World
from blocks.state.tables import events, run_stages, stages
from tests.worlds import place
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check, signed
from tests.worlds.place import Stored
from tests.worlds.stages import large, small, unreliable

__all__ = ["signed"]


@pytest.fixture
def counts(tmp_path: Path, signed: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / COUNTS)
    return tmp_path / COUNTS


def the_file(folder: Path) -> Stored:
    """The only artifact."""
    [file] = place.stored(folder)
    return file


def told(made: World, kind: str) -> list[dict[str, object]]:
    """The bodies of the events of one kind."""
    with made.state.reading() as connection:
        found = connection.execute(select(events.c.body).where(events.c.kind == kind)).scalars()
        return [json.loads(body) for body in found]


def ask_damaged(number: int) -> HoldfastError:
    """Ask for an answer that is damaged."""
    with pytest.raises(HoldfastError) as error:
        large(number)
    return error.value


def test_damage_is_one_event_however_often_it_is_met(signed: World, counts: Path, tmp_path: Path):
    large(2)
    the_file(tmp_path).write_bytes(b"")
    errors = [ask_damaged(2) for _ in range(3)]
    assert {error.next for error in errors} == {errors[0].next}
    assert f"runs resume {RUN[:8]} --recompute large" in errors[0].next
    assert len(told(signed, "stage.unreadable")) == 1
    assert check(signed).ok


def test_a_damaged_answer_is_made_anew_on_request_and_what_was_damaged_is_kept(
    signed: World, counts: Path, tmp_path: Path
):
    first = large(2)
    file = the_file(tmp_path)
    file.write_bytes(b"damaged")
    ask_damaged(2)
    [reopening] = damage.find(signed, RUN, "large")
    assert reopening.fault
    assert damage.reopen(signed, RUN, reopening)
    assert large(2) == first == large(2)
    assert bodies(counts) == {"large-2": 2}
    aside = [other for other in place.stored(tmp_path) if other.name != file.name]
    assert [path.read_bytes() for path in aside] == [b"damaged"]
    assert len(told(signed, "stage.reopened")) == 1
    assert check(signed).ok


def test_a_name_means_its_damaged_answers_only(signed: World, counts: Path, tmp_path: Path):
    for number in (1, 2, 3):
        small(number)
    with signed.state.writing() as connection:
        damaged = connection.execute(select(run_stages.c.key).where(run_stages.c.ordinal == 2)).scalar_one()
        connection.execute(update(stages).where(stages.c.key == damaged).values(output=b"{}"))
    assert [one.key for one in damage.find(signed, RUN, "small")] == [damaged]


def test_a_name_of_several_whole_answers_means_none_of_them(signed: World, counts: Path):
    small(1)
    small(2)
    with pytest.raises(NothingToRecompute, match="no damaged answer of small"):
        damage.find(signed, RUN, "small")
    with pytest.raises(NothingToRecompute):
        damage.find(signed, RUN, "nothing")
    assert bodies(counts) == {"small-1": 1, "small-2": 1}


@pytest.mark.parametrize("how", ["ordinal", "key", "only one of its name"])
def test_one_answer_can_be_named_although_it_is_whole(signed: World, counts: Path, how: str):
    small(1)
    large(2)
    with signed.state.reading() as connection:
        rows = {row.stage: row for row in connection.execute(select(stages))}
    which = {"ordinal": "1", "key": rows["small"].key[:12], "only one of its name": "small"}[how]
    [reopening] = damage.find(signed, RUN, which)
    assert (reopening.stage, reopening.fault) == ("small", None)
    assert damage.reopen(signed, RUN, reopening)
    small(1)
    assert bodies(counts) == {"small-1": 2, "large-2": 1}
    assert check(signed).ok


def test_what_an_answer_cost_is_known_before_it_is_made_anew(signed: World, counts: Path):
    for _ in range(2):
        with pytest.raises(OSError, match="no answer"):
            unreliable(3)
    unreliable(3)
    [reopening] = damage.find(signed, RUN, "unreliable")
    assert str(reopening.cost_usd) == "0.03"
    assert damage.reopen(signed, RUN, reopening)
    unreliable(3)
    with signed.state.reading() as connection:
        assert connection.execute(select(stages.c.cost_nano_usd)).scalar_one() == 40_000_000


def test_an_answer_that_is_held_is_committed_and_its_body_not_run(signed: World, counts: Path):
    small(1)
    with signed.state.reading() as connection:
        row = connection.execute(select(stages)).one()
    [reopening] = damage.find(signed, RUN, "small")
    assert damage.reopen(signed, RUN, reopening)
    assert rescue.keep(signed, row.key, Answer(row.output, 7, 20_000_000))
    small(1)
    assert bodies(counts) == {"small-1": 1}
    with signed.state.reading() as connection:
        again = connection.execute(select(stages)).one()
    assert (again.output, again.duration_us, again.cost_nano_usd) == (row.output, 7, 20_000_000)
    assert check(signed).ok


def test_a_held_answer_that_is_damaged_is_told_and_the_body_not_run(
    signed: World, counts: Path, tmp_path: Path
):
    small(1)
    with signed.state.reading() as connection:
        row = connection.execute(select(stages)).one()
    damage.reopen(signed, RUN, damage.find(signed, RUN, "small")[0])
    rescue.keep(signed, row.key, Answer(row.output, 7, 0))
    the_file(tmp_path).write_bytes(b"damaged")
    with pytest.raises(HoldfastError) as error:
        small(1)
    assert error.value.parks == "repair"
    assert bodies(counts) == {"small-1": 1}
    [reopening] = damage.find(signed, RUN, "small")
    assert damage.reopen(signed, RUN, reopening)
    small(1)
    assert bodies(counts) == {"small-1": 2}
    assert [len(told(signed, f"stage.{verb}")) for verb in ("reopened", "discarded")] == [1, 1]
    assert check(signed).ok


def test_of_two_who_want_an_answer_anew_one_lets_it_run(signed: World, counts: Path, tmp_path: Path):
    large(2)
    the_file(tmp_path).write_bytes(b"damaged")
    ask_damaged(2)
    [first], [second] = damage.find(signed, RUN, "large"), damage.find(signed, RUN, "large")
    assert damage.reopen(signed, RUN, first)
    large(2)
    assert not damage.reopen(signed, RUN, second)
    large(2)
    assert bodies(counts) == {"large-2": 2}


def test_a_damaged_row_does_not_take_the_artifact_of_another_answer_away(
    signed: World, counts: Path, tmp_path: Path
):
    large(2)
    with signed.state.writing() as connection:
        of = connection.execute(select(stages.c.key)).scalar_one()
        connection.execute(update(stages).where(stages.c.key == of).values(output=b"{}"))
    [reopening] = damage.find(signed, RUN, "large")
    whole = the_file(tmp_path).read_bytes()
    damage.reopen(signed, RUN, reopening)
    assert the_file(tmp_path).read_bytes() == whole


def test_an_answer_that_was_held_once_is_not_taken_where_it_is_to_be_made_anew(signed: World, counts: Path):
    small(1)
    with signed.state.reading() as connection:
        row = connection.execute(select(stages)).one()
    for _ in range(2):
        assert damage.reopen(signed, RUN, damage.find(signed, RUN, "small")[0])
        rescue.keep(signed, row.key, Answer(row.output, 7, 0))
        small(1)
    assert bodies(counts) == {"small-1": 1}
    assert damage.reopen(signed, RUN, damage.find(signed, RUN, "small")[0])
    small(1)
    assert bodies(counts) == {"small-1": 2}
