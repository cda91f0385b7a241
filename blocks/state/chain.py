"""One event and its hash, and the walk along a chain against its signed heads. Standard library only.

The hash of an event is sha256 over the JSON of [run, seq, at, kind, body, previous], without spaces, in UTF-8; the
first event follows `GENESIS`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from blocks.state.heads import MARK_DIGITS, Head
from blocks.state.merkle import Frontier

GENESIS = "0" * 64

_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Event(NamedTuple):
    """One row of the ledger; *at* in microseconds, *body* canonical JSON."""

    run_id: str
    seq: int
    at: int
    kind: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run: the first sequence number that is not as it was recorded, and why."""

    run_id: str
    first_bad: int | None
    reason: str


def event_hash(run_id: str, seq: int, at: int, kind: str, body: str, previous: str) -> str:
    """The hash of one event. Raises UnicodeEncodeError for text with half a character."""
    told = f"[{_quoted(run_id)},{seq},{at},{_quoted(kind)},{_quoted(body)},{_quoted(previous)}]"
    return hashlib.sha256(told.encode()).hexdigest()


class Walk:
    """Takes the events of one run in order, and stops at the first that is wrong. Memory: the heads of the run."""

    def __init__(self, run_id: str, heads: Iterable[Head]) -> None:
        self.run_id = run_id
        self.events = 0
        self.signed = 0
        self.last_hash = GENESIS
        self.finding: Finding | None = None
        self._heads = sorted(heads, key=lambda head: head.size, reverse=True)
        self._marks = _Marks(self._heads)
        self._tree = Frontier()

    def take(self, event: Event) -> bool:
        """Check the next event; False where it or an earlier one is wrong."""
        if self.finding is None:
            reason = self._fault(event)
            if reason:
                self.stop(self.events + 1, reason)
            else:
                self._accept(event)
        return self.finding is None

    def end(self) -> Finding | None:
        """Say that there are no more events, and what was found."""
        if self.finding is None and self._heads:
            size = self._heads[0].size
            self.stop(self.events + 1, f"the end is missing: a signed head knows {size} events")
        return self.finding

    def stop(self, first_bad: int | None, reason: str) -> None:
        """Enter a finding; the first one stays."""
        self.finding = self.finding or Finding(self.run_id, first_bad, reason)

    def _fault(self, event: Event) -> str | None:
        seq = self.events + 1
        if type(event.seq) is not int or event.seq != seq:
            return "an event is missing or added"
        if event.run_id != self.run_id:
            return "the event belongs to another run"
        hash_ = _own_hash(event)
        if hash_ is None:
            return "the event has values of a wrong type"
        if not self._marks.fit(seq, hash_):
            return "the event is not the one that was signed"
        if event.previous != self.last_hash:
            return "the event does not follow the one before it"
        return None if event.hash == hash_ else "the event was edited"

    def _accept(self, event: Event) -> None:
        self.events, self.last_hash = event.seq, event.hash
        self._tree.add(bytes.fromhex(event.hash))
        while self._heads and self._heads[-1].size == self.events:
            self._compare(self._heads.pop())

    def _compare(self, head: Head) -> None:
        if self._tree.root().hex() == head.root and self.last_hash == head.head:
            self.signed = head.size
        else:
            first = self.signed + 1
            self.stop(first, f"the events {first} to {head.size} are not the ones that were signed")


def _own_hash(event: Event) -> str | None:
    """The hash that the event should have; None where a value has a wrong type."""
    run_id, seq, at, kind, body, previous, hash_ = event
    if not type(run_id) is type(kind) is type(body) is type(previous) is type(hash_) is str:
        return None
    if type(at) is not int:
        return None
    try:
        return event_hash(run_id, seq, at, kind, body, previous)
    except UnicodeEncodeError:
        return None


class _Marks:
    """The beginnings of the signed events' hashes, as far as the heads tell them: they only say where to look."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._left = [(head.first_marked, head.marks) for head in heads if head.marks]  # the lowest last
        self._first, self._text = 0, ""

    def fit(self, seq: int, hash_: str) -> bool:
        """Does the event *seq* begin as the signed one did? True where no head tells. Ask in rising order."""
        while seq >= self._first + len(self._text) // MARK_DIGITS and self._left:
            self._first, self._text = self._left.pop()
        place = (seq - self._first) * MARK_DIGITS
        if not 0 <= place < len(self._text):
            return True
        return self._text.startswith(hash_[:MARK_DIGITS], place)
