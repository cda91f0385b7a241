"""The one commit path: look up, claim, run, keep, read back, one transaction.

Every stage of every weight but `volatile` is settled here, and nowhere else. Knows nothing of Prefect.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from blocks.base import clock, faults
from blocks.base.canonical import Form, digest_of
from blocks.base.errors import HoldfastError
from blocks.base.meter import Meter, metered
from blocks.base.money import usd
from blocks.durable.call import INLINE_BYTES, Call
from blocks.durable.lease import is_dead
from blocks.durable.scope import Scope, Stopping
from blocks.durable.watch import StageSettled, tell
from blocks.durable.world import World
from blocks.state import stage_rows
from blocks.state.stage_rows import Claim, Output

JSON = "application/json"
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.02, 1.0


class ResultCorrupt(HoldfastError):
    """The recorded answer of stage {stage} does not match its digest."""

    safe = "The stage was not run again and nothing was paid; every other result is kept."
    next = "Restore the state database from a backup, then run the same command again."


class LeaseLost(HoldfastError):
    """Another process took stage {stage} over before its answer was recorded, and has not finished it."""

    safe = "This process recorded nothing for it."


@dataclass(frozen=True)
class Settled:
    """The answer of a stage: its canonical bytes, and how they came about."""

    key: str
    stage: str
    output: Output
    data: bytes
    reused: bool


def read_back(world: World, stage: str, output: Output) -> bytes:
    """The canonical bytes of a recorded answer, checked against its digest."""
    data = output.inline if output.inline is not None else world.artifacts.get(output.digest)
    if digest_of(data) != output.digest:
        raise ResultCorrupt(stage=stage)
    return data


def read_recorded(world: World, key: str) -> bytes:
    """The canonical bytes recorded under *key*; KeyError where the stage is not done."""
    with world.state.reading() as connection:
        found = stage_rows.find_stage(connection, key)
    if found is None:
        raise KeyError(key)
    return read_back(world, *found)


def look_up(world: World, scope: Scope, call: Call) -> Settled | None:
    """The recorded answer, entered into the run as reused; None where the stage is not done.

    Raises ResultCorrupt, ArtifactCorrupt or ArtifactMissing where it is recorded but unreadable.
    """
    with world.state.reading() as connection:
        output = stage_rows.find_output(connection, call.key)
    return _reuse(world, scope, call, output) if output else None


def settle(world: World, scope: Scope, call: Call, body: Callable[..., Any], form: Form) -> Settled:
    """Run *body* once and record what it returns, or give the answer that another recorded meanwhile.

    Effects: one claim and one commit transaction around the body, one artifact where the answer is over 8 KiB.
    Raises what the body raises (the attempt is recorded, the claim given back).
    """
    with world.one_at_a_time(call.key):
        if scope.stopping.is_set():
            raise Stopping
        found = _claim_or_wait(world, scope, call)
        if isinstance(found, Settled):
            return found
        faults.reach("stage.claimed")
        return _attempt(world, scope, call, found, body, form)


def _claim_or_wait(world: World, scope: Scope, call: Call) -> Claim | Settled:
    wait, lease_id = _FIRST_WAIT_SECONDS, world.lease.lease_id
    while True:
        with world.state.writing(lasting=False) as connection:
            got = stage_rows.claim(connection, call.identity, lease_id, is_dead)
        if isinstance(got, Claim):
            return got
        if isinstance(got, Output):
            return _reuse(world, scope, call, got)
        clock.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)


def _attempt(
    world: World, scope: Scope, call: Call, claim: Claim, body: Callable[..., Any], form: Form
) -> Settled:
    started = clock.monotonic()
    with metered() as meter:
        try:
            data = form.dump(body(**call.arguments))
            faults.reach("stage.body.done")
            output = _kept(world, call, data, clock.monotonic() - started, meter)
            return _commit(world, scope, call, claim, output, data)
        except BaseException as error:
            with suppress(HoldfastError):  # the claim also ends with the lease
                _give_back(world, scope, call, claim, meter, error)
            raise


def _kept(world: World, call: Call, data: bytes, seconds: float, meter: Meter) -> Output:
    for large in call.large_inputs:
        world.artifacts.put(large, JSON)
    digest, inline = digest_of(data), data
    if len(data) > INLINE_BYTES:
        world.artifacts.put(data, JSON)
        inline = None
    return Output(digest, len(data), inline, round(seconds * 1_000_000), meter.nano_usd)


def _commit(world: World, scope: Scope, call: Call, claim: Claim, output: Output, data: bytes) -> Settled:
    body: dict[str, Any] = {
        "cost_nano_usd": output.cost_nano_usd,
        "duration_us": output.duration_us,
        "fence": claim.fence,
        "output": output.digest,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }
    with world.state.writing() as connection:
        faults.reach("stage.commit.open")
        seq = 0
        is_ours = stage_rows.commit(connection, claim, output)
        if is_ours:
            if output.inline is None:
                stage_rows.note_artifact(connection, output.digest, output.size_bytes, JSON)
            body["ordinal"] = stage_rows.enter(
                connection, scope.run_id, call.key, scope.subject, reused=False
            )
            seq = stage_rows.note_event(connection, scope.run_id, "done", call.key, body)
        faults.reach("stage.commit.written")
    faults.reach("stage.committed")
    if not is_ours:
        return _taken_over(world, scope, call)
    world.heads.grown(scope.run_id, seq)
    return _told(scope, call, Settled(call.key, call.identity.stage, output, data, reused=False))


def _taken_over(world: World, scope: Scope, call: Call) -> Settled:
    settled = look_up(world, scope, call)
    if settled is None:
        raise LeaseLost(stage=call.identity.stage)
    return settled


def _give_back(
    world: World, scope: Scope, call: Call, claim: Claim, meter: Meter, error: BaseException
) -> None:
    body = {
        "error": type(error).__name__,
        "cost_nano_usd": meter.nano_usd,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }
    with world.state.writing() as connection:
        if not stage_rows.release(connection, claim, meter.nano_usd):
            return  # recorded a moment ago, or taken over: nothing failed
        seq = stage_rows.note_event(connection, scope.run_id, "failed", call.key, body)
    world.heads.grown(scope.run_id, seq)


def _reuse(world: World, scope: Scope, call: Call, output: Output) -> Settled:
    data = read_back(world, call.identity.stage, output)
    body: dict[str, Any] = {
        "output": output.digest,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }
    with world.state.writing() as connection:
        ordinal = stage_rows.enter(connection, scope.run_id, call.key, scope.subject, reused=True)
        body["ordinal"] = ordinal
        seq = stage_rows.note_event(connection, scope.run_id, "reused", call.key, body) if ordinal else 0
    if seq:
        world.heads.grown(scope.run_id, seq)
    return _told(scope, call, Settled(call.key, call.identity.stage, output, data, reused=True))


def _told(scope: Scope, call: Call, settled: Settled) -> Settled:
    cost = 0 if settled.reused else settled.output.cost_nano_usd
    seconds = 0.0 if settled.reused else settled.output.duration_us / 1_000_000
    tell(
        StageSettled(
            run_id=scope.run_id,
            subject=scope.subject,
            stage=call.identity.stage,
            key=settled.key,
            reused=settled.reused,
            seconds=seconds,
            cost_usd=usd(cost),
        )
    )
    return settled
