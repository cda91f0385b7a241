"""Run `underwrite_mortgage` on the labelled papers, and score what it says.

    python -m tests.evaluation.mortgage [dossier] [papers]

`dossier` (the default) is the composed dossier of `HOLDFAST_DATA` (default `../shared/data`): kinds, owners, broken files,
income and debts. `papers` is every labelled paper of a borrower or alone, in one run: kinds and fields. Each runs in a temporary
home, so that nothing is reused. Some minutes: a fifth of the papers are scans.

The columns per form, over the papers whose truth has the field: right, wrong, missing. Money counts within a cent, names by their
words in any order, the rest as it is. A packet counts by its pages.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

from deployments import local_server
from tasks.offline.mortgage.people import same_person
from tests.evaluation.mortgage_truth import (
    FIELDS,
    KIND_OF,
    OWNER_OF,
    is_right,
    kinds_of,
    truths,
)

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from deployments.console import main; main()")


def main(arguments: Sequence[str]) -> int:
    """0 measured, 1 a run told nothing, 2 no labelled papers here."""
    data = Path(os.environ.get("HOLDFAST_DATA") or ROOT.parent / "shared" / "data")
    if not (data / "mortgage" / "manifest.json").exists():
        print("no labelled papers here (HOLDFAST_DATA names their folder)", file=sys.stderr)
        return 2
    wanted = arguments or ("dossier",)
    for what in wanted:
        with tempfile.TemporaryDirectory(prefix="holdfast-evaluation-") as place:
            told = _run(Path(place), _files(data, what))
        if told is None:
            return 1
        lines = of_dossier(data, told) if what == "dossier" else of_papers(data, told)
        print("\n".join(lines) + "\n")
    return 0


def _files(data: Path, what: str) -> dict[str, Path]:
    """The name of each upload and where it lies."""
    if what == "dossier":
        return {entry["upload_name"]: data / entry["file"] for entry in _dossier(data)["documents"]}
    entries = _entries(data).values()
    return {
        f"{entry['id']}{Path(entry['file']).suffix}": data / "mortgage" / entry["file"] for entry in entries
    }


def _dossier(data: Path) -> dict[str, Any]:
    return json.loads((data / "mortgage" / "dossiers.json").read_text(encoding="utf-8"))[0]


def _entries(data: Path) -> dict[str, dict[str, Any]]:
    """The manifest by file."""
    manifest = json.loads((data / "mortgage" / "manifest.json").read_text(encoding="utf-8"))
    return {entry["file"]: entry for entry in manifest["entries"]}


def _run(place: Path, files: Mapping[str, Path]) -> dict[str, Any] | None:
    """What the command prints about *files*, in a home of its own."""
    folder, home = place / "uploads", place / "home"
    folder.mkdir()
    for name, path in files.items():
        copyfile(path, folder / name)
    environment = {**os.environ, "HOLDFAST_HOME": str(home)}
    command = [*COMMAND, "run", "underwrite_mortgage", str(folder), "--json"]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    finally:
        local_server.stop(home)
    told = json.loads(done.stdout or b"{}")
    return told if "uploads" in told else None


def of_dossier(data: Path, told: dict[str, Any]) -> list[str]:
    """The lines about the composed dossier."""
    dossier = _dossier(data)
    uploads = {upload["file"]: upload for upload in told["uploads"]}
    owners = {row["paper"]: row["whose"] for row in told["asked"][0]["papers"]}
    loan = [entry for entry in dossier["documents"] if entry["doc_type"] in KIND_OF]
    kinds, misses = _kinds(data, {entry["upload_name"]: entry for entry in loan}, uploads)
    whose = [(entry, _owners(uploads[entry["upload_name"]], owners)) for entry in loan]
    right = [entry for entry, found in whose if found == {OWNER_OF[entry["belongs_to"]]}]
    wrong = [f"{entry['upload_name']} {sorted(found)}" for entry, found in whose if entry not in right]
    broken = [entry["upload_name"] for entry in dossier["documents"] if entry["doc_type"] == "malformed"]
    named = [name for name in broken if uploads[name]["status"] == "refused" and uploads[name]["reason"]]
    return [
        f"dossier of {len(dossier['documents'])} uploads, {len(owners)} papers",
        _share("kind right", kinds["right"], sum(kinds.values()), misses),
        _share("owner right", len(right), len(loan), wrong),
        _share("broken files named", len(named), len(broken), []),
        *_amounts(dossier["ground_truth"], told["asked"][0]),
        *_fields(data, loan, uploads),
    ]


def of_papers(data: Path, told: dict[str, Any]) -> list[str]:
    """The lines about all papers."""
    uploads = {upload["file"]: upload for upload in told["uploads"]}
    entries = {f"{entry['id']}{Path(entry['file']).suffix}": entry for entry in _entries(data).values()}
    kinds, misses = _kinds(data, entries, uploads)
    files = [{**entry, "upload_name": name} for name, entry in entries.items()]
    share = _share("kind right", kinds["right"], sum(kinds.values()), misses)
    return [f"{len(entries)} files", share, *_fields(data, files, uploads)]


def _kinds(
    data: Path, wanted: Mapping[str, dict[str, Any]], uploads: Mapping[str, dict[str, Any]]
) -> tuple[Counter[str], list[str]]:
    """How many papers are known for what they are; a packet counts by its pages."""
    count, misses = Counter[str](), list[str]()
    for name, entry in wanted.items():
        found = kinds_of(uploads[name])
        for page, kind in truths(_truth(data, entry), entry["doc_type"]):
            is_it = found.get(page) == kind
            count["right" if is_it else "wrong"] += 1
            if not is_it:
                misses.append(f"{name} page {page}: {found.get(page)}, not {kind}")
    return count, misses


def _truth(data: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    known = _entries(data).get(str(entry["file"]).removeprefix("mortgage/"))
    return known["ground_truth"] if known else {}


def _owners(upload: Mapping[str, Any], owners: Mapping[str, str]) -> set[str]:
    return {owners[paper["paper"]] for paper in upload["papers"] if paper["paper"] in owners}


def _amounts(truth: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """Income and debts of each applicant beside the truth."""
    for role in ("primary", "co_borrower"):
        documented, name = truth[role]["documented"], truth[role]["name"]
        found = next((one for one in asked["applicants"] if same_person(one["name"], name)), None)
        wages = [
            row
            for row in asked["incomes"]
            if same_person(row["name"], name) and row["source"].startswith("W-2")
        ]
        consumer = [
            row
            for row in asked["debts"]
            if same_person(row["name"], name) and row["what"] != "mortgage statement"
        ]
        told = {row["source"].split()[-1]: _number(row["a_year"]) for row in wages}
        debts = sum(_number(row["counts_a_month"]) for row in consumer)
        years, payments = documented["w2_wages_by_year"], documented["monthly_debt_payments_from_statements"]
        verdict = "right" if found and told == years else "WRONG"
        owed = "right" if abs(debts - payments) < 0.01 else "WRONG"
        yield f"{role}: wages by year {told} ({verdict}), debts a month without mortgages {debts:.2f} ({owed}: {payments:.2f})"


def _number(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


def _fields(
    data: Path, entries: Sequence[Mapping[str, Any]], uploads: Mapping[str, dict[str, Any]]
) -> list[str]:
    """A table: per form and field, how often it was read right."""
    counts = dict[tuple[str, str], Counter[str]]()
    misses = list[str]()
    for entry in entries:
        truth, papers = _truth(data, entry), uploads[entry["upload_name"]]["papers"]
        for theirs, ours in FIELDS.get(entry["doc_type"], {}).items():
            if truth.get(theirs) is None or not papers:
                continue
            value = papers[0]["facts"].get(ours)
            verdict = (
                "missing" if value is None else "right" if is_right(ours, value, truth, theirs) else "wrong"
            )
            counts.setdefault((entry["doc_type"], ours), Counter())[verdict] += 1
            if verdict != "right":
                misses.append(f"    {entry['upload_name']} {ours}: {value!r}, not {truth[theirs]!r}")
    head = f"{'form':<26}{'field':<24}{'right':>7}{'wrong':>7}{'missing':>9}"
    rows = [
        f"{form:<26}{field:<24}{count['right']:>7}{count['wrong']:>7}{count['missing']:>9}"
        for (form, field), count in sorted(counts.items())
    ]
    total = sum((count for count in counts.values()), Counter[str]())
    return ["", head, *rows, _share("fields right", total["right"], sum(total.values()), []), *misses]


def _share(what: str, right: int, of: int, misses: Sequence[str]) -> str:
    share = f"{100 * right / of:.1f} %" if of else "-"
    return f"{what}: {right} of {of} ({share})" + "".join(f"\n    {miss}" for miss in misses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
