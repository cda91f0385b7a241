"""The rows of paid calls: what was asked, what was answered, what it cost. Inside the caller's transaction.

One row is one attempt, and at most one request at the provider: it is written before the request leaves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.state import budget_rows, ledger
from blocks.state.database import db_now_us, insert_once
from blocks.state.stage_rows import IsDead, is_held
from blocks.state.tables import model_calls, runs

ASKED, ANSWERED, SETTLED = "asked", "answered", "settled"
SPOILED, REFUSED, UNSENT, AMBIGUOUS = "spoiled", "refused", "unsent", "ambiguous"
_WITHOUT_ANSWER = (REFUSED, UNSENT, AMBIGUOUS)
_DOMAIN, _A_WEEK = "holdfast model call 1", 7 * 86_400_000_000


@dataclass(frozen=True)
class Asking:
    """A request before it leaves: who asks whom what, for which time, and what it costs at most, in billionths of a
    US dollar."""

    tenant: str
    model: str
    request_digest: str
    run_id: str
    subject: str
    stage_key: str
    lease_id: str
    attempt: int
    route: str
    capture_key: bytes | None
    most_nano_usd: int

    @property
    def call_id(self) -> str:
        """The identity of the attempt: sha256 over canonical JSON."""
        return identity(self.tenant, self.model, self.request_digest, self.attempt)


@dataclass(frozen=True)
class Kept:
    """A provider's answer as it came: its bytes where small, and their digest and number."""

    http_status: int
    inline: bytes | None
    digest: str
    size_bytes: int


class OverLimit(Exception):
    """The budget *name* does not have what the request may cost. Rolls the transaction back."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name)
        self.name, self.limit = name, limit


class AskedAlready(Exception):
    """Another process wrote this attempt. Rolls the transaction back."""


def newest(connection: Connection, tenant: str, model: str, request_digest: str) -> Row[Any] | None:
    """The last attempt at a request, locked against others that look."""
    of = (
        model_calls.c.tenant == tenant,
        model_calls.c.model == model,
        model_calls.c.request_digest == request_digest,
    )
    last = select(model_calls).where(*of).order_by(model_calls.c.attempt.desc()).limit(1)
    return connection.execute(last.with_for_update()).first()


def is_going(connection: Connection, row: Row[Any], is_dead: IsDead) -> bool:
    """Is the process that asks alive?"""
    return row.state == ASKED and is_held(connection, row.lease_id, is_dead)


def orphans(connection: Connection, tenant: str, route: str, is_dead: IsDead) -> list[Row[Any]]:
    """The calls of the last week without an answer that went through a capture proxy and that nobody waits for."""
    of = (
        model_calls.c.tenant == tenant,
        model_calls.c.state == ASKED,
        model_calls.c.route == route,
        model_calls.c.asked_at > db_now_us() - _A_WEEK,
    )
    asked = connection.execute(select(model_calls).where(*of).order_by(model_calls.c.asked_at.desc()))
    return [row for row in asked.all() if not is_held(connection, row.lease_id, is_dead)]


def ask(
    connection: Connection, asking: Asking, limits: Mapping[str, int | None], *, again: bool = False
) -> int:
    """Write that the request is about to leave, and reserve its price in budgets by their limits (None: without one).

    Returns the event's number. *again*: the confirmation of a first try was lost, so it may be written already. Raises
    OverLimit, or AskedAlready where another wrote this attempt; both roll the transaction back.
    """
    if again and (written := _written_by(connection, asking)):
        return written
    if short := budget_rows.reserve(connection, asking.tenant, limits, asking.most_nano_usd):
        raise OverLimit(short, limits[short] or 0)
    # First budgets, then the run: in the order of `end`, so that two never wait for each other.
    connection.execute(select(runs.c.events).where(runs.c.run_id == asking.run_id).with_for_update())
    row = {
        "call_id": asking.call_id,
        "tenant": asking.tenant,
        "model": asking.model,
        "request_digest": asking.request_digest,
        "attempt": asking.attempt,
        "state": ASKED,
        "run_id": asking.run_id,
        "subject": asking.subject,
        "stage_key": asking.stage_key,
        "lease_id": asking.lease_id,
        "route": asking.route,
        "capture_key": asking.capture_key,
        "budgets": json.dumps(sorted(limits)),
        "reserved_nano_usd": asking.most_nano_usd,
    }
    if not insert_once(connection, model_calls, {**row, "asked_at": db_now_us()}):
        raise AskedAlready
    facts = {"attempt": asking.attempt, "model": asking.model, "request": asking.request_digest}
    facts |= {"key": asking.stage_key, "reserved_nano_usd": asking.most_nano_usd}
    return note(connection, asking.run_id, "asked", asking.call_id, facts)


def let_go(connection: Connection, call_id: str) -> None:
    """Nobody waits for the answer any more: whoever wants it may look for it."""
    of = (model_calls.c.call_id == call_id, model_calls.c.state == ASKED)
    connection.execute(update(model_calls).where(*of).values(lease_id=None))


def _written_by(connection: Connection, asking: Asking) -> int:
    """A number in the run's chain where the attempt is the asker's own, not another's; 0 where it is not."""
    own = (
        model_calls.c.call_id == asking.call_id,
        model_calls.c.state == ASKED,
        model_calls.c.lease_id == asking.lease_id,
    )
    joined = model_calls.join(runs, runs.c.run_id == model_calls.c.run_id)
    return connection.execute(select(runs.c.events).select_from(joined).where(*own)).scalar() or 0


