"""One named world: chosen by one variable, and nothing of `memory` is left behind."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from blocks.artifacts.store import ArtifactStore
from blocks.base import profiles
from blocks.base.sql import DatabaseRefused
from blocks.profile import (
    BadProfile,
    HomeNotWritable,
    NoEncryptionKeys,
    NoServer,
    NoSuchProfile,
    load,
    open_world,
)
from blocks.providers.accounting import Accounting
from blocks.providers.language_model import LanguageModel
from blocks.providers.mail import Mail
from blocks.providers.page_reader import PageReader
from blocks.providers.web import Web
from blocks.providers.web_allowed import entries_of
from blocks.state.database import SchemaUnknown

ROOT = Path(__file__).parents[2]


KEYS = f"first:{b64encode(bytes(32)).decode()}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_laptop_keeps_all_in_the_home_folder(home: Path):
    made = open_world()
    made.provider(Accounting).identity  # noqa: B018
    digest = made.artifacts.put(b"bytes", "text/plain")
    made.leave()
    assert {"state.db", "accounting.db", "artifacts"} <= {path.name for path in home.iterdir()}
    again = open_world()
    assert again.artifacts.get(digest) == b"bytes"
    again.leave()


def test_every_profile_offers_every_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("HOLDFAST_ACCOUNTING_URL", f"sqlite:///{tmp_path / 'books.db'}")
    monkeypatch.setenv("HOLDFAST_ARTIFACTS_URL", f"{tmp_path / 'artifacts'}")
    monkeypatch.setenv("HOLDFAST_ENCRYPTION_KEYS", KEYS)
    monkeypatch.setenv("HOLDFAST_HEADS_URL", f"{tmp_path / 'heads'}")
    for name in profiles.known():
        made = open_world(load(name))
        kinds = (ArtifactStore, Accounting, LanguageModel, Mail, PageReader, Web)
        assert all(isinstance(made.provider(kind), kind) for kind in kinds), name
        made.leave()


def test_nothing_is_fetched_from_the_web_unless_hosts_are_named(monkeypatch: pytest.MonkeyPatch):
    assert Web(entries_of(load().web_allowed)).allowed == ()
    monkeypatch.setenv("HOLDFAST_WEB_ALLOWED", "example.com, *.example.org")
    assert [entry.host for entry in entries_of(load().web_allowed)] == ["example.com", "*.example.org"]
    monkeypatch.setenv("HOLDFAST_WEB_ALLOWED", "example.com, *")
    with pytest.raises(BadProfile, match=r"web_allowed.*'\*' names no host"):
        load()


@pytest.mark.parametrize("variable", ["STATE_URL", "ARTIFACTS_URL", "HEADS_URL"])
def test_production_never_falls_back_to_the_disk_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
):
    given = {
        "STATE_URL": f"sqlite:///{tmp_path / 'state.db'}",
        "ARTIFACTS_URL": "s3://artifacts",
        "HEADS_URL": "s3://heads",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"HOLDFAST_{name}", "" if name == variable else value)
    with pytest.raises(NoServer, match=f"HOLDFAST_{variable} names none"):
        open_world(load("production"))


def test_the_secure_profile_does_nothing_without_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("STATE_URL", "ACCOUNTING_URL"):
        monkeypatch.setenv(f"HOLDFAST_{name}", f"sqlite:///{tmp_path / name}")
    for name in ("ARTIFACTS_URL", "HEADS_URL"):
        monkeypatch.setenv(f"HOLDFAST_{name}", f"{tmp_path / name}")
    with pytest.raises(NoEncryptionKeys, match="no keys are given"):
        open_world(load("secure"))
    monkeypatch.setenv("HOLDFAST_ENCRYPTION_KEYS", KEYS)
    made = open_world(load("secure"))
    digest = made.artifacts.put(b"a letter", "text/plain")
    made.leave()
    kept = [file for file in (tmp_path / "ARTIFACTS_URL").rglob("*") if file.is_file()]
    assert kept
    assert all(b"a letter" not in file.read_bytes() and file.name != digest for file in kept)


def test_no_password_is_in_the_repr_of_a_profile(monkeypatch: pytest.MonkeyPatch):
    for name in ("STATE_URL", "ACCOUNTING_URL", "PREFECT_DATABASE_URL"):
        monkeypatch.setenv(f"HOLDFAST_{name}", "postgresql://user:canary@host/db")
    for name in (
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
        "LEDGER_KEY",
        "MAIL_PASSWORD",
        "PREFECT_API_AUTH",
    ):
        monkeypatch.setenv(f"HOLDFAST_{name}", "canary")
    assert "canary" not in f"{load('production')!r} {load('production')}"


def test_servers_that_were_started_on_this_machine_are_found_and_the_environment_wins(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    (home / "stack").mkdir(parents=True)
    (home / "stack" / "servers.toml").write_text(
        'state_url = "postgresql://here/a"\nheads_url = "s3://heads"\n'
    )
    monkeypatch.setenv("HOLDFAST_HEADS_URL", "s3://elsewhere")
    found = load("production")
    assert (found.state_url, found.heads_url) == ("postgresql://here/a", "s3://elsewhere")
    assert load("laptop").state_url == ""


MEMORY = """
import sys
from blocks.durable import stage, world
from blocks.durable.scope import Scope, working_for
from blocks.state import run_rows
from blocks.state.run_rows import RunOpening
from blocks.providers.accounting import Accounting
import blocks.profile

