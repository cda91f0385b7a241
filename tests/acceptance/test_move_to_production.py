"""From the laptop to servers while runs wait: `holdfast storage move`, and each of them ends there, under its own id."""

import json
import subprocess
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments import local_server
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.programs import postgres_programs
from tests.worlds.desk import Desk
from tests.worlds.machine_room import until, write_papers

PRODUCTION = ("--profile", "production")


def _installed() -> bool:
    try:
        return bool(postgres_programs()) and find_spec("ministack") is not None
    except ServerNotInstalled:
        return False


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _installed(), reason="no PostgreSQL or no ministack is installed here"),
]


@pytest.fixture
def home(tmp_path: Path) -> Generator[Desk]:
    """A desk on which nothing runs yet; what was started is stopped."""
    desk = Desk(tmp_path / "home")
    yield desk
    desk.holdfast("down")
    local_server.stop(desk.home)


def facts(ended: "subprocess.CompletedProcess[str]", code: int = 0) -> Any:
    """What a command printed as JSON."""
    assert ended.returncode == code, ended.stderr
    return json.loads(ended.stdout)


def waiting(desk: Desk, order: int) -> tuple[str, str]:
    """A run that waits, and what it asks."""
    told = f"Tell ann@example.com that order {order} is late"
    run_id = facts(desk.holdfast("run", "send_email", told, "--json"), 3)["run_id"]
    [run] = facts(desk.holdfast("runs", "show", run_id, "--json"))
    [asked] = run["approvals"]
    return run_id, asked


def ends(api: str, run_id: str) -> None:
    """Wait until Prefect, and so our rows, say that the run is completed."""
    until(120, "the end of the run", lambda: _type_of(api, run_id) == "COMPLETED")


def _type_of(api: str, run_id: str) -> str:
    return httpx.get(f"{api}/flow_runs/{run_id}", timeout=30).json()["state_type"]


def restarted(desk: Desk, listed: list[dict[str, Any]]) -> None:
    """A second `up` finds what the first one started; after `down` all is stopped, and the next `up` still has it all."""
    running = facts(desk.holdfast("status", "--json", HOLDFAST_PROFILE="production"))
    found = facts(desk.holdfast("up", "--json", *PRODUCTION))
    assert found == running
    assert facts(desk.holdfast("down", "--json"))["pid"] == running["pid"]
    stopped = facts(desk.holdfast("status", "--json", HOLDFAST_PROFILE="production"), 1)
    assert (stopped["state"], set(stopped["stack"].values())) == ("stopped", {"stopped"})
    anew = facts(desk.holdfast("up", "--json", *PRODUCTION))
    assert anew["pid"] != running["pid"]
    assert [
        run for run in facts(desk.holdfast("runs", "list", "--json", *PRODUCTION)) if run in listed
    ] == listed


@pytest.mark.timeout(600)
def test_runs_that_wait_on_the_laptop_end_in_production(home: Desk, tmp_path: Path):
    papers = write_papers(tmp_path / "papers", range(2))
    done = facts(home.holdfast("run", "process_invoices", str(papers), "--json"))
    (by_command, first), (by_sweeper, second), (by_form, _) = (waiting(home, order) for order in (1, 2, 3))
    api = facts(home.holdfast("up", "--json", *PRODUCTION))["api_url"]

    move = ("storage", "move", "--from", "laptop", "--to", "production", "--json")
    moved = facts(home.holdfast(*move))
    assert moved["ok"]
    assert set(moved["open_runs"]) == {by_command, by_sweeper, by_form}
    assert moved["prefect_runs"] == 3
    assert (moved["rows"]["runs"], moved["rows"]["invoices"]) == (4, 2)
    for profile in ("laptop", "production"):
        assert facts(home.holdfast("ledger", "verify", "--json", "--profile", profile))["ok"]
    again = facts(home.holdfast(*move))
    assert (again["rows"], again["prefect_runs"]) == (moved["rows"], 0)

    refused = home.holdfast("approvals", "approve", first, "--profile", "laptop")
    assert refused.returncode == 1
    assert "moved to production" in refused.stderr

    ended = home.holdfast("approvals", "approve", first, "--json", *PRODUCTION)
    assert ended.returncode == 0, ended.stderr
    ends(api, by_command)
    facts(home.holdfast("approvals", "approve", second, "--no-resume", "--json", *PRODUCTION))
    ends(api, by_sweeper)
    given = {"run_input": {"holdfast_decision": "approve"}}
    answered = httpx.post(f"{api}/flow_runs/{by_form}/resume", json=given, timeout=30)
    assert answered.json()["status"] == "ACCEPT"
    ends(api, by_form)
    listed = facts(home.holdfast("runs", "list", "--json", *PRODUCTION))
    assert {run["run_id"]: run["state"] for run in listed if run["flow"] == "send_email"} == dict.fromkeys(
        (by_command, by_sweeper, by_form), "completed"
    )
    assert len(list((home.home / "mailbox").rglob("*.eml"))) == 3

    same = facts(home.holdfast("run", "process_invoices", str(papers), "--json", *PRODUCTION))
    assert same["stages"]["ran"] == 0
    assert [paper["file"] for paper in same["documents"]] == [paper["file"] for paper in done["documents"]]
    assert facts(home.holdfast("ledger", "verify", "--json", "--strict", *PRODUCTION))["ok"]
    restarted(home, listed)
    doctor = facts(home.holdfast("doctor", "--json", *PRODUCTION))
    assert {check["name"]: check["level"] for check in doctor["checks"]}["durability"] == "ok"
