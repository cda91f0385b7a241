"""Let a run ask, and ask no more. Each function works inside the caller's transaction."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select

from blocks.state.approval_rows import (
    DEADLINE,
    EXPIRED,
    REJECTED,
    SETTLED,
    VOID,
    WAITING,
    Request,
    append,
    ask_again,
    change,
    change_of_run,
    expiry,
    find,
    locked,
    of_run,
    runs_that_wait,
)
from blocks.state.database import db_now_us, insert_once
from blocks.state.decisions import settle_overdue
from blocks.state.tables import approvals, events, run_approvals, runs


@dataclass(frozen=True)
class Asking:
    """Who asks: a run, for a subject, and the ids of what it has asked since it was taken up last."""

    run_id: str
    subject: str
    asked: Collection[str]


def ask(connection: Connection, request: Request, asking: Asking) -> Row[Any]:
    """Let the run ask, and return the approval as it stands after that.

    A request that was asked before, by any run, is the same one: where it is decided the run takes the decision, by an
    event. One that it replaces (the same gate and subject, not asked in this turn of the run) is void from now on.
    """
    mine = of_run(connection, asking.run_id, request.approval_id)
    is_new_here = mine is None or mine.voided_at is not None
    previous = _replaced(connection, request, asking) if is_new_here else None
    row = _lock_or_write(connection, request, asking, previous)
    if row.state == WAITING:
        settle_overdue(connection, row.approval_id)
        row = find(connection, row.approval_id)
    if _is_to_be_asked_again(connection, row, mine, asking.run_id):
        ask_again(connection, row, note="", **({"previous_id": previous} if previous else {}))
        row = find(connection, row.approval_id)
    if previous is not None:
        _void(connection, asking.run_id, previous, row.approval_id)
    _join(connection, row, asking, mine)
    if row.state in SETTLED:
        _take(connection, row, asking.run_id)
    return row


def void_unasked(connection: Connection, run_id: str, asked: Collection[str]) -> None:
    """Void what the run asked before, and did not ask in this turn."""
    mine = (run_approvals.c.run_id == run_id, run_approvals.c.voided_at.is_(None))
    query = select(run_approvals.c.approval_id).where(*mine).order_by(run_approvals.c.approval_id)
    left = [one for one in connection.execute(query).scalars() if one not in asked]
    for approval_id in left:
        locked(connection, approval_id)
    for approval_id in left:
        _void(connection, run_id, approval_id, None)


def _lock_or_write(
    connection: Connection, request: Request, asking: Asking, previous: str | None
) -> Row[Any]:
    """The row of the request, locked; written where nobody asked it before. What it replaces is locked first.

    A row that names a run holds on to it, so all approvals are locked before one is written.
    """
    if previous is not None:
        locked(connection, previous)
    if locked(connection, request.approval_id) is None:
        first = json.loads(request.approvers)
        state = {"tier": 0, "names": json.dumps(first["names"]), "state": WAITING, "round": 1, "note": ""}
        who = {"run_id": asking.run_id, "subject": asking.subject, "previous_id": previous}
        times = {"asked_at": db_now_us(), "expires_at": expiry(first)}
        insert_once(connection, approvals, {**vars(request), **state, **who, **times})
    row = locked(connection, request.approval_id)
    assert row is not None  # noqa: S101  it is written above, and never deleted
    return row


def _is_to_be_asked_again(connection: Connection, row: Row[Any], mine: Row[Any] | None, run_id: str) -> bool:
    """Nobody is asked now, and this run may ask: it is void, or its time was over and that is past.

    The time of a request is over for the runs that waited for it. Another run asks again, and so does one that failed
    by it and was resumed.
    """
    if row.state == VOID:
        return True
    nobody_decided = row.state == EXPIRED or (row.state == REJECTED and row.decided_by == DEADLINE)
    if not nobody_decided or runs_that_wait(connection, row.approval_id):
        return False
    if mine is None or mine.voided_at is not None:
        return True
    return row.state == EXPIRED and _has_failed_since(connection, run_id, mine.taken_at)


def _has_failed_since(connection: Connection, run_id: str, moment: int | None) -> bool:
    failed = (events.c.run_id == run_id, events.c.kind == "run.failed")
    last = connection.execute(select(func.max(events.c.at)).where(*failed)).scalar()
    return last is not None and moment is not None and last >= moment


def _replaced(connection: Connection, request: Request, asking: Asking) -> str | None:
    """What the run, or the one that it was forked from, asks at the same place, and has not asked in this turn.

    Of several the oldest: items of one name ask in one order.
    """
    parent = select(runs.c.parent_run_id).where(runs.c.run_id == asking.run_id).scalar_subquery()
    joined = run_approvals.join(approvals, approvals.c.approval_id == run_approvals.c.approval_id)
    of_us = or_(run_approvals.c.run_id == asking.run_id, run_approvals.c.run_id == parent)
    here = (approvals.c.gate == request.gate, run_approvals.c.subject == asking.subject)
    still = (run_approvals.c.voided_at.is_(None), approvals.c.approval_id != request.approval_id)
    query = select(approvals.c.approval_id).select_from(joined).where(of_us, *here, *still)
    found = connection.execute(query.order_by(run_approvals.c.asked_at)).scalars()
    return next((one for one in found if one not in asking.asked), None)


def _join(connection: Connection, row: Row[Any], asking: Asking, mine: Row[Any] | None) -> None:
    """Enter the request into the run; an event tells that it asks, once in a round."""
    if mine is not None and mine.voided_at is None and not (row.state == WAITING and mine.taken_at):
        return
    fresh = {"subject": asking.subject, "asked_at": db_now_us(), "taken_at": None, "voided_at": None}
    if mine is None:
        keys = {"run_id": asking.run_id, "approval_id": row.approval_id}
        connection.execute(insert(run_approvals).values(**keys, **fresh))
    else:
        change_of_run(connection, asking.run_id, row.approval_id, **fresh)
    told = {"digest": row.digest, "expires_at": row.expires_at, "gate": row.gate, "round": row.round}
    append(connection, asking.run_id, "approval.asked", row.approval_id, {**told, "subject": asking.subject})


def _take(connection: Connection, row: Row[Any], run_id: str) -> None:
    """The run goes on with what was decided, by an event, once."""
    mine = of_run(connection, run_id, row.approval_id)
    if mine is not None and mine.taken_at is None:
        change_of_run(connection, run_id, row.approval_id, taken_at=db_now_us())
        told = {"by": row.decided_by, "gate": row.gate, "round": row.round, "verdict": row.state}
        append(connection, run_id, "approval.taken", row.approval_id, told)


def _void(connection: Connection, run_id: str, approval_id: str, by: str | None) -> None:
    """The run asks it no more, and the approval is locked; where no other run waits for it, nobody can decide it."""
    mine = of_run(connection, run_id, approval_id)
    if mine is None or mine.voided_at is not None:
        return
    change_of_run(connection, run_id, approval_id, voided_at=db_now_us())
    append(connection, run_id, "approval.voided", approval_id, {"replaced_by": by})
    if find(connection, approval_id).state == WAITING and not runs_that_wait(connection, approval_id):
        change(connection, approval_id, state=VOID)
