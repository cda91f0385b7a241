"""What happened, read back: runs, their stages, what went in and what came out."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from blocks.base.sql import Database
from blocks.durable import history
from blocks.durable.history import AmbiguousRun, RunNotFound, StageNotFound
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import run_rows
from tests.worlds import children, place
from tests.worlds.counting import count_in
from tests.worlds.laptop import RUN
from tests.worlds.stages import joined, large, small, story, unreliable


@pytest.fixture(autouse=True)
def worked(tmp_path: Path, laptop: World) -> World:
    """A world in which the story was told once."""
    count_in(tmp_path / children.COUNTS)
    story()
    return laptop


def test_stages_stand_in_the_order_they_were_settled():
    found = [(row.ordinal, row.stage, row.state, row.reused, row.attempts) for row in history.stages_of(RUN)]
    assert found == [
        (1, "small", "done", False, 1),
        (2, "large", "done", False, 1),
        (3, "joined", "done", False, 1),
    ]


def test_a_stage_shows_what_went_in_and_what_came_out():
    detail = history.stage_at(RUN, 1)
    assert (detail.inputs, detail.output) == ({"number": 1}, {"number": 1, "text": "a few words"})


def test_a_large_input_is_shown_whole():
    detail = history.stage_at(RUN, 3)
    assert detail.inputs["right"] == large(2).model_dump()
    assert detail.output == joined(small(1), large(2)).model_dump()


def test_an_input_that_is_no_longer_kept_is_shown_by_its_digest(tmp_path: Path):
    digest = history.stages_of(RUN)[1].output_digest
    place.stored_as(tmp_path, digest).unlink()
    assert history.stage_at(RUN, 3).inputs["right"]["digest"] == digest


def test_what_a_failed_attempt_cost_is_part_of_the_price():
    with pytest.raises(OSError, match="no answer"):
        unreliable(2)
    unreliable(2)
    assert history.find_run(RUN).cost_usd == Decimal("0.02")


def test_a_run_that_reuses_all_costs_nothing(open_world: Callable[..., World]):
    unreliable(1)
    open_world(run_id="run-2")
    with working_for(Scope("run-2")):
        story()
        unreliable(1)
    again = history.find_run("run-2")
    assert (again.ran, again.reused, again.cost_usd) == (0, 4, Decimal(0))
    assert history.find_run(RUN).cost_usd == Decimal("0.01")


def test_a_run_is_found_by_id_prefix_name_and_as_the_last(open_world: Callable[..., World]):
    open_world(run_id="other")
    assert history.find_run("run-1").run_id == RUN
    assert history.find_run("oth").run_id == "other"
    assert history.find_run("last").run_id == "other"


def test_an_id_that_starts_another_id_is_not_ambiguous(open_world: Callable[..., World]):
    open_world(run_id="run-12")
    assert history.find_run("run-1").run_id == RUN


def test_a_prefix_of_two_runs_is_told_with_both(open_world: Callable[..., World]):
    open_world(run_id="run-2")
    with pytest.raises(AmbiguousRun, match=r"run-2.*run-1"):
        history.find_run("run-")


@pytest.mark.parametrize("ref", ["nothing", "", "%", "_un-1", "run-1'; DROP TABLE runs; --"])
def test_a_run_that_is_not_there_is_told(ref: str):
    with pytest.raises(RunNotFound):
        history.find_run(ref)


def test_a_stage_that_is_not_there_is_told():
    with pytest.raises(StageNotFound, match="4"):
        history.stage_at(RUN, 4)


def test_runs_are_listed_newest_first(open_world: Callable[..., World]):
    for number in range(2, 5):
        open_world(run_id=f"run-{number}")
    assert [run.run_id for run in history.list_runs(3)] == ["run-4", "run-3", "run-2"]


def test_a_closed_run_says_how_it_ended(worked: World):
    with worked.state.writing() as connection:
        run_rows.close_run(connection, RUN, "failed", "OSError: no answer")
    found = history.find_run(RUN)
    assert (found.state, found.error) == ("failed", "OSError: no answer")
    assert found.ended_at is not None
    assert found.ended_at >= found.started_at


def test_reading_history_writes_nothing(worked: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(Database, "writing")
    history.list_runs()
    history.find_run("last")
    history.stages_of(RUN)
    history.stage_at(RUN, 3)
