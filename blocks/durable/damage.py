"""Recorded answers that cannot be read: told, never run again by themselves, and opened again on request."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.locked import Erased, Locked
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.base.money import usd
from blocks.durable import rescue, sealed_values
from blocks.durable.call import Call
from blocks.durable.scope import Scope
from blocks.durable.world import World
from blocks.state import ledger, part_rows, stage_rows
from blocks.state.sealed import of_stage
from blocks.state.stage_rows import Output
from blocks.state.tables import run_stages, stages

_KEY_DIGITS = 8


class ResultCorrupt(HoldfastError):
    """The recorded answer of stage {stage} does not match its digest."""

    safe = "The stage was not run again and nothing was paid; every other result is kept."
    next = "Restore the state database from a backup, then run the same command again."
    parks = "repair"


class NothingToRecompute(HoldfastError):
    """The run {run} has no damaged answer of {which}."""

    safe = "Nothing was changed, and nothing is paid again."
    next = "`holdfast stages RUN` lists the stages; its number K (or its key) names one whose answer can be read."


@dataclass(frozen=True)
class Reopening:
    """A stage whose answer is to be made anew, what it cost so far (US dollars), and what is wrong with its answer."""

    key: str
    stage: str
    subject: str
    cost_usd: Decimal
    output_digest: str
    fault: str | None
    is_done: bool


def read_back(world: World, key: str, stage: str, output: Output) -> bytes:
    """The canonical bytes of a recorded answer, checked against its digest.

    Raises ResultCorrupt, ArtifactCorrupt, ArtifactMissing, StoreUnavailable, Locked or Erased.
    """
    data: Any = output.inline
    if isinstance(data, bytes):
        data = _opened(world, key, stage, data)
    if data is None and _is_name(output.digest):
        data = world.artifacts.get(output.digest)
    # SQLite keeps text where bytes belong.
    if not isinstance(data, bytes) or digest_of(data) != output.digest:
        raise ResultCorrupt(stage=stage)
    return data


def _opened(world: World, key: str, stage: str, sealed: bytes) -> bytes:
    try:
        return sealed_values.opened(world, sealed, of_stage(key, "output"))
    except ArtifactCorrupt as error:
        raise ResultCorrupt(stage=stage) from error


def note(world: World, scope: Scope, call: Call, error: HoldfastError) -> None:
    """Record once in the run that an answer is damaged, and let *error* say what to type.

    An outage is no damage, and neither is a key that is away.
    """
    if error.parks != "repair" or isinstance(error, Locked):
        return
    stage, run_id = call.identity.stage, scope.run_id
    error.next = (
        f"Restore it from a backup, then `holdfast runs resume {run_id[:8]}`. Or let the stage run, and cost, once more: "
        f"`holdfast runs resume {run_id[:8]} --recompute {stage}`."
    )
    facts = {"error": error.slug, "stage": stage, "subject": scope.subject}

    def once(connection: Connection) -> int:
        if call.key in _told_unreadable(connection, run_id):
            return 0
        return stage_rows.note_event(connection, run_id, "unreadable", call.key, facts)

    if seq := world.state.write(once):
        world.heads.grown(run_id, seq)


def find(world: World, run_id: str, which: str) -> list[Reopening]:
    """The stages that `--recompute WHICH` means: a stage's name (those of its answers that are damaged, or its only
    one), a number K in the run, or the first digits of a key. Raises NothingToRecompute.
    """

    def read(connection: Connection) -> list[Row[Any]]:
        told = _told_unreadable(connection, run_id)
        mine = run_stages.c.ordinal.is_not(None) | stages.c.key.in_(told)
        rows = connection.execute(_all_stages(run_id).where(mine)).all()
        return [row for row in rows if row.state == "done" or row.key in told]

    known = [row for row in world.state.read(read) if _means(row, which)]
    found = [_reopening(world, row) for row in known]
    damaged = [one for one in found if one.fault]
    if not damaged and len(found) != 1:
        raise NothingToRecompute(run=run_id[:8], which=which)
    return damaged or found


def reopen(world: World, run_id: str, reopening: Reopening) -> bool:
    """Forget the answer, by an event, so that the next call runs the body, for money.

    False where somebody made it anew since it was found. An answer that is held is set aside, too, since it would be
    taken instead; one that was never committed is discarded so. A damaged artifact stays until the next answer sets
    it aside.
    """
    if _has_changed(world, reopening):
        return False
    world.artifacts.set_aside(rescue.slot_of(reopening.key))
    verb = "reopened" if reopening.is_done else "discarded"
    facts = {
        "fault": reopening.fault,
        "output": reopening.output_digest,
        "stage": reopening.stage,
        "subject": reopening.subject,
    }

    def act(connection: Connection) -> int:
        part_rows.forget(connection, reopening.key)
        if reopening.is_done and not stage_rows.reopen(connection, reopening.key, reopening.output_digest):
            return 0
        return stage_rows.note_event(connection, run_id, verb, reopening.key, facts)

    seq = world.state.write(act)
    if seq:
        world.heads.grown(run_id, seq)
    return seq > 0


def _has_changed(world: World, reopening: Reopening) -> bool:
    """Was the stage answered anew, or the damage mended, since it was found?"""

    def read(connection: Connection) -> Row[Any] | None:
        return connection.execute(_all_stages("").where(stages.c.key == reopening.key)).first()

    row = world.state.read(read)
    return row is None or _reopening(world, row).fault != reopening.fault


def _is_name(digest: object) -> bool:
    """Can an artifact have this name? A damaged row may hold anything."""
    return isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest) is not None


def _told_unreadable(connection: Connection, run_id: str) -> set[str]:
    return {str(body["key"]) for body in ledger.bodies(connection, run_id, "stage.unreadable")}


def _all_stages(run_id: str) -> Select[Any]:
    """All stages, with their place in a run where they have one."""
    mine = (run_stages.c.key == stages.c.key) & (run_stages.c.run_id == run_id)
    return select(stages, run_stages.c.ordinal, run_stages.c.subject).select_from(
        stages.outerjoin(run_stages, mine)
    )


def _means(row: Row[Any], which: str) -> bool:
    if which.isdigit() and len(which) < _KEY_DIGITS:
        return row.ordinal == int(which)
    return row.stage == which or (len(which) >= _KEY_DIGITS and row.key.startswith(which))


def _reopening(world: World, row: Row[Any]) -> Reopening:
    output = Output(row.output_digest, row.output_bytes, row.output, row.duration_us, row.cost_nano_usd)
    fault = None
    try:
        if row.state == "done":
            read_back(world, row.key, row.stage, output)
        else:
            rescue.find(world, row.key)
    except HoldfastError as error:
        if not isinstance(error, Erased) and (error.parks != "repair" or isinstance(error, Locked)):
            raise  # whether it is damaged cannot be told now
        fault = error.what
    cost = usd(row.cost_nano_usd)
    return Reopening(
        row.key, row.stage, row.subject or "", cost, row.output_digest, fault, row.state == "done"
    )
