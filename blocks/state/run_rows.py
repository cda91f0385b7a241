"""The rows of runs. Each function works inside the caller's transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us
from blocks.state.stage_rows import IsDead, is_held
from blocks.state.tables import events, runs

RUNNING, WAITING, PARKED, COMPLETED = "running", "waiting", "parked", "completed"
SETTINGS = ("profile", "tenant", "model")
PROGRESS = ("stage.done", "stage.advanced")
FIRST_WAKE_SECONDS, LAST_WAKE_SECONDS = 5, 60
_GOING: dict[str, Any] = {
    "state": RUNNING,
    "ended_at": None,
    "error": None,
    "parked_for": None,
    "wake_at": None,
}


@dataclass(frozen=True)
class RunOpening:
    """What is known of a run when it starts."""

    run_id: str
    name: str
    flow: str
    tenant: str
    profile: str
    model: str = ""


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


def open_run(
    connection: Connection,
    opening: RunOpening,
    lease_id: str | None = None,
    is_dead: IsDead = lambda lease: False,
) -> int | NotTaken:
    """Write the run and its event, whose number is returned; a run that is there is resumed under *lease_id*.

    One that another live process runs is left alone.
    """
    row = connection.execute(select(runs).where(runs.c.run_id == opening.run_id).with_for_update()).first()
    facts = {"flow": opening.flow, "name": opening.name, "profile": opening.profile, "tenant": opening.tenant}
    told = {**facts, "model": opening.model}
    if row:
        if row.lease_id != lease_id and (whose := holder(connection, row, is_dead)):
            return NotTaken(whose)
        _set(connection, opening.run_id, **_GOING, lease_id=lease_id)
        return ledger.append(connection, opening.run_id, "run.resumed", told)
    new = {**facts, "run_id": opening.run_id, "state": RUNNING, "events": 0, "head": ledger.GENESIS}
    connection.execute(insert(runs).values(**new, lease_id=lease_id, started_at=db_now_us()))
    return ledger.append(connection, opening.run_id, "run.started", told)


def close_run(
    connection: Connection,
    run_id: str,
    state: str,
    error: str | None,
    *,
    lease_id: str | None = None,
    again: bool = False,
) -> bool:
    """Write how the run ended (completed or failed) and the event that says so; False where *lease_id* lost it.

    *again*: the confirmation of a first try was lost, so it may be written already.
    """
    if again and _stands(connection, run_id, state, error):
        return True
    if not _end(connection, run_id, lease_id, state=state, error=error):
        return False
    ledger.append(connection, run_id, f"run.{state}", {"error": error})
    return True


def park_run(
    connection: Connection,
    run_id: str,
    parked_for: str,
    error: str,
    *,
    lease_id: str | None = None,
    again: bool = False,
) -> bool:
    """Write that the run stops here, for an `outage` or a `repair`, and the event that says so; False where *lease_id*
    lost it.

    After an outage it may be woken in 5 s; each time without a finished stage in between it is twice as long, at
    most 60 s. *again* is as for `close_run`.
    """
    if again and _stands(connection, run_id, PARKED, error):
        return True
    tries = since(connection, run_id, "run.parked", PROGRESS)
    seconds = min(FIRST_WAKE_SECONDS * 2**tries, LAST_WAKE_SECONDS)
    wake_at = db_now_us() + seconds * 1_000_000 if parked_for == "outage" else None
    facts = {"state": PARKED, "parked_for": parked_for, "wake_at": wake_at, "error": error}
    if not _end(connection, run_id, lease_id, **facts):
        return False
    ledger.append(connection, run_id, "run.parked", {"error": error, "for": parked_for})
    return True


def let_wait(
    connection: Connection,
    run_id: str,
    error: str,
    *,
    lease_id: str | None = None,
    stays: bool = False,
    again: bool = False,
) -> bool:
    """Write that the run stops here for a person, and the event that says so; False where *lease_id* lost it.

    *stays*: the process keeps the run while it waits. *again* is as for `close_run`.
    """
    keeper = lease_id if stays else None
    if again and _stands(connection, run_id, WAITING, error, keeper):
        return True
    if not _end(connection, run_id, lease_id, keeper, state=WAITING, error=error, wake_at=None):
        return False
    ledger.append(connection, run_id, "run.waiting", {"error": error})
    return True


def holds(connection: Connection, run_id: str, lease_id: str) -> bool:
    """Does *lease_id* run it?"""
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
    return (row.state, row.lease_id) == (RUNNING, lease_id)


def is_known(connection: Connection, run_id: str) -> bool:
    """Is there a row of the run?"""
    return connection.execute(select(runs.c.run_id).where(runs.c.run_id == run_id)).first() is not None


def last_seq(connection: Connection, run_id: str) -> int:
    """The number of the newest event of the run."""
    return int(connection.execute(select(runs.c.events).where(runs.c.run_id == run_id)).scalar_one())


def newest_ended(connection: Connection, at_most: int) -> list[tuple[str, int]]:
    """The newest runs that do not run any more, and how many events each has."""
    query = select(runs.c.run_id, runs.c.events).where(runs.c.state != "running")
    rows = connection.execute(query.order_by(runs.c.started_at.desc()).limit(at_most))
    return [(row.run_id, row.events) for row in rows]


def settings_of(connection: Connection, run_id: str) -> dict[str, str]:
    """The profile, the tenant and the model that the run was started with."""
    first = ledger.bodies(connection, run_id, "run.started")[:1]
    return {name: str(body[name]) for body in first for name in SETTINGS if body.get(name)}


def take_run(
    connection: Connection, run_id: str, lease_id: str, is_dead: IsDead, *, again: bool = False
) -> TakenRun | NotTaken:
    """Take a run whose process is gone, or that waits, is parked or failed, for *lease_id*. Of many takers one gets it.

    *again*: the confirmation of a first try was lost, so the run may be ours already.
    """
    row = connection.execute(select(runs).where(runs.c.run_id == run_id).with_for_update()).first()
    if row is None:
        return NotTaken("there is no such run")
    if row.state == COMPLETED:
        return NotTaken("the run is completed")
    if again and row.state == RUNNING and row.lease_id == lease_id:
        return TakenRun(row.run_id, row.flow, row.name)
    if whose := holder(connection, row, is_dead):
        return NotTaken(whose)
    _set(connection, run_id, **_GOING, lease_id=lease_id)
    ledger.append(connection, run_id, "run.taken", {"lease": lease_id, "was": row.state})
    return TakenRun(row.run_id, row.flow, row.name)


def since(connection: Connection, run_id: str, kind: str, progress: Collection[str]) -> int:
    """How many events of *kind* the run has had since its last one of the kinds *progress*."""
    mine = events.c.run_id == run_id
    last = select(func.max(events.c.seq)).where(mine, events.c.kind.in_(progress)).scalar_subquery()
    after = events.c.seq > func.coalesce(last, 0)
    query = select(func.count()).select_from(events).where(mine, events.c.kind == kind, after)
    return int(connection.execute(query).scalar_one())


def holder(connection: Connection, row: Row[Any], is_dead: IsDead) -> str:
    """Why the run is another live process's; "" where it is not."""
    if row.lease_id is None or row.state not in {RUNNING, WAITING}:
        return ""
    if not is_held(connection, row.lease_id, is_dead):
        return ""
    return "another process runs it" if row.state == RUNNING else "another process waits with it"


def _stands(
    connection: Connection, run_id: str, state: str, error: str | None, lease_id: str | None = None
) -> bool:
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
    return (row.state, row.error, row.lease_id) == (state, error, lease_id)


def _end(
    connection: Connection, run_id: str, lease_id: str | None, keeper: str | None = None, **values: Any
) -> bool:
    """Stop a run that *lease_id* holds (None: that nobody holds); False where another has it, or it has ended."""
    ours = (runs.c.run_id == run_id, runs.c.state == RUNNING, runs.c.lease_id.is_not_distinct_from(lease_id))
    ended = update(runs).where(*ours).values(**values, ended_at=db_now_us(), lease_id=keeper)
    return connection.execute(ended).rowcount == 1


def _set(connection: Connection, run_id: str, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
