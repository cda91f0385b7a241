"""The rows of runs. Each function works inside the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us
from blocks.state.tables import runs


@dataclass(frozen=True)
class RunOpening:
    """What is known of a run when it starts."""

    run_id: str
    name: str
    flow: str
    tenant: str
    profile: str


def open_run(connection: Connection, opening: RunOpening) -> None:
    """Write the run and its first event; a run that is there already is resumed."""
    exists = connection.execute(select(runs.c.run_id).where(runs.c.run_id == opening.run_id)).first()
    facts = {"flow": opening.flow, "name": opening.name, "profile": opening.profile, "tenant": opening.tenant}
    if exists:
        _set(connection, opening.run_id, state="running", ended_at=None, error=None)
        ledger.append(connection, opening.run_id, "run.resumed", facts)
        return
    row = {**facts, "run_id": opening.run_id, "state": "running", "events": 0, "head": ledger.GENESIS}
    connection.execute(insert(runs).values(**row, started_at=db_now_us()))
    ledger.append(connection, opening.run_id, "run.started", facts)


def close_run(connection: Connection, run_id: str, state: str, error: str | None) -> None:
    """Write how the run ended (completed, failed or waiting) and the event that says so."""
    _set(connection, run_id, state=state, ended_at=db_now_us(), error=error)
    ledger.append(connection, run_id, f"run.{state}", {"error": error})


def _set(connection: Connection, run_id: str, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
