"""`process_invoices` asks about doubts, totals above a limit and what is posted already; then it posts what was answered."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deployments.samples.__main__ import main as write_samples
from tests.worlds.desk import ROOT, Desk, documents
from tests.worlds.papers import paper


@pytest.fixture
def papers(tmp_path: Path, desk: Desk) -> Path:
    """A folder for papers, and a home in which nothing was done yet."""
    desk.clear()
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def write(path: Path, number: str = "HP-1", total: str = "380.00") -> Path:
    """An invoice whose net and tax make 360.00."""
    path.write_text(paper(number, total=total))
    return path


def run(desk: Desk, *paths: Path) -> "subprocess.CompletedProcess[str]":
    """`holdfast run process_invoices`, as JSON."""
    return desk.holdfast("run", "process_invoices", *map(str, paths), "--json")


def resume(desk: Desk, ended: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    """Another process goes on with the run that *ended*."""
    return desk.holdfast("runs", "resume", json.loads(ended.stdout)["run_id"], "--json")


def elsewhere(desk: Desk, program: str, **given: Any) -> Any:
    """What *program* prints, in another process on the same desk; it finds *given* under that name."""
    told = subprocess.run(
        [sys.executable, "-c", f"import json, sys, blocks.profile\ngiven = json.load(sys.stdin)\n{program}"],
        input=json.dumps(given),
        env={**os.environ, "HOLDFAST_HOME": str(desk.home), "HOLDFAST_PROFILE": "laptop"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def waiting(desk: Desk) -> list[dict[str, Any]]:
    """What waits for a person, oldest first."""
    return elsewhere(
        desk,
        "from blocks.durable.approvals import list_approvals\n"
        "names = ('approval_id', 'gate', 'title', 'value', 'subject', 'shown', 'proposed')\n"
        "print(json.dumps([{name: getattr(one, name) for name in names} for one in list_approvals()]))",
    )


def decide(desk: Desk, asked: dict[str, Any], verdict: str = "approved", reason: str = "", **changes: Any):
    """Ada decides, with the proposed answer but for *changes*."""
    elsewhere(
        desk,
        "from blocks.durable.approvals import decide\n"
        "done = decide(given['id'], verdict=given['verdict'], by='ada', via='command', answer=given['answer'], "
        "reason=given['reason'])\n"
        "print(json.dumps(done.status))",
        id=asked["approval_id"],
        verdict=verdict,
        reason=reason,
        answer={**asked["proposed"], **changes} if verdict == "approved" else None,
    )


def test_a_doubtful_invoice_waits_and_the_corrected_one_is_posted_once(desk: Desk, papers: Path):
    write(papers / "a.txt")
    first = run(desk, papers)
    (told,) = documents(first)
    assert (first.returncode, json.loads(first.stdout)["state"]) == (3, "waiting"), first.stderr
    assert (told["status"], told["vendor"], told["total"]) == ("waiting", "Harbour Paper Ltd", 380)
    assert "360.00, not 380.00" in told["reason"]
    assert desk.books() == []
    (asked,) = waiting(desk)
    assert asked["approval_id"] == told["approval_id"]
    assert (asked["gate"], asked["value"], asked["subject"]) == ("invoice", "GBP 380.00", "a.txt")
    assert asked["title"] == "Harbour Paper Ltd HP-1, GBP 380.00"
    assert "total" in {doubt["field"] for doubt in asked["shown"]["doubts"]}

    decide(desk, asked, total="360.00", vendor="Harbour Paper Limited")
    ended = resume(desk, first)
    (posted,) = documents(ended)
    assert (ended.returncode, posted["status"], posted["total"]) == (0, "posted", 360), ended.stderr
    assert json.loads(ended.stdout)["run_id"] == json.loads(first.stdout)["run_id"]
    books = [("a.txt", "Harbour Paper Limited", "HP-1", "360.00", 2)]
    assert desk.books() == books

    again = run(desk, papers)
    assert (again.returncode, documents(again)) == (0, documents(ended))
    assert json.loads(again.stdout)["stages"]["ran"] == 0
    assert (waiting(desk), desk.books(), desk.faults()) == ([], books, [])


def test_the_command_corrects_approves_and_posts(desk: Desk, papers: Path):
    write(papers / "a.txt")
    (told,) = documents(run(desk, papers))
    line = ("approvals", "approve", told["approval_id"][:12], "--set", "total=360.00")
    approved = desk.holdfast(*line, HOLDFAST_USER="ada")
    assert approved.returncode == 0, approved.stdout + approved.stderr
    assert desk.books() == [("a.txt", "Harbour Paper Ltd", "HP-1", "360.00", 2)]
    assert [document["status"] for document in documents(run(desk, papers))] == ["posted"]


def test_what_is_typed_wrong_is_asked_again_and_posted_when_it_is_confirmed(desk: Desk, papers: Path):
    write(papers / "a.txt")
    first = run(desk, papers)
    decide(desk, waiting(desk)[0], total="630.00")
    second = resume(desk, first)
    assert second.returncode == 3, second.stderr
    (asked,) = waiting(desk)
    assert [doubt["reason"] for doubt in asked["shown"]["doubts"]] == [
        "The net amount 300.00 and the tax 60.00 make 360.00, not 630.00."
    ]
    assert asked["proposed"]["total"] == "630.00"
    assert desk.books() == []
    decide(desk, asked)
    third = resume(desk, first)
    assert [document["status"] for document in documents(third)] == ["posted"]
    assert [row[3] for row in desk.books()] == ["630.00"]
    assert waiting(desk) == []


def test_a_rejected_invoice_is_refused_and_not_asked_about_again(desk: Desk, papers: Path):
    write(papers / "a.txt")
    write(papers / "b.txt", "HP-2", "360.00")
    first = run(desk, papers)
    assert [document["status"] for document in documents(first)] == ["waiting", "posted"]
    decide(desk, waiting(desk)[0], "rejected", "not ordered by us")
    for ended in (resume(desk, first), run(desk, papers)):
        refused, posted = documents(ended)
        assert (refused["status"], posted["status"], ended.returncode) == ("refused", "posted", 1)
        assert refused["reason"] == "rejected by ada: not ordered by us"
    assert (waiting(desk), [row[0] for row in desk.books()]) == ([], ["b.txt"])


def test_a_copy_is_decided_once_and_posted_beside_the_first_only_when_a_person_says_so(
    desk: Desk, papers: Path
):
    for name in ("a.txt", "b.txt"):
        write(papers / name)
    first = run(desk, papers)
    assert [document["status"] for document in documents(first)] == ["waiting", "waiting"]
    (asked,) = waiting(desk)
    decide(desk, asked, total="360.00")
    second = resume(desk, first)
    assert [document["status"] for document in documents(second)] == ["posted", "waiting"]
    (asked,) = waiting(desk)
    assert (asked["gate"], asked["subject"]) == ("duplicate", "b.txt")
    assert "a.txt" in asked["shown"]["doubts"][0]["reason"]
    assert "post_again" not in asked["proposed"]  # nobody approves a second posting by approving all
    decide(desk, asked, post_again=True)
    for ended in (resume(desk, first), run(desk, papers)):
        assert [document["status"] for document in documents(ended)] == ["posted", "posted"]
    assert [row[0] for row in desk.books()] == ["a.txt", "b.txt"]
    assert (waiting(desk), desk.faults()) == ([], [])


def test_a_rejected_duplicate_is_refused(desk: Desk, papers: Path):
    write(papers / "a.txt", total="360.00")
    run(desk, papers)
    (papers / "b.txt").write_text(paper("HP-1") + "\nThank you.\n")
    second = run(desk, papers)
    assert [document["status"] for document in documents(second)] == ["posted", "waiting"]
    decide(desk, waiting(desk)[0], "rejected", "sent twice")
    ended = resume(desk, second)
    assert documents(ended)[1]["reason"] == "rejected by ada: sent twice"
    assert len(desk.books()) == 1


def test_a_number_that_was_misread_is_corrected_and_is_no_duplicate(desk: Desk, papers: Path):
    write(papers / "a.txt", total="360.00")
    run(desk, papers)
    (papers / "b.txt").write_text(paper("HP-1") + "\nThank you.\n")
    second = run(desk, papers)
    decide(desk, waiting(desk)[0], post_again=True, invoice_number="HP-7")
    ended = resume(desk, second)
    assert [(one["status"], one["invoice_number"]) for one in documents(ended)] == [
        ("posted", "HP-1"),
        ("posted", "HP-7"),
    ]
    assert [row[2] for row in desk.books()] == ["HP-1", "HP-7"]


def test_a_total_above_the_limit_is_asked_about(desk: Desk, papers: Path):
    write(papers / "a.txt", total="360.00")

    def launched() -> Any:
        return elsewhere(
            desk,
            "from deployments import local_server\n"
            "from blocks.base.home import home\n"
            "local_server.use_client_environment(home(), local_server.ensure(home()).api_url)\n"
            "from blocks.durable.launch import launch\n"
            "from flows.process_invoices import process_invoices\n"
            "settings = {'ask_above': {'GBP': '359.99'}, 'approvers': {'names': ['ada']}}\n"
            "ended = launch(process_invoices, {'files': given['files'], 'settings': settings})\n"
            "print(json.dumps([ended.state, ended.value and [one.status for one in ended.value]]))",
            files=[str(papers)],
        )

    assert launched()[0] == "waiting"
    (asked,) = waiting(desk)
    assert [doubt["rule"] for doubt in asked["shown"]["doubts"]] == ["limit"]
    decide(desk, asked)
    assert launched() == ["completed", ["posted"]]
    assert [row[3] for row in desk.books()] == ["360.00"]


def test_every_sample_that_waits_can_be_answered_with_what_was_read(desk: Desk, papers: Path):
    assert write_samples([str(papers)]) == 0
    first = run(desk, papers)
    before = {document["file"]: document["status"] for document in documents(first)}
    assert set(before.values()) == {"posted", "waiting", "refused"}
    for asked in waiting(desk):
        decide(desk, asked, **({"post_again": True} if asked["gate"] == "duplicate" else {}))
    after = {document["file"]: document["status"] for document in documents(resume(desk, first))}
    assert after == {name: status.replace("waiting", "posted") for name, status in before.items()}
    assert waiting(desk) == []
    assert len(desk.books()) == sum(status == "posted" for status in after.values())
    assert desk.faults() == []
