"""Sign heads of the runs that this process works on, after its commits: every 100 events or 60 s, and at the end of a run.

A head that cannot be written loses no work: it is logged, and the next one covers its events. Until then they are
shown as unsigned by `holdfast ledger verify` and `holdfast doctor`.
"""

import logging
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from sqlalchemy import Connection, select

from blocks.base import clock, faults
from blocks.base.errors import HoldfastError
from blocks.state.database import StateDatabase, db_now_us
from blocks.state.head_shelf import HeadShelf, Kept
from blocks.state.heads import MARK_DIGITS
from blocks.state.merkle import Frontier
from blocks.state.signing import KeyRing, SigningKey, VerifyKeys, public_pem
from blocks.state.tables import events, runs

EVERY_EVENTS = 100
EVERY_SECONDS = 60.0
MOST_MARKS = 1000
_log = logging.getLogger(__name__)


class LedgerContradicted(HoldfastError):
    """The events of run {run} are not the ones that were signed:"""

    safe = "No new head was signed over them; the older heads still tell what was there."
    next = "`holdfast ledger verify` names the first event that is wrong."


class HeadsUnreachable(HoldfastError):
    """The signed heads of the ledger cannot be read:"""

    safe = "Nothing was changed."
    next = "Make their folder readable, then run the same command again."


class Heads(Protocol):
    """The signed heads of a world: the commit path tells how the ledger grows, and a check reads them."""

    def grown(self, run_id: str, seq: int) -> None:
        """The run has *seq* committed events."""
        ...

    def ended(self, run_id: str) -> None:
        """The run ended, or stops here."""
        ...

    def catch_up(self) -> int:
        """Sign the ended runs whose last events no head covers, since their process died; how many there were."""
        ...

    def close(self) -> None:
        """No more events come from this process."""
        ...

    def kept(self, run_id: str | None = None) -> dict[str, Kept]:
        """The heads of one run, or of all. Raises HeadsUnreachable."""
        ...

    def trusted(self) -> VerifyKeys:
        """The keys that heads are checked with. Raises HeadsUnreachable, KeyUnusable."""
        ...


class NoHeads:
    """A world whose ledger is not signed."""

    def grown(self, run_id: str, seq: int) -> None:
        """Nothing to do."""

    def ended(self, run_id: str) -> None:
        """Nothing to do."""

    def catch_up(self) -> int:
        """Nothing to do."""
        return 0

    def close(self) -> None:
        """Nothing to do."""

    def kept(self, run_id: str | None = None) -> dict[str, Kept]:
        """None are there."""
        return {}

    def trusted(self) -> VerifyKeys:
        """No key is."""
        return VerifyKeys(())


@dataclass
class _Growth:
    """What is known of a run: its tree up to the last head, and since when newer events wait (None: none do)."""

    tree: Frontier = field(default_factory=Frontier)
    size: int = 0
    waiting_since: float | None = None


