"""What every state database keeps to: SQLite and PostgreSQL, the same promises."""

import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update

from blocks.base.clock import now_us
from blocks.base.sql import DatabaseRefused
from blocks.state import ledger, run_rows, stage_rows, waking
from blocks.state.database import SCHEMA_REVISION, SchemaUnknown, StateDatabase
from blocks.state.run_rows import RunOpening
from blocks.state.stage_rows import Busy, Claim, Output, StageIdentity
from blocks.state.tables import metadata, runs, stages

RUN = "run-1"
IDENTITY = StageIdentity("a" * 64, "default", "read_page", 1, "light", "{}")
ANSWER = Output("b" * 64, 2, b"42", 1_000, 5)
HOLDER = {"host": "here", "boot_id": "now", "pid": 1, "process_started": 1}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("empty_database"))


@pytest.fixture
def state(url: str) -> Generator[StateDatabase]:
    """A prepared database with one run and two leases of a minute."""
    opened = StateDatabase(url)
    opened.prepare()
    with opened.writing() as connection:
        run_rows.open_run(connection, RunOpening(RUN, "a run", "a_flow", "default", "test"))
        for name in ("one", "two"):
            stage_rows.open_lease(connection, name, HOLDER, 60)
    yield opened
    opened.close()


def side_by_side(times: int, work: Callable[[int], Any]) -> list[Any]:
    """Call *work* in so many threads at once."""
    gate, answers = threading.Barrier(times), dict[int, Any]()

    def one(number: int) -> None:
        gate.wait(20)
        answers[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers.get(number, "no answer") for number in range(times)]


def alive(lease: object) -> bool:
    """Nobody is dead."""
    return False


def test_preparing_twice_changes_nothing(state: StateDatabase):
    state.prepare()
    assert state.revision() == SCHEMA_REVISION
    with state.reading() as connection:
        assert connection.execute(select(runs.c.run_id)).scalars().all() == [RUN]


def test_four_that_prepare_one_database_at_once_are_all_well(url: str):
    def prepare(number: int) -> str | None:
        opened = StateDatabase(url)
        opened.prepare()
        found = opened.revision()
        opened.close()
        return found

    assert side_by_side(4, prepare) == [SCHEMA_REVISION] * 4


def test_the_migrations_make_the_tables_that_the_code_knows(state: StateDatabase):
    found = inspect(state.engine)
    for table in metadata.tables.values():
        columns = {(column["name"], column["nullable"]) for column in found.get_columns(table.name)}
        assert columns == {(column.name, column.nullable) for column in table.columns}, table.name
        indexes = {index["name"] for index in found.get_indexes(table.name) if not index["unique"]}
        assert indexes == {index.name for index in table.indexes}, table.name
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [
            column.name for column in table.primary_key
        ]


def test_a_schema_of_another_version_is_refused(state: StateDatabase):
    with state.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown, match="9999"):
        state.prepare()


def test_the_clock_of_the_database_counts_microseconds_since_1970(state: StateDatabase):
    assert abs(state.now_us() - now_us()) < 5_000_000
    assert state.now_us() <= state.now_us()


def test_what_fails_within_a_transaction_leaves_nothing(state: StateDatabase):
    def fail() -> None:
        with state.writing() as connection:
            stage_rows.claim(connection, IDENTITY, "one", alive)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with state.reading() as connection:
        assert connection.execute(select(stages)).all() == []


@pytest.mark.parametrize("round_", range(5))
def test_of_eight_that_claim_one_stage_one_gets_it(state: StateDatabase, round_: int):
    def claim(number: int) -> object:
        with state.writing() as connection:
            stage_rows.open_lease(connection, f"lease-{number}", HOLDER, 60)
        return claimed(state, f"lease-{number}")

    got = side_by_side(8, claim)
    assert sum(isinstance(answer, Claim) for answer in got) == 1
    assert sum(isinstance(answer, Busy) for answer in got) == 7


def claimed(state: StateDatabase, lease_id: str) -> object:
    """Claim the stage through a database of one's own, as another process would."""
    own = StateDatabase(state.url.render_as_string(hide_password=False))
    with own.writing() as connection:
        answer = stage_rows.claim(connection, IDENTITY, lease_id, alive)
    own.close()
    return answer


def test_who_lost_the_claim_can_not_commit(state: StateDatabase):
    with state.writing() as connection:
        lost = stage_rows.claim(connection, IDENTITY, "one", alive)
        stage_rows.renew_lease(connection, "one", -1)
    with state.writing() as connection:
        won = stage_rows.claim(connection, IDENTITY, "two", alive)
    assert isinstance(lost, Claim)
    assert isinstance(won, Claim)
    with state.writing() as connection:
        assert not stage_rows.commit(connection, lost, ANSWER)
        assert stage_rows.commit(connection, won, ANSWER)
        assert stage_rows.find_output(connection, IDENTITY.key) == ANSWER


