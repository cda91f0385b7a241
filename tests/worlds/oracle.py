"""What must be true of the record after every trial, whatever went wrong in it.

Each committed stage is readable and has the right digest; each was committed by one event; no row speaks of an
artifact that is not there; the ledger verifies and extends its signed heads.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.state.audit import audit
from blocks.state.signing import KeyRing
from blocks.state.tables import artifacts, events, run_stages, stages
from tests.worlds import place


def rows(folder: Path, table: Table) -> list[Any]:
    """All rows of a table of the state database in *folder*."""
    state = place.record(folder)
    with state.reading() as connection:
        found = list(connection.execute(select(table)))
    state.close()
    return found


def done(folder: Path) -> dict[str, Any]:
    """The committed stages in *folder* by key."""
    return {row.key: row for row in rows(folder, stages) if row.state == "done"}


def wrongs(folder: Path) -> list[str]:
    """What the oracle has against the record in *folder*: a home, or the folder of a test's world."""
    committed = done(folder)
    return [*_ledger(folder), *_answers(folder, committed), *_events(folder, committed)]


def repeated(before: dict[str, Any], folder: Path) -> list[str]:
    """Stages that were committed in *before* and whose body was started again since."""
    after = {row.key: row.attempts for row in rows(folder, stages)}
    return [f"{row.stage} ran again" for key, row in before.items() if after.get(key) != row.attempts]


def _ledger(folder: Path) -> list[str]:
    state, shelf = place.record(folder), place.heads(folder)
    kept = {run_id: shelf.read(run_id) for run_id in shelf.run_ids()}
    report = audit(state, kept, KeyRing(folder / "keys").trusted())
    state.close()
    return [f"the ledger: {finding}" for finding in report.findings]


def _answers(folder: Path, committed: dict[str, Any]) -> list[str]:
    store, found = place.store(folder), list[str]()
    for row in committed.values():
        try:
            data = row.output if row.output is not None else store.get(row.output_digest)
        except HoldfastError as error:
            found.append(f"{row.stage}: {error}")
            continue
        if digest_of(data) != row.output_digest:
            found.append(f"{row.stage}: another digest")
    for row in rows(folder, artifacts):
        try:
            store.get(row.digest)
        except HoldfastError as error:
            found.append(f"a row speaks of it: {error}")
    return found


def _events(folder: Path, committed: dict[str, Any]) -> list[str]:
    told = rows(folder, events)
    commits = [row.body for row in told if row.kind == "stage.done"]
    reopened = [row.body for row in told if row.kind == "stage.reopened"]
    used = {row.key for row in rows(folder, run_stages)}
    found = [f"{row.stage}: done for nobody" for key, row in committed.items() if key not in used]
    for key, row in committed.items():
        times = sum(key in body for body in commits)
        if times != 1 + sum(key in body for body in reopened):
            found.append(f"{row.stage}: {times} events say that it was done")
    return found
