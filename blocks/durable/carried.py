"""What goes along with a stage that a task runner carries to another process: its run, its subject, and the way into its world.

Between threads nothing is needed: they have the context of the flow. A process that never saw the run opens the same
world, and is refused where its settings lead to another one, before anything is paid.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from blocks.base.errors import HoldfastError
from blocks.durable import scope, world
from blocks.durable.scope import Scope
from blocks.durable.world import World
from blocks.state import run_rows


class OtherWorld(HoldfastError):
    """A process of the task runner does not know the run {run}: its settings lead to another world."""

    safe = "Nothing was run there."
    next = (
        "Start the workers with the profile and the settings (HOLDFAST_...) that the run has, "
        "then: holdfast runs resume {run}"
    )
    parks = "repair"

    def __init__(self, run: str) -> None:
        super().__init__(run=run)
        self.next = self.next.format(run=run)


class Carried:
    """The run that a call works for. No collection and no model, so that Prefect does not look into it."""

    __slots__ = ("_opener", "scope")

    def __init__(self, of: Scope, opener: Callable[[], World]) -> None:
        self.scope = of
        self._opener = opener

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.scope.run_id, self.scope.subject, self._opener)

    @contextmanager
    def entered(self) -> Generator[None]:
        """Let the code under it work for the run. Raises OtherWorld; costs a read where the run is new to the thread."""
        if scope.run_id() == self.scope.run_id:
            yield
            return
        world.opened_by(self._opener)
        with world.current().state.reading() as connection:
            if not run_rows.is_known(connection, self.scope.run_id):
                raise OtherWorld(self.scope.run_id)
        with scope.working_for(self.scope):
            yield


def _arrived(run_id: str, subject: str, opener: Callable[[], World]) -> Carried:
    return Carried(Scope(run_id, subject), opener)


def named(module: str, name: str) -> Any:
    """The stage, or the flow, that is called *name* in *module*, in a process to which it was carried."""
    return getattr(import_module(module), name)


def here() -> Carried:
    """What a call that is made here needs elsewhere. Raises NotInARun."""
    return Carried(scope.current(), world.opener())
