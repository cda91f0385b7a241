"""Stages as Prefect users expect them: submit, map, futures, retries; and `each` side by side."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect import unmapped
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.context import FlowRunContext
from pydantic import BaseModel
from sqlalchemy import select

from blocks.artifacts.store import StoreUnavailable
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import each, flow, history, stage
from blocks.durable.launch import RunResult, launch
from blocks.durable.recorded_flow import ItemsFailed
from blocks.durable.world import World
from blocks.state.ledger import check_chain
from blocks.state.tables import events, runs, stages
from tests.worlds.counting import bodies, body_ran, count_in, times_run

pytestmark = pytest.mark.usefixtures("prefect_server")


class Part(BaseModel):
    """A value that Prefect would have to pickle."""

    number: int


@pytest.fixture(autouse=True)
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


@stage(version=1)
def make(number: int) -> Part:
    """A part."""
    body_ran(f"make-{number}")
    return Part(number=number)


@stage(version=1)
def add(left: Part, right: Part, more: int = 0) -> Part:
    """A part from two."""
    body_ran("add")
    return Part(number=left.number + right.number + more)


def rows(made: World, table: Any) -> list[Any]:
    """All rows of a table."""
    with made.state.reading() as connection:
        return list(connection.execute(select(table)))


def done(result: RunResult) -> Any:
    """The value of a run that completed."""
    assert result.error is None, result.error
    return result.value


def test_submitted_stages_take_futures_and_run_once(counts: Path):
    @flow
    def assembling() -> int:
        left, right = make.submit(1), make.submit(2)
        return add.submit(left, right, more=10).result().number

    assert [done(launch(assembling, {})) for _ in range(2)] == [13, 13]
    assert bodies(counts) == {"make-1": 1, "make-2": 1, "add": 1}


def test_mapped_stages_run_once_for_each_element(counts: Path):
    @flow
    def mapping() -> list[int]:
        parts = make.map([1, 2, 3])
        sums = add.map(parts, unmapped(make(10)), more=[100, 200, 300])
        return [part.number for part in sums.result()]

    assert [done(launch(mapping, {})) for _ in range(2)] == [[111, 212, 313]] * 2
    assert bodies(counts) == {"make-1": 1, "make-2": 1, "make-3": 1, "make-10": 1, "add": 3}


def test_called_submitted_and_mapped_it_is_one_stage(counts: Path):
    @flow
    def asking() -> list[Part]:
        return [make(1), make.submit(1).result(), *make.map([1, 1]).result()]

    assert done(launch(asking, {})) == [Part(number=1)] * 4
    assert bodies(counts) == {"make-1": 1}


def test_twenty_submitted_at_once_for_one_answer_run_its_body_once(counts: Path):
    @flow
    def rushing() -> set[int]:
        return {future.result().number for future in [make.submit(7) for _ in range(20)]}

    assert done(launch(rushing, {})) == {7}
    assert bodies(counts) == {"make-7": 1}


@stage(version=1, retries=3, retry_delay=0.01)
def shaky(good_at: int) -> int:
    """Fails until it ran *good_at* times."""
    body_ran("shaky")
    if times_run("shaky") < good_at:
        raise OSError("no answer")
    return good_at


def test_retries_run_a_failing_body_again_and_keep_its_history(counts: Path, laptop: World):
    @flow
    def shaking() -> int:
        return shaky(3)

    assert done(launch(shaking, {})) == 3
    assert bodies(counts) == {"shaky": 3}
    assert [row.attempts for row in rows(laptop, stages)] == [3]
    kinds = [row.kind for row in rows(laptop, events) if row.kind.startswith("stage.")]
    assert kinds == ["stage.failed", "stage.failed", "stage.done"]
    assert done(launch(shaking, {})) == 3
    assert bodies(counts) == {"shaky": 3}


@stage(version=1)
def fragile(good_at: int) -> int:
    """Fails until it ran *good_at* times, without retries."""
    body_ran("fragile")
    if times_run("fragile") < good_at:
        raise OSError("no answer")
    return good_at


def test_a_failed_run_goes_on_where_it_stopped(counts: Path, laptop: World):
    @flow
    def building() -> int:
        part = make(1)
        return part.number + fragile(2)

    first, second = launch(building, {}), launch(building, {})
    assert (first.state, str(first.error)) == ("failed", "no answer")
    assert (second.state, second.value) == ("completed", 3)
    assert bodies(counts) == {"make-1": 1, "fragile": 2}
    states = {row.run_id: row.state for row in rows(laptop, runs) if row.flow == "building"}
    assert states == {first.run_id: "failed", second.run_id: "completed"}
    assert [row.reused for row in history.stages_of(second.run_id)] == [True, False]
    with laptop.state.reading() as connection:
        assert all(check_chain(connection, run).ok for run in states)


@dataclass(frozen=True)
class Item:
    """Something to work on."""

    name: str
    number: int
    after: str | None = None


def failed(item: Item, error: Exception) -> str:
    """The value of an item that failed."""
    return f"{item.name} failed: {error}"


def test_one_failing_item_lets_the_others_finish_and_is_made_up_for(counts: Path):
    items = [Item("a", 1), Item("b", 2), Item("c", 3), Item("d", 4)]

    @flow
    def working() -> list[str]:
        def work(item: Item) -> str:
            part = make(item.number)
            return f"{item.name} {fragile(2) if item.name == 'b' else part.number}"

        return each(items, work, failed=failed)

    first = launch(working, {})
    assert first.state == "failed"
    assert isinstance(first.error, ItemsFailed)
    assert first.error.value == ["a 1", "b failed: no answer", "c 3", "d 4"]
    assert done(launch(working, {})) == ["a 1", "b 2", "c 3", "d 4"]
    assert bodies(counts) == {**{f"make-{n}": 1 for n in (1, 2, 3, 4)}, "fragile": 2}


def test_items_are_worked_on_side_by_side(counts: Path):
    meeting = threading.Barrier(4)

    @flow
    def meeting_flow() -> list[int]:
        def work(item: Item) -> int:
            meeting.wait(20)
            return make(item.number).number

        items = [Item(f"{n}", n) for n in range(4)]
        return each(items, work, failed=lambda item, error: -1)

    assert done(launch(meeting_flow, {})) == [0, 1, 2, 3]


def test_an_item_waits_for_the_one_it_comes_after(counts: Path):
    order: list[str] = []

    @flow
    def waiting() -> list[str]:
        def work(item: Item) -> str:
            make(item.number)
            order.append(item.name)
            return item.name

        items = [Item("0", 0), *(Item(f"{n}", n, after=f"{n - 1}") for n in range(1, 12))]
        return each(items, work, failed=failed)

    assert done(launch(waiting, {})) == [f"{n}" for n in range(12)]
    assert order == [f"{n}" for n in range(12)]


def test_an_item_that_comes_after_a_failed_one_is_worked_on(counts: Path):
    @flow
    def following() -> list[str]:
        def work(item: Item) -> str:
            if item.name == "a":
                raise OSError("no answer")
            return item.name

        return each([Item("a", 1), Item("b", 2, after="a")], work, failed=failed)

    error = launch(following, {}).error
    assert isinstance(error, ItemsFailed)
    assert error.value == ["a failed: no answer", "b"]


def test_two_items_with_one_name_are_both_worked_on(counts: Path):
    @flow
    def twins() -> list[int]:
        items = [Item("twin", number) for number in range(9)]
        return each(items, lambda item: make(item.number).number, failed=lambda item, error: -1)

    assert done(launch(twins, {})) == list(range(9))


def test_stages_are_entered_under_the_item_they_were_done_for(counts: Path):
    @flow
    def naming() -> list[int]:
        return each(
            [Item("a", 1), Item("b", 2)], lambda item: make(item.number).number, failed=lambda i, e: -1
        )

    run = launch(naming, {})
    assert {(row.subject, row.stage) for row in history.stages_of(run.run_id)} == {
        ("a", "make"),
        ("b", "make"),
    }
    with get_client(sync_client=True) as client:
        (found,) = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.run_id])))  # type: ignore[list-item]
    assert found.state is not None
    assert found.state.is_completed()


def test_a_changed_version_runs_that_stage_and_what_stands_on_it_and_nothing_else(counts: Path):
    def versioned(version: int) -> Callable[[Part], Part]:
        @stage(version=version)
        def refine(part: Part) -> Part:
            body_ran("refine")
            return Part(number=part.number + version)

        return refine

    def refining(version: int) -> Any:
        refine = versioned(version)

        @flow
        def refining() -> int:
            return add(refine(make(1)), make(2)).number

        return refining

    assert [done(launch(refining(version), {})) for version in (1, 2, 2)] == [4, 5, 5]
    assert bodies(counts) == {"make-1": 1, "make-2": 1, "refine": 2, "add": 2}


def test_a_volatile_stage_leaves_no_row(laptop: World, counts: Path):
    @stage(version=1, weight="volatile")
    def scribble(number: int) -> int:
        body_ran("scribble")
        return number

    @flow
    def scribbling() -> int:
        return scribble(1) + scribble(1)

    assert done(launch(scribbling, {})) == 2
    assert bodies(counts) == {"scribble": 1}
    assert rows(laptop, stages) == []


def test_a_light_stage_makes_no_task_run_and_the_same_row(laptop: World, counts: Path):
    @stage(version=1, weight="light")
    def glance(number: int) -> int:
        body_ran("glance")
        return number

    seen: list[str] = []

    @flow
    def glancing() -> int:
        context = FlowRunContext.get()
        assert context is not None
        value = glance(1) + make(1).number
        seen.extend(str(state) for state in context.run_results)
        return value

    assert [done(launch(glancing, {})) for _ in range(2)] == [2, 2]
    assert bodies(counts) == {"glance": 1, "make-1": 1}
    assert {(row.stage, row.weight, row.state) for row in rows(laptop, stages)} == {
        ("glance", "light", "done"),
        ("make", "durable", "done"),
    }


def test_a_run_that_is_broken_off_is_recorded_as_failed(laptop: World):
    @flow
    def breaking() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launch(breaking, {})
    (row,) = [row for row in rows(laptop, runs) if row.flow == "breaking"]
    assert (row.state, row.error) == ("failed", "KeyboardInterrupt: ")


def test_a_run_that_could_not_be_opened_failed_and_is_not_parked(
    laptop: World, monkeypatch: pytest.MonkeyPatch
):
    def gone(*arguments: object) -> int:
        raise DatabaseUnavailable("gone")

    @flow
    def never_begun() -> None:
        make(1)

    monkeypatch.setattr("blocks.state.run_rows.open_run", gone)
    result = launch(never_begun, {})
    assert (result.state, type(result.error)) == ("failed", DatabaseUnavailable)
    assert "Nothing was begun" in str(getattr(result.error, "next", ""))


def test_an_outage_parks_the_run_and_what_waits_for_its_turn_is_not_begun(
    laptop: World, monkeypatch: pytest.MonkeyPatch, counts: Path
):
    @flow
    def many_parts() -> list[str]:
        return each([Item(f"{n}", n) for n in range(40)], one_part, failed=failed)

    def one_part(item: Item) -> str:
        if item.number == 0:
            raise StoreUnavailable("gone")
        return str(make(item.number).number)

    result = launch(many_parts, {})
    assert result.state == "parked"
    assert isinstance(result.error, ItemsFailed)
    assert result.error.parks == "outage"
    (row,) = [row for row in rows(laptop, runs) if row.run_id == result.run_id]
    assert (row.state, row.parked_for) == ("parked", "outage")
    assert row.wake_at > row.ended_at
    assert sum(bodies(counts).values()) < 39
