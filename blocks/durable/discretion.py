"""What may be said of a failure where everybody can read it: rows, the ledger, Prefect's pages and logs.

An exception's text may quote a document. Where content is encrypted, only its name is told outside of the process.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from blocks.base.errors import HoldfastError, Parks
from blocks.durable.world import World

T = TypeVar("T")

_NOT_TOLD = "its text is not told where content is encrypted"


class FailedElsewhere(HoldfastError):
    """{name} ({why})"""

    def __init__(self, name: str, parks: Parks, safe: str, next_: str, approval_id: str = "") -> None:
        super().__init__(name=name, why=_NOT_TOLD)
        self.name, self.safe, self.next = name, safe, next_
        self.parks, self.approval_id = parks, approval_id


class Concealed(Exception):
    """Stands for an exception whose text is not told. The *original* stays in this process: Prefect writes down errors."""

    def __init__(
        self,
        name: str,
        parks: Parks,
        safe: str,
        next_: str,
        approval_id: str = "",
        original: Exception | None = None,
    ) -> None:
        super().__init__(f"{name} ({_NOT_TOLD})")
        self.name = name
        self._advice: tuple[Parks, str, str, str] = (parks, safe, next_, approval_id)
        self._original = original

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, *self._advice)

    @property
    def original(self) -> Exception:
        """What was raised; in another process only its name, and what is to be done about it."""
        return self._original or FailedElsewhere(self.name, *self._advice)


def concealed(error: Exception) -> Concealed:
    """The same for *error*."""
    if isinstance(error, Concealed):
        return error
    kind = type(error) if isinstance(error, HoldfastError) else HoldfastError
    parks: Parks = error.parks if isinstance(error, HoldfastError) else ""
    waits_for: str = getattr(error, "approval_id", "")
    return Concealed(_name_of(error), parks, kind.safe, kind.next, waits_for, error)


def without_content(act: Callable[[], T], *, is_encrypted: bool) -> T:
    """What *act* returns. Prefect keeps and logs what a task raises: where content *is_encrypted*, that is its name alone."""
    try:
        return act()
    except Exception as error:
        failure = concealed(error) if is_encrypted else error
    raise failure  # here it has no context, which would be written down with it


def _name_of(error: BaseException) -> str:
    return error.name if isinstance(error, FailedElsewhere) else type(error).__name__


def is_discreet(world: World) -> bool:
    """Is content encrypted in this world?"""
    return world.cipher is not None


def told(world: World, error: BaseException, *more: str) -> str:
    """The name of *error*, and its text and *more* where that may be told."""
    name = _name_of(error)
    return name if is_discreet(world) else " ".join([f"{name}: {error}", *more])
