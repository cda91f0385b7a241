"""What may be said of a failure where everybody can read it: rows, the ledger, Prefect's pages and logs.

An exception's text may quote a document. Where content is encrypted, only its name is told outside of the process.
"""

from typing import Any

from blocks.durable.world import World


class Concealed(Exception):
    """Stands for an exception whose text is not told. The *original* stays in this process: Prefect writes down errors."""

    def __init__(self, name: str, original: Exception | None = None) -> None:
        super().__init__(f"{name} (its text is not told where content is encrypted)")
        self.name = name
        self._original = original

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name,)

    @property
    def original(self) -> Exception:
        """What was raised; in another process only this."""
        return self._original or self


def concealed(error: Exception) -> Concealed:
    """The same for *error*."""
    return error if isinstance(error, Concealed) else Concealed(type(error).__name__, error)


def is_discreet(world: World) -> bool:
    """Is content encrypted in this world?"""
    return world.cipher is not None


def told(world: World, error: BaseException, *more: str) -> str:
    """The name of *error*, and its text and *more* where that may be told."""
    name = type(error).__name__
    return name if is_discreet(world) else " ".join([f"{name}: {error}", *more])
