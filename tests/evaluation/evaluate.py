"""Score a run of `holdfast run process_invoices FOLDER --json` against the truth of the real documents.

    python -m tests.evaluation.evaluate RESULTS.json [MORE.json ...] [--data ../shared/data] [--markdown]

Each results file is {"documents": [{file, status, vendor, invoice_number, date, currency, net, tax, total, line_items, doubts}]};
a document is found in a manifest by the name of its file.

The columns of the table, per field, over the documents whose truth has the field:
    right     the value is right (see `scoring.is_right`)
    wrong     a value was given and it is not right
    missing   no value was given
    asked     of the wrong and missing, how many were in documents that were not posted: a person is asked before harm is done
    extra     values given where the truth has none (not counted as wrong: the truth may just not be labelled)

Below it: of the documents posted without asking, how many have the right total; how well line items were found (F1); and the
same by layout, each layout counting once whatever its number of documents. No rule is fitted to a layout, so the mean over
layouts, with its worst ones, is the best guess at a layout that is not in the folder.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.evaluation.scoring import FIELDS, TRUTH_KEYS, is_right, matched_items, near

HEADER = ("vendor", "invoice_number", "date", "currency", "total")
KINDS = ("invoices", "receipts")


@dataclass(frozen=True)
class Scored:
    """One document of the corpus with what was read of it (None where it is not in the results)."""

    entry: dict[str, Any]
    result: dict[str, Any]

    @property
    def posted(self) -> bool:
        return self.result.get("status") == "posted"

    @property
    def group(self) -> str:
        return self.entry["layout_group"]

    def truth(self, field: str) -> Any:
        """The true value, or None where there is none or it is too unclear to score."""
        unclear = self.entry.get("gt_ambiguous") or []
        key = TRUTH_KEYS.get(field, field)
        return (
            None
            if any(str(name).startswith((field, key)) for name in unclear)
            else self.entry["ground_truth"].get(key)
        )

    def verdict(self, field: str) -> str:
        """right, wrong, missing; extra or absent where the truth has no value."""
        value, truth = self.result.get(field), self.truth(field)
        if truth is None:
            return "absent" if value is None else "extra"
        if value is None:
            return "missing"
        return "right" if is_right(field, value, truth) else "wrong"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = _options(arguments)
    results = _results(options.results)
    for kind in KINDS:
        scored = list(_scored(options.data / kind, results))
        if scored:
            print("\n".join(report(kind, scored, markdown=options.markdown)) + "\n")


def report(kind: str, scored: Sequence[Scored], *, markdown: bool = False) -> list[str]:
    """The lines of the report on one kind of document."""
    head = ("field", "right", "wrong", "missing", "asked", "extra", "right %")
    rows = [head, *(_field_row(field, scored) for field in FIELDS)]
    lines = [f"{kind}: {len(scored)} documents, {len({one.group for one in scored})} layouts", ""]
    lines += _markdown(rows) if markdown else _plain(rows)
    return [*lines, "", *_posted(scored), *_items(scored), *_groups(scored)]


def _field_row(field: str, scored: Sequence[Scored]) -> tuple[str, ...]:
    verdicts = [(one.verdict(field), one.posted) for one in scored]
    count = {
        name: sum(verdict == name for verdict, _ in verdicts)
        for name in ("right", "wrong", "missing", "extra")
    }
    asked = sum(verdict in ("wrong", "missing") and not posted for verdict, posted in verdicts)
    known = count["right"] + count["wrong"] + count["missing"]
    share = f"{100 * count['right'] / known:.0f}" if known else "-"
    return (
        field,
        str(count["right"]),
        str(count["wrong"]),
        str(count["missing"]),
        str(asked),
        str(count["extra"]),
        share,
    )


def _posted(scored: Sequence[Scored]) -> list[str]:
    posted = [one for one in scored if one.posted]
    right = sum(near(one.result.get("total"), one.truth("total")) for one in posted)
    wrong = [one.entry["id"] for one in posted if not near(one.result.get("total"), one.truth("total"))]
    share = f"{100 * right / len(posted):.1f} %" if posted else "-"
    line = f"posted without asking: {len(posted)} of {len(scored)}; right total: {right} of {len(posted)} ({share})"
    return [line, *([f"posted with a wrong total: {', '.join(wrong)}"] if wrong else [])]


def _items(scored: Sequence[Scored]) -> list[str]:
    known = [one for one in scored if one.truth("line_items")]
    found = sum(len(one.result.get("line_items") or []) for one in known)
    wanted = sum(len(one.truth("line_items")) for one in known)
    hits = sum(matched_items(one.result.get("line_items") or [], one.truth("line_items")) for one in known)
    if not wanted:
        return ["line items: none labelled"]
    precision, recall = hits / found if found else 0.0, hits / wanted
    score = 2 * precision * recall / (precision + recall) if hits else 0.0
    return [
        f"line items: F1 {score:.2f} (precision {precision:.2f}, recall {recall:.2f}, {wanted} in {len(known)} documents)"
    ]


def _groups(scored: Sequence[Scored], worst: int = 6) -> list[str]:
    groups: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        groups[one.group].append(one)
    shares = {name: _share(members) for name, members in groups.items()}
    totals = [_share(members, ("total",)) for members in groups.values()]
    lines = [
        f"by layout, each counting once: header fields right {100 * sum(shares.values()) / len(shares):.0f} %, "
        f"total right {100 * sum(totals) / len(totals):.0f} %"
    ]
    for name in sorted(shares, key=lambda name: shares[name])[:worst]:
        if shares[name] < 1:
            lines.append(f"    {name}: {100 * shares[name]:.0f} % ({', '.join(_misses(groups[name]))})")
    return lines


def _share(members: Iterable[Scored], fields: Sequence[str] = HEADER) -> float:
    verdicts = [one.verdict(field) for one in members for field in fields]
    known = [verdict for verdict in verdicts if verdict in ("right", "wrong", "missing")]
    return sum(verdict == "right" for verdict in known) / len(known) if known else 1.0


def _misses(members: Iterable[Scored]) -> list[str]:
    return [
        f"{one.entry['id']} {field} {one.verdict(field)}"
        for one in members
        for field in HEADER
        if one.verdict(field) in ("wrong", "missing")
    ]


def _plain(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"{row[0]:<16}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in rows]


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    rule = ("---", *("---:" for _ in rows[0][1:]))
    return ["| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:])]


def _scored(folder: Path, results: dict[str, dict[str, Any]]) -> Iterable[Scored]:
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return
    for entry in json.loads(manifest.read_text())["entries"]:
        result = results.get(entry["file"])
        if result is not None:
            yield Scored(entry, result)


def _results(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Name of the file to what was read of it."""
    documents = [document for path in paths for document in json.loads(path.read_text())["documents"]]
    return {Path(document["file"]).name: document for document in documents}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score a run against the truth of the real documents.")
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("HOLDFAST_DATA", "../shared/data")))
    parser.add_argument("--markdown", action="store_true", help="tables for a README")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
