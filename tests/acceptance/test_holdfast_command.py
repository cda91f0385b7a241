"""What a script may rely on: the command as a person types it, in a new home, from the first run to the second."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments import local_server
from tests.worlds.papers import paper

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a home and some papers; its server goes when the tests are through."""
    folder = tmp_path_factory.mktemp("desk")
    papers = folder / "my pàpers"
    papers.mkdir()
    (papers / "harbour paper.txt").write_text(paper("HP-2041"))
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is not the rest of a PDF")
    yield folder
    local_server.stop(folder / "home")


@pytest.fixture(scope="module")
def first(desk: Path) -> "subprocess.CompletedProcess[str]":
    """The first run, in a home that was not there."""
    return holdfast(desk, "run", "process-invoices", "my pàpers", "--json")


def test_the_first_run_prints_one_json_document_and_no_noise(first):
    facts = json.loads(first.stdout)
    assert {"run_id", "state", "documents", "cost_usd", "seconds", "stages"} <= facts.keys()
    assert [document["file"] for document in facts["documents"]] == ["broken.pdf", "harbour paper.txt"]
    assert facts["stages"]["ran"] > 0
    assert not [word for word in ("Traceback", "Warning", "WARNING") if word in first.stderr]


def test_each_document_has_the_promised_fields(first):
    promised = {
        "file",
        "status",
        "reason",
        "vendor",
        "invoice_number",
        "date",
        "currency",
        "net",
        "tax",
        "total",
    }
    for document in json.loads(first.stdout)["documents"]:
        assert promised | {"line_items", "doubts"} <= document.keys()
        assert document["status"] in {"posted", "waiting", "refused"}
        for line in document["line_items"]:
            assert {"description", "quantity", "unit_price", "amount", "category"} <= line.keys()


def test_money_is_a_number_and_dates_are_iso(first):
    read = json.loads(first.stdout)["documents"][1]
    assert (read["total"], read["currency"], read["date"]) == (360.0, "GBP", "2025-11-03")


def test_a_refused_document_makes_the_exit_code_1(first):
    assert json.loads(first.stdout)["documents"][0]["status"] == "refused"
    assert first.returncode == 1


def test_the_run_leaves_its_server_running(first, desk: Path):
    assert local_server.look(desk / "home")[0] == "running"


def test_progress_is_one_plain_line_for_each_document(first):
    assert sum("harbour paper.txt" in line for line in first.stderr.splitlines()) == 1
    assert "\x1b" not in first.stderr


def test_the_second_run_does_nothing_again_and_says_so(first, desk: Path):
    again = holdfast(desk, "run", "process_invoices", "my pàpers")
    assert "Nothing was computed again and nothing was posted twice." in again.stdout
    assert " 0 stages ran" in again.stdout
    assert again.returncode == first.returncode


def test_runs_have_the_promised_fields(first, desk: Path):
    listed = answer(desk, "runs", "list")
    shown = answer(desk, "runs", "show", json.loads(first.stdout)["run_id"][:13])
    assert shown[0] in listed
    promised = {"run_id", "name", "flow", "state", "started_at", "parent_run_id", "cost_usd", "stages"}
    assert promised <= shown[0].keys()


def test_stages_have_the_promised_fields_and_are_in_order(first, desk: Path):
    rows = answer(desk, "stages", json.loads(first.stdout)["run_id"])
    promised = "ordinal stage key state reused attempts cost_usd seconds bytes output_digest"
    assert all(set(promised.split()) <= row.keys() for row in rows)
    assert [row["ordinal"] for row in rows] == sorted(row["ordinal"] for row in rows)
    assert not any(row["reused"] for row in rows)


def test_one_stage_is_shown_with_its_inputs_and_its_output(first, desk: Path):
    shown = answer(desk, "show", json.loads(first.stdout)["run_id"], "--at", "1")
    assert shown["stage"]["ordinal"] == 1
    assert {"inputs", "output"} <= shown["stage"].keys()
    assert shown["state"]["stages"]["ran"] == 1


@pytest.mark.parametrize("ref", ["last", "0000", "no-such-run"])
def test_a_run_that_is_not_there_is_told_without_a_traceback(first, desk: Path, ref: str):
    told = holdfast(desk, "stages", ref)
    assert told.returncode == (0 if ref == "last" else 1)
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    "line", [["runs", "list"], ["runs", "show"], ["stages"], ["show", "--at", "1"], ["status"]], ids=" ".join
)
def test_what_people_read_has_no_colour_codes_in_a_pipe(first, desk: Path, line: list[str]):
    told = holdfast(desk, *line)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip()
    assert "\x1b" not in told.stdout


def answer(desk: Path, *arguments: str) -> Any:
    told = holdfast(desk, *arguments, "--json")
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def holdfast(desk: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from deployments.console import main; main()", *arguments],
        cwd=desk,
        env={**os.environ, "HOLDFAST_HOME": str(desk / "home"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
