"""Decide a request, once. Each function works inside the caller's transaction."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from blocks.state.approval_rows import (
    APPROVED,
    DEADLINE,
    EXPIRED,
    REJECTED,
    WAITING,
    ask_again,
    change,
    change_of_run,
    expiry,
    find,
    locked,
    runs_that_wait,
    tell,
    tier,
)
from blocks.state.database import db_now_us
from blocks.state.tables import approvals


@dataclass(frozen=True)
class Choice:
    """What was decided; *answer* is canonical JSON where it was approved."""

    verdict: str
    answer: bytes | None
    answer_digest: str | None
    reason: str
    by: str
    via: str


@dataclass(frozen=True)
class Seen:
    """What was checked before a decision: whom it is asked of, and for the how-many-th time."""

    names: tuple[str, ...]
    round: int


def decide(
    connection: Connection, approval_id: str, choice: Choice, seen: Seen, *, again: bool = False
) -> list[str] | None:
    """The compare-and-set: for the one whose choice is written the runs that were told, for all others None.

    It is written while the request waits, is in time, and stands as it was *seen*. *again*: the confirmation of a
    first try was lost, so it may be written already.
    """
    row = locked(connection, approval_id)
    if row is None:
        return None
    if again and _is_written(row, choice, seen):
        return runs_that_wait(connection, approval_id)
    settle_overdue(connection, approval_id)
    row = find(connection, approval_id)
    if (row.state, row.names, row.round) != (WAITING, json.dumps(list(seen.names)), seen.round):
        return None
    _write(connection, approval_id, choice)
    told = {"answer": choice.answer_digest, "by": choice.by, "reason": choice.reason, "round": row.round}
    verdict = {"verdict": choice.verdict, "via": choice.via}
    return tell(connection, approval_id, "approval.decided", {**told, **verdict})


def settle_overdue(connection: Connection, approval_id: str | None = None, at_most: int = 100) -> int:
    """Let what was declared happen to requests whose time is over; how many there were.

    The next tier is asked; where there is none, it is rejected, or expired so that its runs fail.
    """
    overdue = select(approvals).where(approvals.c.state == WAITING, approvals.c.expires_at <= db_now_us())
    if approval_id is not None:
        overdue = overdue.where(approvals.c.approval_id == approval_id)
    ordered = overdue.order_by(approvals.c.expires_at).limit(at_most)
    rows = connection.execute(ordered.with_for_update(skip_locked=approval_id is None)).all()
    for row in rows:
        _settle(connection, row)
    return len(rows)


def hand_back(connection: Connection, run_id: str, taken: Row[Any], note: str) -> Row[Any]:
    """Ask again because the answer that the run has *taken* does not fit the model; every run that waits is told.

    Where another run handed the same answer back already, this one waits for what comes of that.
    """
    row = locked(connection, taken.approval_id) or taken
    change_of_run(connection, run_id, row.approval_id, taken_at=None)
    if (row.state, row.round) == (APPROVED, taken.round):
        ask_again(connection, row, note=note)
        later = find(connection, row.approval_id)
        told = {"expires_at": later.expires_at, "reason": note, "round": later.round}
        tell(connection, row.approval_id, "approval.returned", told)
    return find(connection, row.approval_id)


def _write(connection: Connection, approval_id: str, choice: Choice) -> None:
    decided = {"state": choice.verdict, "answer": choice.answer, "reason": choice.reason}
    by = {"decided_by": choice.by, "decided_via": choice.via, "decided_at": db_now_us()}
    change(connection, approval_id, **decided, **by)


def _is_written(row: Row[Any], choice: Choice, seen: Seen) -> bool:
    stands = (row.state, row.answer, row.reason, row.decided_by, row.decided_via, row.round)
    return stands == (choice.verdict, choice.answer, choice.reason, choice.by, choice.via, seen.round)


def _settle(connection: Connection, row: Row[Any]) -> None:
    now = tier(row)
    then = now["then"]
    if then is not None:
        change(
            connection,
            row.approval_id,
            tier=row.tier + 1,
            names=json.dumps(then["names"]),
            expires_at=expiry(then),
        )
        later = find(connection, row.approval_id).expires_at
        told = {"expires_at": later, "names": then["names"], "round": row.round}
        tell(connection, row.approval_id, "approval.escalated", told)
        return
    verdict = REJECTED if now["otherwise"] == "reject" else EXPIRED
    reason = "The time to decide was over."
    _write(connection, row.approval_id, Choice(verdict, None, None, reason, DEADLINE, "clock"))
    told = {"answer": None, "by": DEADLINE, "reason": reason, "round": row.round}
    tell(connection, row.approval_id, "approval.decided", {**told, "verdict": verdict, "via": "clock"})
