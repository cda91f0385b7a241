"""What the running stage has cost so far, and the paid calls that it rests on.

A stage body calls `spend` for what it paid; the commit path reads the sum. Costs nothing outside a stage.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from blocks.base.money import nano_usd

Unsure = Literal["auto", "retry", "hold"]
"""What a stage does about a paid call of which nobody knows whether it was billed: buy again, or let a person decide."""


@dataclass
class Meter:
    """The running sum of one stage body, what its paid calls cost by their ids, and what it says of parts that it kept.

    *series*: the names of the series of items that it has begun (blocks.durable.parts).
    """

    key: str = ""
    unsure: Unsure = "auto"
    nano_usd: int = 0
    calls: dict[str, int] = field(default_factory=dict[str, int])
    series: set[str] = field(default_factory=set[str])
    parts: dict[str, int] = field(default_factory=dict[str, int])


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


def spend(dollars: Decimal) -> None:
    """Add *dollars* (USD) to the cost of the running stage."""
    meter = _meter.get()
    if meter is not None:
        meter.nano_usd += nano_usd(dollars)


def running() -> Meter | None:
    """The meter of the running stage, if one runs."""
    return _meter.get()


@contextmanager
def metered(key: str = "", unsure: Unsure = "auto") -> Generator[Meter]:
    """Measure what the body under it spends: that of the stage *key*."""
    meter = Meter(key, unsure)
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)
