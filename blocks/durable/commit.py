"""The one commit path: look up, claim, run, keep, read back, one transaction.

Every stage of every weight but `volatile` is settled here, and nowhere else. Knows nothing of Prefect.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.store import StoreUnavailable
from blocks.base import clock, faults
from blocks.base.canonical import Form, digest_of
from blocks.base.errors import HoldfastError
from blocks.base.meter import Meter, metered
from blocks.base.money import usd
from blocks.durable import damage, rescue, sealed_values
from blocks.durable.call import INLINE_BYTES, Call
from blocks.durable.damage import read_back
from blocks.durable.lease import is_dead
from blocks.durable.rescue import Answer
from blocks.durable.scope import Scope, Stopping
from blocks.durable.watch import StageSettled, tell
from blocks.durable.world import World
from blocks.state import ledger, measure_rows, model_call_rows, part_rows, stage_rows
from blocks.state.sealed import of_stage
from blocks.state.stage_rows import Busy, Claim, Output

JSON = "application/json"
_MOST_INLINE_BYTES = 64 * 2**20
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.02, 1.0


@dataclass(frozen=True)
class Settled:
    """The answer of a stage: its canonical bytes, and how they came about."""

    key: str
    stage: str
    output: Output
    data: bytes
    reused: bool


def read_recorded(world: World, key: str) -> bytes:
    """The canonical bytes recorded under *key*; KeyError where the stage is not done."""
    found = world.state.read(lambda connection: stage_rows.find_stage(connection, key))
    if found is None:
        raise KeyError(key)
    return read_back(world, key, *found)


def look_up(world: World, scope: Scope, call: Call) -> Settled | None:
    """The recorded answer, entered into the run as reused; None where the stage is not done.

    Raises ResultCorrupt, ArtifactCorrupt or ArtifactMissing where it is recorded but unreadable.
    """
    output = world.state.read(lambda connection: stage_rows.find_output(connection, call.key))
    return _reuse(world, scope, call, output) if output else None


def is_recorded(world: World, call: Call) -> bool:
    """Is the call answered? Enters nothing."""
    return world.state.read(lambda connection: stage_rows.find_output(connection, call.key)) is not None


def carried_out(world: World, scope: Scope, call: Call) -> Settled:
    """The answer that a process of the task runner recorded for *scope*. Raises what `look_up` raises, and KeyError."""

    def find(connection: Connection) -> tuple[Output | None, bool]:
        is_made = stage_rows.is_made_for(connection, scope.run_id, call.key, scope.subject)
        return stage_rows.find_output(connection, call.key), is_made

    output, is_made = world.state.read(find)
    if output is None:
        raise KeyError(call.key)
    data = read_back(world, call.key, call.identity.stage, output)
    return _told(scope, call, Settled(call.key, call.identity.stage, output, data, reused=not is_made))


def settle(world: World, scope: Scope, call: Call, body: Callable[..., Any], form: Form) -> Settled:
    """Run *body* once and record what it returns, or give the answer that another recorded meanwhile.

    Effects: one claim and one commit transaction around the body, one artifact where the answer is over 8 KiB.
    Raises what the body raises (the attempt is recorded, the claim given back), and DatabaseUnavailable or
    StoreUnavailable where an outage outlasts the patience of the world.
    """
    with world.one_at_a_time(call.key):
        if scope.stopping.is_set():
            raise Stopping
        started = clock.monotonic()
        found = _claim_or_wait(world, scope, call)
        if isinstance(found, Settled):
            return found
        settled = _attempt(world, scope, call, found, body, form)
        if not settled.reused:
            all_us, made = round((clock.monotonic() - started) * 1_000_000), settled.output
            world.measures.recorded(call.identity.name, made.duration_us, made.cost_nano_usd, all_us)
        return settled


def _claim_or_wait(world: World, scope: Scope, call: Call) -> Claim | Settled:
    wait, lease_id = _FIRST_WAIT_SECONDS, world.lease.lease_id
    inputs = sealed_values.closed_text(world, call.identity.inputs, of_stage(call.key, "inputs"))
    identity = replace(call.identity, inputs=inputs)

    def claim(connection: Connection) -> Claim | Output | Busy:
        got = stage_rows.claim(connection, identity, lease_id, is_dead)
        if isinstance(got, Claim) and got.of_dead:
            measure_rows.add(connection, identity.name, {"died": 1})
        return got

    while True:
        got = world.state.write(claim, lasting=False)
        if isinstance(got, Claim):
            return got
        if isinstance(got, Output):
            return _reuse(world, scope, call, got)
        clock.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)


@dataclass
class _Right:
    """The claim under which an attempt may commit, and since when; a newer one where it had to be renewed."""

    claim: Claim
    since: float


def _attempt(
    world: World, scope: Scope, call: Call, claim: Claim, body: Callable[..., Any], form: Form
) -> Settled:
    right, answer = _Right(claim, clock.monotonic()), None
    with metered(call.key, call.unsure) as meter:
        try:
            faults.reach("stage.claimed")
            found = _ready(world, scope, call, right)
            if isinstance(found, Settled):
                return found
            answer = found or _answer(call, meter, body, form)
            return _record(world, scope, call, right, answer)
        except BaseException as error:
            if answer is not None and rescue.keep(world, call.key, answer):
                meter.nano_usd, meter.calls = 0, {}  # they are counted when the answer is committed
            with suppress(HoldfastError):  # the claim also ends with the lease
                _give_back(world, scope, call, right.claim, meter, error)
            raise


def _ready(world: World, scope: Scope, call: Call, right: _Right) -> Answer | Settled | None:
    """Before the body: an answer that was held, or that another recorded while this process stood still; else None.

    The inputs are kept first, so that a store that fails does so before anything is paid.
    """
    while True:
        if held := _rescued(world, scope, call, right.claim):
            return held
        for large in call.large_inputs:
            world.artifacts.put(large, JSON)
        if clock.monotonic() - right.since < world.lease.seconds / 3:
            return None
        found = _claim_or_wait(world, scope, call)  # this process was stopped, or its store was slow
        if isinstance(found, Settled):
            return found
        right.claim, right.since = found, clock.monotonic()


def _rescued(world: World, scope: Scope, call: Call, claim: Claim) -> Answer | None:
    """The answer of an earlier attempt that could not be committed; a first attempt has none."""
    if claim.fence == 1:
        return None
    try:
        return rescue.find(world, call.key)
    except HoldfastError as error:
        damage.note(world, scope, call, error)
        raise


def _answer(call: Call, meter: Meter, body: Callable[..., Any], form: Form) -> Answer:
    started = clock.monotonic()
    data = form.dump(body(**call.arguments))
    duration_us = round((clock.monotonic() - started) * 1_000_000)
    faults.reach("stage.body.done")
    return Answer(data, duration_us, meter.nano_usd, meter.calls, meter.parts)


def _record(world: World, scope: Scope, call: Call, right: _Right, answer: Answer) -> Settled:
    """Commit the answer. Where another took the stage over meanwhile, its answer counts; if it gives none, ours."""
    output = _kept(world, call.key, answer)
    while not _commit(world, scope, call, right.claim, output, answer):
        found = _claim_or_wait(world, scope, call)
        if isinstance(found, Settled):
            _note_superseded(world, scope, call, right.claim, answer)
            return found
        right.claim = found
    return _told(scope, call, Settled(call.key, call.identity.stage, output, answer.data, reused=False))


def _kept(world: World, key: str, answer: Answer) -> Output:
    """The answer as a row: small, or one that the store does not take, inline and sealed; else in the store."""
    is_stored = len(answer.data) > INLINE_BYTES and _is_stored(world, answer.data)
    inline = None if is_stored else sealed_values.closed(world, answer.data, of_stage(key, "output"))
    digest, size = digest_of(answer.data), len(answer.data)
    return Output(digest, size, inline, answer.duration_us, answer.cost_nano_usd)


def _is_stored(world: World, data: bytes) -> bool:
    """Does the store take *data*? Raises StoreUnavailable or ArtifactCorrupt where a row cannot take it either."""
    try:
        world.artifacts.put(data, JSON)
    except (StoreUnavailable, ArtifactCorrupt):
        if len(data) > _MOST_INLINE_BYTES:
            raise
        return False
    return True


def _commit(world: World, scope: Scope, call: Call, claim: Claim, output: Output, answer: Answer) -> bool:
    """One transaction: the stage is done, the run has it, its paid calls are counted, events say so.

    False where the claim is not ours.
    """
    facts: dict[str, Any] = {
        "duration_us": output.duration_us,
        "fence": claim.fence,
        "output": output.digest,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }
    if answer.parts:
        facts["parts"] = dict(answer.parts)

    def commit(connection: Connection) -> int:
        faults.reach("stage.commit.open")
        if not stage_rows.commit(connection, claim, output):
            return 0
        if output.inline is None:
            stage_rows.note_artifact(connection, output.digest, output.size_bytes, JSON)
        if answer.parts:
            part_rows.forget(connection, call.key)
        cost = _counted(connection, call.key, output.cost_nano_usd, answer.calls)
        ordinal = stage_rows.enter(connection, scope.run_id, call.key, scope.subject, reused=False)
        body = {**facts, "cost_nano_usd": cost, "ordinal": ordinal}
        seq = stage_rows.note_event(connection, scope.run_id, "done", call.key, body)
        faults.reach("stage.commit.written")
        return seq

    seq = world.state.write(commit)
    faults.reach("stage.committed")
    if seq:
        world.heads.grown(scope.run_id, seq)
    return seq > 0


def _note_superseded(world: World, scope: Scope, call: Call, claim: Claim, answer: Answer) -> None:
    """What an answer cost that came too late is a cost of the stage."""
    facts: dict[str, Any] = {
        "fence": claim.fence,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }

    def note(connection: Connection) -> int:
        told = ledger.bodies(connection, scope.run_id, "stage.superseded")
        if any((body["key"], body["fence"]) == (call.key, claim.fence) for body in told):
            return 0
        if not stage_rows.add_cost(connection, claim, answer.cost_nano_usd):
            return 0  # it is ours: its commit went through, and only the confirmation was lost
        cost = _counted(connection, call.key, answer.cost_nano_usd, answer.calls)
        body = {**facts, "cost_nano_usd": cost}
        return stage_rows.note_event(connection, scope.run_id, "superseded", call.key, body)

    if seq := world.state.write(note):
        world.heads.grown(scope.run_id, seq)


def _give_back(
    world: World, scope: Scope, call: Call, claim: Claim, meter: Meter, error: BaseException
) -> None:
    facts = {
        "error": type(error).__name__,
        "stage": call.identity.stage,
        "subject": scope.subject,
    }

    def give_back(connection: Connection) -> int:
        if not stage_rows.release(connection, claim, meter.nano_usd):
            return 0  # recorded a moment ago, or taken over: nothing failed
        cost = _counted(connection, call.key, meter.nano_usd, meter.calls, model_call_rows.ANSWERED)
        body = {**facts, "cost_nano_usd": cost}
        return stage_rows.note_event(connection, scope.run_id, "failed", call.key, body)

    if seq := world.state.write(give_back):
        world.heads.grown(scope.run_id, seq)


def _counted(
    connection: Connection,
    key: str,
    cost_nano_usd: int,
    calls: Mapping[str, int],
    state: str = model_call_rows.SETTLED,
) -> int:
    """Count the paid calls of a stage whose cost was written down; what it cost without those that were counted before."""
    before = model_call_rows.count(connection, calls, state)
    stage_rows.take_off(connection, key, before)
    return cost_nano_usd - before


def _reuse(world: World, scope: Scope, call: Call, output: Output) -> Settled:
    try:
        data = read_back(world, call.key, call.identity.stage, output)
    except HoldfastError as error:
        damage.note(world, scope, call, error)
        raise
    facts = {"output": output.digest, "stage": call.identity.stage, "subject": scope.subject}

    def reuse(connection: Connection) -> int:
        ordinal = stage_rows.enter(connection, scope.run_id, call.key, scope.subject, reused=True)
        if ordinal is None:
            return 0
        body = {**facts, "ordinal": ordinal}
        return stage_rows.note_event(connection, scope.run_id, "reused", call.key, body)

    if seq := world.state.write(reuse):
        world.heads.grown(scope.run_id, seq)
    world.measures.reused(call.identity.name, output.duration_us, output.cost_nano_usd)
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
