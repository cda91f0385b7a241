"""Append to a run's chained events, and check a chain.

Each event carries the hash of the one before it (blocks.state.chain); the first one follows `GENESIS`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from blocks.base.canonical import canonical_bytes
from blocks.state.chain import GENESIS, event_hash
from blocks.state.database import db_now_us
from blocks.state.tables import events, runs

__all__ = ["GENESIS", "Verdict", "append", "check_chain", "event_hash"]


@dataclass(frozen=True)
class Verdict:
    """What checking a chain found."""

    ok: bool
    events: int
    first_bad: int | None = None
    reason: str | None = None


def append(connection: Connection, run_id: str, kind: str, body: dict[str, Any]) -> int:
    """Add one event to the chain of *run_id* inside the caller's transaction, and return its sequence number.

    The row of the run is locked, so that appends from many workers stand in one order.
    """
    head = connection.execute(
        select(runs.c.events, runs.c.head, db_now_us()).where(runs.c.run_id == run_id).with_for_update()
    ).one()
    seq, at, text = head.events + 1, int(head[2]), canonical_bytes(body).decode()
    hash_ = event_hash(run_id, seq, at, kind, text, head.head)
    row = {"run_id": run_id, "seq": seq, "at": at, "kind": kind, "body": text, "previous": head.head}
    connection.execute(insert(events).values(**row, hash=hash_))
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(events=seq, head=hash_))
    return seq


def bodies(connection: Connection, run_id: str, kind: str) -> list[dict[str, Any]]:
    """What the events of one kind in a run say, in order."""
    query = select(events.c.body).where(events.c.run_id == run_id, events.c.kind == kind)
    return [json.loads(body) for body in connection.execute(query.order_by(events.c.seq)).scalars()]


def check_chain(connection: Connection, run_id: str) -> Verdict:
    """Recompute the chain of *run_id*; find edited, missing, added and moved rows, and a cut tail."""
    head = connection.execute(select(runs.c.events, runs.c.head).where(runs.c.run_id == run_id)).one()
    rows = connection.execute(select(events).where(events.c.run_id == run_id).order_by(events.c.seq))
    return _follow(run_id, rows, head.events, head.head)


def _follow(run_id: str, rows: Iterable[Row[Any]], count: int, head: str) -> Verdict:
    previous, seen = GENESIS, 0
    for row in rows:
        seen += 1
        if row.seq != seen:
            return Verdict(False, seen, seen, "an event is missing or added")
        if row.previous != previous:
            return Verdict(False, seen, seen, "the event does not follow the one before it")
        previous = event_hash(run_id, row.seq, row.at, row.kind, row.body, row.previous)
        if row.hash != previous:
            return Verdict(False, seen, seen, "the event was edited")
    if seen != count or previous != head:
        return Verdict(False, seen, seen + 1, "the end of the chain is not the recorded one")
    return Verdict(True, seen)
