"""What may be said of a failure where everybody can read it: rows, the ledger, Prefect's pages and logs.

An exception's text may quote a document. Where content is encrypted, only its name is told outside of the process.
"""

from blocks.durable.world import World


class Concealed(Exception):
    """Stands for an exception whose text is not told."""

    def __init__(self, original: BaseException) -> None:
        super().__init__(f"{type(original).__name__} (its text is not told where content is encrypted)")
        self.original = original


def is_discreet(world: World) -> bool:
    """Is content encrypted in this world?"""
    return world.cipher is not None


def told(world: World, error: BaseException, *more: str) -> str:
    """The name of *error*, and its text and *more* where that may be told."""
    name = type(error).__name__
    return name if is_discreet(world) else " ".join([f"{name}: {error}", *more])