@stage(version=1, weight="light")
def work(number: int) -> str:
    return "x" * number

here = world.current()
with here.state.writing() as connection:
    run_rows.open_run(connection, RunOpening("r", "r", "r", "t", "memory"))
with working_for(Scope("r")):
    assert len(work(100_000)) == 100_000
here.provider(Accounting).identity
if sys.argv[1:] == ["badly"]:
    raise SystemExit("a bad end")
"""


@pytest.mark.parametrize("end", ["well", "badly"])
def test_memory_leaves_nothing_behind(tmp_path: Path, home: Path, end: str):
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "HOLDFAST_PROFILE": "memory", "TMPDIR": str(tmp_path / "tmp")}
    ended = subprocess.run([sys.executable, "-c", MEMORY, end], cwd=ROOT, env=environment, check=False)
    assert ended.returncode == (end == "badly")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not home.exists()


def test_a_profile_is_chosen_by_one_variable(monkeypatch: pytest.MonkeyPatch):
    assert load().name == "laptop"
    monkeypatch.setenv("HOLDFAST_PROFILE", "memory")
    assert (load().name, load().keep) == ("memory", "memory")
    assert load("laptop").name == "laptop"


def test_every_value_of_a_profile_can_be_given_by_the_environment(monkeypatch: pytest.MonkeyPatch):
    for name, value in (("MODEL", "openai:some"), ("WORKERS", "7"), ("TENANT", "north")):
        monkeypatch.setenv(f"HOLDFAST_{name}", value)
    chosen = load("laptop")
    assert (chosen.model, chosen.workers, chosen.tenant) == ("openai:some", 7, "north")


@pytest.mark.parametrize("workers", ["0", "many", "65"])
def test_a_value_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, workers: str):
    monkeypatch.setenv("HOLDFAST_WORKERS", workers)
    with pytest.raises(BadProfile, match="workers"):
        load()


def test_an_unknown_profile_is_told_with_those_there_are():
    with pytest.raises(NoSuchProfile, match=r"'attic'; there are laptop, memory"):
        load("attic")


def test_a_home_that_cannot_be_written_is_told(home: Path):
    home.write_text("a file stands here")
    with pytest.raises(HomeNotWritable, match=str(home)):
        open_world()


def test_a_home_of_another_version_is_left_alone(home: Path):
    made = open_world()
    with made.state.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    made.leave()
    with pytest.raises(SchemaUnknown, match="9999"):
        open_world()


@pytest.mark.parametrize("content", [b"no database at all " * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_state_file_that_is_no_database_is_told_and_left_alone(home: Path, content: bytes):
    home.mkdir()
    (home / "state.db").write_bytes(content)
    with pytest.raises(DatabaseRefused):
        open_world()
    assert (home / "state.db").read_bytes() == content


def test_a_database_in_memory_alone_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_STATE_URL", "sqlite://")
    with pytest.raises(ValueError, match="give it a file"):
        open_world()
