"""The order of a commit: kept before it is recorded, recorded in one transaction, and answered from what is recorded."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from blocks.base import faults
from blocks.base.errors import HoldfastError
from blocks.base.sql import Database
from blocks.durable.world import World
from tests.worlds.counting import bodies, count_in
from tests.worlds.stages import basket, large, small


@pytest.fixture
def counts(tmp_path: Path, laptop: World) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / "bodies.txt")
    return tmp_path / "bodies.txt"


@pytest.fixture
def steps(laptop: World, counts: Path) -> Iterator[list[str]]:
    """Fault points, commits of the state database, and writes to the tables of stages and events, in their order."""
    seen: list[str] = []

    def wrote(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        words = statement.split()
        if words[:2] == ["UPDATE", "stages"] or words[:3] == ["INSERT", "INTO", "events"]:
            seen.append(" ".join(words[:3]).removesuffix(" SET"))
        if words[0] == "COMMIT":
            seen.append("commit")

    listening: list[tuple[str, Callable[..., None]]] = [
        ("commit", lambda connection: seen.append("commit")),
        ("before_cursor_execute", wrote),
    ]
    for name, listener in listening:
        event.listen(laptop.state.engine, name, listener)
    laptop.lease  # noqa: B018  it is opened by a transaction of its own
    with faults.planned(seen.append):
        yield seen
    for name, listener in listening:
        event.remove(laptop.state.engine, name, listener)


def test_an_answer_is_kept_before_anything_speaks_of_it(steps: list[str]):
    large(2)
    kept = len(steps) - 1 - steps[::-1].index("artifact.kept")
    speaking = {"stage.commit.open", "UPDATE stages", "INSERT INTO events"}
    assert {step: steps.index(step) > kept for step in speaking} == dict.fromkeys(speaking, True)


def test_an_answer_its_use_and_its_event_are_one_transaction(steps: list[str]):
    small(1)
    after = steps[steps.index("stage.body.done") :]
    told = after[: after.index("stage.committed")]
    assert [step for step in told if not step.startswith("stage.")] == [
        "UPDATE stages",
        "INSERT INTO events",
        "commit",
    ]


def test_a_first_answer_is_the_recorded_one_to_the_last_digit(laptop: World, counts: Path):
    first, second = basket(3), basket(3)
    assert repr(first) == repr(second)
    assert str(first.weight) == "0.1", "the answer of the body has one digit more"
    assert bodies(counts) == {"basket": 1}


@pytest.mark.files_only("a database of its own, in a file")
def test_a_transaction_that_cannot_be_committed_is_an_error_and_leaves_nothing(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'some.db'}")
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)"))
    with pytest.raises(HoldfastError), database.writing() as connection:
        connection.execute(text("INSERT INTO b VALUES (7)"))  # what is wrong with it is found at the commit
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM b")).scalar() == 0
    database.close()
