"""What went wrong, what is safe, what to type next.

An error's docstring is its first sentence; the arguments fill it in.
"""

from typing import Literal

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

    @property
    def slug(self) -> str:
        """The error's name, as it stands in events, logs and runbooks."""
        return type(self).__name__


class Misuse(HoldfastError):
    """The call cannot be carried out as it is written."""

    safe = "Nothing was done."
    next = "Correct the call; `holdfast COMMAND --help` shows examples."
