"""The ledger under attack: whatever is changed in a chain, checking it finds the first event that is wrong."""
# ruff: noqa: S608  the statements are the attack

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from blocks.base.sql import DatabaseRefused
from blocks.durable.world import World
from blocks.state import ledger
from blocks.state.ledger import GENESIS, check_chain, event_hash
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import of_events

EVENTS = 12


@pytest.fixture
def chain(laptop: World) -> World:
    """A world whose run has twelve events; the triggers are taken away, as an owner of the file could."""
    with laptop.state.writing() as connection:
        for number in range(EVENTS - 1):
            ledger.append(connection, RUN, "stage.done", {"number": number, "output": f"{number:064}"})
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER events_{verb}{of_events(connection)}"))
    return laptop


def do(made: World, *statements: str) -> None:
    """Carry out SQL without asking."""
    with made.state.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def found(made: World) -> tuple[bool, int | None]:
    """What checking the chain says: is it right, and which event is the first bad one."""
    with made.state.reading() as connection:
        verdict = check_chain(connection, RUN)
    return verdict.ok, verdict.first_bad


def test_an_untouched_chain_is_right(chain: World):
    with chain.state.reading() as connection:
        verdict = check_chain(connection, RUN)
    assert (verdict.ok, verdict.events, verdict.first_bad, verdict.reason) == (True, EVENTS, None, None)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "kind = 'stage.failed'",
        "body = replace(body, ':', ': ')",
        "body = body || ' '",
        "body = ''",
        "previous = hash",
        "hash = previous",
        f"hash = '{GENESIS}'",
        "hash = upper('x' || substr(hash, 2))",
    ],
)
@pytest.mark.parametrize("seq", [1, 7, EVENTS])
def test_an_edited_event_is_found_where_it_stands(chain: World, change: str, seq: int):
    do(chain, f"UPDATE events SET {change} WHERE seq = {seq}")
    assert found(chain) == (False, seq)


def test_an_event_edited_together_with_its_hash_is_found_at_the_next_one(chain: World):
    with chain.state.reading() as connection:
        row = connection.execute(text("SELECT * FROM events WHERE seq = 5")).one()
    right = event_hash(RUN, 5, row.at, row.kind, '{"number":99}', row.previous)
    do(chain, f"UPDATE events SET body = '{{\"number\":99}}', hash = '{right}' WHERE seq = 5")
    assert found(chain) == (False, 6)


@pytest.mark.parametrize("seq", [1, 7, EVENTS])
def test_a_deleted_event_is_found(chain: World, seq: int):
    do(chain, f"DELETE FROM events WHERE seq = {seq}")
    assert found(chain) == (False, seq)


