"""What this process works with: state, artifacts, providers.

The profile says how to open a world; the first stage opens it. A forked child opens its own.
"""

import atexit
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from blocks.artifacts.cipher import Cipher
from blocks.artifacts.store import ArtifactStore
from blocks.base.errors import HoldfastError
from blocks.durable.anchor import Heads, NoHeads
from blocks.durable.data_keys import WrappedKeys
from blocks.durable.lease import Lease
from blocks.durable.measuring import Measures
from blocks.durable.memory import Memory
from blocks.state.database import StateDatabase


class NoSuchProvider(HoldfastError):
    """The profile {profile!r} offers no {provider}."""

    safe = "Nothing was done."
    next = "Choose another profile, or add the provider in blocks/profile.py."


@dataclass
class World:
    """One named world, opened."""

    profile: str
    tenant: str
    state: StateDatabase
    artifacts: ArtifactStore
    makers: Mapping[type, Callable[[], Any]]
    workers: int
    close: Callable[[], None]
    heads: Heads = field(default_factory=NoHeads)
    model: str = ""
    artifacts_at: str = ""
    """Where they are kept, to be compared."""
    cipher: Cipher | None = None
    """Seals values in rows; None: they stand there as they are. The artifacts have the same one."""
    data_keys: WrappedKeys | None = None
    """The keys behind the cipher."""
    memory: Memory = field(default_factory=Memory)
    measures: Measures = field(default_factory=Measures)
    _lease: Lease | None = None
    _made: dict[type, Any] = field(default_factory=dict[type, Any])
    _locks: dict[str, tuple[threading.Lock, int]] = field(
        default_factory=dict[str, tuple[threading.Lock, int]]
    )
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def lease(self) -> Lease:
        """The lease of this process, opened with the first claim."""
        with self._lock:
            if self._lease is None:
                self._lease = Lease(self.state)
            return self._lease

    def leave(self) -> None:
        """Write what was measured, give the lease back and close everything."""
        with suppress(Exception):  # measures are no records, and everything else is to be closed
            self.measures.write(self.state)
        with self._lock:
            if self._lease is not None:
                self._lease.close()
        self.heads.close()
        self.close()

    def provider(self, kind: type, stage: str = "") -> Any:
        """The provider of class *kind*, made at the first call; the one that *stage* has, where stages differ."""
        made = self._provider(kind)
        return made.for_stage(stage) if hasattr(made, "for_stage") else made

    def _provider(self, kind: type) -> Any:
        with self._lock:
            if kind not in self._made:
                if kind not in self.makers:
                    raise NoSuchProvider(profile=self.profile, provider=kind.__name__)
                self._made[kind] = self.makers[kind]()
            return self._made[kind]

    def one_at_a_time(self, key: str) -> "_KeyLock":
        """Let one thread of this process work on *key*; the others wait."""
        return _KeyLock(self._lock, self._locks, key)


class _KeyLock:
    def __init__(
        self, guard: threading.RLock, locks: dict[str, tuple[threading.Lock, int]], key: str
    ) -> None:
        self._guard, self._locks, self._key = guard, locks, key

    def __enter__(self) -> None:
        with self._guard:
            lock, users = self._locks.get(self._key, (threading.Lock(), 0))
            self._locks[self._key] = (lock, users + 1)
        lock.acquire()

    def __exit__(self, *error: object) -> None:
        with self._guard:
            lock, users = self._locks.pop(self._key)
            if users > 1:
                self._locks[self._key] = (lock, users - 1)
        lock.release()


_opener: Callable[[], World] | None = None
_world: World | None = None
_inherited: list[World] = []
_guard = threading.RLock()


def opened_by(opener: Callable[[], World]) -> None:
    """Let *opener* open the world of this process when the first stage needs it."""
    global _opener  # noqa: PLW0603  one world per process
    _opener = opener


def opener() -> Callable[[], World]:
    """How the world of this process is opened."""
    if _opener is None:
        raise RuntimeError("import blocks.profile before the first stage is called")
    return _opener


def current() -> World:
    """The world of this process, opened at the first call."""
    global _world  # noqa: PLW0603  one world per process
    with _guard:
        if _world is None:
            _world = opener()()
        return _world


def leave() -> None:
    """Close the world; the next call of `current` opens a new one."""
    global _world  # noqa: PLW0603  one world per process
    with _guard:
        if _world is not None:
            _world.leave()
        _world = None


def _forget() -> None:
    global _world, _guard  # noqa: PLW0603  a forked child must not touch its parent's handles
    if _world is not None:
        _inherited.append(_world)  # kept, since closing what the parent uses would harm it
    _world = None
    _guard = threading.RLock()


atexit.register(leave)
os.register_at_fork(after_in_child=_forget)
