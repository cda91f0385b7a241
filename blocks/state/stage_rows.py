"""The rows of stages, leases and artifacts. Each function works inside the caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from blocks.state import ledger
from blocks.state.database import db_now_us, insert_once
from blocks.state.tables import artifacts, leases, run_stages, runs, stages

CLAIMED, OPEN, DONE = "claimed", "open", "done"


class StageName(NamedTuple):
    """Whose stage, which, and in which version."""

    tenant: str
    stage: str
    version: int


@dataclass(frozen=True)
class StageIdentity:
    """Which answer is asked for. *inputs* is JSON for people, see the column."""

    key: str
    tenant: str
    stage: str
    version: int
    weight: str
    inputs: str

    @property
    def name(self) -> StageName:
        """The stage, whatever it is asked."""
        return StageName(self.tenant, self.stage, self.version)


@dataclass(frozen=True)
class Claim:
    """The right to commit one stage, as long as *fence* is still the newest; *of_dead*: taken over from a process that died."""

    key: str
    fence: int
    lease_id: str
    of_dead: bool = False


@dataclass(frozen=True)
class Output:
    """A recorded answer: canonical bytes where small, else the artifact named *digest*."""

    digest: str
    size_bytes: int
    inline: bytes | None
    duration_us: int
    cost_nano_usd: int


@dataclass(frozen=True)
class Busy:
    """Another live process works on the stage."""

    lease_id: str


IsDead = Callable[[Row[Any]], bool]


def find_output(connection: Connection, key: str) -> Output | None:
    """The recorded answer of *key*, or None where the stage is not done."""
    found = find_stage(connection, key)
    return found[1] if found else None


def find_stage(connection: Connection, key: str) -> tuple[str, Output] | None:
    """The stage's name beside its recorded answer, or None where it is not done."""
    row = connection.execute(select(stages).where(stages.c.key == key, stages.c.state == DONE)).first()
    return (row.stage, _output(row)) if row else None


def name_of(connection: Connection, key: str) -> StageName:
    """The stage that *key* is an answer of, which is claimed or done."""
    columns = (stages.c.tenant, stages.c.stage, stages.c.version)
    return StageName(*connection.execute(select(*columns).where(stages.c.key == key)).one())


def claim(
    connection: Connection, identity: StageIdentity, lease_id: str, is_dead: IsDead
) -> Claim | Output | Busy:
    """Take the stage for *lease_id*: a claim with the next fencing token, the recorded answer, or Busy."""
    row = connection.execute(select(stages).where(stages.c.key == identity.key).with_for_update()).first()
    if row is None:  # where another was first, its row is there now
        return _first_claim(connection, identity, lease_id) or claim(connection, identity, lease_id, is_dead)
    if row.state == DONE:
        return _output(row)
    if row.state == CLAIMED and row.lease_id != lease_id and is_held(connection, row.lease_id, is_dead):
        return Busy(row.lease_id)
    fence = int(row.fence) + 1
    taken = {"state": CLAIMED, "fence": fence, "lease_id": lease_id, "attempts": row.attempts + 1}
    connection.execute(update(stages).where(stages.c.key == row.key).values(**taken, claimed_at=db_now_us()))
    of_dead = row.state == CLAIMED and row.lease_id != lease_id
    return Claim(identity.key, fence, lease_id, of_dead)


def commit(connection: Connection, claim: Claim, output: Output) -> bool:
    """Record the answer where the claim is still the newest; False where it is not."""
    row = {
        "state": DONE,
        "lease_id": None,
        "output": output.inline,
        "output_digest": output.digest,
        "output_bytes": output.size_bytes,
        "duration_us": output.duration_us,
        "cost_nano_usd": stages.c.cost_nano_usd + output.cost_nano_usd,
        "done_at": db_now_us(),
    }
    return connection.execute(_still_ours(claim).values(**row)).rowcount == 1


def release(connection: Connection, claim: Claim, cost_nano_usd: int) -> bool:
    """Give a claim back after a failed attempt, whose cost is kept; False where it was not ours any more."""
    values = {"state": OPEN, "lease_id": None, "cost_nano_usd": stages.c.cost_nano_usd + cost_nano_usd}
    return connection.execute(_still_ours(claim).values(**values)).rowcount == 1


def add_cost(connection: Connection, late: Claim, cost_nano_usd: int) -> bool:
    """Add to a stage what an answer cost that another's replaced; False where *late* is what was committed."""
    values = {"cost_nano_usd": stages.c.cost_nano_usd + cost_nano_usd}
    others = (stages.c.key == late.key) & (stages.c.fence != late.fence)
    return connection.execute(update(stages).where(others).values(**values)).rowcount == 1


