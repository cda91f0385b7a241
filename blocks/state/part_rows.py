"""The rows of parts: what a long stage has done so far. Each function works inside the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from blocks.state.database import insert_once
from blocks.state.tables import stage_parts


@dataclass(frozen=True)
class Part:
    """The answers to *items* items of a series, from the place *first* on; *made_us*: microseconds they took."""

    series: int
    first: int
    items: int
    data: bytes
    made_us: int


def keep(connection: Connection, key: str, part: Part) -> bool:
    """Write a part of the stage *key*; False where another process wrote one from the same place on."""
    return insert_once(connection, stage_parts, {"key": key, **vars(part)})


def find(connection: Connection, key: str, series: int) -> list[Part]:
    """The parts of a series that follow each other without a gap, from its first item on.

    A process that lost its claim may have written others beside them.
    """
    of = (stage_parts.c.key == key, stage_parts.c.series == series)
    query = select(stage_parts).where(*of).order_by(stage_parts.c.first)
    found: list[Part] = []
    for row in connection.execute(query):
        if row.first == sum(part.items for part in found):
            found.append(Part(row.series, row.first, row.items, row.data, row.made_us))
    return found


def forget(connection: Connection, key: str) -> None:
    """The stage is done: its parts are no longer needed."""
    connection.execute(delete(stage_parts).where(stage_parts.c.key == key))
