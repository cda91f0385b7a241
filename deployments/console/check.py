"""One line of `holdfast doctor`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Check:
    """How one thing stands, what was found, and what to do where it does not stand well."""

    name: str
    level: Level
    found: str
    advice: str = ""


def safely(check: Callable[[], Check | list[Check]]) -> list[Check]:
    """What *check* finds. One that breaks is a finding, not the end."""
    try:
        found = check()
    except Exception as error:
        return [Check(check.__name__.strip("_"), "problem", f"could not be checked: {error}")]
    return found if isinstance(found, list) else [found]
