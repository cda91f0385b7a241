"""Values in rows that may be sealed: where they stand, and how a check looks into them.

A place is part of what a sealed value is bound to: moved to another row it does not open.
"""

import json
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Protocol

from sqlalchemy import Row

SEALED = "(sealed)"
"""Stands for the title and the value of a request that is sealed."""


class Opener(Protocol):
    """Opens sealed values for a check."""

    def opened(self, stored: Any, place: str) -> Any:
        """The value that stands at *place*; None where it was erased, so that nothing can be said of it.

        A value whose seal is broken is one that no digest fits.
        """
        ...


class AsItIs:
    """Where nothing is sealed."""

    def opened(self, stored: Any, place: str) -> Any:
        """*stored*."""
        return stored


def of_stage(key: str, what: str) -> str:
    """The place of a stage's `output` or `inputs`."""
    return f"stage {key} {what}"


def of_approval(approval_id: str, what: str) -> str:
    """The place of an approval's `request`, `answer`, `reason` or `note`."""
    return f"approval {approval_id} {what}"


def of_model_call(call_id: str, what: str) -> str:
    """The place of a paid call's `answer`, or of the `key` that its capture is sealed with."""
    return f"model call {call_id} {what}"


def with_request(row: Row[Any], request: bytes, **values: Any) -> Any:
    """The row of an approval with its *request*, and other values, opened; title and value stand in it alone."""
    named: dict[str, Any] = {}
    if request != row.request and (row.title, row.value) == (SEALED, SEALED):
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            asked = json.loads(request)
            named = {"title": asked["title"], "value": asked["value"]}
    columns: Any = row._mapping  # pyright: ignore[reportPrivateUsage]  SQLAlchemy's public name for it
    return SimpleNamespace(**{**columns, "request": request, **named, **values})
