"""What stock Prefect does with the hooks of a transaction, each beside what is true of a stage.

Holdfast has no hooks: who is told of an answer is told after it was recorded, and an effect is a row.
Each test shows the installed version first. One that fails after an upgrade may be good news: read it then.
"""

import errno
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE
from prefect.client.schemas.objects import State

from blocks.base import faults
from blocks.durable import flow as holdfast_flow
from blocks.durable import watch
from blocks.durable.launch import launch
from blocks.durable.watch import StageSettled
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.state import stage_rows
from tests.worlds.counting import bodies, body_ran, count_in
from tests.worlds.shelf_of_prefect import FailingStorage
from tests.worlds.stages import posted, small

pytestmark = pytest.mark.usefixtures("prefect_server")
FULL = OSError(errno.ENOSPC, "no space left on device")


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


@pytest.fixture
def books(tmp_path: Path, laptop: World) -> Generator[Path]:
    """The file of the world's books."""
    file = tmp_path / "accounting.db"
    made = Accounting(f"sqlite:///{file}")
    laptop.makers = {**laptop.makers, Accounting: lambda: made}
    yield file
    made.close()


def invoices(books: Path) -> list[int]:
    """The ids of the invoices that were posted."""
    with closing(sqlite3.connect(books)) as connection:
        return [row[0] for row in connection.execute("SELECT invoice_id FROM invoices")]


def paid_call(storage: Any) -> Any:
    """A paid call with what undoes it, as stock Prefect would keep it."""

    @task(persist_result=True, cache_policy=INPUTS + TASK_SOURCE, result_storage=storage)
    def pay() -> int:
        body_ran("pay")
        return 1

    @pay.on_rollback
    def undo(_: Any) -> None:
        body_ran("undo")

    return pay


def stock(pay: Any) -> State[Any]:
    """The state in which a flow ends that makes the call."""

    @flow
    def paying() -> int:
        return pay()

    return paying(return_state=True)


@holdfast_flow
def counting() -> int:
    """One stage."""
    return small(1).number


@holdfast_flow
def posting() -> int:
    """One stage with an effect."""
    return posted(1)


def failing_once(point: str) -> Callable[[str], None]:
    """A plan that fails the first reach of *point*."""
    left = 1

    def act(reached: str) -> None:
        nonlocal left
        left -= reached == point
        if reached == point and left == 0:
            raise FULL

    return act


def test_stock_a_commit_hook_runs_before_there_is_anything_to_read(tmp_path: Path, counts: Path):
    there: list[bool] = []
    records = tmp_path / "stock"
    pay = paid_call(records)

    @pay.on_commit
    def look(_: Any) -> None:
        there.append(any(records.glob("*")))

    stock(pay)
    assert there == [False]
    assert any(records.glob("*"))


def test_ours_who_is_told_of_an_answer_can_read_it(laptop: World, counts: Path):
    was_there: list[bool] = []

    def look(news: object) -> None:
        assert isinstance(news, StageSettled)
        with laptop.state.reading() as connection:
            was_there.append(stage_rows.find_stage(connection, news.key) is not None)

    with watch.subscribe(look):
        assert counting() == 1
    assert was_there == [True]


def test_stock_undoes_an_effect_that_was_done_because_its_record_could_not_be_written(
    tmp_path: Path, counts: Path
):
    storage = FailingStorage(basepath=str(tmp_path / "stock"))
    storage.save("transactions", overwrite=True)
    storage.fail(write=FULL)
    assert stock(paid_call(storage)).is_completed()
    assert bodies(counts) == {"pay": 1, "undo": 1}


def test_ours_an_effect_that_could_not_be_recorded_stands_and_is_found_again(books: Path, counts: Path):
    with faults.planned(failing_once("stage.commit.open")):
        launch(posting, {})
        (stands,) = invoices(books)
    assert launch(posting, {}).value == stands
    assert invoices(books) == [stands]
