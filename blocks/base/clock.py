"""The one door to the time.

`now_us` and `today` are what a process believes; leases, deadlines and ledger entries use the
database's clock instead (`blocks.state.database.db_now_us`). A test owns the time with `frozen`.
"""

import datetime as dt
import time
from collections.abc import Generator
from contextlib import contextmanager

_frozen_us: int | None = None


def now_us() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return _frozen_us if _frozen_us is not None else time.time_ns() // 1000


def today() -> dt.date:
    """The date in UTC."""
    return as_datetime(now_us()).date()


def monotonic() -> float:
    """Seconds for measuring durations; unrelated to the calendar."""
    return time.perf_counter()


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def as_datetime(microseconds: int) -> dt.datetime:
    """The UTC datetime of *microseconds* since 1970."""
    return dt.datetime.fromtimestamp(microseconds / 1_000_000, tz=dt.UTC)


@contextmanager
def frozen(at: dt.datetime) -> Generator[None]:
    """Let *at* be now, for tests."""
    global _frozen_us  # noqa: PLW0603  the one place that owns the time
    before = _frozen_us
    _frozen_us = int(at.timestamp() * 1_000_000)
    try:
        yield
    finally:
        _frozen_us = before
