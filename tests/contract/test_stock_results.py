"""What stock Prefect does with results when something fails, each beside what a stage does.

Each test shows the installed version first. One that fails after an upgrade may be good news: read it then.
"""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.exceptions import Pause
from prefect.filesystems import LocalFileSystem
from prefect.states import State

from blocks.durable import flow as holdfast_flow
from blocks.durable import stage
from blocks.durable.world import World
from tests.worlds.counting import bodies, body_ran, count_in
from tests.worlds.shelf_of_prefect import FailingStorage

pytestmark = pytest.mark.usefixtures("prefect_server")
FULL = OSError(errno.ENOSPC, "no space left on device")


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


@pytest.fixture
def storage(tmp_path: Path) -> FailingStorage:
    """A folder of stock records."""
    made = FailingStorage(basepath=str(tmp_path / "stock"))
    made.save("contract", overwrite=True)
    return made


def stock(storage: LocalFileSystem, **options: Any) -> Callable[[int], int]:
    """A paid call as stock Prefect would keep it, inside a flow."""

    @task(
        cache_policy=INPUTS, persist_result=True, result_storage=storage, result_serializer="json", **options
    )
    def pay(number: int) -> int:
        body_ran("stock")
        return number + 1

    @flow(name="stock")
    def paying(number: int) -> int:
        return pay(number)

    return paying


@stage(version=1)
def pay_once(number: int) -> int:
    """A paid call as a stage."""
    body_ran("ours")
    return number + 1


@stage(version=1)
def pay_much(number: int) -> str:
    """A paid call with a large answer."""
    body_ran("ours")
    return f"{number}" * 20_000


@holdfast_flow
def ours(number: int) -> int:
    """One stage."""
    return pay_once(number)


@holdfast_flow
def ours_large(number: int) -> str:
    """One stage with a large answer."""
    return pay_much(number)


def ended(fn: Any, number: int) -> State[Any]:
    """The state in which a run of *fn* ends."""
    try:
        return fn(number, return_state=True)
    except Pause as paused:
        return cast(State[Any], paused.state)


def parked(fn: Any, number: int) -> tuple[str, str]:
    """How Prefect shows a run of *fn* that is parked: the state's name, and why."""
    state = ended(fn, number)
    assert state.is_paused()
    return str(state.name), str(state.message)


def records(storage: LocalFileSystem) -> list[Path]:
    """The stock records, as files."""
    return [path for path in Path(str(storage.basepath)).expanduser().rglob("*") if path.is_file()]


def test_stock_loses_an_answer_it_could_not_write_and_still_says_completed(
    storage: FailingStorage, counts: Path
):
    storage.fail(write=FULL)
    paying = stock(storage)
    assert ended(paying, 1).is_completed()
    assert ended(paying, 1).is_completed()
    assert bodies(counts)["stock"] == 2


def test_a_stage_that_its_store_does_not_take_is_kept_elsewhere_and_not_paid_again(
    counts: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*arguments: object) -> None:
        raise FULL

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        assert len(ours_large(1)) == 20_000
    assert len(ours_large(1)) == 20_000
    assert bodies(counts)["ours"] == 1


def test_stock_takes_a_storage_that_does_not_answer_for_an_empty_one(storage: FailingStorage, counts: Path):
    paying = stock(storage)
    paying(1)
    storage.fail(read=TimeoutError("timed out"))
    paying(1)
    assert bodies(counts)["stock"] == 2


def test_a_stage_whose_storage_does_not_answer_is_not_paid_again(
    counts: Path, monkeypatch: pytest.MonkeyPatch
):
    ours_large(1)

    def late(*arguments: object) -> bytes:
        raise TimeoutError(errno.ETIMEDOUT, "timed out")

    with monkeypatch.context() as broken:
        broken.setattr("blocks.artifacts.local.LocalShelf.read", late)
        name, why = parked(ours_large, 1)
    assert name == "Parked"
    assert "timed out" in why
    ours_large(1)
    assert bodies(counts)["ours"] == 1


def test_stock_takes_a_cut_record_for_a_missing_one(storage: FailingStorage, counts: Path):
    paying = stock(storage)
    paying(1)
    (record,) = records(storage)
    record.write_bytes(record.read_bytes()[: record.stat().st_size // 2])
    paying(1)
    assert bodies(counts)["stock"] == 2


def test_a_stage_with_a_cut_answer_fails_and_is_not_paid_again(counts: Path):
    ours_large(1)
    (file,) = [path for path in (counts.parent / "artifacts").rglob("*") if path.is_file()]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    name, why = parked(ours_large, 1)
    assert name == "Parked"
    assert "is damaged" in why
    assert bodies(counts)["ours"] == 1


def test_stock_believes_an_edited_record(storage: FailingStorage, counts: Path):
    paying = stock(storage)
    assert paying(1) == 2
    (record,) = records(storage)
    edited = json.loads(record.read_text())
    edited["result"] = "9"
    record.write_text(json.dumps(edited))
    assert paying(1) == 9


def test_a_stage_with_an_edited_answer_fails_and_is_not_paid_again(counts: Path, laptop: World):
    assert ours(1) == 2
    with laptop.state.writing() as connection:
        connection.exec_driver_sql("UPDATE stages SET output = CAST('9' AS BLOB)")
    name, why = parked(ours, 1)
    assert name == "Parked"
    assert "does not match its digest" in why
    assert bodies(counts)["ours"] == 1


def test_stock_gives_two_tasks_with_equal_arguments_one_record(storage: FailingStorage):
    options: dict[str, Any] = {"cache_policy": INPUTS, "persist_result": True, "result_storage": storage}

    @task(**options)
    def add(number: int) -> int:
        return number + 1

    @task(**options)
    def double(number: int) -> int:
        return number * 2

    @flow
    def both() -> tuple[int, int]:
        return add(5), double(5)

    assert both() == (6, 6)


@stage(version=1)
def plus(number: int) -> int:
    """One more."""
    return number + 1


@stage(version=1)
def double(number: int) -> int:
    """Twice as many."""
    return number * 2


def test_two_stages_with_equal_arguments_have_an_answer_each(laptop: World):
    @holdfast_flow
    def both() -> tuple[int, int]:
        return plus(5), double(5)

    assert [both(), both()] == [(6, 10), (6, 10)]


def test_stock_storage_without_the_sync_parameter_writes_nothing_and_says_nothing(
    tmp_path: Path, counts: Path
):
    class Plain(LocalFileSystem):
        """As anybody would write it."""

        _block_type_slug = "plain-storage"

        def write_path(self, path: str, content: bytes) -> Any:  # type: ignore[override]
            return LocalFileSystem.write_path(self, path, content, _sync=True)

    storage = Plain(basepath=str(tmp_path / "plain"))
    storage.save("plain", overwrite=True)
    paying = stock(storage)
    assert ended(paying, 1).is_completed()
    assert records(storage) == []


def test_the_answer_of_a_stage_is_read_through_prefect_from_our_rows(counts: Path):
    values = []

    @holdfast_flow
    def twice() -> int:
        values.append(pay_once(1))
        values.append(pay_once.submit(1).result())
        return values[-1]

    twice()
    assert values == [2, 2]
    assert bodies(counts)["ours"] == 1
