"""Bounded retries with jitter, for what an outage stops."""

from collections.abc import Callable
from typing import TypeVar

from blocks.base import clock
from blocks.base.chance import jittered

T = TypeVar("T")

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.05, 2.0


class Patience:
    """How long one resource may be away before its users give up. Safe to share between threads.

    All who use the resource share the outage: it begins with the first failure and ends with the next success, and
    *seconds* after its beginning each of them tries once and gives up. Waits double from 0.05 to 2 s, with jitter.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: float | None = None
        self._last = 0.0

    def __call__(self, act: Callable[[], T], outage: type[Exception]) -> T:
        """What *act* returns; it must be repeatable. Raises its last *outage* where that lasts, and all else at once."""
        began, wait = clock.monotonic(), _FIRST_WAIT_SECONDS
        while True:
            try:
                value = act()
            except outage:
                left = self._left(began)
                if left <= 0:
                    raise
                clock.sleep(min(jittered(wait), left))
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
            else:
                self._since = None
                return value

    def _left(self, began: float) -> float:
        """Seconds that are left of the patience with an outage that *began* at the latest then."""
        if self._since is None or began - self._last > self.seconds:
            self._since = began
        self._last = clock.monotonic()
        return self._since + self.seconds - self._last
