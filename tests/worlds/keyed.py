"""Stages whose keys are compared, over all processes."""

from collections.abc import Callable
from typing import Any

from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN
from blocks.durable.call import Shape
from blocks.durable.world import World
from tests.worlds.forms import EVERYTHING, Everything


class Model:
    """A provider with an identity."""

    identity: str

    def __init__(self, identity: str) -> None:
        self.identity = identity


def a_world(*, tenant: str = "default", model: str = "offline") -> World:
    """A world that is never opened: enough to make keys."""
    store = ArtifactStore(MemoryShelf())
    makers: dict[type, Callable[[], Any]] = {ArtifactStore: lambda: store, Model: lambda: Model(model)}
    state: Any = None
    return World("test", tenant, state, store, makers, 1, lambda: None)


def key_of(
    fn: Callable[..., Any],
    *args: Any,
    made: World | None = None,
    version: int = 1,
    name: str = "",
    **kwargs: Any,
) -> str:
    """The key of one call of *fn* as a stage."""
    shape = Shape(fn, name=name or fn.__name__, version=version, weight="light")
    return shape.call(made or a_world(), args, kwargs).key


def read_everything(everything: Everything, names: set[str], *, model: Model = GIVEN) -> str:
    """A stage over every kind of value."""
    return f"{everything} {names} {model}"


def pinned() -> str:
    """The key of one call, which must be the same everywhere and for ever."""
    return key_of(read_everything, EVERYTHING, {"pear", "apple", "fig", "kiwi", "plum"})


if __name__ == "__main__":
    print(pinned())
