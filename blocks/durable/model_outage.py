"""A provider that does not answer: it rests for all processes alike, and the run waits, or is parked until it is back.

Where it says that it is asked too often (429), the model that was asked rests, and the others are asked all the same.
"""

import email.utils
import math
from dataclasses import dataclass

from blocks.base import chance, clock
from blocks.durable import scope
from blocks.durable.scope import Stopping
from blocks.durable.world import World
from blocks.providers.paid_calls import ProviderAway
from blocks.state import pause_rows
from blocks.state.pause_rows import Pause

_LONGEST_LOOK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 86_400.0


@dataclass
class Outage:
    """What one purchase meets of it. It waits *patience_seconds* at most, then it raises ProviderAway."""

    here: World
    model: str
    patience_seconds: float

    def __post_init__(self) -> None:
        self._until = clock.monotonic() + self.patience_seconds
        self._was_paused = False

    @property
    def provider(self) -> str:
        """Whose pause it is."""
        return self.model.partition(":")[0]

    @property
    def _names(self) -> tuple[str, str]:
        """What rests with it: the provider with all of its models, or this model alone."""
        return self.provider, self.model

    def wait_for_pause(self) -> None:
        """Wait until it may be asked. Raises ProviderAway at once where that is longer than the patience."""
        while (pause := self._pause()) and pause.seconds > 0:
            if clock.monotonic() + pause.seconds > self._until:
                raise ProviderAway(
                    f"{pause.reason}; it is asked again in {math.ceil(pause.seconds)} s.", model=self.model
                )
            if scope.current().stopping.is_set():
                raise Stopping
            clock.sleep(min(chance.jittered(pause.seconds * 2), _LONGEST_LOOK_SECONDS))

    def met(self, reason: str, retry_after: str = "", *, is_of_model: bool = False) -> None:
        """It refused, or was not reached: nobody asks it for a while, or this model alone (rate limits are of one model)."""
        name, seconds = self.model if is_of_model else self.provider, seconds_of(retry_after)
        self.here.state.write(lambda connection: pause_rows.failed(connection, name, reason, seconds))

    def over(self, *, is_passing: bool) -> None:
        """It answered, and not with a refusal that *is_passing*: the circuit is closed again."""
        if self._was_paused and not is_passing:
            self.here.state.write(lambda connection: pause_rows.succeeded(connection, self._names))

    def _pause(self) -> Pause | None:
        pause = self.here.state.read(lambda connection: pause_rows.pause_of(connection, self._names))
        self._was_paused = pause is not None
        return pause


def seconds_of(retry_after: str) -> float | None:
    """The seconds that a Retry-After header names (RFC 9110 10.2.3: seconds, or a date); None where it names none."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(retry_after).timestamp()
        except ValueError:
            return None
        seconds = at - clock.now_us() / 1_000_000
    return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS) if math.isfinite(seconds) else None
