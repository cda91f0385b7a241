"""How often somebody may ask: a bucket of tokens for each key, refilled with time. In memory, bounded."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from blocks.base import clock

_MOST_KEYS = 10_000


@dataclass(frozen=True)
class Rate:
    """*burst* at once, then one every *seconds*."""

    burst: int
    seconds: float


@dataclass(frozen=True)
class Rates:
    """What is allowed: failed sign-ins of a name and from an address, and sent forms and webhooks from an address."""

    sign_ins_of_name: Rate = Rate(5, 30.0)
    sign_ins_from_address: Rate = Rate(20, 10.0)
    posts_from_address: Rate = Rate(120, 0.25)


class Brake:
    """Counts one kind of request. Safe to share between threads."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take a token: 0.0, or the seconds until there is one."""
        with self._lock:
            used = self._now_used(key)
            if used > self._rate.burst - 1:
                return (used - self._rate.burst + 1) * self._rate.seconds
            self._set(key, used + 1)
            return 0.0

    def give_back(self, key: str) -> None:
        """Return the token of a request that does not count."""
        with self._lock:
            self._set(key, max(0.0, self._now_used(key) - 1))

    def _now_used(self, key: str) -> float:
        used, at = self._used.get(key, (0.0, 0.0))
        return max(0.0, used - (clock.monotonic() - at) / self._rate.seconds)

    def _set(self, key: str, used: float) -> None:
        self._used[key] = (used, clock.monotonic())
        self._used.move_to_end(key)
        if len(self._used) > _MOST_KEYS:
            self._used.popitem(last=False)
