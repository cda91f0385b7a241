"""Runs that stand still: those to wake, those that ended, those that wait. Each function works inside the caller's
transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from blocks.state import approval_rows, ledger
from blocks.state.database import db_now_us
from blocks.state.run_rows import PARKED, PROGRESS, RUNNING, WAITING, holder, since
from blocks.state.stage_rows import IsDead, is_held
from blocks.state.tables import leases, runs

_WAKING = {
    RUNNING: "run.woken",
    PARKED: "run.woken_after_outage",
    WAITING: "run.woken_after_decision",
}
WAKEABLE = tuple(_WAKING)


@dataclass(frozen=True)
class DueRun:
    """A run that a sweeper should wake; *wakes*: how often that was done since it last finished a stage.

    Of one that waits for a person, since it was last taken up. Waking what an outage parked does not count.
    """

    run_id: str
    flow: str
    name: str
    state: str
    wakes: int
    lease_id: str | None

    def keeps_dying(self, times: int) -> bool:
        """Was it woken so often, and did its process die each time?"""
        return self.state == RUNNING and self.wakes >= times


@dataclass(frozen=True)
class EndedRun:
    """A run that is completed, failed or parked, and why."""

    run_id: str
    state: str
    error: str | None
    ended_at: int


def due_runs(connection: Connection, is_dead: IsDead, grace_seconds: float) -> list[DueRun]:
    """The runs that a sweeper should wake now, those first that were never woken, then the oldest.

    Their process died, or an outage parked them, or what they waited for is settled. A process counts as dead
    *grace_seconds* after its last sign of life, so that who else saw it die is done with it.
    """
    may_wake = or_(runs.c.wake_at.is_(None), runs.c.wake_at <= db_now_us())
    outage = and_(runs.c.state == PARKED, runs.c.parked_for == "outage")
    waits = or_(runs.c.state == RUNNING, outage, and_(runs.c.state == WAITING, approval_rows.has_news()))
    sign = leases.c.renewed_at > db_now_us() - int(grace_seconds * 1_000_000)
    columns = (runs, sign.label("has_sign_of_life"))
    joined = runs.outerjoin(leases, leases.c.lease_id == runs.c.lease_id)
    rows = connection.execute(
        select(*columns)
        .select_from(joined)
        .where(waits, may_wake)
        .order_by(runs.c.wake_at.is_not(None), runs.c.wake_at, runs.c.started_at)
    )
    return [
        DueRun(row.run_id, row.flow, row.name, row.state, _wakes(connection, row), row.lease_id)
        for row in rows.all()
        if row.lease_id is None or not (row.has_sign_of_life or is_held(connection, row.lease_id, is_dead))
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
    ours = update(runs).where(runs.c.run_id == run_id, runs.c.state.in_(WAKEABLE), is_due)
    if connection.execute(ours.values(wake_at=wake_at)).rowcount == 0:
        return False
    state = connection.execute(select(runs.c.state).where(runs.c.run_id == run_id)).scalar_one()
    ledger.append(connection, run_id, _WAKING[state], {})
    return True


def has_news(connection: Connection, run_id: str) -> bool:
    """Is something settled that the run waits for?"""
    query = select(runs.c.run_id).where(runs.c.run_id == run_id, approval_rows.has_news())
    return connection.execute(query).first() is not None


def is_kept(connection: Connection, run_id: str, is_dead: IsDead) -> bool:
    """Does a live process run it, or wait with it?"""
    return bool(
        holder(connection, connection.execute(select(runs).where(runs.c.run_id == run_id)).one(), is_dead)
    )


def waiting_runs(connection: Connection, is_dead: IsDead, grace_seconds: float) -> list[str]:
    """The runs that have waited for a person for *grace_seconds* or longer, and that no live process keeps."""
    before = db_now_us() - int(grace_seconds * 1_000_000)
    rows = connection.execute(select(runs).where(runs.c.state == WAITING, runs.c.ended_at <= before))
    return [row.run_id for row in rows.all() if not holder(connection, row, is_dead)]


def unknown(connection: Connection, run_ids: Collection[str]) -> list[str]:
    """Those of *run_ids* that no row tells of, in order."""
    known = set(connection.execute(select(runs.c.run_id).where(runs.c.run_id.in_(run_ids))).scalars())
    return sorted(set(run_ids) - known)


def stalled_runs(connection: Connection, is_dead: IsDead) -> list[str]:
    """The ids of the runs whose process is gone, oldest first."""
    rows = connection.execute(select(runs).where(runs.c.state == RUNNING).order_by(runs.c.started_at))
    return [row.run_id for row in rows.all() if not is_held(connection, row.lease_id, is_dead)]


def _wakes(connection: Connection, row: Row[Any]) -> int:
    if row.state == PARKED:
        return 0
    progress = PROGRESS if row.state == RUNNING else ("run.resumed",)
    return since(connection, row.run_id, _WAKING[row.state], progress)
