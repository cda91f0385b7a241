"""Verify an exported ledger against its signed heads, on a machine without the database.

    python -m blocks.state.verify EXPORT --head HEADS [--key PUBLIC_KEY]

EXPORT is what `holdfast ledger export` wrote. HEADS is a file of signed heads, or a folder of them, which may be a
copy of a bucket of heads, as `aws s3 sync` makes it. PUBLIC_KEY is a PEM file that you trust; without it, the `*.pub`
files beside the heads are used, and the verdict names them, so that they can be compared. Prints the verdict as JSON.
Exit code 0: every event is as it was recorded; 1: it is not, or nothing could be checked; 2: the call is wrong.
Needs the standard library, and `cryptography` for the signatures.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from blocks.base.errors import HoldfastError
from blocks.state.chain import Event, Finding, Walk
from blocks.state.export import NotAnExport, read_export
from blocks.state.head_shelf import Kept, read_heads
from blocks.state.signing import VerifyKeys, read_public_key
from blocks.state.verdict import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify and print; the exit code."""
    given = _parser().parse_args(arguments)
    try:
        keys = VerifyKeys(read_public_key(file) for file in given.key or _keys_beside(given.head))
        if not keys.ids:
            print("error: no public key beside the heads; name one with --key", file=sys.stderr)
            return 2
        with Path(given.export).open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            report = verify(read_export(lines), kept_in(given.head), keys)
    except (OSError, NotAnExport, HoldfastError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps({**report.facts(), "key_ids": keys.ids}, indent=2))
    return 0 if report.ok else 1


def verify(events: Iterable[Event | None], kept: dict[str, Kept], keys: VerifyKeys) -> Report:
    """Check *events*, grouped by run, against the heads in *kept*. Memory: the heads, and one event at a time."""
    report, seen = Report(), set[str]()
    for run_id, of_run in groupby(events, key=lambda event: event.run_id if event else None):
        if run_id is None or run_id in seen:
            reason = "a line is no event" if run_id is None else "the events of the run stand apart"
            report.findings.append(Finding(run_id or "", None, reason))
            continue
        seen.add(run_id)
        walk = Walk(run_id, report.trusted(run_id, kept.get(run_id, Kept()), keys.fault))
        for event in of_run:
            if event is None or not walk.take(event):
                break
        report.add(walk)
    for run_id in sorted(kept.keys() - seen):
        report.add(Walk(run_id, report.trusted(run_id, kept[run_id], keys.fault)))
    return report


def kept_in(places: Iterable[Path]) -> dict[str, Kept]:
    """The heads in files and folders, by run. Raises OSError."""
    found: dict[str, list[Kept]] = {}
    for file in _files(places):
        kept = read_heads(file)
        for run_id in {head.run_id for head in kept.heads} or {""}:
            heads = tuple(head for head in kept.heads if head.run_id == run_id)
            found.setdefault(run_id, []).append(Kept(heads, kept.torn, kept.damaged))
    return {run_id: _together(several) for run_id, several in found.items()}


def _together(several: Sequence[Kept]) -> Kept:
    heads = tuple(head for kept in several for head in kept.heads)
    return Kept(heads, sum(kept.torn for kept in several), sum(kept.damaged for kept in several))


def _files(places: Iterable[Path]) -> list[Path]:
    return [file for place in places for file in (_files_in(place) if place.is_dir() else [place])]


def _files_in(folder: Path) -> list[Path]:
    """A file for each run, and as they lie in a bucket, a folder for each run with a file for each head."""
    return [*sorted(folder.glob("*.jsonl")), *sorted(folder.glob("*/*.json"))]


def _keys_beside(places: Iterable[Path]) -> list[Path]:
    folders = {place if place.is_dir() else place.parent for place in places}
    return [file for folder in sorted(folders) for file in sorted(folder.glob("*.pub"))]


def _parser() -> argparse.ArgumentParser:
    summary, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m blocks.state.verify",
        description=summary,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    given: dict[str, Any] = {"action": "append", "type": Path, "default": []}
    parser.add_argument("export", type=Path, help="what `holdfast ledger export` wrote")
    parser.add_argument(
        "--head", required=True, metavar="HEADS", help="signed heads: a file or folder", **given
    )
    parser.add_argument("--key", metavar="PUBLIC_KEY", help="a public key (PEM) that is trusted", **given)
    return parser


if __name__ == "__main__":
    sys.exit(main())
