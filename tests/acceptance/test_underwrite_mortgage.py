"""`holdfast run underwrite_mortgage`: a dossier is read once, a bureau is asked once, and a person decides."""

import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from blocks.base.clock import monotonic, sleep
from deployments.approval_page import APPROVAL_PAGE
from deployments.sweeper import SWEEPER
from tests.fakes.credit_bureau import FakeCreditBureau
from tests.worlds import dossier
from tests.worlds.desk import Desk

Ended = subprocess.CompletedProcess[str]
GOES_ON_WITHIN_SECONDS = 90


@pytest.fixture
def bureau(desk: Desk) -> Generator[FakeCreditBureau]:
    """A bureau that answers, and a home in which nothing was done yet."""
    desk.clear()
    with FakeCreditBureau() as fake:
        yield fake


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A dossier with papers of somebody else, a second copy and two files that are no papers."""
    return dossier.write(tmp_path / "dossier", dossier.FAULTY)


def settings(bureau: FakeCreditBureau) -> dict[str, str]:
    """What makes *bureau* the one that is asked."""
    return {"HOLDFAST_CREDIT_BUREAU_URL": bureau.url, "HOLDFAST_CREDIT_BUREAU_KEY": bureau.key}


def run(desk: Desk, bureau: FakeCreditBureau, papers: Path, **environment: str) -> Ended:
    """`holdfast run underwrite_mortgage`, as JSON."""
    told = {**settings(bureau), **environment}
    return desk.holdfast("run", "underwrite_mortgage", str(papers), "--json", **told)


def facts(ended: Ended) -> dict[str, Any]:
    """What the command printed."""
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


def shown(ended: Ended) -> str:
    """What the underwriter is shown, as canonical text."""
    assert facts(ended)["state"] == "waiting", ended.stdout + ended.stderr
    [asked] = facts(ended)["asked"]
    return json.dumps(asked, sort_keys=True)


def decide(desk: Desk, bureau: FakeCreditBureau, ended: Ended, *answer: str) -> Ended:
    """Answer what *ended* asks, and go on with its run."""
    [asked] = facts(ended)["approvals"]
    changes = [part for one in answer for part in ("--set", one)]
    return desk.holdfast("approvals", "approve", asked, *changes, "--json", **settings(bureau))


def test_a_dossier_waits_for_an_underwriter_and_ends_as_decided(
    desk: Desk, bureau: FakeCreditBureau, papers: Path
):
    first = run(desk, bureau, papers)
    assert (first.returncode, facts(first)["state"]) == (3, "waiting"), first.stderr
    uploads = {upload["file"]: upload for upload in facts(first)["uploads"]}
    assert {name for name, upload in uploads.items() if upload["status"] == "refused"} == {
        "broken.pdf",
        "nothing.txt",
    }
    assert all(uploads[name]["reason"] for name in ("broken.pdf", "nothing.txt"))
    assert [paper["kind"] for paper in uploads["packet.txt"]["papers"]] == ["w2", "pay_stub"]
    [asked] = facts(first)["asked"]
    assert (asked["applicants"][0]["name"], bureau.enquiries) == (dossier.APPLICANT, 1)
    assert "score 712" in asked["applicants"][0]["credit"]

    undecided = decide(desk, bureau, first)
    assert undecided.returncode == 2, undecided.stdout
    decide(desk, bureau, first, "verdict=approve")
    [ended] = json.loads(desk.holdfast("runs", "show", "last", "--json").stdout)
    assert ended["state"] == "completed"

    again = run(desk, bureau, papers)
    outcome = facts(again)["value"]
    assert (again.returncode, outcome["status"], outcome["report"]["loan"]["amount"]) == (
        0,
        "approved",
        240000,
    )
    assert (facts(again)["stages"]["ran"], bureau.enquiries) == (0, 1)
    assert desk.faults() == []


def test_a_bureau_that_is_down_parks_the_run_which_wakes_by_itself_and_asks_once(
    desk: Desk, bureau: FakeCreditBureau, papers: Path
):
    bureau.stop()
    parked = run(desk, bureau, papers)
    assert (parked.returncode, facts(parked)["state"]) == (1, "parked"), parked.stderr
    assert "does not answer now" in facts(parked)["error"]
    assert bureau.enquiries == 0
    read = desk.done()
    up = desk.holdfast("up", "--json", **settings(bureau))
    assert up.returncode == 0, up.stderr
    try:
        bureau.start()
        until(lambda: state_of(desk) == "waiting")
    finally:
        SWEEPER.stop(desk.home)
        APPROVAL_PAGE.stop(desk.home)
    assert bureau.enquiries == 1
    assert {key: desk.done()[key].attempts for key in read} == {
        key: row.attempts for key, row in read.items()
    }
    assert desk.faults() == []


@pytest.mark.parametrize(
    "point", ["stage.body.done:9", "stage.committed:31", "stage.commit.written:44", "stage.claimed:55"]
)
def test_a_killed_run_reads_no_paper_twice_and_makes_the_same_report(
    desk: Desk, bureau: FakeCreditBureau, papers: Path, point: str
):
    undisturbed = shown(run(desk, bureau, papers))
    desk.clear()
    bureau.billed.clear()
    killed = run(desk, bureau, papers, HOLDFAST_FAULT=point)
    assert killed.returncode == -9, killed.stderr
    before = desk.done()
    ended = desk.holdfast("runs", "resume", "last", "--json", **settings(bureau))
    assert shown(ended) == undisturbed
    assert {key: desk.done()[key].attempts for key in before} == {
        key: row.attempts for key, row in before.items()
    }
    assert bureau.enquiries == 1
    assert desk.faults() == []


def test_without_a_bureau_the_report_says_that_no_check_was_made(desk: Desk, tmp_path: Path):
    desk.clear()
    papers = dossier.write(tmp_path / "dossier")
    ended = desk.holdfast("run", "underwrite_mortgage", str(papers), "--json")
    [asked] = facts(ended)["asked"]
    assert [doubt["rule"] for doubt in asked["doubts"]] == ["no credit check"]
    assert "not made" in asked["applicants"][0]["credit"]


def state_of(desk: Desk) -> str:
    """How the newest run stands."""
    return json.loads(desk.holdfast("runs", "list", "--json").stdout)[0]["state"]


def until(condition: Any) -> None:
    """Wait for what another process does."""
    end = monotonic() + GOES_ON_WITHIN_SECONDS
    while not condition():
        assert monotonic() < end, f"not within {GOES_ON_WITHIN_SECONDS} s"
        sleep(0.5)
