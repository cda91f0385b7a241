"""What goes along with a stage that a task runner carries to another process: its run, its subject, and the way into its world.

Between threads nothing is needed: they have the context of the flow. A process that never saw the run opens the same
world, and is refused where its settings lead to another one, before anything is paid.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from blocks.base.errors import HoldfastError
from blocks.durable import scope, world
from blocks.durable.scope import Scope, Stopping
from blocks.durable.world import World
from blocks.state import run_rows


class OtherWorld(HoldfastError):
    """A process of the task runner cannot work for the run {run}: its settings lead to another world."""

    safe = "Nothing was run there."
    next = (
        "Start the workers with the profile and the settings (HOLDFAST_...) that the run has, "
        "then: holdfast runs resume {run}"
    )
    parks = "repair"

    def __init__(self, run: str) -> None:
        super().__init__(run=run)
        self.next = self.next.format(run=run)


@dataclass(frozen=True)
class Facts:
    """What must be the same wherever stages of one run are carried out."""

    tenant: str
    model: str
    artifacts_at: str
    is_encrypted: bool


class Carried:
    """The run that a call works for. No collection and no model, so that Prefect does not look into it."""

    __slots__ = ("_key", "_opener", "facts", "scope")

    def __init__(self, of: Scope, opener: Callable[[], World], facts: Facts, key: str) -> None:
        self.scope = of
        self.facts = facts
        self._opener = opener
        self._key = key

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.scope.run_id, self.scope.subject, self._opener, self.facts, self._key)

    @contextmanager
    def entered(self) -> Generator[None]:
        """Let the code under it work for the run. Raises OtherWorld; costs a read where the run is new to the thread."""
        if scope.run_id() == self.scope.run_id:
            yield
            return
        world.opened_by(self._opener)
        made = world.current()
        with made.state.reading() as connection:
            is_known = run_rows.is_known(connection, self.scope.run_id)
        if not is_known or _facts(made) != self.facts:
            raise OtherWorld(self.scope.run_id)
        with scope.working_for(self.scope):
            yield

    def check(self, key: str) -> None:
        """Raises OtherWorld where the call has another *key* here: something that it works with is another one."""
        if self._key and key != self._key:
            raise OtherWorld(self.scope.run_id)


def _arrived(run_id: str, subject: str, opener: Callable[[], World], facts: Facts, key: str) -> Carried:
    return Carried(Scope(run_id, subject), opener, facts, key)


def _facts(of: World) -> Facts:
    return Facts(of.tenant, of.model, of.artifacts_at, of.cipher is not None)


def named(module: str, name: str) -> Any:
    """The stage, or the flow, that is called *name* in *module*, in a process to which it was carried."""
    return getattr(import_module(module), name)


def here(key: str = "") -> Carried:
    """What a call that is made here needs elsewhere; its *key* where that is known. Raises NotInARun or Stopping."""
    mine = scope.current()
    if mine.stopping.is_set():
        raise Stopping
    return Carried(mine, world.opener(), _facts(world.current()), key)
