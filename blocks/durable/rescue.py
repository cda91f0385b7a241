"""An answer whose commit could not be written: held beside the artifacts until it can.

The body ran, perhaps for money, and then the state database went away. The next attempt finds the answer under a
name made of the stage's key, and commits it instead of running the body again.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.base.errors import HoldfastError
from blocks.durable.world import World

_DOMAIN = b"holdfast rescued answer 1\n"
_MEDIA_TYPE = "application/vnd.holdfast.answer"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a body gave: canonical bytes, microseconds, and billionths of a US dollar, in all and by paid call; what is to
    be told of the parts that were kept on the way."""

    data: bytes
    duration_us: int
    cost_nano_usd: int
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    parts: Mapping[str, int] = field(default_factory=dict[str, int])


def keep(world: World, key: str, answer: Answer) -> bool:
    """Hold *answer* for the next attempt; False where another one is held already, or where that fails as well.

    In the last case the body will run again, and it is logged.
    """
    facts: dict[str, Any] = {"duration_us": answer.duration_us, "key": key}
    facts |= {"calls": dict(answer.calls), "cost_nano_usd": answer.cost_nano_usd}
    facts |= {"parts": dict(answer.parts)}
    try:
        return world.artifacts.hold(slot_of(key), canonical_bytes(facts) + b"\n" + answer.data, _MEDIA_TYPE)
    except HoldfastError as error:
        _log.error("the answer of stage %s could not be held: %s", key, error)
        return False


def find(world: World, key: str) -> Answer | None:
    """The answer that was held under *key*, or None. Raises ArtifactCorrupt or StoreUnavailable."""
    held = world.artifacts.held(slot_of(key))
    if held is None:
        return None
    try:
        line, data = held.split(b"\n", 1)
        facts = json.loads(line)
        calls, parts = (_whole_numbers(facts.get(name, {})) for name in ("calls", "parts"))
        answer = Answer(data, int(facts["duration_us"]), int(facts["cost_nano_usd"]), calls, parts)
        is_of_key = facts["key"] == key
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt("it holds no answer.", digest=slot_of(key)) from error
    if not is_of_key:
        raise ArtifactCorrupt("it holds the answer of another stage.", digest=slot_of(key))
    return answer


def slot_of(key: str) -> str:
    """The name under which an answer of *key* is held."""
    return digest_of(_DOMAIN + key.encode())


def _whole_numbers(facts: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(number) for name, number in facts.items()}
