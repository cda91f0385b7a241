"""A server that would lose committed work, or takes no writes, is told by the doctor; the first kind is not worked on."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from blocks.base import clock
from blocks.base.server_settings import ServerLosesWork, settings_of
from blocks.base.sql import Database, DatabaseUnavailable
from blocks.durable.world import World
from blocks.profile import load, open_world
from deployments.console.check import Check
from deployments.console.checks_of_servers import database_checks, state_of_server
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.postgres import Postgres
from deployments.stack.programs import postgres_programs


class Told(Postgres):
    """A server that keeps its work, but for what it is told."""

    told: tuple[str, ...] = ()

    def command(self, port: int) -> list[str]:
        """With the settings that it was told."""
        return [*super().command(port), *(word for one in self.told for word in ("-c", one))]

    def restart(self, *told: str) -> None:
        """Start it anew with these settings."""
        self.stop()
        self.told = told
        self.start()


@pytest.fixture(scope="module")
def server() -> Generator[Told]:
    """A server of this module."""
    try:
        postgres_programs()
    except ServerNotInstalled:
        pytest.skip("no PostgreSQL is installed here")
    made = Told(Path(tempfile.mkdtemp(prefix="holdfast-told-")), "tests")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.folder)


@pytest.fixture(autouse=True)
def production(server: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile, with its databases there."""
    url = server.url("tests")
    given = {
        "HOME": f"{tmp_path}",
        "PROFILE": "production",
        "STATE_URL": url,
        "ACCOUNTING_URL": url,
        "ARTIFACTS_URL": f"{tmp_path / 'artifacts'}",
        "HEADS_URL": f"{tmp_path / 'heads'}",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"HOLDFAST_{name}", value)


def found(name: str) -> Check:
    """What the doctor says of one thing."""
    return next(check for check in database_checks() if check.name == name)


def opened() -> World:
    """The world of the profile, closed again."""
    made = open_world(load())
    made.leave()
    return made


def test_a_server_that_keeps_its_work_is_fit(server: Told):
    server.restart()
    told = {check.name: check.level for check in database_checks()}
    assert told == dict.fromkeys(("database", "standby", "durability", "isolation", "clock", "rights"), "ok")
    opened()
    assert state_of_server(load()).level == "ok"


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_would_lose_work_is_refused_and_the_sentence_says_what_is_lost(
    server: Told, setting: str
):
    server.restart(f"{setting}=off")
    check = found("durability")
    assert (check.level, f"{setting} is off" in check.found) == ("problem", True)
    assert "lost" in check.found or "damaged" in check.found
    with pytest.raises(ServerLosesWork, match=setting):
        opened()
    server.restart(f"{setting}=off", "holdfast.throwaway=on")
    assert found("durability").level == "warning"
    opened()


def test_a_standby_is_told_and_a_run_meets_it_as_an_outage(server: Told, monkeypatch: pytest.MonkeyPatch):
    server.restart()
    opened()
    server.stop()
    signal = server.folder.resolve() / "data" / "standby.signal"
    signal.touch()
    shutil.chown(signal, *(getattr(signal.parent.stat(), name) for name in ("st_uid", "st_gid")))
    monkeypatch.setattr(Told, "settle", lambda self: None)
    server.start()
    try:
        assert found("standby").level == "problem"
        monkeypatch.setenv("HOLDFAST_PATIENCE_SECONDS", "0")
        made = open_world(load())
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            made.lease  # noqa: B018
        made.close()
    finally:
        server.stop()
        signal.unlink()
        server.start()


def test_our_transactions_read_what_is_committed_whatever_the_default_is(server: Told):
    server.restart("default_transaction_isolation=serializable")
    check = found("isolation")
    assert check.level == "ok"
    assert check.found == "read committed, as asked for; the server's default is serializable"


def test_a_clock_that_is_far_off_is_told(server: Told):
    server.restart()
    with clock.frozen(dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=30)):
        check = found("clock")
    assert check.level == "warning"
    assert "behind this machine's" in check.found


def test_a_role_that_may_not_make_tables_is_told(server: Told):
    server.restart()
    opened()
    engine = create_engine(server.url("tests"))
    with engine.begin() as connection:
        connection.execute(text("REVOKE CREATE ON SCHEMA holdfast FROM holdfast"))
    assert found("rights").level == "warning"
    with engine.begin() as connection:
        connection.execute(text("GRANT CREATE ON SCHEMA holdfast TO holdfast"))
    engine.dispose()
    assert found("rights").level == "ok"


def test_a_schema_in_which_prefect_made_its_tables_is_told(server: Told):
    engine = create_engine(server.url("tests"))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS holdfast"))
        connection.execute(text("CREATE TABLE holdfast.flow_run (id int)"))
    try:
        assert found("rights").level == "problem"
        assert "Prefect's tables stand in the schema holdfast" in found("rights").found
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE holdfast.flow_run"))
        engine.dispose()
    assert found("rights").level == "ok"


def test_a_server_that_is_away_is_told(server: Told):
    server.stop()
    [check] = database_checks()
    assert (check.name, check.level) == ("database", "problem")
    assert server.secret not in check.found
    server.start()


def test_files_have_no_server(tmp_path: Path):
    assert settings_of(Database(f"sqlite:///{tmp_path / 'state.db'}")) is None