def test_many_stages_committed_at_once_stand_in_one_order(state: StateDatabase):
    def commit(number: int) -> None:
        own = StateDatabase(state.url.render_as_string(hide_password=False))
        for step in range(10):
            key = f"{number:032}{step:032}"
            with own.writing() as connection:
                identity = StageIdentity(key, "default", "read_page", 1, "light", "{}")
                claim = stage_rows.claim(connection, identity, "one", alive)
            with own.writing() as connection:
                assert isinstance(claim, Claim)
                assert stage_rows.commit(connection, claim, ANSWER)
                stage_rows.enter(connection, RUN, key, "a document", reused=False)
                stage_rows.note_event(connection, RUN, "done", key, {"output": ANSWER.digest})
        own.close()

    side_by_side(4, commit)
    with state.reading() as connection:
        verdict = ledger.check_chain(connection, RUN)
        ordinals = connection.execute(text("SELECT ordinal FROM run_stages ORDER BY ordinal")).scalars().all()
    assert (verdict.ok, verdict.events) == (True, 41)
    assert ordinals == list(range(1, 41))


@pytest.mark.parametrize("statement", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
def test_the_database_refuses_to_change_an_event(state: StateDatabase, statement: str):
    def change() -> None:
        with state.writing() as connection:
            connection.execute(text(statement))

    with pytest.raises(DatabaseRefused, match="append-only"):
        change()
    with state.reading() as connection:
        assert ledger.check_chain(connection, RUN).ok


def test_the_database_refuses_to_empty_or_replace_the_ledger(state: StateDatabase):
    is_sqlite = state.file is not None
    statement = "REPLACE INTO events SELECT * FROM events" if is_sqlite else "TRUNCATE events CASCADE"

    def change() -> None:
        with state.writing() as connection:
            connection.execute(text(statement))

    with pytest.raises(DatabaseRefused, match="append-only"):
        change()


def test_a_reader_is_not_held_up_by_a_writer(state: StateDatabase):
    with state.writing() as writer:
        stage_rows.claim(writer, IDENTITY, "one", alive)
        with state.reading() as reader:
            assert stage_rows.find_stage(reader, IDENTITY.key) is None


def test_a_database_of_an_older_version_is_brought_forward_with_all_that_is_in_it(state: StateDatabase):
    first = {"artifacts", "events", "leases", "run_stages", "runs", "stages"}
    with state.writing() as connection:
        metadata.drop_all(
            connection, [table for table in metadata.tables.values() if table.name not in first]
        )
        for column in ("parked_for", "wake_at"):
            connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    state.prepare()
    assert state.revision() == SCHEMA_REVISION
    with state.reading() as connection:
        assert connection.execute(select(runs.c.run_id, runs.c.parked_for)).all() == [(RUN, None)]


def dead(lease: object) -> bool:
    """Everybody is dead."""
    return True


def due(state: StateDatabase) -> list[str]:
    """The runs that a sweeper should wake, where every process is dead."""
    with state.reading() as connection:
        return [run.run_id for run in waking.due_runs(connection, dead, 0.0)]


def test_a_run_whose_process_died_is_due_once_for_all_sweepers(state: StateDatabase):
    with state.writing() as connection:
        assert isinstance(run_rows.take_run(connection, RUN, "one", dead), run_rows.TakenRun)
    assert due(state) == [RUN]

    def put_off(number: int) -> bool:
        with state.writing() as connection:
            return waking.put_off(connection, RUN, 60)

    assert sorted(side_by_side(4, put_off)) == [False, False, False, True]
    assert due(state) == []


@pytest.mark.parametrize(("parked_for", "is_due"), [("outage", True), ("repair", False)])
def test_a_parked_run_is_due_after_an_outage_only(state: StateDatabase, parked_for: str, is_due: bool):
    with state.writing() as connection:
        run_rows.park_run(connection, RUN, parked_for, "StoreUnavailable: gone")
    assert due(state) == []
    with state.writing() as connection:
        connection.execute(update(runs).values(wake_at=runs.c.wake_at - 6_000_000))
    assert due(state) == ([RUN] if is_due else [])
    with state.reading() as connection:
        row = connection.execute(select(runs)).one()
    assert (row.state, row.parked_for, row.lease_id) == ("parked", parked_for, None)