class SignedHeads:
    """Heads signed with the key of *keys* and kept on *shelf*. Safe to share between threads."""

    def __init__(
        self,
        state: StateDatabase,
        shelf: HeadShelf,
        keys: KeyRing,
        *,
        every_events: int = EVERY_EVENTS,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._state, self._shelf, self._keys = state, shelf, keys
        self._every_events, self._every_seconds = every_events, every_seconds
        self._growing: dict[str, _Growth] = {}
        self._covered: dict[str, int] = {}  # ended runs, and how many events a head was seen to cover
        self._writing, self._starting = threading.Lock(), threading.Lock()
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def grown(self, run_id: str, seq: int) -> None:
        """Sign a head where enough is new. About a microsecond, and a millisecond each hundredth time."""
        growth = self._growing.get(run_id) or self._begin(run_id)
        if growth.waiting_since is None:
            growth.waiting_since = clock.monotonic()
        if seq - growth.size >= self._every_events and self._writing.acquire(blocking=False):
            try:
                self._write(run_id, growth)
            finally:
                self._writing.release()

    def ended(self, run_id: str) -> None:
        """Sign all of the run, and forget it."""
        growth = self._growing.get(run_id) or self._begin(run_id)
        with self._writing:
            self._write(run_id, growth)
        self._growing.pop(run_id, None)

    def close(self) -> None:
        """Sign what still waits."""
        self._closed.set()
        self._sign_waiting(0.0)

    def kept(self, run_id: str | None = None) -> dict[str, Kept]:
        """The heads of one run, or of all. Raises HeadsUnreachable."""
        try:
            return {one: self._shelf.read(one) for one in ([run_id] if run_id else self._shelf.run_ids())}
        except OSError as error:
            raise HeadsUnreachable(f"{error}.") from error

    def trusted(self) -> VerifyKeys:
        """The keys that heads are checked with. Raises HeadsUnreachable, KeyUnusable."""
        try:
            return self._keys.trusted()
        except OSError as error:
            raise HeadsUnreachable(f"{error}.") from error

    def catch_up(self) -> int:
        """Sign the ended runs whose last events no head covers, since their process died; how many there were."""
        with self._state.reading() as connection:
            rows = connection.execute(select(runs.c.run_id, runs.c.events).where(runs.c.state != "running"))
            ended = {row.run_id: row.events for row in rows}
        unknown = {run_id: size for run_id, size in ended.items() if self._covered.get(run_id) != size}
        behind = [run_id for run_id, size in unknown.items() if self._last_size(run_id) < size]
        for run_id in behind:
            self.ended(run_id)
        self._covered |= {run_id: size for run_id, size in unknown.items() if run_id not in behind}
        return len(behind)

    @cached_property
    def _key(self) -> SigningKey:
        key = self._keys.signing()
        self._shelf.publish(key.key_id, public_pem(key.public))
        return key

    def _last_size(self, run_id: str) -> int:
        last = self._shelf.last(run_id)
        return last.size if last else 0

    def _begin(self, run_id: str) -> _Growth:
        """Start to follow a run; its tree is built from its rows with the next head. Never raises."""
        size = 0
        try:
            self._start_watch()
            size = self._last_size(run_id)
        except Exception as error:  # the caller has just committed work
            _log.warning("the heads of run %s: %s: %s", run_id, type(error).__name__, error)
        return self._growing.setdefault(run_id, _Growth(size=size))

    def _start_watch(self) -> None:
        with self._starting:
            if self._watch is None:
                self._watch = threading.Thread(target=self._look, name="holdfast-heads", daemon=True)
                self._watch.start()

    def _look(self) -> None:
        while not self._closed.wait(self._every_seconds / 4):
            self._sign_waiting(self._every_seconds * 3 / 4)

    def _sign_waiting(self, for_seconds: float) -> None:
        for run_id, growth in list(self._growing.items()):
            since = growth.waiting_since
            if since is not None and clock.monotonic() - since >= for_seconds:
                with self._writing:
                    self._write(run_id, growth)

    def _write(self, run_id: str, growth: _Growth) -> None:
        """Sign and keep a head; where that fails, say so and try again after as many events or seconds."""
        growth.waiting_since = None
        try:
            self._sign(run_id, growth)
        except Exception as error:  # the work is recorded, whatever happens to its head
            _log.warning("no head was signed for run %s: %s: %s", run_id, type(error).__name__, error)
            growth.size, growth.tree = growth.size + self._every_events, Frontier()
            growth.waiting_since = clock.monotonic()

    def _sign(self, run_id: str, growth: _Growth) -> None:
        with self._state.reading() as connection:
            if not growth.tree.size:
                growth.tree = self._tree_at_last_head(connection, run_id)
            hashes = _hashes(connection, run_id, growth.tree.size)
            at = int(connection.execute(select(db_now_us())).scalar_one())
        if hashes:
            for hash_ in hashes:
                growth.tree.add(bytes.fromhex(hash_))
            marks = "".join(hash_[:MARK_DIGITS] for hash_ in hashes[-MOST_MARKS:])
            root = growth.tree.root().hex()
            head = self._key.sign(run_id, growth.tree.size, root, hashes[-1], at, marks)
            faults.reach("head.signed")
            self._shelf.append(head)
            faults.reach("head.written")
        growth.size = growth.tree.size

    def _tree_at_last_head(self, connection: Connection, run_id: str) -> Frontier:
        """The tree as the last head signed it, from rows. Raises LedgerContradicted where they give another one."""
        last = self._shelf.last(run_id)
        if last is None:
            return Frontier()
        signed = select(events.c.hash).where(events.c.run_id == run_id, events.c.seq <= last.size)
        rows = connection.execute(signed.order_by(events.c.seq), execution_options={"yield_per": 2000})
        tree = Frontier(bytes.fromhex(hash_) for hash_ in rows.scalars())
        if (tree.size, tree.root().hex()) != (last.size, last.root):
            raise LedgerContradicted(f"the root over {last.size} events is another one.", run=run_id)
        return tree


def _hashes(connection: Connection, run_id: str, after: int) -> list[str]:
    """The hashes of the events that follow the one numbered *after*."""
    query = select(events.c.seq, events.c.hash).where(events.c.run_id == run_id, events.c.seq > after)
    rows = connection.execute(query.order_by(events.c.seq)).all()
    if rows and rows[-1].seq != after + len(rows):
        raise LedgerContradicted("an event is missing or added.", run=run_id)
    return [row.hash for row in rows]