def test_a_deleted_event_is_found_when_the_rest_moves_up(chain: World):
    moved = [f"UPDATE events SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(6, EVENTS + 1)]
    do(chain, "DELETE FROM events WHERE seq = 5", *moved)
    assert found(chain) == (False, 5)


def test_swapped_events_are_found(chain: World):
    swap = [f"UPDATE events SET seq = {to} WHERE seq = {seq}" for seq, to in ((4, 99), (5, 4), (99, 5))]
    do(chain, *swap)
    assert found(chain) == (False, 4)


def test_swapped_contents_are_found(chain: World):
    with chain.state.reading() as connection:
        four, five = connection.execute(
            text("SELECT body FROM events WHERE seq IN (4, 5) ORDER BY seq")
        ).scalars()
    do(
        chain,
        f"UPDATE events SET body = '{five}' WHERE seq = 4",
        f"UPDATE events SET body = '{four}' WHERE seq = 5",
    )
    assert found(chain) == (False, 4)


@pytest.mark.parametrize("seq", [EVENTS + 1, EVENTS + 7, 0, -1])
def test_an_inserted_event_is_found(chain: World, seq: int):
    copy = f"INSERT INTO events SELECT run_id, {seq}, at, kind, body, hash, hash FROM events WHERE seq = {EVENTS}"
    do(chain, copy)
    ok, first_bad = found(chain)
    assert (ok, first_bad) == (False, EVENTS + 1 if seq > EVENTS else 1)


@pytest.mark.parametrize("left", range(EVENTS))
def test_a_cut_tail_is_found(chain: World, left: int):
    do(chain, f"DELETE FROM events WHERE seq > {left}")
    assert found(chain) == (False, left + 1)


def test_an_event_of_another_run_is_found(chain: World, open_world: Callable[..., World]):
    other = open_world(run_id="run-2")
    with other.state.writing() as connection:
        for _ in range(3):
            ledger.append(connection, "run-2", "stage.done", {})
    row = f"SELECT '{RUN}', 2, at, kind, body, previous, hash FROM events WHERE run_id = 'run-2' AND seq = 2"
    do(chain, f"DELETE FROM events WHERE run_id = '{RUN}' AND seq = 2", f"INSERT INTO events {row}")
    assert found(chain) == (False, 2)


@pytest.mark.parametrize("change", [f"head = '{GENESIS}'", "events = events - 1", "events = events + 1"])
def test_a_changed_head_is_found(chain: World, change: str):
    do(chain, f"UPDATE runs SET {change} WHERE run_id = '{RUN}'")
    assert found(chain) == (False, EVENTS + 1)


def test_a_hundred_random_changes_are_all_found(chain: World):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _ in range(100):
        seq, column = dice.randint(1, EVENTS), dice.choice(["at", "kind", "body", "previous", "hash"])
        with chain.state.writing() as connection:
            before = connection.execute(text(f"SELECT {column} FROM events WHERE seq = {seq}")).scalar_one()
            _set(connection, seq, column, changed(before, dice))
        assert found(chain) == (False, seq), f"{column} of {seq}"
        with chain.state.writing() as connection:
            _set(connection, seq, column, before)
    assert found(chain) == (True, None)


def changed(value: str | int, dice: random.Random) -> str | int:
    """*value* with one letter or one bit changed."""
    if isinstance(value, int):
        return value ^ 1 << dice.randrange(40)
    place = dice.randrange(len(value))
    return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]


def _set(connection: Connection, seq: int, column: str, value: str | int) -> None:
    statement = text(f"UPDATE events SET {column} = :value WHERE seq = :seq")
    connection.execute(statement, {"value": value, "seq": seq})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        pytest.param(
            "REPLACE INTO events SELECT * FROM events",
            marks=pytest.mark.files_only(
                "a word of SQLite; TRUNCATE of a server is tried in tests/conformance"
            ),
        ),
    ],
)
def test_the_database_itself_refuses_to_change_an_event(laptop: World, statement: str):
    with pytest.raises(DatabaseRefused, match="append-only"):
        do(laptop, statement)
    assert found(laptop) == (True, None)


def test_appends_from_eight_threads_stand_in_one_chain_without_a_gap(laptop: World):
    def append(number: int) -> int:
        with laptop.state.writing() as connection:
            return ledger.append(connection, RUN, "stage.done", {"number": number})

    with ThreadPoolExecutor(8) as pool:
        given = sorted(pool.map(append, range(200)))
    assert given == list(range(2, 202))
    assert found(laptop) == (True, None)


def test_an_append_that_is_rolled_back_leaves_no_trace(laptop: World):
    def append_and_fail() -> None:
        with laptop.state.writing() as connection:
            ledger.append(connection, RUN, "stage.done", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        append_and_fail()
    assert found(laptop) == (True, None)


def test_the_hash_is_pinned_so_that_old_chains_stay_valid():
    one = event_hash("run", 1, 1_700_000_000_000_000, "run.started", '{"flow":"f"}', GENESIS)
    assert one.startswith("89712b4d52d6b264fca5349f874eae78e2e20f34e321ca60fb7bcd44a35a")