def take_off(connection: Connection, key: str, cost_nano_usd: int) -> None:
    """Take off the cost of a stage what was counted elsewhere."""
    if cost_nano_usd:
        values = {"cost_nano_usd": stages.c.cost_nano_usd - cost_nano_usd}
        connection.execute(update(stages).where(stages.c.key == key).values(**values))


def reopen(connection: Connection, key: str, output_digest: str | None) -> bool:
    """Forget the answer with *output_digest*, so that the body runs again; False where it is not there. Its cost stays.

    No row speaks any more of an artifact that nobody else's answer is.
    """
    nothing = dict.fromkeys(("output", "output_digest", "output_bytes", "duration_us", "done_at"))
    of = (
        stages.c.key == key,
        stages.c.state == DONE,
        stages.c.output_digest.is_not_distinct_from(output_digest),
    )
    if connection.execute(update(stages).where(*of).values(state=OPEN, **nothing)).rowcount == 0:
        return False
    still = select(stages.c.key).where(stages.c.output_digest == output_digest)
    connection.execute(delete(artifacts).where(artifacts.c.digest == output_digest, ~still.exists()))
    return True


def enter(connection: Connection, run_id: str, key: str, subject: str, *, reused: bool) -> int | None:
    """Enter the stage into the run with the next ordinal, and return it; None where the run has it already."""
    mine = run_stages.c.run_id == run_id
    connection.execute(
        select(runs.c.events).where(runs.c.run_id == run_id).with_for_update()
    )  # one at a time
    if connection.execute(select(run_stages.c.ordinal).where(mine, run_stages.c.key == key)).first():
        return None
    ordinal = (connection.execute(select(func.max(run_stages.c.ordinal)).where(mine)).scalar() or 0) + 1
    row = {"run_id": run_id, "ordinal": ordinal, "key": key, "subject": subject, "reused": reused}
    connection.execute(insert(run_stages).values(**row))
    return ordinal


def is_made_for(connection: Connection, run_id: str, key: str, subject: str) -> bool:
    """Did the run make the answer, and for *subject*?"""
    mine = (run_stages.c.run_id == run_id, run_stages.c.key == key)
    row = connection.execute(select(run_stages.c.subject, run_stages.c.reused).where(*mine)).first()
    return row is not None and not row.reused and row.subject == subject


def note_event(connection: Connection, run_id: str, verb: str, key: str, body: dict[str, Any]) -> int:
    """Append `stage.<verb>` to the run's chain, and return its sequence number."""
    return ledger.append(connection, run_id, f"stage.{verb}", {"key": key, **body})


def note_artifact(connection: Connection, digest: str, size_bytes: int, media_type: str) -> None:
    """Record that an artifact is kept; again is harmless."""
    row = {"digest": digest, "size_bytes": size_bytes, "media_type": media_type, "kept_at": db_now_us()}
    insert_once(connection, artifacts, row)


def open_lease(connection: Connection, lease_id: str, holder: dict[str, Any], seconds: float) -> None:
    """Write the lease of one process; *holder* names host, boot_id, pid and process_started. Again is harmless."""
    times = {"renewed_at": db_now_us(), "expires_at": db_now_us() + int(seconds * 1_000_000)}
    insert_once(connection, leases, {"lease_id": lease_id, **holder, **times})


def renew_lease(connection: Connection, lease_id: str, seconds: float) -> None:
    """Push the end of the lease *seconds* past the database's now."""
    times = {"renewed_at": db_now_us(), "expires_at": db_now_us() + int(seconds * 1_000_000)}
    connection.execute(update(leases).where(leases.c.lease_id == lease_id).values(**times))


def _first_claim(connection: Connection, identity: StageIdentity, lease_id: str) -> Claim | None:
    """A claim with fencing token 1; None where another wrote the row meanwhile."""
    first = {"state": CLAIMED, "fence": 1, "lease_id": lease_id, "attempts": 1, "cost_nano_usd": 0}
    row = {**vars(identity), **first, "claimed_at": db_now_us()}
    return Claim(identity.key, 1, lease_id) if insert_once(connection, stages, row) else None


def is_held(connection: Connection, lease_id: str | None, is_dead: IsDead) -> bool:
    """True while *lease_id* is current by the database's clock and its process is not known to be gone."""
    columns = (leases, (leases.c.expires_at > db_now_us()).label("is_current"))
    lease = connection.execute(select(*columns).where(leases.c.lease_id == lease_id)).first()
    return lease is not None and bool(lease.is_current) and not is_dead(lease)


def _still_ours(claim: Claim) -> Any:
    return update(stages).where(
        stages.c.key == claim.key,
        stages.c.fence == claim.fence,
        stages.c.lease_id == claim.lease_id,
        stages.c.state == CLAIMED,
    )


def _output(row: Row[Any]) -> Output:
    return Output(row.output_digest, row.output_bytes, row.output, row.duration_us, row.cost_nano_usd)
