"""The rows of parts: what a long stage has done so far. Each function works inside the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from blocks.state.stage_rows import CLAIMED
from blocks.state.tables import stage_parts, stages


@dataclass(frozen=True)
class Part:
    """The answers to *items* items of the series *name*, from the place *first* on; *made_us*: microseconds they took."""

    name: str
    first: int
    items: int
    data: bytes
    made_us: int


def keep(connection: Connection, key: str, lease_id: str, part: Part) -> bool | None:
    """Write a part of the stage *key*, in the place of all that stood from its first item on.

    False where it is written already; None where *lease_id* lost the stage.
    """
    own = (stages.c.key == key, stages.c.state == CLAIMED, stages.c.lease_id == lease_id)
    if connection.execute(select(stages.c.key).where(*own).with_for_update()).first() is None:
        return None
    if part in find(connection, key, part.name):
        return False
    of = (stage_parts.c.key == key, stage_parts.c.name == part.name, stage_parts.c.first >= part.first)
    connection.execute(delete(stage_parts).where(*of))
    connection.execute(insert(stage_parts).values(key=key, **vars(part)))
    return True


def find(connection: Connection, key: str, name: str) -> list[Part]:
    """The parts of a series, which follow each other from its first item on."""
    of = (stage_parts.c.key == key, stage_parts.c.name == name)
    query = select(stage_parts).where(*of).order_by(stage_parts.c.first)
    return [Part(row.name, row.first, row.items, row.data, row.made_us) for row in connection.execute(query)]


def forget(connection: Connection, key: str) -> None:
    """The stage is done, or is to be made anew: its parts are no longer needed."""
    connection.execute(delete(stage_parts).where(stage_parts.c.key == key))
