"""What went wrong, what is safe, what to type next.

An error's docstring is its first sentence; the arguments fill it in.
"""

from typing import Any, Literal

Parks = Literal["", "outage", "repair", "approval"]


class HoldfastError(Exception):
    """Something went wrong."""

    safe: str = "Everything recorded so far is kept."
    next: str = "Run the same command again; finished stages are not run again."
    parks: Parks = ""
    """What a run does that meets it: fail (""), wait until the "outage" is over, for a "repair" or an "approval"."""

    def __init__(self, detail: str = "", **values: object) -> None:
        self.values = values
        sentence = (type(self).__doc__ or "").strip().splitlines()[0].format(**values)
        self.what = f"{sentence} {detail}".strip()
        super().__init__(self.what)

    def __str__(self) -> str:
        return self.what

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)

    @property
    def slug(self) -> str:
        """The error's name, as it stands in events, logs and runbooks."""
        return type(self).__name__


def _again(kind: type[HoldfastError], args: tuple[Any, ...], told: dict[str, Any]) -> HoldfastError:
    """The error as it was raised in another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(told)
    return error


class Misuse(HoldfastError):
    """The call cannot be carried out as it is written."""

    safe = "Nothing was done."
    next = "Correct the call; `holdfast COMMAND --help` shows examples."
