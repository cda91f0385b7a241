"""Stages of the weight auto: measured in runs, decided at the end of a turn, told in the ledger and by the command."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from blocks.artifacts.store import ArtifactStore
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import GIVEN, flow, spend, stage, weighing
from blocks.durable.launch import launch
from blocks.durable.savings import decisions, savings
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import measure_rows
from blocks.state.ledger import check_chain
from blocks.state.stage_rows import StageName
from blocks.state.tables import events, stages
from tests.worlds.counting import bodies, body_ran, count_in, times_run
from tests.worlds.laptop import RUN

pytestmark = pytest.mark.usefixtures("prefect_server")

MANY = weighing.LEAST_MADE + 4
IN_VAIN = {
    "made": 1000,
    "made_us": 1_000,
    "kept": 1000,
    "kept_us": 9_000_000,
    "shown": 1000,
    "shown_us": 9_000_000,
}
"""Of a stage that is hardly any work."""


@pytest.fixture(autouse=True)
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


@stage(version=1, weight="auto")
def doubled(number: int) -> int:
    """Hardly any work."""
    body_ran("doubled")
    return 2 * number


@stage(version=1, weight="auto")
def numbered(number: int) -> int:
    """Another answer each time."""
    body_ran("numbered")
    return times_run("numbered")


@stage(version=1, weight="auto")
def shelved(number: int, *, store: ArtifactStore = GIVEN) -> bool:
    """Works with more than its argument."""
    return store is not None


@stage(version=1, weight="auto")
def charged(number: int) -> int:
    """Costs money where the number is above 9."""
    body_ran(f"charged-{number}")
    if number > 9:
        spend(Decimal("0.01"))
    return number


@stage(version=1, weight="auto")
def breaking(number: int) -> int:
    """Fails every second time."""
    body_ran("breaking")
    if times_run("breaking") % 2 == 0:
        raise ValueError(number)
    return number


def of(fn: Callable[..., Any], numbers: range) -> list[Any]:
    """What a run makes of *numbers*, one after the other."""

    @flow
    def asking() -> list[Any]:
        return [fn(number) for number in numbers]

    result = launch(asking, {})
    assert result.state == "completed", result
    return list(result.value)


def known(here: World, name: str, weight: str | None = None, **counts: int) -> None:
    """Let it be known what a stage takes."""
    named = StageName(here.tenant, name, 1)
    with here.state.writing() as connection:
        measure_rows.add(connection, named, counts)
        if weight:
            measure_rows.decide(connection, named, weight)


def rows_of(here: World, name: str) -> list[Any]:
    with here.state.reading() as connection:
        return list(connection.execute(select(stages).where(stages.c.stage == name)))


def weights(here: World) -> dict[str, str | None]:
    return {one.stage: one.weight for one in savings(here)}


def test_a_stage_that_is_hardly_any_work_is_volatile_from_the_next_run_on(laptop: World, counts: Path):
    assert of(doubled, range(MANY)) == [2 * number for number in range(MANY)]
    assert {row.weight for row in rows_of(laptop, "doubled")} == {"durable"}
    assert len(rows_of(laptop, "doubled")) == MANY
    assert bodies(counts)["doubled"] == MANY + weighing.COMPARED
    [decision] = decisions(laptop)
    assert (decision.stage, decision.weight, decision.numbers["made"]) == ("doubled", "volatile", MANY)

    later = range(100, 200)
    assert of(doubled, later) == of(doubled, later) == [2 * number for number in later]
    recorded = [row for row in rows_of(laptop, "doubled") if row.weight == "light"]
    assert 0 < len(recorded) < 30
    compared = weighing.COMPARED + len(recorded)
    assert bodies(counts)["doubled"] == MANY + 100 + compared  # this process still knows the others
    assert {row.key[0] for row in recorded} == {"0"}
    [measured] = savings(laptop)
    assert (measured.made, measured.kept) == (MANY + 100, MANY + len(recorded))
    with laptop.state.reading() as connection:
        for run_id in connection.execute(select(events.c.run_id).distinct()).scalars():
            assert check_chain(connection, run_id).ok


def test_a_decision_holds_from_the_next_turn_on_and_is_told_once(laptop: World):
    for _ in range(3):
        of(doubled, range(MANY))
    assert [one.weight for one in decisions(laptop)] == ["volatile"]
    assert len(rows_of(laptop, "doubled")) == MANY


def test_a_stage_whose_answers_differ_is_never_volatile(laptop: World):
    of(numbered, range(MANY))
    assert weights(laptop) == {"numbered": "light"}
    [decision] = decisions(laptop)
    assert decision.numbers["unsteady"] == weighing.COMPARED


def test_a_second_answer_that_fails_is_another_answer_and_fails_nobody(laptop: World):
    known(laptop, "breaking", **IN_VAIN)
    of(breaking, range(1))
    assert weights(laptop) == {"breaking": "light"}


def test_a_stage_that_works_with_a_provider_is_never_volatile(laptop: World):
    of(shelved, range(MANY))
    assert weights(laptop) == {"shelved": "light"}


def test_a_stage_that_cost_money_is_durable_and_no_paid_answer_is_made_twice(laptop: World, counts: Path):
    numbers = range(10, 10 + MANY)
    of(charged, numbers)
    assert weights(laptop) == {"charged": "durable"}
    assert of(charged, numbers) == list(numbers)
    assert set(bodies(counts).values()) == {1}
    [measured] = savings(laptop)
    assert (measured.cost_usd, measured.saved_usd) == (Decimal(MANY) / 100, Decimal(MANY) / 100)


def test_a_volatile_stage_that_comes_to_cost_money_is_recorded_and_durable_again(laptop: World, counts: Path):
    known(laptop, "charged", "volatile", **IN_VAIN, compared=weighing.COMPARED)
    of(charged, range(9, 12))
    paid = [row for row in rows_of(laptop, "charged") if row.cost_nano_usd]
    assert [row.cost_nano_usd for row in paid] == [10_000_000] * 2
    assert weights(laptop) == {"charged": "durable"}
    of(charged, range(10, 12))
    assert bodies(counts)["charged-10"] == bodies(counts)["charged-11"] == 1


def test_a_run_that_is_taken_up_again_looks_for_what_it_recorded(laptop: World, counts: Path):
    known(laptop, "doubled", "volatile", **IN_VAIN, compared=weighing.COMPARED)
    with working_for(Scope(RUN, "a document", resumed=True)):
        assert [doubled(number) for number in (1, 2, 1)] == [2, 4, 2]
    assert bodies(counts)["doubled"] == 2
    assert {row.weight for row in rows_of(laptop, "doubled")} == {"light"}


def test_a_volatile_stage_whose_recorded_answers_differ_is_recorded_again(laptop: World):
    known(laptop, "numbered", "volatile", **IN_VAIN, compared=weighing.COMPARED)
    for _ in range(2):
        of(numbered, range(100))
    assert weights(laptop) == {"numbered": "light"}


def test_measures_that_cannot_be_written_fail_no_run(laptop: World, monkeypatch: pytest.MonkeyPatch):
    def away(*_: Any) -> None:
        raise DatabaseUnavailable("it is away.")

    monkeypatch.setattr(measure_rows, "add", away)
    assert of(doubled, range(2)) == [0, 2]


def test_the_command_tells_what_was_saved_and_how_it_was_decided(
    laptop: World, capsys: pytest.CaptureFixture[str]
):
    from deployments.console.entry import execute

    of(doubled, range(MANY))
    of(charged, range(10, 12))
    of(charged, range(10, 12))
    assert execute(["storage", "stats", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_name = {one["stage"]: one for one in told["stages"]}
    assert (by_name["charged"]["reused"], float(by_name["charged"]["saved_usd"])) == (2, 0.02)
    assert by_name["doubled"]["regret_seconds"] > 0
    assert [one["weight"] for one in told["decisions"]] == ["volatile"]
    assert execute(["storage", "stats"]) == 0
    shown = capsys.readouterr().out
    assert "doubled is volatile: making it again costs less than keeping it" in shown
    assert "2 answers given again" in shown
