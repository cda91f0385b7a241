"""What may be said of a failure where everybody can read it: rows, the ledger, Prefect's pages and logs.

An exception's text may quote a document. Where content is encrypted, only its name is told outside of the process.
"""

from typing import Any

from blocks.base.errors import HoldfastError, Parks
from blocks.durable.world import World

_NOT_TOLD = "its text is not told where content is encrypted"


class FailedElsewhere(HoldfastError):
    """{name} ({why})"""

    def __init__(self, name: str, parks: Parks) -> None:
        super().__init__(name=name, why=_NOT_TOLD)
        self.parks = parks


class Concealed(Exception):
    """Stands for an exception whose text is not told. The *original* stays in this process: Prefect writes down errors."""

    def __init__(self, name: str, parks: Parks = "", original: Exception | None = None) -> None:
        super().__init__(f"{name} ({_NOT_TOLD})")
        self.name = name
        self._parks: Parks = parks
        self._original = original

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self._parks)

    @property
    def original(self) -> Exception:
        """What was raised; in another process only what the run does about it."""
        return self._original or FailedElsewhere(self.name, self._parks)


def concealed(error: Exception) -> Concealed:
    """The same for *error*."""
    if isinstance(error, Concealed):
        return error
    parks: Parks = error.parks if isinstance(error, HoldfastError) else ""
    return Concealed(type(error).__name__, parks, error)


def is_discreet(world: World) -> bool:
    """Is content encrypted in this world?"""
    return world.cipher is not None


def told(world: World, error: BaseException, *more: str) -> str:
    """The name of *error*, and its text and *more* where that may be told."""
    name = type(error).__name__
    return name if is_discreet(world) else " ".join([f"{name}: {error}", *more])
