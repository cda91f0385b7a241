"""A paid request and its answer, and the till through which it is bought: what stands between a model and its provider.

The till writes a request down before it leaves and its answer before anybody reads it (blocks.durable.model_calls). What
carries the request is a `Sender`; it is asked to send once, or, after a crash, what became of an earlier request.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from blocks.base.errors import HoldfastError
from blocks.base.meter import spend
from blocks.base.money import usd

_OK, _REDIRECT = 200, 300
MOST_BYTES = 64 * 2**20
"""The longest answer of a provider that is read, many times what the longest useful one has."""
_CUT = "application/vnd.holdfast.cut-off"
_TOO_OFTEN = 429
_PASSING = (408, 409, 425, _TOO_OFTEN)


class NotSent(HoldfastError):
    """The request did not leave:"""

    safe = "Nothing was paid."


class Unanswered(HoldfastError):
    """The request left, and its answer did not come:"""

    safe = "It may be billed; what it can cost stays reserved."


class ProviderAway(HoldfastError):
    """The provider of the language model {model} does not answer now:"""

    safe = "Finished stages are recorded, and nothing is paid for a request that was refused."
    next = "The run goes on by itself where `holdfast up` keeps watch; `holdfast runs resume RUN` does it by hand."
    parks = "outage"


@dataclass(frozen=True)
class Wanted:
    """What is asked of which model: *digest* is that of the request in canonical form, *most_nano_usd* its highest price
    in billionths of a US dollar."""

    model: str
    digest: str
    most_nano_usd: int


@dataclass(frozen=True)
class RawAnswer:
    """A provider's answer as it came: HTTP status, media type and the whole body; its Retry-After where it refuses."""

    status: int
    media_type: str
    body: bytes
    retry_after: str = ""

    @property
    def within_bounds(self) -> "RawAnswer":
        """As it came; where it is longer than MOST_BYTES, that it was cut off, and nothing of what it said."""
        if len(self.body) <= MOST_BYTES:
            return self
        return RawAnswer(self.status, _CUT, b"", self.retry_after)

    @property
    def is_cut_off(self) -> bool:
        """It did not end within MOST_BYTES: of no use, and billed in all likelihood."""
        return self.media_type == _CUT

    @property
    def is_refusal(self) -> bool:
        """Anything but success: no provider bills it."""
        return not _OK <= self.status < _REDIRECT

    @property
    def is_passing(self) -> bool:
        """A refusal that another request may not meet: too many at once, or the provider is out of order."""
        return self.status in _PASSING or self.status >= 500

    @property
    def is_too_often(self) -> bool:
        """A refusal of this model alone: it is asked more often than its rate limit allows."""
        return self.status == _TOO_OFTEN

    @property
    def is_stream(self) -> bool:
        """It came piece by piece, as server-sent events."""
        return not self.is_refusal and self.media_type.startswith("text/event-stream")


class Fate(Enum):
    """What is known of a request whose answer did not come."""

    UNSENT = "it did not leave"
    GOING = "its answer is on its way"
    ELSEWHERE = "another machine knows"
    LOST = "nobody knows"


@dataclass(frozen=True)
class Bought:
    """An answer, the call that it comes from, and whether its cost is still to be counted."""

    call_id: str
    answer: RawAnswer
    is_new: bool


class Sender(Protocol):
    """Carries a request to its provider."""

    @property
    def route(self) -> str:
        """The capture proxy that it goes through; empty: none."""
        ...

    def send(self, call_id: str, key: bytes | None) -> RawAnswer:
        """Send the request once, as the call *call_id*; the proxy seals its answer with *key*. Raises NotSent, Unanswered."""
        ...

    def recall(self, call_id: str, route: str, key: bytes | None) -> RawAnswer | Fate:
        """What became of a call that was sent by *route*. Sends nothing that is paid."""
        ...

    def forget(self, call_id: str) -> None:
        """Say that the answer of a call is kept, and needed no more on the way."""
        ...


class Till(Protocol):
    """Where paid requests are bought."""

    def buy(self, wanted: Wanted, sender: Sender) -> Bought:
        """The answer: the kept one where it was bought before, else a new one."""
        ...

    def count(self, bought: Bought, nano_usd: int) -> None:
        """Say what an answer cost, in billionths of a US dollar, once it is read."""
        ...

    def spoil(self, bought: Bought, nano_usd: int) -> None:
        """Say that an answer, which cost so much, is no use: the request is asked anew when it is wanted again."""
        ...


class OpenTill:
    """Where nothing is written down: each request is sent."""

    def buy(self, wanted: Wanted, sender: Sender) -> Bought:
        """A new answer."""
        return Bought("", sender.send("", None), is_new=True)

    def count(self, bought: Bought, nano_usd: int) -> None:
        """The running stage spends it."""
        spend(usd(nano_usd))

    def spoil(self, bought: Bought, nano_usd: int) -> None:
        """Nobody keeps it."""
