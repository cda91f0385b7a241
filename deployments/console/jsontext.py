"""JSON for scripts: money as exact numbers, dates in ISO form, nothing rounded through a float."""

import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def json_text(value: object) -> str:
    """*value* as indented JSON.

    >>> import decimal
    >>> print(json_text({"total": decimal.Decimal("0.10"), "lines": ()}))
    {
      "total": 0.10,
      "lines": []
    }
    """
    return _text(value, "\n")


def print_json(value: object) -> None:
    """The one JSON document of a command, on stdout."""
    sys.stdout.write(json_text(value) + "\n")
    sys.stdout.flush()


def _text(value: Any, newline: str) -> str:
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, dt.date | dt.datetime):
        return json.dumps(value.isoformat())
    if dump := getattr(value, "model_dump", None):
        value = dump()
    if isinstance(value, Mapping):
        inner = (
            f"{json.dumps(str(k), ensure_ascii=False)}: {_text(v, newline + '  ')}" for k, v in value.items()
        )
        return _between("{", inner, "}", newline)
    if isinstance(value, list | tuple):
        return _between("[", (_text(v, newline + "  ") for v in value), "]", newline)
    return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)


def _between(opening: str, items: Iterable[str], closing: str, newline: str) -> str:
    inside = f",{newline}  ".join(items)
    return f"{opening}{newline}  {inside}{newline}{closing}" if inside else opening + closing
