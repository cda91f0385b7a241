"""`holdfast storage migrate` and `holdfast storage move`: what they say, and what they refuse."""

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest

from blocks.state.database import REVISIONS, StateDatabase
from deployments.console.entry import execute


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and an empty place on "servers" that are files."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOLDFAST_PROFILE", "laptop")
    (tmp_path / "there").mkdir()
    for name in ("state", "accounting"):
        monkeypatch.setenv(f"HOLDFAST_{name.upper()}_URL", f"sqlite:///{tmp_path / 'there' / name}.db")
    for name in ("artifacts", "heads"):
        monkeypatch.setenv(f"HOLDFAST_{name.upper()}_URL", str(tmp_path / "there" / name))
    return tmp_path / "home"


def facts(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert execute([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> str:
    """What a command says that is refused."""
    capsys.readouterr()
    assert execute(list(arguments)) == code
    return capsys.readouterr().err


MOVE = ("storage", "move", "--from", "laptop", "--to", "production")
MIGRATE = ("storage", "migrate", "--profile", "production")


def test_migrate_says_from_what_to_what(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    first, second = (facts(capsys, *MIGRATE) for _ in range(2))
    assert first["state"] == {"place": f"{tmp_path}/there/state.db", "from": "none", "to": REVISIONS[-1]}
    assert (first["books"]["from"], second["books"]["from"]) == ("none", "newest")
    assert second["state"]["from"] == REVISIONS[-1]
    assert execute(list(MIGRATE)) == 0
    assert f"state: is at {REVISIONS[-1]} already" in capsys.readouterr().out


def test_what_a_newer_version_wrote_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    facts(capsys, *MIGRATE)
    state = StateDatabase(f"sqlite:///{tmp_path / 'there' / 'state.db'}")
    with state.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "another version of Holdfast (9999" in refused(capsys, *MIGRATE, code=1)
    assert state.revision() == "9999"
    state.close()


@pytest.mark.parametrize(
    "command", [("storage", "migrate", "--profile", "memory"), (*MOVE[:3], "memory", "--to", "laptop")]
)
def test_memory_keeps_nothing_to_migrate_or_move(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
):
    assert "memory' keeps nothing" in refused(capsys, *command, code=2)


def test_where_nothing_was_done_nothing_is_moved(capsys: pytest.CaptureFixture[str], home: Path):
    assert "no recorded work yet" in refused(capsys, *MOVE, code=2)
    assert not (home / "state.db").exists()


def test_a_source_of_an_older_revision_is_not_touched(capsys: pytest.CaptureFixture[str], home: Path):
    home.mkdir()
    state = StateDatabase(f"sqlite:///{home / 'state.db'}")
    state.prepare()
    with state.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (REVISIONS[-2],))
    assert "holdfast storage migrate" in refused(capsys, *MOVE, code=1)
    assert state.revision() == REVISIONS[-2]
    state.close()


def test_the_addresses_in_the_environment_are_those_of_the_servers(
    capsys: pytest.CaptureFixture[str], home: Path
):
    home.mkdir()
    StateDatabase(f"sqlite:///{home / 'state.db'}").prepare()
    told = facts(capsys, *MOVE)
    assert (told["ok"], told["from"], told["to"], told["rows"]["runs"]) == (True, "laptop", "production", 0)


def test_two_moves_of_one_home_are_not_made_at_once(capsys: pytest.CaptureFixture[str], home: Path):
    home.mkdir()
    with (home / "move.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "moves work already" in refused(capsys, *MOVE, code=1)