def answered(connection: Connection, call_id: str, kept: Kept) -> tuple[str, int] | None:
    """Write the answer of a call that was asked: the run that asked, and the event's number; None where it is written.

    One that was given up, and counted, is of use all the same.
    """
    values = {
        "state": ANSWERED,
        "lease_id": None,
        "http_status": kept.http_status,
        "answer": kept.inline,
        "answer_digest": kept.digest,
        "answer_bytes": kept.size_bytes,
        "answered_at": db_now_us(),
    }
    of = update(model_calls).where(
        model_calls.c.call_id == call_id, model_calls.c.state.in_((ASKED, AMBIGUOUS))
    )
    row = connection.execute(of.values(**values).returning(model_calls.c.run_id)).first()
    if row is None:
        return None
    return row.run_id, note(connection, row.run_id, "answered", call_id, {"answer": kept.digest})


def end(
    connection: Connection, call_id: str, state: str, cost_nano_usd: int, http_status: int | None = None
) -> bool:
    """Write how a call ended, and count what it cost in its budgets; False where its cost was counted before.

    A call whose answer was written down meanwhile is not given up any more, and one without an answer is not settled.
    """
    row = connection.execute(
        select(model_calls).where(model_calls.c.call_id == call_id).with_for_update()
    ).one()
    fits = row.state == ASKED if state in _WITHOUT_ANSWER else row.answer_digest is not None
    if not fits:
        return False
    values: dict[str, Any] = {"state": state, "lease_id": None}
    if http_status is not None:
        values["http_status"] = http_status
    is_first = row.cost_nano_usd is None
    if is_first:
        values |= {"cost_nano_usd": cost_nano_usd, "ended_at": db_now_us()}
        names: list[str] = json.loads(row.budgets)
        budget_rows.count(connection, row.tenant, names, row.reserved_nano_usd, cost_nano_usd)
        verb = "counted" if state == ANSWERED else state
        note(connection, row.run_id, verb, call_id, {"cost_nano_usd": cost_nano_usd})
    connection.execute(update(model_calls).where(model_calls.c.call_id == call_id).values(**values))
    return is_first


def count(connection: Connection, calls: Mapping[str, int], state: str) -> int:
    """Count what the calls of a stage cost, in billionths by their ids; those that are spoiled stay so.

    Returns what of it another stage, or another attempt, counted before: two that wait for one answer both have it.
    """
    before = 0
    for call_id, cost in sorted(calls.items()):
        is_spoiled = model_calls.c.call_id == call_id, model_calls.c.state == SPOILED
        if connection.execute(select(model_calls.c.call_id).where(*is_spoiled)).first():
            end(connection, call_id, SPOILED, cost)
        elif not end(connection, call_id, state, cost):
            before += cost
    return before


def digest_told(connection: Connection, row: Row[Any]) -> str | None:
    """The digest of the answer as the ledger tells it; None where it does not."""
    told = ledger.bodies(connection, row.run_id, "model_call.answered")
    return next((body["answer"] for body in reversed(told) if body["call"] == row.call_id), None)


def has_ambiguous(connection: Connection, row: Row[Any]) -> bool:
    """Was another attempt at the same request given up?"""
    of = (
        model_calls.c.tenant == row.tenant,
        model_calls.c.model == row.model,
        model_calls.c.request_digest == row.request_digest,
        model_calls.c.call_id != row.call_id,
        model_calls.c.state == AMBIGUOUS,
    )
    return connection.execute(select(model_calls.c.call_id).where(*of)).first() is not None


def note(connection: Connection, run_id: str, verb: str, call_id: str, facts: dict[str, Any]) -> int:
    """Append `model_call.<verb>` to the run's chain, and return its number."""
    return ledger.append(connection, run_id, f"model_call.{verb}", {"call": call_id, **facts})


def identity(tenant: str, model: str, request_digest: str, attempt: int) -> str:
    """The id of an attempt."""
    return digest_of(canonical_bytes([_DOMAIN, tenant, model, request_digest, attempt]))
