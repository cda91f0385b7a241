"""Claims, fences and commits as rows: who may record an answer, and that only one does."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, text

from blocks.durable.world import World
from blocks.state import stage_rows
from blocks.state.stage_rows import Busy, Claim, Output, StageIdentity
from blocks.state.tables import stages
from tests.worlds.laptop import RUN

KEY = "a" * 64
IDENTITY = StageIdentity(KEY, "default", "read_page", 1, "light", "{}")
ANSWER = Output("b" * 64, 2, b"42", 1_000, 5)
HOLDER = {"host": "here", "boot_id": "now", "pid": 1, "process_started": 1}


def alive(lease: object) -> bool:
    """Nobody is dead."""
    return False


def gone(lease: object) -> bool:
    """Everybody is dead."""
    return True


@pytest.fixture
def connection(laptop: World):
    """One write transaction, with leases `one` and `two` for a minute and `old`, which has ended."""
    with laptop.state.writing() as opened:
        for name, seconds in (("one", 60), ("two", 60), ("old", -1)):
            stage_rows.open_lease(opened, name, HOLDER, seconds)
        yield opened


def row(connection: Connection, key: str = KEY):
    """The stage's row."""
    return connection.execute(select(stages).where(stages.c.key == key)).one()


def test_the_first_to_ask_gets_the_claim(connection: Connection):
    assert stage_rows.claim(connection, IDENTITY, "one", alive) == Claim(KEY, 1, "one")
    assert (row(connection).state, row(connection).attempts) == ("claimed", 1)


def test_the_second_to_ask_waits_while_the_first_lives(connection: Connection):
    stage_rows.claim(connection, IDENTITY, "one", alive)
    assert stage_rows.claim(connection, IDENTITY, "two", alive) == Busy("one")
    assert row(connection).attempts == 1


def test_a_claim_is_taken_over_at_once_from_a_dead_process(connection: Connection):
    stage_rows.claim(connection, IDENTITY, "one", alive)
    assert stage_rows.claim(connection, IDENTITY, "two", gone) == Claim(KEY, 2, "two", of_dead=True)


@pytest.mark.parametrize("lease_id", ["old", "never opened"])
def test_a_claim_is_taken_over_when_its_lease_has_ended(connection: Connection, lease_id: str):
    stage_rows.claim(connection, IDENTITY, lease_id, alive)
    assert stage_rows.claim(connection, IDENTITY, "two", alive) == Claim(KEY, 2, "two", of_dead=True)


def test_a_renewed_lease_holds_its_claims(connection: Connection):
    stage_rows.claim(connection, IDENTITY, "old", alive)
    stage_rows.renew_lease(connection, "old", 60)
    assert stage_rows.claim(connection, IDENTITY, "two", alive) == Busy("old")


def test_whoever_lost_the_claim_can_not_commit(connection: Connection):
    lost = stage_rows.claim(connection, IDENTITY, "old", alive)
    won = stage_rows.claim(connection, IDENTITY, "two", alive)
    assert isinstance(lost, Claim)
    assert isinstance(won, Claim)
    assert not stage_rows.commit(connection, lost, ANSWER)
    assert row(connection).state == "claimed"
    assert stage_rows.commit(connection, won, ANSWER)


def test_whoever_lost_the_claim_can_not_give_it_back(connection: Connection):
    lost = stage_rows.claim(connection, IDENTITY, "old", alive)
    stage_rows.claim(connection, IDENTITY, "two", alive)
    assert isinstance(lost, Claim)
    stage_rows.release(connection, lost, 7)
    assert (row(connection).state, row(connection).lease_id) == ("claimed", "two")


def test_an_old_fence_of_the_same_lease_can_not_commit(connection: Connection):
    first = stage_rows.claim(connection, IDENTITY, "one", alive)
    second = stage_rows.claim(connection, IDENTITY, "one", alive)
    assert (first, second) == (Claim(KEY, 1, "one"), Claim(KEY, 2, "one"))
    assert isinstance(first, Claim)
    assert not stage_rows.commit(connection, first, ANSWER)


def test_a_stage_is_committed_once(connection: Connection):
    claim = stage_rows.claim(connection, IDENTITY, "one", alive)
    assert isinstance(claim, Claim)
    assert stage_rows.commit(connection, claim, ANSWER)
    assert not stage_rows.commit(connection, claim, replace(ANSWER, digest="c" * 64))
    assert stage_rows.find_output(connection, KEY) == ANSWER


def test_what_is_done_is_answered_and_never_claimed_again(connection: Connection):
    claim = stage_rows.claim(connection, IDENTITY, "one", alive)
    assert isinstance(claim, Claim)
    stage_rows.commit(connection, claim, ANSWER)
    assert stage_rows.claim(connection, IDENTITY, "two", gone) == ANSWER
    assert row(connection).attempts == 1


def test_a_stage_that_is_not_done_has_no_answer(connection: Connection):
    assert stage_rows.find_stage(connection, KEY) is None
    stage_rows.claim(connection, IDENTITY, "one", alive)
    assert stage_rows.find_stage(connection, KEY) is None


def test_a_failed_attempt_keeps_its_cost_and_its_fence(connection: Connection):
    first = stage_rows.claim(connection, IDENTITY, "one", alive)
    assert isinstance(first, Claim)
    stage_rows.release(connection, first, 7)
    second = stage_rows.claim(connection, IDENTITY, "two", alive)
    assert second == Claim(KEY, 2, "two")
    assert isinstance(second, Claim)
    stage_rows.commit(connection, second, ANSWER)
    assert (row(connection).cost_nano_usd, row(connection).attempts) == (12, 2)


def test_a_run_counts_each_stage_once_in_the_order_of_use(connection: Connection):
    keys = [letter * 64 for letter in "abca"]
    for key in set(keys):
        stage_rows.claim(connection, replace(IDENTITY, key=key), "one", alive)
    noted = [stage_rows.enter(connection, RUN, key, "a document", reused=False) for key in keys]
    assert noted == [1, 2, 3, None]
    order = connection.execute(text("SELECT ordinal, key FROM run_stages ORDER BY ordinal"))
    assert [tuple(found) for found in order] == [(1, "a" * 64), (2, "b" * 64), (3, "c" * 64)]


def test_an_artifact_is_noted_once(connection: Connection):
    for _ in range(2):
        stage_rows.note_artifact(connection, "d" * 64, 9, "text/plain")
    assert connection.execute(text("SELECT count(*), sum(size_bytes) FROM artifacts")).one() == (1, 9)
