"""What the running stage has cost so far.

A stage body calls `spend` for each paid answer; the commit path reads the sum. Costs nothing outside a stage.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from blocks.base.money import nano_usd


class Meter:
    """The running sum of one stage body."""

    nano_usd: int = 0


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


def spend(dollars: Decimal) -> None:
    """Add *dollars* (USD) to the cost of the running stage."""
    meter = _meter.get()
    if meter is not None:
        meter.nano_usd += nano_usd(dollars)


@contextmanager
def metered() -> Generator[Meter]:
    """Measure what the body under it spends."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)
