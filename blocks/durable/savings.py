"""What recording saved and what it took, stage by stage, and how stages of the weight auto were decided. Reads only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from blocks.base import clock
from blocks.base.money import usd
from blocks.durable import weighing
from blocks.durable.world import World
from blocks.state import measure_rows
from blocks.state.measure_rows import Measured, StageName
from blocks.state.tables import events, runs

_MOST_DECISIONS = 100


@dataclass(frozen=True)
class StageSavings:
    """One stage. *weight* is the one that was decided for it, if one was; times are seconds, money is US dollars.

    *made* answers of its body took *body_seconds*; *kept* of them were recorded, which took *keeping_seconds* beside it
    (with Prefect's part); *reused* ones spared *saved_seconds* and *saved_usd*. *again_seconds*: an estimate of what was made
    again because it was not recorded. *regret_seconds*: what the better policy, to record all or none, would have saved.
    *parts* of long answers spared *restored_seconds* after a crash.
    """

    stage: str
    version: int
    weight: str | None
    made: int
    body_seconds: float
    cost_usd: Decimal
    kept: int
    keeping_seconds: float
    reused: int
    saved_seconds: float
    saved_usd: Decimal
    again_seconds: float
    regret_seconds: float
    parts: int
    parts_seconds: float
    restored_seconds: float


@dataclass(frozen=True)
class Decision:
    """One decision about a stage's weight: why, the numbers (blocks.durable.weighing), the run that made it, and when."""

    stage: str
    version: int
    weight: str
    why: str
    numbers: Mapping[str, int]
    run_id: str
    at: str


def savings(world: World) -> list[StageSavings]:
    """Every stage of the tenant that was measured, by name."""
    return [_saved(*one) for one in world.state.read(lambda c: measure_rows.every(c, world.tenant))]


def decisions(world: World) -> list[Decision]:
    """The newest decisions of the tenant, at most 100, newest first."""

    def read(connection: Connection) -> list[Decision]:
        joined = events.join(runs, runs.c.run_id == events.c.run_id)
        of = (events.c.kind == "stage.weighed", runs.c.tenant == world.tenant)
        query = select(events.c.run_id, events.c.at, events.c.body).select_from(joined).where(*of)
        newest = query.order_by(events.c.at.desc()).limit(_MOST_DECISIONS)
        return [
            _decision(row.run_id, int(row.at), json.loads(row.body)) for row in connection.execute(newest)
        ]

    return world.state.read(read)


def _decision(run_id: str, at: int, body: dict[str, Any]) -> Decision:
    named = {name: body.pop(name) for name in ("stage", "version", "weight", "why")}
    return Decision(**named, numbers=body, run_id=run_id, at=clock.as_datetime(at).isoformat())


def _saved(of: StageName, measured: Measured) -> StageSavings:
    return StageSavings(
        stage=of.stage,
        version=of.version,
        weight=measured.weight,
        made=measured["made"],
        body_seconds=_seconds(measured["made_us"]),
        cost_usd=usd(measured["made_nano_usd"]),
        kept=measured["kept"],
        keeping_seconds=_seconds(measured["kept_us"] + measured["shown_us"]),
        reused=measured["reused"],
        saved_seconds=_seconds(measured["reused_us"]),
        saved_usd=usd(measured["reused_nano_usd"]),
        again_seconds=_seconds(weighing.forgotten_again_us(measured)),
        regret_seconds=_seconds(weighing.regret_us(measured)),
        parts=measured["parts"],
        parts_seconds=_seconds(measured["parts_us"]),
        restored_seconds=_seconds(measured["restored_us"]),
    )


def _seconds(us: int) -> float:
    return us / 1_000_000
