"""The service that keeps the keys goes away, for a moment or for good: what was paid for is kept, and nothing is shown."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from blocks.artifacts.key_holder import GivenKeys
from blocks.artifacts.locked import KeyMissing, KeysUnavailable
from blocks.durable import data_keys
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN
from tests.worlds.secure import OLD, SUBJECT, open_vault
from tests.worlds.stages import large, small

__all__ = ["open_vault"]


class Fickle(GivenKeys):
    """Keys whose service may be away, or refuse."""

    def __init__(self) -> None:
        super().__init__({"old": OLD})
        self.error: Exception | None = None

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        if self.error:
            raise self.error
        return super().unwrap(wrapped, key_id, binding)


@pytest.fixture
def keys(open_vault: Callable[..., World], tmp_path: Path) -> Generator[tuple[World, Fickle]]:
    """A world whose keys are fickle, and in which no key is fresh for longer than a moment."""
    count_in(tmp_path / COUNTS)
    holder = Fickle()
    made = open_vault(holder=holder)
    with working_for(Scope(RUN, SUBJECT)):
        yield made, holder


@contextmanager
def never_fresh() -> Generator[None]:
    """Let every use of a key look again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_keys, "FRESH_SECONDS", -1.0)
        yield


def test_a_service_that_goes_away_while_a_body_runs_costs_no_answer(
    keys: tuple[World, Fickle], tmp_path: Path
):
    made, holder = keys
    with never_fresh():
        small(1)
        holder.error = KeysUnavailable("it is away.")
        assert large(2).number == 2
        made.data_keys.forget()
        with pytest.raises(KeysUnavailable) as error:
            large(2)
        assert error.value.parks == "outage"
        holder.error = None
        assert large(2).number == 2
    assert bodies(tmp_path / COUNTS) == {"small-1": 1, "large-2": 1}


def test_a_key_that_is_taken_away_is_not_used_for_longer(keys: tuple[World, Fickle]):
    _, holder = keys
    with never_fresh():
        small(1)
        holder.error = KeyMissing(key_id="old")
        with pytest.raises(KeyMissing):
            small(1)


def test_a_key_is_held_for_an_hour_at_most(keys: tuple[World, Fickle], monkeypatch: pytest.MonkeyPatch):
    _, holder = keys
    with never_fresh():
        small(1)
        holder.error = KeysUnavailable("it is away.")
        assert small(1).number == 1
        monkeypatch.setattr(data_keys, "HELD_SECONDS", -1.0)
        with pytest.raises(KeysUnavailable):
            small(1)
