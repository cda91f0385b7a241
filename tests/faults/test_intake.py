"""Each document that arrives is processed by one run, however often intake is killed, and however many look at once."""

import json
import signal
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.local_server.record import read_record
from tests.worlds.desk import Desk
from tests.worlds.papers import paper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DOCUMENTS = 3
SETTINGS = ("--set", "settings.batch=2", "--set", "settings.at_rest_seconds=0")
# Three documents in batches of two: one look, three that are fetched, three that are taken, two runs that are started.
STAGES = 9


@pytest.fixture(scope="module")
def office(desk: Desk) -> Desk:
    """A desk where everything is deployed, and nobody works."""
    assert desk.holdfast("deploy").returncode == 0
    return desk


@pytest.fixture
def post(office: Desk, tmp_path: Path) -> Generator[Path]:
    """A folder with documents that nobody has seen before; two have the same content."""
    folder = tmp_path / "post"
    folder.mkdir()
    for number in range(DOCUMENTS):
        (folder / f"{number}.txt").write_text(paper(f"{tmp_path.name}-{number}"))
    (folder / "copy.txt").write_text(paper(f"{tmp_path.name}-0"))
    yield folder
    office.clear()


def scheduled(office: Desk) -> list[list[str]]:
    """What each run was started for, as Prefect tells it."""
    server = read_record(office.home)
    assert server is not None
    found: list[Any] = httpx.post(
        f"{server.api_url}/flow_runs/filter", json={"limit": 200}, timeout=60
    ).json()
    return [run["parameters"]["files"] for run in found if "files" in run["parameters"]]


def new(office: Desk, before: list[list[str]]) -> Counter[str]:
    """How often each document was started since."""
    known = Counter(file for files in before for file in files)
    return Counter(file for files in scheduled(office) for file in files) - known


def is_once_each(started: Counter[str]) -> bool:
    """Three contents, each once."""
    return len(started) == DOCUMENTS and set(started.values()) == {1}


@pytest.mark.parametrize(
    ("point", "hit"),
    [
        ("stage.body.done", 1),
        ("stage.committed", 3),
        ("stage.claimed", 7),
        ("stage.body.done", STAGES - 1),
        ("stage.body.done", STAGES),
        ("stage.committed", STAGES),
    ],
)
def test_documents_are_started_once_also_where_intake_is_killed(
    office: Desk, post: Path, point: str, hit: int
):
    before = scheduled(office)
    killed = office.holdfast("run", "intake", str(post), *SETTINGS, HOLDFAST_FAULT=f"{point}:{hit}")
    assert killed.returncode == -signal.SIGKILL
    resumed = office.holdfast("runs", "resume", "last")
    assert resumed.returncode == 0, resumed.stderr
    again = office.holdfast("run", "intake", str(post), *SETTINGS)
    assert again.returncode == 0, again.stderr
    assert is_once_each(new(office, before))


def test_of_two_that_look_at_once_one_takes_each_document(office: Desk, post: Path):
    before = scheduled(office)
    looking = [office.start("run", "intake", str(post), *SETTINGS) for _ in range(2)]
    for one in looking:
        _, told = one.communicate(timeout=240)
        assert one.returncode == 0, told
    assert is_once_each(new(office, before))


def test_a_document_that_comes_later_is_taken_and_what_was_taken_is_not(office: Desk, post: Path):
    before = scheduled(office)
    assert office.holdfast("run", "intake", str(post), *SETTINGS).returncode == 0
    (post / "late.txt").write_text(paper(f"{post.parent.name}-late"))
    told = office.holdfast("run", "intake", str(post), *SETTINGS, "--json")
    assert json.loads(told.stdout)["stages"]["ran"] == 4
    assert len(new(office, before)) == DOCUMENTS + 1
