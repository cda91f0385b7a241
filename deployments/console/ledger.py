"""`holdfast ledger verify` and `holdfast ledger export`: is the record as it was written?"""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from blocks.base.errors import HoldfastError
from deployments.console.failure import DONE, FAILED
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import history, late
from deployments.console.screen import err, out
from deployments.console.wording import count

Ref = Annotated[
    str,
    Parameter(
        show_default=False, help="A run: its id, the start of its id, its name, or `last`. Default: all runs."
    ),
]


class FileNotWritable(HoldfastError):
    """The file {file} cannot be written:"""

    safe = "The ledger is as it was."
    next = "Name another file with --out."


def verify(
    run: Ref = "",
    /,
    *,
    strict: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Also fail where an ended run has events that no signed head covers.",
        ),
    ] = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Check the ledger: the chain of each run, the signed heads kept outside the
    database, and the rows that the events speak of.

    Finds events that were edited, deleted, inserted, swapped or moved, cut ends,
    rebuilt chains and restored old backups, and names the first event that is
    wrong. Changes nothing. Exit code 0 where all is right, 1 otherwise.

    For example:

        holdfast ledger verify
        holdfast ledger verify last --json
    """
    choose_profile(profile)
    report = late("blocks.durable.proof").verify(_run_id(run))
    unsigned = _ended(report.unsigned)
    is_right = report.ok and not (strict and unsigned)
    if json:
        facts = {**report.facts(), "ok": is_right, "unsigned_ended": unsigned}
        if report.ok and not is_right:
            facts["reason"] = "an ended run has events that no signed head covers"
        print_json(facts)
    else:
        _show(report, unsigned)
    return DONE if is_right else FAILED


def export(
    run: Ref = "",
    /,
    *,
    out: Annotated[Path | None, Parameter(name="--out", help="The file to write; default: stdout.")] = None,
    profile: Profile = None,
) -> int:
    """Write the ledger as JSON lines, to be checked without the database.

    For example:

        holdfast ledger export last --out run.jsonl
        python -m blocks.state.verify run.jsonl --head ~/.holdfast/heads --key KEY.pub
    """
    choose_profile(profile)
    proof = late("blocks.durable.proof")
    run_id = _run_id(run)
    if out is None:
        proof.export(sys.stdout, run_id)
        return DONE
    try:
        with out.open("w", encoding="utf-8", newline="\n") as file:
            written = proof.export(file, run_id)
    except OSError as error:
        raise FileNotWritable(f"{error.strerror}.", file=out) from error
    err().print(f"{count(written, 'event')} in {out}", markup=False)
    return DONE


def _run_id(ref: str) -> str | None:
    """The id of a run that is there, or that heads know of though it is gone."""
    past = history()
    if not ref:
        return None
    try:
        return past.find_run(ref).run_id
    except past.RunNotFound:
        if late("blocks.durable.proof").has_heads(ref):
            return ref
        raise


def _ended(unsigned: dict[str, int]) -> dict[str, int]:
    """Those of the runs that ended: the others get their next head as they go on."""
    past = history()
    return {run_id: n for run_id, n in unsigned.items() if past.find_run(run_id).state != "running"}


def _show(report: Any, unsigned: dict[str, int]) -> None:
    for finding in report.findings:
        run = finding.run_id[:8] or "ledger"
        place = f", event {finding.first_bad}" if finding.first_bad else ""
        out().print(f"[bad]wrong[/] run {run}{place}: ", end="", soft_wrap=True)
        out().print(finding.reason, markup=False, soft_wrap=True)
    for run_id, events in unsigned.items():
        line = f"[ask]unsigned[/] run {run_id[:8]} ended with {count(events, 'event')} that no head covers"
        out().print(line, soft_wrap=True)
    summary = f"{count(report.events, 'event')} of {count(report.runs, 'run')}, {report.signed:,} signed"
    out().print(f"[good]right[/] {summary}" if report.ok else f"[quiet]read: {summary}[/]", soft_wrap=True)
