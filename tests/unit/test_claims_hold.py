"""A claim holds by its fence, its lease and the database's clock; a worker's own clock has no say."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, select

from blocks.base import clock
from blocks.durable.world import World
from blocks.state import stage_rows
from blocks.state.stage_rows import Busy, Claim, Output, StageIdentity
from blocks.state.tables import stages

KEY = "a" * 64
IDENTITY = StageIdentity(KEY, "default", "read_page", 1, "light", "{}")
ANSWER = Output("b" * 64, 2, b"42", 1_000, 5)
HOLDER = {"host": "here", "boot_id": "now", "pid": 1, "process_started": 1}
YEAR_SECONDS = 365 * 24 * 3600


def alive(lease: object) -> bool:
    """Nobody is known to be gone."""
    return False


@pytest.fixture
def connection(laptop: World):
    """One write transaction, with the leases `one` and `two` for a minute and `old`, which has ended."""
    with laptop.state.writing() as opened:
        for name, seconds in (("one", 60), ("two", 60), ("old", -1)):
            stage_rows.open_lease(opened, name, HOLDER, seconds)
        yield opened


def claimed(connection: Connection, lease_id: str = "one") -> Claim:
    """A claim of *lease_id*."""
    got = stage_rows.claim(connection, IDENTITY, lease_id, alive)
    assert isinstance(got, Claim)
    return got


def test_a_claim_counts_for_its_own_lease_only(connection: Connection):
    claim = claimed(connection)
    forged = replace(claim, lease_id="two")
    assert not stage_rows.commit(connection, forged, ANSWER)
    assert not stage_rows.release(connection, forged, 0)
    assert connection.execute(select(stages.c.state)).scalar_one() == "claimed"
    assert stage_rows.commit(connection, claim, ANSWER)


@pytest.mark.parametrize("wrong_by", [-YEAR_SECONDS, YEAR_SECONDS], ids=["behind", "ahead"])
def test_a_worker_whose_clock_is_wrong_neither_loses_a_lease_nor_steals_one(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, wrong_by: int
):
    real = clock.now_us
    monkeypatch.setattr(clock, "now_us", lambda: real() + wrong_by * 1_000_000)
    stage_rows.open_lease(connection, "new", HOLDER, 60)
    assert stage_rows.is_held(connection, "one", alive)
    assert stage_rows.is_held(connection, "new", alive)
    assert not stage_rows.is_held(connection, "old", alive)
    stage_rows.renew_lease(connection, "new", 60)
    claimed(connection, "new")
    assert stage_rows.claim(connection, IDENTITY, "two", alive) == Busy("new")
