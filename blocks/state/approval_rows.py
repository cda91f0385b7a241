"""The rows of approvals: what is asked, and the one decision. Each function works inside the caller's transaction."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us, insert_into
from blocks.state.tables import approvals, run_approvals, runs

WAITING, APPROVED, REJECTED, EXPIRED, VOID = "waiting", "approved", "rejected", "expired", "void"
DECIDED = (APPROVED, REJECTED)
SETTLED = (APPROVED, REJECTED, EXPIRED)
_UNDECIDED: dict[str, Any] = dict.fromkeys(("answer", "reason", "decided_by", "decided_via", "decided_at"))


@dataclass(frozen=True)
class Request:
    """What is asked: *request* is canonical JSON with *digest*; *approvers* the JSON of the first tier."""

    approval_id: str
    tenant: str
    gate: str
    title: str
    value: str
    request: bytes
    digest: str
    approvers: str


@dataclass(frozen=True)
class Asking:
    """Who asks: a run, for a subject, and the ids of what it has asked since it was taken up last."""

    run_id: str
    subject: str
    asked: Collection[str]


@dataclass(frozen=True)
class Choice:
    """What was decided; *answer* is canonical JSON where it was approved."""

    verdict: str
    answer: bytes | None
    answer_digest: str | None
    reason: str
    by: str
    via: str


def ask(connection: Connection, request: Request, asking: Asking) -> Row[Any]:
    """Let the run ask, and return the approval as it stands after that.

    A request that was asked before, by any run, is the same one: where it is decided the run takes the decision, by an
    event. One that it replaces (the same gate and subject, not asked in this turn of the run) is void from now on.
    """
    row = _first_asked(connection, request, asking)
    if row.state == WAITING:
        settle_overdue(connection, row.approval_id)
    mine = _of_run(connection, asking.run_id, request.approval_id)
    is_over = mine is not None and (mine.taken_at is not None or mine.voided_at is not None)
    row = find(connection, request.approval_id)
    if row.state == VOID or (row.state == EXPIRED and (mine is None or is_over)):
        _ask_again(connection, row, note="")
        row = find(connection, request.approval_id)
    _join(connection, row, asking, mine)
    if row.state in SETTLED:
        _take(connection, row, asking.run_id)
    return row


def decide(
    connection: Connection, approval_id: str, choice: Choice, names: tuple[str, ...], *, again: bool = False
) -> list[str] | None:
    """The compare-and-set: for the one whose choice is written the runs that were told, for all others None.

    It is written while the request waits, is in time, and is asked of *names*. *again*: the confirmation of a first
    try was lost, so it may be written already.
    """
    settle_overdue(connection, approval_id)
    told = runs_that_wait(connection, approval_id)
    if again and _is_written(find(connection, approval_id), choice):
        return told
    asked_of = (approvals.c.state == WAITING, approvals.c.names == json.dumps(list(names)))
    open_one = update(approvals).where(approvals.c.approval_id == approval_id, *asked_of)
    decided = {"state": choice.verdict, "answer": choice.answer, "reason": choice.reason}
    by = {"decided_by": choice.by, "decided_via": choice.via, "decided_at": db_now_us()}
    if connection.execute(open_one.values(**decided, **by)).rowcount == 0:
        return None
    _tell(
        connection,
        approval_id,
        "approval.decided",
        {
            "answer": choice.answer_digest,
            "by": choice.by,
            "reason": choice.reason,
            "round": find(connection, approval_id).round,
            "verdict": choice.verdict,
            "via": choice.via,
        },
    )
    return told


def settle_overdue(connection: Connection, approval_id: str | None = None, at_most: int = 100) -> int:
    """Let what was declared happen to requests whose time is over; how many there were.

    The next tier is asked; where there is none, it is rejected, or expired so that its runs fail.
    """
    overdue = select(approvals).where(approvals.c.state == WAITING, approvals.c.expires_at <= db_now_us())
    if approval_id is not None:
        overdue = overdue.where(approvals.c.approval_id == approval_id)
    rows = connection.execute(overdue.order_by(approvals.c.expires_at).limit(at_most).with_for_update()).all()
    for row in rows:
        _settle(connection, row)
    return len(rows)


def hand_back(connection: Connection, run_id: str, approval_id: str, note: str) -> Row[Any]:
    """Ask again because the answer does not fit the model; every run that waits for it is told."""
    row = find(connection, approval_id)
    if row.state == APPROVED:
        _ask_again(connection, row, note=note)
        mine = (run_approvals.c.run_id == run_id, run_approvals.c.approval_id == approval_id)
        connection.execute(update(run_approvals).where(*mine).values(taken_at=None))
        _tell(connection, approval_id, "approval.returned", {"reason": note})
    return find(connection, approval_id)


def void_unasked(connection: Connection, run_id: str, asked: Collection[str]) -> None:
    """Void what the run asked before, and did not ask in this turn."""
    mine = (run_approvals.c.run_id == run_id, run_approvals.c.voided_at.is_(None))
    for row in connection.execute(select(run_approvals).where(*mine)).all():
        if row.approval_id not in asked:
            _void(connection, run_id, row.approval_id, None)


def find(connection: Connection, approval_id: str) -> Row[Any]:
    """One approval that is there."""
    return connection.execute(select(approvals).where(approvals.c.approval_id == approval_id)).one()


def waiting_of(connection: Connection, run_id: str) -> list[Row[Any]]:
    """What the run waits for, oldest first."""
    joined = approvals.join(run_approvals, run_approvals.c.approval_id == approvals.c.approval_id)
    mine = (run_approvals.c.run_id == run_id, run_approvals.c.voided_at.is_(None))
    query = select(approvals).select_from(joined).where(*mine, approvals.c.state == WAITING)
    return list(connection.execute(query.order_by(approvals.c.asked_at, approvals.c.approval_id)))


def runs_that_wait(connection: Connection, approval_id: str) -> list[str]:
    """The runs that ask this and have not gone on with a decision."""
    waits = (run_approvals.c.taken_at.is_(None), run_approvals.c.voided_at.is_(None))
    query = select(run_approvals.c.run_id).where(run_approvals.c.approval_id == approval_id, *waits)
    return list(connection.execute(query.order_by(run_approvals.c.run_id)).scalars())


def has_news() -> Any:
    """An SQL condition on `runs`: something that the run waits for is settled, and it has not taken it yet."""
    settled = and_(approvals.c.approval_id == run_approvals.c.approval_id, approvals.c.state.in_(SETTLED))
    mine = (run_approvals.c.run_id == runs.c.run_id, run_approvals.c.taken_at.is_(None))
    joined = run_approvals.join(approvals, settled)
    open_ones = select(1).select_from(joined).where(*mine, run_approvals.c.voided_at.is_(None))
    return open_ones.correlate(runs).exists()


def _first_asked(connection: Connection, request: Request, asking: Asking) -> Row[Any]:
    """The row of the request; written, with what it replaces, where nobody asked it before."""
    query = select(approvals).where(approvals.c.approval_id == request.approval_id).with_for_update()
    row = connection.execute(query).first()
    if row is not None:
        return row
    previous = _replaced(connection, request.gate, asking)
    tier = json.loads(request.approvers)
    values = {
        **vars(request),
        "tier": 0,
        "names": json.dumps(tier["names"]),
        "state": WAITING,
        "round": 1,
        "note": "",
        "run_id": asking.run_id,
        "subject": asking.subject,
        "previous_id": previous,
        "asked_at": db_now_us(),
        "expires_at": _expiry(tier),
    }
    connection.execute(insert_into(connection, approvals).values(**values).on_conflict_do_nothing())
    if previous is not None:
        _void(connection, asking.run_id, previous, request.approval_id)
    return connection.execute(query).one()


def _replaced(connection: Connection, gate: str, asking: Asking) -> str | None:
    """What the run, or the one that it was forked from, asked last at the same place, and not in this turn."""
    parent = select(runs.c.parent_run_id).where(runs.c.run_id == asking.run_id).scalar_subquery()
    joined = run_approvals.join(approvals, approvals.c.approval_id == run_approvals.c.approval_id)
    of_us = or_(run_approvals.c.run_id == asking.run_id, run_approvals.c.run_id == parent)
    here = (approvals.c.gate == gate, run_approvals.c.subject == asking.subject)
    query = select(approvals.c.approval_id).select_from(joined).where(of_us, *here)
    found = connection.execute(query.order_by(run_approvals.c.asked_at.desc())).scalars()
    return next((one for one in found if one not in asking.asked), None)


def _join(connection: Connection, row: Row[Any], asking: Asking, mine: Row[Any] | None) -> None:
    """Enter the request into the run; an event tells that it asks, once in a round."""
    if mine is not None and mine.voided_at is None and not (row.state == WAITING and mine.taken_at):
        return
    keys = {"run_id": asking.run_id, "approval_id": row.approval_id}
    fresh = {"subject": asking.subject, "asked_at": db_now_us(), "taken_at": None, "voided_at": None}
    if mine is None:
        connection.execute(insert(run_approvals).values(**keys, **fresh))
    else:
        same = (run_approvals.c.run_id == asking.run_id, run_approvals.c.approval_id == row.approval_id)
        connection.execute(update(run_approvals).where(*same).values(**fresh))
    told = {"digest": row.digest, "expires_at": row.expires_at, "gate": row.gate, "round": row.round}
    _append(connection, asking.run_id, "approval.asked", row.approval_id, {**told, "subject": asking.subject})


def _take(connection: Connection, row: Row[Any], run_id: str) -> None:
    """The run goes on with what was decided, by an event, once."""
    untaken = (run_approvals.c.run_id == run_id, run_approvals.c.taken_at.is_(None))
    taken = update(run_approvals).where(*untaken, run_approvals.c.approval_id == row.approval_id)
    if connection.execute(taken.values(taken_at=db_now_us())).rowcount:
        told = {"by": row.decided_by, "gate": row.gate, "verdict": row.state}
        _append(connection, run_id, "approval.taken", row.approval_id, told)


def _ask_again(connection: Connection, row: Row[Any], *, note: str) -> None:
    """Let a request wait once more, from its first approvers on."""
    tier = json.loads(row.approvers)
    again = {"state": WAITING, "tier": 0, "names": json.dumps(tier["names"]), "round": row.round + 1}
    times = {"asked_at": db_now_us(), "expires_at": _expiry(tier)}
    this = update(approvals).where(approvals.c.approval_id == row.approval_id)
    connection.execute(this.values(**again, **times, **_UNDECIDED, note=note))


def _settle(connection: Connection, row: Row[Any]) -> None:
    this = update(approvals).where(approvals.c.approval_id == row.approval_id)
    tier = _tier(row.approvers, row.tier)
    if tier["then"] is not None:
        names, expires_at = json.dumps(tier["then"]["names"]), _expiry(tier["then"])
        connection.execute(this.values(tier=row.tier + 1, names=names, expires_at=expires_at))
        _tell(connection, row.approval_id, "approval.escalated", {"names": tier["then"]["names"]})
        return
    reason, by = "The time to decide was over.", {"decided_by": "deadline", "decided_via": "clock"}
    verdict = REJECTED if tier["otherwise"] == "reject" else EXPIRED
    connection.execute(this.values(state=verdict, reason=reason, **by, decided_at=db_now_us()))
    told = {"answer": None, "reason": reason, "round": row.round, "verdict": verdict, "via": "clock"}
    _tell(connection, row.approval_id, "approval.decided", {**told, "by": "deadline"})


def _tier(approvers: str, number: int) -> dict[str, Any]:
    tier = json.loads(approvers)
    for _ in range(number):
        tier = tier["then"]
    return tier


def _expiry(tier: dict[str, Any]) -> Any:
    return None if tier["seconds"] is None else db_now_us() + round(tier["seconds"] * 1_000_000)


def _void(connection: Connection, run_id: str, approval_id: str, by: str | None) -> None:
    """The run asks it no more; where no other run does, nobody can decide it."""
    open_one = (run_approvals.c.approval_id == approval_id, run_approvals.c.voided_at.is_(None))
    mine = update(run_approvals).where(*open_one, run_approvals.c.run_id == run_id)
    if connection.execute(mine.values(voided_at=db_now_us())).rowcount == 0:
        return
    _append(connection, run_id, "approval.voided", approval_id, {"replaced_by": by})
    if connection.execute(select(1).select_from(run_approvals).where(*open_one)).first() is None:
        still = (approvals.c.approval_id == approval_id, approvals.c.state == WAITING)
        connection.execute(update(approvals).where(*still).values(state=VOID))


def _tell(connection: Connection, approval_id: str, kind: str, body: dict[str, Any]) -> None:
    """An event in each run that has not gone on with the decision."""
    for run_id in runs_that_wait(connection, approval_id):
        _append(connection, run_id, kind, approval_id, body)


def _is_written(row: Row[Any], choice: Choice) -> bool:
    stands = (row.state, row.answer, row.reason, row.decided_by, row.decided_via)
    return stands == (choice.verdict, choice.answer, choice.reason, choice.by, choice.via)


def _append(connection: Connection, run_id: str, kind: str, approval_id: str, body: dict[str, Any]) -> None:
    ledger.append(connection, run_id, kind, {"approval": approval_id, **body})


def _of_run(connection: Connection, run_id: str, approval_id: str) -> Row[Any] | None:
    mine = (run_approvals.c.run_id == run_id, run_approvals.c.approval_id == approval_id)
    return connection.execute(select(run_approvals).where(*mine)).first()
