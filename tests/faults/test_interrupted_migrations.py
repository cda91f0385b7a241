"""A migration is done whole or not at all: killed or cut off at any statement, it is repeated and ends the same."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text

from blocks.base.sql import DatabaseUnavailable
from blocks.providers.accounting import Accounting
from blocks.state.database import SCHEMA_REVISION, StateDatabase
from tests.conformance.test_state_databases import side_by_side
from tests.worlds import children
from tests.worlds.postgres import new_database
from tests.worlds.trials import MakeSweep

SCHEMA = "work"


def bring_forward(url: str) -> None:
    """What `holdfast storage migrate` does."""
    with closing(StateDatabase(url, schema=SCHEMA)) as state:
        state.prepare()
    with closing(Accounting(url, schema=SCHEMA)):
        pass


@contextmanager
def at_statement(number: int, act: Callable[[Any], None]) -> Generator[list[str]]:
    """Call *act* with the connection before the numbered statement that this process says; what was said."""
    said: list[str] = []

    def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)
        if len(said) == number:
            act(connection)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def killed(url: str, number: int) -> None:
    """Be killed before the numbered statement."""
    with at_statement(number, lambda connection: os.kill(os.getpid(), signal.SIGKILL)):
        bring_forward(url)


def cut(connection: Any) -> None:
    """Let the server end this connection."""
    other = create_engine(connection.engine.url)
    with other.connect() as beside:
        pid = connection.connection.dbapi_connection.info.backend_pid
        beside.connection.dbapi_connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    other.dispose()


def form_of(url: str) -> dict[str, Any]:
    """All tables with their columns, keys and indexes, the triggers, and the revision."""
    engine = create_engine(url)
    with engine.connect() as connection:
        there = inspect(connection)
        schema = SCHEMA if engine.dialect.name == "postgresql" else None
        found: dict[str, Any] = {
            table: (
                [
                    (column["name"], str(column["type"]), column["nullable"])
                    for column in there.get_columns(table, schema)
                ],
                there.get_pk_constraint(table, schema)["constrained_columns"],
                sorted(index["name"] or "" for index in there.get_indexes(table, schema)),
                len(there.get_foreign_keys(table, schema)),
            )
            for table in there.get_table_names(schema)
        }
        place = f"{SCHEMA}." if schema else ""
        found["revision"] = (
            connection.execute(text(f"SELECT version_num FROM {place}alembic_version")).scalars().all()  # noqa: S608
        )
        triggers = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            if schema
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        found["triggers"] = sorted(connection.execute(text(triggers)).scalars())
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Make addresses of empty databases: files share a folder for state and books here."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        return lambda: new_database(server)
    return lambda: f"sqlite:///{tmp_path / os.urandom(4).hex()}.db"


def statements(url: str) -> int:
    """How many statements a whole migration says."""
    with at_statement(0, lambda connection: None) as said:
        bring_forward(url)
    return len(said)


def test_killed_at_any_statement_it_is_repeated_and_ends_the_same(
    new_url: Callable[[], str], sweep: MakeSweep
):
    whole = new_url()
    number = statements(whole)
    assert form_of(whole)["revision"] == [SCHEMA_REVISION]
    what = f"SIGKILL at every statement of a migration, {whole.partition(':')[0].partition('+')[0]}"
    for trial in sweep(what, few=6, over=range(1, number + 1)):
        with trial:
            url = new_url()
            assert children.run(killed, url, trial.point) == -signal.SIGKILL
            bring_forward(url)
            assert form_of(url) == form_of(whole)


def test_cut_off_at_any_statement_it_is_repeated_and_ends_the_same(postgres_server: Any, sweep: MakeSweep):
    whole = new_database(postgres_server)
    number = statements(whole)
    for trial in sweep(
        "the server ends the connection at every statement of a migration", few=8, over=range(1, number + 1)
    ):
        with trial:
            url = new_database(postgres_server)
            with at_statement(trial.point, cut), pytest.raises(DatabaseUnavailable):
                bring_forward(url)
            bring_forward(url)
            assert form_of(url) == form_of(whole)


def test_four_at_once_are_all_well(new_url: Callable[[], str]):
    url = new_url()
    assert side_by_side(4, lambda _: bring_forward(url)) == [None] * 4
    assert form_of(url)["revision"] == [SCHEMA_REVISION]
