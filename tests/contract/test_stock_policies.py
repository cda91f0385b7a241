"""What stock Prefect does where a cache key cannot be made, beside what a stage does."""

from pathlib import Path
from typing import Any

import pytest
from prefect import flow, task
from prefect.cache_policies import CachePolicy

from blocks.durable import flow as holdfast_flow
from blocks.durable import stage
from blocks.durable.launch import launch
from blocks.durable.world import World
from tests.worlds.counting import bodies, body_ran, count_in

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


class Broken(CachePolicy):
    """A policy with a defect."""

    def compute_key(self, *given: Any, **more: Any) -> str:
        """No key."""
        raise ValueError("no key")


@stage(version=1)
def half_of(number: int) -> float:
    """A paid call."""
    body_ran("ours")
    return number / 2


@holdfast_flow
def halving(number: Any) -> float:
    """One stage, called with whatever is given."""
    return half_of(number)


def test_stock_a_key_that_cannot_be_made_means_that_all_is_paid_again(tmp_path: Path, counts: Path):
    @task(cache_policy=Broken(), persist_result=True, result_storage=tmp_path / "stock")
    def pay() -> int:
        body_ran("stock")
        return 1

    @flow
    def paying() -> int:
        return pay()

    assert [paying(), paying()] == [1, 1]
    assert bodies(counts)["stock"] == 2


def test_ours_a_call_without_a_key_is_refused_and_nothing_is_paid(counts: Path):
    result = launch(halving, {"number": "no number"})
    assert result.state == "failed"
    assert "number" in str(result.error)
    assert bodies(counts)["ours"] == 0
