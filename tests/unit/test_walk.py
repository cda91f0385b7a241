"""A walk along a chain that was rebuilt with valid hashes: the signed head alone tells, also where it has no marks."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from blocks.state.chain import GENESIS, Event, Finding, Walk, event_hash
from blocks.state.heads import Head
from blocks.state.merkle import root_of

RUN = "a run"


def chain(bodies: Iterable[str]) -> list[Event]:
    """A sound chain of events with these bodies."""
    made, previous = list[Event](), GENESIS
    for seq, body in enumerate(bodies, start=1):
        hash_ = event_hash(RUN, seq, seq * 1000, "stage.done", body, previous)
        made.append(Event(RUN, seq, seq * 1000, "stage.done", body, previous, hash_))
        previous = hash_
    return made


def head_over(events: list[Event]) -> Head:
    """A head over *events* that tells nothing of single ones."""
    root = root_of(bytes.fromhex(event.hash) for event in events).hex()
    return Head(RUN, len(events), root, events[-1].hash, 0, "a key", marks="")


def found(events: list[Event], head: Head) -> Finding | None:
    """What the walk finds."""
    walk = Walk(RUN, [head])
    for event in events:
        walk.take(event)
    return walk.end()


SOUND = chain(f'{{"number":{number}}}' for number in range(9))


def test_a_sound_chain_fits_its_head():
    assert found(SOUND, head_over(SOUND)) is None


def test_only_the_signed_head_tells_a_chain_that_was_rebuilt():
    rebuilt = chain('{"number":99}' if place == 4 else event.body for place, event in enumerate(SOUND))
    assert found(rebuilt, head_over(rebuilt)) is None, "it is sound in itself"
    assert found(rebuilt, head_over(SOUND)) == Finding(
        RUN, 1, "the events 1 to 9 are not the ones that were signed"
    )


@pytest.mark.parametrize("changed", [{"root": "0" * 64}, {"head": "0" * 64}], ids=["root", "last hash"])
def test_the_root_and_the_last_hash_both_count(changed: dict[str, str]):
    assert found(SOUND, replace(head_over(SOUND), **changed)) is not None
