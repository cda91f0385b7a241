"""The rows of providers that are not asked for a while: one limit for all processes. Inside the caller's transaction.

A row's name is a provider, with all of its models, or one model alone, which has a colon in its name.
After a failure a provider rests, twice as long with each one in a row (a circuit breaker, as M. Nygard describes it in
"Release It!"); where it says itself how long (Retry-After, RFC 9110 10.2.3), so long. The first success closes the circuit.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from blocks.state.database import db_now_us, insert_once
from blocks.state.tables import provider_pauses as pauses

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 60.0
_SECOND = 1_000_000


@dataclass(frozen=True)
class Pause:
    """How long a provider still rests, in seconds (below 0: it may be tried again), and why."""

    seconds: float
    reason: str


def pause_of(connection: Connection, names: Collection[str]) -> Pause | None:
    """The longest pause that one of *names* is in, or was; None where they answered last."""
    left = (pauses.c.until - db_now_us()).label("left")
    of = select(left, pauses.c.reason).where(pauses.c.provider.in_(names))
    row = connection.execute(of.order_by(pauses.c.until.desc())).first()
    return Pause(row.left / _SECOND, row.reason) if row is not None else None


def failed(connection: Connection, name: str, reason: str, retry_after: float | None) -> None:
    """Let it rest: *retry_after* seconds, or twice as long as after the failure before. A longer pause stays."""
    insert_once(connection, pauses, {"provider": name, "until": 0, "failures": 0, "reason": ""})
    of = pauses.c.provider == name
    row = connection.execute(select(pauses).where(of).with_for_update()).one()
    backoff = min(FIRST_SECONDS * 2 ** min(row.failures, 20), LONGEST_SECONDS)
    seconds = backoff if retry_after is None else retry_after
    until = int(connection.execute(select(db_now_us())).scalar_one()) + int(seconds * _SECOND)
    values = {"until": max(row.until, until), "failures": row.failures + 1, "reason": reason[:200]}
    connection.execute(update(pauses).where(of).values(**values))


def succeeded(connection: Connection, names: Collection[str]) -> None:
    """They answer again."""
    connection.execute(delete(pauses).where(pauses.c.provider.in_(names)))
