"""The ledger as JSON lines: a header, then one event on each line. Standard library only."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from blocks.state.chain import Event

FORMAT = "holdfast-ledger-1"
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode


class NotAnExport(ValueError):
    """A file is no export of a ledger."""


def write_export(out: TextIO, events: Iterable[Event], *, run_id: str | None, key_ids: list[str]) -> int:
    """Write the header and *events* (grouped by run, in order); how many events there were.

    *run_id* is None for the whole ledger; *key_ids* name the public keys that heads are checked with.
    """
    out.write(_encode({"format": FORMAT, "key_ids": key_ids, "run_id": run_id}) + "\n")
    count = 0
    for event in events:
        out.write(_encode(event._asdict()) + "\n")
        count += 1
    return count


def read_export(lines: Iterable[str]) -> Iterator[Event | None]:
    """The events of an export, None for a line that is none. Raises NotAnExport where the header is missing."""
    source = iter(lines)
    header = _loaded(next(source, ""))
    if header is None or header.get("format") != FORMAT:
        raise NotAnExport(f"the first line is no header of format {FORMAT}")
    return (_event(line) for line in source)


def _event(line: str) -> Event | None:
    facts = _loaded(line)
    try:
        event = Event(**facts) if facts is not None else None
    except TypeError:
        return None
    return event if event is not None and type(event.run_id) is str else None


def _loaded(line: str) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]
