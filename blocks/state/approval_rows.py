"""The rows of approvals: what is asked, how it stands, and which runs wait. Each function works in the caller's transaction.

Locks are taken in one order: approvals before runs.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.state import ledger
from blocks.state.database import db_now_us
from blocks.state.tables import approvals, run_approvals, runs

WAITING, APPROVED, REJECTED, EXPIRED, VOID = "waiting", "approved", "rejected", "expired", "void"
SETTLED = (APPROVED, REJECTED, EXPIRED)
DEADLINE = "deadline"
"""Stands for the one who decided where nobody did in time."""
_DOMAIN = b"holdfast approval 1\n"
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


def identity(digest: str, approvers: str, tenant: str) -> str:
    """The id of the approval that asks for this, of these, for this tenant."""
    told = canonical_bytes({"approvers": approvers, "digest": digest, "tenant": tenant})
    return digest_of(_DOMAIN + told)


def flaw(row: Any) -> str | None:
    """What is wrong with the request in a row, opened where it was sealed, by its own digests; None for nothing."""
    if not isinstance(row.request, bytes) or digest_of(row.request) != row.digest:
        return "what is shown is not what was asked"
    if identity(row.digest, row.approvers, row.tenant) != row.approval_id:
        return "who is asked was changed"
    asked = json.loads(row.request)
    if (row.title, row.value, row.gate) != (asked["title"], asked["value"], asked["gate"]):
        return "its title, value or gate was changed"
    if json.loads(row.names) != tier(row)["names"]:
        return "who may decide was changed"
    return None


def find(connection: Connection, approval_id: str) -> Row[Any]:
    """One approval that is there."""
    return connection.execute(select(approvals).where(approvals.c.approval_id == approval_id)).one()


def locked(connection: Connection, approval_id: str) -> Row[Any] | None:
    """One approval, which no other transaction changes until this one ends; None where it is not there."""
    query = select(approvals).where(approvals.c.approval_id == approval_id)
    return connection.execute(query.with_for_update()).first()


def change(connection: Connection, approval_id: str, **values: Any) -> None:
    """Write into one approval."""
    connection.execute(update(approvals).where(approvals.c.approval_id == approval_id).values(**values))


def waiting_of(connection: Connection, run_id: str) -> list[Row[Any]]:
    """What the run waits for, oldest first."""
    joined = approvals.join(run_approvals, run_approvals.c.approval_id == approvals.c.approval_id)
    query = select(approvals).select_from(joined).where(run_approvals.c.run_id == run_id, *_is_open())
    ordered = query.where(approvals.c.state == WAITING).order_by(
        approvals.c.asked_at, approvals.c.approval_id
    )
    return list(connection.execute(ordered))


def runs_that_wait(connection: Connection, approval_id: str) -> list[str]:
    """The runs that ask this and have not gone on with a decision."""
    query = select(run_approvals.c.run_id).where(run_approvals.c.approval_id == approval_id, *_is_open())
    return list(connection.execute(query.order_by(run_approvals.c.run_id)).scalars())


def has_news() -> Any:
    """An SQL condition on `runs`: something that the run waits for is settled, and it has not taken it yet."""
    settled = and_(approvals.c.approval_id == run_approvals.c.approval_id, approvals.c.state.in_(SETTLED))
    joined = run_approvals.join(approvals, settled)
    mine = select(1).select_from(joined).where(run_approvals.c.run_id == runs.c.run_id, *_is_open())
    return mine.correlate(runs).exists()


def of_run(connection: Connection, run_id: str, approval_id: str) -> Row[Any] | None:
    """What the run has to do with the approval, if it has."""
    return connection.execute(select(run_approvals).where(*_pair(run_id, approval_id))).first()


def change_of_run(connection: Connection, run_id: str, approval_id: str, **values: Any) -> None:
    """Write what the run has to do with the approval."""
    connection.execute(update(run_approvals).where(*_pair(run_id, approval_id)).values(**values))


def ask_again(connection: Connection, row: Row[Any], *, note: str, **values: Any) -> None:
    """Let a request wait once more, from its first approvers on."""
    first = json.loads(row.approvers)
    again = {"state": WAITING, "tier": 0, "names": json.dumps(first["names"]), "round": row.round + 1}
    times = {"asked_at": db_now_us(), "expires_at": expiry(first)}
    change(connection, row.approval_id, **again, **times, **_UNDECIDED, note=note, **values)


def tier(row: Any) -> dict[str, Any]:
    """Who is asked now, until when, and who after them."""
    found = json.loads(row.approvers)
    for _ in range(row.tier):
        found = found["then"]
    return found


def expiry(asked: dict[str, Any]) -> Any:
    """When the time of those who are *asked* now is over, in SQL; None where there is no deadline."""
    return None if asked["seconds"] is None else db_now_us() + round(asked["seconds"] * 1_000_000)


def tell(connection: Connection, approval_id: str, kind: str, body: dict[str, Any]) -> list[str]:
    """An event in each run that waits for it, and these runs."""
    told = runs_that_wait(connection, approval_id)
    for run_id in told:
        append(connection, run_id, kind, approval_id, body)
    return told


def append(connection: Connection, run_id: str, kind: str, approval_id: str, body: dict[str, Any]) -> None:
    """An event of one run."""
    ledger.append(connection, run_id, kind, {"approval": approval_id, **body})


def _is_open() -> tuple[Any, Any]:
    return run_approvals.c.taken_at.is_(None), run_approvals.c.voided_at.is_(None)


def _pair(run_id: str, approval_id: str) -> tuple[Any, Any]:
    return run_approvals.c.run_id == run_id, run_approvals.c.approval_id == approval_id
