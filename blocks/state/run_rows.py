"""The rows of runs. Each function works inside the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us
from blocks.state.stage_rows import IsDead, is_held
from blocks.state.tables import events, leases, runs

RUNNING, PARKED, COMPLETED = "running", "parked", "completed"
SETTINGS = ("profile", "tenant", "model")
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
class DueRun:
    """A run that a sweeper should wake; *wakes*: how often that was done since it last finished a stage.

    Waking what an outage parked does not count.
    """

    run_id: str
    flow: str
    name: str
    wakes: int
    lease_id: str | None


@dataclass(frozen=True)
class EndedRun:
    """A run that is completed, failed or parked, and why."""

    run_id: str
    state: str
    error: str | None
    ended_at: int


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
        if row.state == RUNNING and row.lease_id != lease_id and is_held(connection, row.lease_id, is_dead):
            return NotTaken("another process runs it")
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
    tries = _since_progress(connection, run_id, "run.parked")
    seconds = min(FIRST_WAKE_SECONDS * 2**tries, LAST_WAKE_SECONDS)
    wake_at = db_now_us() + seconds * 1_000_000 if parked_for == "outage" else None
    facts = {"state": PARKED, "parked_for": parked_for, "wake_at": wake_at, "error": error}
    if not _end(connection, run_id, lease_id, **facts):
        return False
    ledger.append(connection, run_id, "run.parked", {"error": error, "for": parked_for})
    return True


def settings_of(connection: Connection, run_id: str) -> dict[str, str]:
    """The profile, the tenant and the model that the run was started with."""
    first = ledger.bodies(connection, run_id, "run.started")[:1]
    return {name: str(body[name]) for body in first for name in SETTINGS if body.get(name)}


def due_runs(connection: Connection, is_dead: IsDead, grace_seconds: float) -> list[DueRun]:
    """The runs that a sweeper should wake now, oldest first: their process died, or an outage parked them.

    A process counts as dead *grace_seconds* after its last sign of life, so that who else saw it die is done with it.
    """
    may_wake = or_(runs.c.wake_at.is_(None), runs.c.wake_at <= db_now_us())
    waits = or_(runs.c.state == RUNNING, and_(runs.c.state == PARKED, runs.c.parked_for == "outage"))
    sign = leases.c.renewed_at > db_now_us() - int(grace_seconds * 1_000_000)
    columns = (runs, sign.label("has_sign_of_life"))
    joined = runs.outerjoin(leases, leases.c.lease_id == runs.c.lease_id)
    rows = connection.execute(
        select(*columns).select_from(joined).where(waits, may_wake).order_by(runs.c.started_at)
    )
    return [
        DueRun(row.run_id, row.flow, row.name, _wakes(connection, row), row.lease_id)
        for row in rows.all()
        if row.state == PARKED or not (row.has_sign_of_life or is_held(connection, row.lease_id, is_dead))
    ]


def ended_runs(connection: Connection, *, from_seconds_ago: float, to_seconds_ago: float) -> list[EndedRun]:
    """The runs that ended, or were parked, in a span of time before now."""
    begin, end = (db_now_us() - int(ago * 1_000_000) for ago in (from_seconds_ago, to_seconds_ago))
    query = select(runs).where(runs.c.ended_at > begin, runs.c.ended_at <= end, runs.c.state != RUNNING)
    return [EndedRun(row.run_id, row.state, row.error, row.ended_at) for row in connection.execute(query)]


def has_ended_as(connection: Connection, run: EndedRun) -> bool:
    """Does the run still stand as *run* says? It may have been taken up again."""
    row = connection.execute(select(runs).where(runs.c.run_id == run.run_id)).one()
    return (row.state, row.ended_at) == (run.state, run.ended_at)


def put_off(connection: Connection, run_id: str, seconds: float) -> bool:
    """Say by an event that the run is woken, and let no other sweeper do it for *seconds*; False where one just did."""
    is_due = or_(runs.c.wake_at.is_(None), runs.c.wake_at <= db_now_us())
    wake_at = db_now_us() + int(seconds * 1_000_000)
    ours = update(runs).where(runs.c.run_id == run_id, runs.c.state.in_((RUNNING, PARKED)), is_due)
    if connection.execute(ours.values(wake_at=wake_at)).rowcount == 0:
        return False
    state = connection.execute(select(runs.c.state).where(runs.c.run_id == run_id)).scalar_one()
    ledger.append(connection, run_id, "run.woken" if state == RUNNING else "run.woken_after_outage", {})
    return True


def take_run(
    connection: Connection, run_id: str, lease_id: str, is_dead: IsDead, *, again: bool = False
) -> TakenRun | NotTaken:
    """Take a run whose process is gone, or that is parked or failed, for *lease_id*. Of many takers one gets it.

    *again*: the confirmation of a first try was lost, so the run may be ours already.
    """
    row = connection.execute(select(runs).where(runs.c.run_id == run_id).with_for_update()).first()
    if row is None:
        return NotTaken("there is no such run")
    if row.state == COMPLETED:
        return NotTaken("the run is completed")
    if again and row.state == RUNNING and row.lease_id == lease_id:
        return TakenRun(row.run_id, row.flow, row.name)
    if row.state == RUNNING and is_held(connection, row.lease_id, is_dead):
        return NotTaken("another process runs it")
    _set(connection, run_id, **_GOING, lease_id=lease_id)
    ledger.append(connection, run_id, "run.taken", {"lease": lease_id, "was": row.state})
    return TakenRun(row.run_id, row.flow, row.name)


def stalled_runs(connection: Connection, is_dead: IsDead) -> list[str]:
    """The ids of the runs whose process is gone, oldest first."""
    rows = connection.execute(select(runs).where(runs.c.state == RUNNING).order_by(runs.c.started_at))
    return [row.run_id for row in rows.all() if not is_held(connection, row.lease_id, is_dead)]


def _wakes(connection: Connection, row: Row[Any]) -> int:
    return _since_progress(connection, row.run_id, "run.woken") if row.state == RUNNING else 0


def _since_progress(connection: Connection, run_id: str, kind: str) -> int:
    """How many events of *kind* the run has had since it last finished a stage."""
    mine = events.c.run_id == run_id
    last = select(func.max(events.c.seq)).where(mine, events.c.kind == "stage.done").scalar_subquery()
    after = events.c.seq > func.coalesce(last, 0)
    query = select(func.count()).select_from(events).where(mine, events.c.kind == kind, after)
    return int(connection.execute(query).scalar_one())


def _stands(connection: Connection, run_id: str, state: str, error: str | None) -> bool:
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
    return (row.state, row.error, row.lease_id) == (state, error, None)


def _end(connection: Connection, run_id: str, lease_id: str | None, **values: Any) -> bool:
    """Stop a run that *lease_id* holds (None: that nobody holds); False where another has it, or it has ended."""
    ours = (runs.c.run_id == run_id, runs.c.state == RUNNING, runs.c.lease_id.is_not_distinct_from(lease_id))
    ended = update(runs).where(*ours).values(**values, ended_at=db_now_us(), lease_id=None)
    return connection.execute(ended).rowcount == 1


def _set(connection: Connection, run_id: str, **values: Any) -> None:
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
