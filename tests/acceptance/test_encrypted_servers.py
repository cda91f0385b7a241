"""The profile secure on a real database server and a real object store: nothing that is kept shows a document."""

import base64
import json
from pathlib import Path

import pytest

from deployments.stack.object_store import ObjectStore
from deployments.stack.postgres import Postgres
from tests.worlds.canaries import canaries, found_among, found_in, found_in_text
from tests.worlds.desk import Desk, documents
from tests.worlds.papers import paper
from tests.worlds.server_place import place_on, stands_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SECRETS = canaries("vendor", "number", "reason", "posted vendor", "api key")
KEY = base64.b64encode(b"k" * 32).decode()
KEYS = {"HOLDFAST_ENCRYPTION_KEYS": f"tests:{KEY}", "OPENAI_API_KEY": SECRETS["api key"]}
LARGE = "Delivered to the gate in good order. " * 400  # its text becomes an artifact
OF_THE_BOOKS = ("accounting.",)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Two documents: one that a person is asked about, one that is posted."""
    folder = tmp_path / "papers"
    folder.mkdir()
    doubtful = paper(SECRETS["number"], vendor=f"{SECRETS['vendor']} Ltd", total="380.00")
    (folder / "a.txt").write_text(f"{doubtful}\n{LARGE}")
    (folder / "b.txt").write_text(paper("HP-2", vendor=f"{SECRETS['posted vendor']} Ltd"))
    return folder


def worked(desk: Desk, papers: Path, profile: str, **told: str) -> str:
    """Run, ask, approve and run again; all that was printed of the ledger and of what failed."""
    first = desk.holdfast("run", "process_invoices", f"{papers}", "--json", "--profile", profile, **told)
    assert [one["status"] for one in documents(first)] == ["waiting", "posted"], first.stderr
    approval_id = documents(first)[0]["approval_id"]
    corrected = ("--set", "total=360.00", "--reason", SECRETS["reason"], "--profile", profile)
    approved = desk.holdfast("approvals", "approve", approval_id, *corrected, **told)
    assert approved.returncode == 0, approved.stdout + approved.stderr
    exported = desk.holdfast("ledger", "export", "--profile", profile, **told)
    verified = desk.holdfast("ledger", "verify", "--json", "--strict", "--profile", profile, **told)
    assert json.loads(verified.stdout)["ok"], verified.stdout
    assert exported.stdout.count("\n") > 10
    return exported.stdout + exported.stderr + verified.stdout + verified.stderr


def test_no_secret_is_in_a_row_an_object_an_export_or_in_prefects_tables(
    desk: Desk, papers: Path, postgres_server: Postgres, object_store: ObjectStore
):
    place = place_on(postgres_server, object_store)
    printed = worked(desk, papers, "secure", **place, **KEYS)
    secrets = [*SECRETS.values(), KEY, "k" * 32]
    assert found_among(stands_in(place, object_store), secrets) == []
    assert found_in(desk.home, [*secrets, object_store.secret]) == []  # Prefect's tables and the server's log
    assert found_in_text(printed, secrets) == []


def test_the_search_finds_what_the_profile_production_shows(
    desk: Desk, papers: Path, postgres_server: Postgres, object_store: ObjectStore
):
    place = place_on(postgres_server, object_store)
    worked(desk, papers, "production", **place)
    told = {where.split(": ")[1] for where in found_among(stands_in(place, object_store), SECRETS.values())}
    assert told == set(SECRETS.values()) - {SECRETS["api key"]}
