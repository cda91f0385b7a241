"""`holdfast run process_invoices` over papers that people really hand in: twins, strangers, crowds, and two at once."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from blocks.state.database import StateDatabase
from tests.worlds.desk import Desk, documents
from tests.worlds.papers import paper


@pytest.fixture
def papers(tmp_path: Path, desk: Desk) -> Path:
    """A folder for papers, and a home in which nothing was done yet."""
    desk.clear()
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def write(path: Path, number: str, vendor: str = "Harbour Paper Ltd") -> Path:
    """An invoice as text."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(paper(number, vendor=vendor))
    return path


def run(desk: Desk, *paths: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`holdfast run process_invoices`, as JSON."""
    return desk.holdfast("run", "process_invoices", *map(str, paths), "--json", **environment)


def statuses(ended: "subprocess.CompletedProcess[str]") -> list[tuple[str, str]]:
    """File and status of each document."""
    return [(document["file"], document["status"]) for document in documents(ended)]


def test_an_invoice_is_read_posted_and_not_posted_again(desk: Desk, papers: Path):
    write(papers / "a.txt", "HP-1")
    first, second = run(desk, papers), run(desk, papers)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert documents(first) == documents(second)
    assert desk.books() == [("a.txt", "Harbour Paper Ltd", "HP-1", "360.00", 2)]
    assert json.loads(second.stdout)["stages"]["ran"] == 0
    assert desk.faults() == []


def test_two_files_with_one_name_are_two_documents(desk: Desk, papers: Path):
    where = {"north": "HP-101", "south": "HP-102"}
    files = [write(papers / folder / "invoice.txt", number) for folder, number in where.items()]
    ended = run(desk, *files)
    assert statuses(ended) == [("north/invoice.txt", "posted"), ("south/invoice.txt", "posted")]
    assert [row[2] for row in desk.books()] == ["HP-101", "HP-102"]


def test_a_document_under_two_names_is_posted_once_and_its_twin_asks(desk: Desk, papers: Path):
    for name in ("a.txt", "b.txt"):
        write(papers / name, "HP-2")
    ended = run(desk, papers)
    assert statuses(ended) == [("a.txt", "posted"), ("b.txt", "waiting")]
    assert "a.txt" in documents(ended)[1]["reason"]
    assert (ended.returncode, json.loads(ended.stdout)["state"]) == (3, "waiting")
    assert len(desk.books()) == 1


def test_a_number_that_comes_back_on_other_paper_asks(desk: Desk, papers: Path):
    write(papers / "a.txt", "HP-3")
    (papers / "b.txt").write_text(paper("HP-3") + "\nThank you.\n")
    ended = run(desk, papers, HOLDFAST_WORKERS="1")
    assert statuses(ended) == [("a.txt", "posted"), ("b.txt", "waiting")]
    assert len(desk.books()) == 1


def test_two_commands_over_one_folder_at_once_post_each_invoice_once(desk: Desk, papers: Path):
    for number in range(8):
        write(papers / f"{number}.txt", f"HP-{number}")
    line = ("run", "process_invoices", str(papers), "--json")
    working = [desk.start(*line) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in working]
    assert [process.returncode for process in working] == [0, 0], told
    assert len(desk.books()) == 8
    results: list[Any] = [json.loads(out)["documents"] for out, _ in told]
    assert all(document["status"] == "posted" for result in results for document in result)
    assert {row.attempts for row in desk.stages().values()} == {1}
    assert desk.faults() == []


def test_bad_files_among_many_are_told_each_and_the_rest_is_done(desk: Desk, papers: Path):
    for number in range(60):
        write(papers / f"{number:03}.txt", f"HP-{number}")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nand nothing more")
    (papers / "empty.pdf").write_bytes(b"")
    (papers / "music.mp3").write_bytes(b"ID3" + b"\x00" * 100)
    (papers / "folder.pdf").mkdir()
    (papers / "gone.pdf").symlink_to("nowhere")
    (papers / os.fsdecode(b"caf\xe9 \xff.txt")).write_text(paper("HP-999"))
    ended = run(desk, papers)
    told = dict(statuses(ended))
    bad = ["broken.pdf", "empty.pdf", "folder.pdf", "gone.pdf", "music.mp3"]
    assert sorted(name for name, status in told.items() if status == "refused") == bad
    assert sum(status == "posted" for status in told.values()) == 61
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    reasons = {document["file"]: document["reason"] for document in documents(ended)}
    assert all(reasons[name].split(":")[0].isidentifier() for name in bad)


def test_a_file_that_grew_since_the_last_run_is_another_document(desk: Desk, papers: Path):
    write(papers / "a.txt", "HP-4")
    run(desk, papers)
    write(papers / "a.txt", "HP-5")
    assert statuses(run(desk, papers)) == [("a.txt", "posted")]
    assert [row[2] for row in desk.books()] == ["HP-4", "HP-5"]


def test_papers_that_moved_are_not_computed_again(desk: Desk, papers: Path):
    write(papers / "a.txt", "HP-6")
    run(desk, papers)
    papers.rename(papers.with_name("moved"))
    again = run(desk, papers.with_name("moved"))
    assert json.loads(again.stdout)["stages"]["ran"] == 0
    assert len(desk.books()) == 1


def test_memory_keeps_nothing_and_posts_nothing_into_the_books(desk: Desk, papers: Path, tmp_path: Path):
    write(papers / "a.txt", "HP-7")
    (tmp_path / "tmp").mkdir()
    for _ in range(2):
        ended = run(desk, papers, HOLDFAST_PROFILE="memory", TMPDIR=str(tmp_path / "tmp"))
        assert statuses(ended) == [("a.txt", "posted")]
        assert json.loads(ended.stdout)["stages"]["ran"] > 0
    assert desk.books() == []
    assert not (desk.home / "state.db").exists()
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == []


def test_a_lost_artifact_is_told_by_document_and_nothing_is_computed_again(desk: Desk, papers: Path):
    write(papers / "a.txt", "HP-8")
    run(desk, papers)
    before = {row.key: row.attempts for row in desk.stages().values()}
    for row in [row for row in desk.stages().values() if row.stage == "extract_invoice"]:
        with _changed(desk) as connection:
            connection.exec_driver_sql(f"UPDATE stages SET output = x'00' WHERE key = '{row.key}'")  # noqa: S608
    ended = run(desk, papers)
    assert ended.returncode == 1
    (document,) = documents(ended)
    assert document["status"] == "failed"
    assert "ResultCorrupt" in document["reason"]
    assert {row.key: row.attempts for row in desk.stages().values()} == before
    assert len(desk.books()) == 1


def _changed(desk: Desk) -> Any:
    return StateDatabase(f"sqlite:///{desk.home / 'state.db'}").writing()
