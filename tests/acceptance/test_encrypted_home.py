"""A home with keys, worked in by whole processes: nothing in it shows a document; keys are rotated; one is erased."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.worlds.canaries import canaries, found_in, found_in_text
from tests.worlds.desk import Desk, documents
from tests.worlds.papers import paper

SECRETS = canaries("vendor", "number", "reason", "other vendor", "api key")
OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
BOOKS = ("accounting.",)  # what is posted stands in the books, for the accountant


def keyed(desk: Desk, *arguments: str, keys: str = f"old:{OLD}") -> "subprocess.CompletedProcess[str]":
    """`holdfast` with encryption keys, and a secret of another kind, in the environment."""
    return desk.holdfast(*arguments, HOLDFAST_ENCRYPTION_KEYS=keys, OPENAI_API_KEY=SECRETS["api key"])


def shown(desk: Desk) -> list[str]:
    """Which secrets can be found in the home."""
    return found_in(desk.home, [*SECRETS.values(), OLD, NEW, "o" * 32, "n" * 32], but=BOOKS)


@pytest.mark.slow
def test_a_home_with_keys_from_the_first_paper_to_its_erasure(desk: Desk, tmp_path: Path):
    desk.clear()
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "a.txt").write_text(paper(SECRETS["number"], vendor=f"{SECRETS['vendor']} Ltd", total="380.00"))
    (papers / "b.txt").write_text(paper("HP-2", vendor=f"{SECRETS['other vendor']} Ltd"))
    first = keyed(desk, "run", "process_invoices", str(papers), "--json")
    assert [one["status"] for one in documents(first)] == ["waiting", "posted"], first.stderr
    assert SECRETS["vendor"] in first.stdout  # whoever runs it sees it
    assert shown(desk) == []

    locked = desk.holdfast("approvals", "list")
    assert (locked.returncode, "no keys" in locked.stderr) == (1, True), locked.stdout
    wrong = keyed(desk, "approvals", "list", keys=f"old:{NEW}")
    assert (wrong.returncode, "another one" in wrong.stderr) == (1, True), wrong.stdout
    assert found_in_text(locked.stdout + wrong.stdout, SECRETS.values()) == []

    both = f"new:{NEW},old:{OLD}"
    rotated = keyed(desk, "storage", "rotate-key", "--json", keys=both)
    assert json.loads(rotated.stdout)["retired"] == ["old"], rotated.stderr
    approval_id = documents(first)[0]["approval_id"]
    corrected = ("--set", "total=360.00", "--reason", SECRETS["reason"])
    approved = keyed(desk, "approvals", "approve", approval_id, *corrected, keys=f"new:{NEW}")
    assert approved.returncode == 0, approved.stdout + approved.stderr
    again = keyed(desk, "run", "process_invoices", str(papers), "--json", keys=f"new:{NEW}")
    assert [one["status"] for one in documents(again)] == ["posted", "posted"], again.stderr
    assert json.loads(again.stdout)["stages"]["ran"] == 0
    assert shown(desk) == []

    asked = keyed(desk, "storage", "erase", "a.txt", keys=f"new:{NEW}")
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True), asked.stdout
    erased = keyed(desk, "storage", "erase", "a.txt", "--yes", "--json", keys=f"new:{NEW}")
    assert json.loads(erased.stdout)["subjects"] == ["a.txt"], erased.stderr
    verified = keyed(desk, "ledger", "verify", "--json", keys=f"new:{NEW}")
    assert json.loads(verified.stdout)["ok"], verified.stdout
    last = keyed(desk, "run", "process_invoices", str(papers), "--json", keys=f"new:{NEW}")
    assert [one["status"] for one in documents(last)] == ["failed", "posted"], last.stderr
    assert "was erased" in documents(last)[0]["reason"]
    assert shown(desk) == []
