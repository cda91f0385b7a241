"""The rows of providers that are not asked for a while: one limit for all processes. Inside the caller's transaction.

After a failure a provider rests, twice as long with each one in a row (a circuit breaker, as M. Nygard describes it in
"Release It!"); where it says itself how long (Retry-After, RFC 9110 10.2.3), so long. The first success closes the circuit.
"""

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


def pause_of(connection: Connection, provider: str) -> Pause | None:
    """The pause that it is in, or was; None where it answered last."""
    left = (pauses.c.until - db_now_us()).label("left")
    row = connection.execute(select(left, pauses.c.reason).where(pauses.c.provider == provider)).first()
    return Pause(row.left / _SECOND, row.reason) if row is not None else None


def failed(connection: Connection, provider: str, reason: str, retry_after: float | None) -> None:
    """Let it rest: *retry_after* seconds, or twice as long as after the failure before. A longer pause stays."""
    insert_once(connection, pauses, {"provider": provider, "until": 0, "failures": 0, "reason": ""})
    of = pauses.c.provider == provider
    row = connection.execute(select(pauses).where(of).with_for_update()).one()
    backoff = min(FIRST_SECONDS * 2 ** min(row.failures, 20), LONGEST_SECONDS)
    seconds = backoff if retry_after is None else retry_after
    until = int(connection.execute(select(db_now_us())).scalar_one()) + int(seconds * _SECOND)
    values = {"until": max(row.until, until), "failures": row.failures + 1, "reason": reason[:200]}
    connection.execute(update(pauses).where(of).values(**values))


def succeeded(connection: Connection, provider: str) -> None:
    """It answers again."""
    connection.execute(delete(pauses).where(pauses.c.provider == provider))
