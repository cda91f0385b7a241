"""What happened: runs, their stages, inputs and outputs. Reads only."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from blocks.artifacts.store import ArtifactMissing
from blocks.base import clock
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.base.money import usd
from blocks.durable import commit, sealed_values, world
from blocks.durable.damage import ResultCorrupt
from blocks.durable.lease import is_dead
from blocks.state import run_rows
from blocks.state.sealed import of_stage
from blocks.state.tables import run_stages, runs, stages
from blocks.state.waking import stalled_runs

STALLED = "stalled"


class RunNotFound(HoldfastError):
    """There is no run {ref!r}."""

    safe = "Nothing was done."
    next = "`holdfast runs list` shows what there is."


class AmbiguousRun(HoldfastError):
    """More than one run fits {ref!r}: {fitting}."""

    safe = "Nothing was done."
    next = "Give more of the id."


class StageNotFound(HoldfastError):
    """The run {run} has no stage {ordinal}."""

    safe = "Nothing was done."
    next = "`holdfast stages RUN` shows what there is."


@dataclass(frozen=True)
class RunSummary:
    """One run. *state* is `stalled` where it was running when its process went; *started_at* is ISO 8601 in UTC."""

    run_id: str
    name: str
    flow: str
    state: str
    started_at: str
    ended_at: str | None
    parent_run_id: str | None
    error: str | None
    parked_for: str | None
    cost_usd: Decimal
    ran: int
    reused: int


@dataclass(frozen=True)
class StageRow:
    """One stage of a run. *cost_usd* and *seconds* are of the body, whenever it ran."""

    ordinal: int
    stage: str
    subject: str
    key: str
    state: str
    reused: bool
    attempts: int
    cost_usd: Decimal
    seconds: float
    bytes: int
    output_digest: str


@dataclass(frozen=True)
class StageDetail:
    """A stage with what went in and what came out, as JSON values."""

    row: StageRow
    inputs: dict[str, Any]
    output: Any


def list_runs(limit: int = 20) -> list[RunSummary]:
    """The newest runs, newest first."""
    with world.current().state.reading() as connection:
        gone = stalled_runs(connection, is_dead)
        rows = connection.execute(_summaries().order_by(runs.c.started_at.desc()).limit(limit))
        return [_summary(row, gone) for row in rows]


def find_run(ref: str) -> RunSummary:
    """The run with id, unique id prefix or name *ref*, or the newest for `last`."""
    with world.current().state.reading() as connection:
        found = _matching(connection, ref)
    if not found:
        raise RunNotFound(ref=ref)
    if len(found) > 1:
        raise AmbiguousRun(ref=ref, fitting=", ".join(f"{run.run_id[:8]} ({run.name})" for run in found[:5]))
    return found[0]


def settings_of(run_id: str) -> dict[str, str]:
    """The profile and the model that a run was started with, as far as they are recorded."""
    with world.current().state.reading() as connection:
        return run_rows.settings_of(connection, run_id)


def stages_of(run_id: str) -> list[StageRow]:
    """The stages of a run in the order they were settled."""
    with world.current().state.reading() as connection:
        return [_stage_row(row) for row in connection.execute(_stages(run_id))]


def stage_at(run_id: str, ordinal: int) -> StageDetail:
    """Stage *ordinal* of a run with its inputs and output; an input that is no longer kept is its digest."""
    here = world.current()
    with here.state.reading() as connection:
        row = connection.execute(_stages(run_id).where(run_stages.c.ordinal == ordinal)).first()
    if row is None:
        raise StageNotFound(run=run_id, ordinal=ordinal)
    told = sealed_values.opened_text(here, row.inputs, of_stage(row.key, "inputs"))
    inputs = {name: _input(here, entry) for name, entry in json.loads(told).items()}
    return StageDetail(_stage_row(row), inputs, _output(here, row))


def _matching(connection: Connection, ref: str) -> list[RunSummary]:
    gone = stalled_runs(connection, is_dead)
    query = _summaries().order_by(runs.c.started_at.desc())
    if ref == "last":
        return [_summary(row, gone) for row in connection.execute(query.limit(1))]
    if not ref:
        return []
    named = runs.c.run_id.startswith(ref, autoescape=True) | (runs.c.name == ref)
    found = [_summary(row, gone) for row in connection.execute(query.where(named).limit(6))]
    return [run for run in found if run.run_id == ref] or found


def _summaries() -> Select[Any]:
    ran = func.sum(case((run_stages.c.reused.is_(False), 1), else_=0))
    reused = func.sum(case((run_stages.c.reused.is_(True), 1), else_=0))
    cost = func.sum(case((run_stages.c.reused.is_(False), stages.c.cost_nano_usd), else_=0))
    joined = runs.outerjoin(run_stages, run_stages.c.run_id == runs.c.run_id)
    joined = joined.outerjoin(stages, stages.c.key == run_stages.c.key)
    columns = (runs, ran.label("ran"), reused.label("reused"), cost.label("cost"))
    return select(*columns).select_from(joined).group_by(runs.c.run_id)


def _stages(run_id: str) -> Select[Any]:
    joined = run_stages.join(stages, stages.c.key == run_stages.c.key)
    columns = (run_stages.c.ordinal, run_stages.c.subject, run_stages.c.reused, stages)
    return (
        select(*columns)
        .select_from(joined)
        .where(run_stages.c.run_id == run_id)
        .order_by(run_stages.c.ordinal)
    )


def _summary(row: Row[Any], gone: list[str]) -> RunSummary:
    return RunSummary(
        run_id=row.run_id,
        name=row.name,
        flow=row.flow,
        state=STALLED if row.run_id in gone else row.state,
        started_at=clock.as_datetime(row.started_at).isoformat(),
        ended_at=clock.as_datetime(row.ended_at).isoformat() if row.ended_at else None,
        parent_run_id=row.parent_run_id,
        error=row.error,
        parked_for=row.parked_for,
        cost_usd=usd(int(row.cost or 0)),
        ran=int(row.ran or 0),
        reused=int(row.reused or 0),
    )


def _stage_row(row: Row[Any]) -> StageRow:
    return StageRow(
        ordinal=row.ordinal,
        stage=row.stage,
        subject=row.subject,
        key=row.key,
        state=row.state,
        reused=row.reused,
        attempts=row.attempts,
        cost_usd=usd(row.cost_nano_usd),
        seconds=(row.duration_us or 0) / 1_000_000,
        bytes=row.output_bytes or 0,
        output_digest=row.output_digest or "",
    )


def _output(here: world.World, row: Row[Any]) -> Any:
    data = commit.read_recorded(here, row.key)
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ResultCorrupt("It is no JSON.", stage=row.stage) from error


def _input(here: world.World, entry: dict[str, Any]) -> Any:
    """The value of an argument; its digest where it is not kept, and beside it what is wrong where it is damaged."""
    if "provider" in entry:
        return entry
    told = {"digest": entry["digest"], "bytes": entry["bytes"]}
    try:
        data = entry["value"].encode() if "value" in entry else here.artifacts.get(entry["digest"])
        if digest_of(data) != entry["digest"]:
            return {**told, "damaged": "it does not match its digest"}
        return json.loads(data.decode())
    except ArtifactMissing:
        return told
    except (HoldfastError, ValueError, RecursionError) as error:
        return {**told, "damaged": str(error)}
