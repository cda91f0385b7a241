"""A run that was killed is resumed by hand, as the same run, in another process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments import local_server
from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice

HOLDFAST = [sys.executable, "-c", "from deployments.console import main; main()"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("desk")
    (folder / "papers").mkdir()
    for seed in range(4):
        (folder / "papers" / f"{seed}.pdf").write_bytes(make_invoice(invent(seed)))
    yield folder
    local_server.stop(folder / "home")


def holdfast(desk: Path, *arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOLDFAST_HOME": str(desk / "home"), "HOLDFAST_FAULT": fault}
    return subprocess.run(
        [*HOLDFAST, *arguments],
        env=environment,
        cwd=desk,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_killed_run_goes_on_as_the_same_run_and_ends(desk: Path):
    killed = holdfast(desk, "run", "process_invoices", "papers", fault="stage.committed:9")
    assert killed.returncode == -9
    [before] = json.loads(holdfast(desk, "runs", "list", "--json").stdout)
    assert (before["state"], before["stages"]["ran"]) == ("stalled", 9)

    resumed = json.loads(holdfast(desk, "runs", "resume", "last", "--json").stdout)

    assert resumed["run_id"] == before["run_id"]
    assert resumed["state"] == "completed"
    assert {document["status"] for document in resumed["documents"]} == {"posted"}
    rows = json.loads(holdfast(desk, "stages", "last", "--json").stdout)
    assert len(rows) == len({row["key"] for row in rows}) == resumed["stages"]["ran"]
    # Only bodies open at the kill ran again: four documents side by side, each at most two deep.
    assert sum(row["attempts"] for row in rows) <= len(rows) + 8


def test_a_completed_run_is_not_resumed(desk: Path):
    again = holdfast(desk, "runs", "resume", "last")
    assert again.returncode == 1
    assert "the run is completed" in again.stderr
