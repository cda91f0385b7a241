"""The rows of runs. Each function works inside the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us
from blocks.state.stage_rows import IsDead, is_held
from blocks.state.tables import runs

RUNNING, COMPLETED = "running", "completed"


@dataclass(frozen=True)
class RunOpening:
    """What is known of a run when it starts."""

    run_id: str
    name: str
    flow: str
    tenant: str
    profile: str


@dataclass(frozen=True)
class TakenRun:
    """A run that this process may go on with."""

    run_id: str
    flow: str
    name: str


@dataclass(frozen=True)
class NotTaken:
    """Why a run cannot be taken: it is completed, another live process runs it, or there is no such run."""

    reason: str


def open_run(connection: Connection, opening: RunOpening, lease_id: str | None = None) -> int:
    """Write the run and its event, whose number is returned; a run that is there is resumed under *lease_id*."""
    exists = connection.execute(select(runs.c.run_id).where(runs.c.run_id == opening.run_id)).first()
    facts = {"flow": opening.flow, "name": opening.name, "profile": opening.profile, "tenant": opening.tenant}
    if exists:
        _set(connection, opening.run_id, state=RUNNING, ended_at=None, error=None, lease_id=lease_id)
        return ledger.append(connection, opening.run_id, "run.resumed", facts)
    row = {**facts, "run_id": opening.run_id, "state": RUNNING, "events": 0, "head": ledger.GENESIS}
    connection.execute(insert(runs).values(**row, lease_id=lease_id, started_at=db_now_us()))
    return ledger.append(connection, opening.run_id, "run.started", facts)


def close_run(connection: Connection, run_id: str, state: str, error: str | None) -> None:
    """Write how the run ended (completed or failed) and the event that says so."""
    _set(connection, run_id, state=state, ended_at=db_now_us(), error=error, lease_id=None)
    ledger.append(connection, run_id, f"run.{state}", {"error": error})


def take_run(connection: Connection, run_id: str, lease_id: str, is_dead: IsDead) -> TakenRun | NotTaken:
    """Take a run whose process is gone, or that failed, for *lease_id*. Of many takers one gets it."""
    row = connection.execute(select(runs).where(runs.c.run_id == run_id).with_for_update()).first()
    if row is None:
        return NotTaken("there is no such run")
    if row.state == COMPLETED:
        return NotTaken("the run is completed")
    if row.state == RUNNING and row.lease_id and is_held(connection, row.lease_id, is_dead):
        return NotTaken("another process runs it")
    _set(connection, run_id, state=RUNNING, ended_at=None, error=None, lease_id=lease_id)
    ledger.append(connection, run_id, "run.taken", {"lease": lease_id, "was": row.state})
    return TakenRun(row.run_id, row.flow, row.name)


def stalled_runs(connection: Connection, is_dead: IsDead) -> list[str]:
    """The ids of the runs whose process is gone, oldest first."""
    rows = connection.execute(select(runs).where(runs.c.state == RUNNING).order_by(runs.c.started_at))
    return [row.run_id for row in rows if not (row.lease_id and is_held(connection, row.lease_id, is_dead))]


def _set(connection: Connection, run_id: str, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
