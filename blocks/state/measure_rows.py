"""The rows of what stages were measured to take and to cost. Each function works inside the caller's transaction.

They are measures, no records: what a killed process counted since it wrote last is not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from blocks.state.database import insert_once
from blocks.state.stage_rows import StageName
from blocks.state.tables import stage_measures

_KEY = ("tenant", "stage", "version", "weight")
COUNTS = tuple(column.name for column in stage_measures.columns if column.name not in _KEY)
"""The names of what is counted: columns of the table."""


@dataclass(frozen=True)
class Measured:
    """What a stage was measured to take so far, by the names of the columns; the weight decided for it, if one was."""

    weight: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)


def add(connection: Connection, of: StageName, counts: Mapping[str, int]) -> None:
    """Add *counts* to the row of a stage, which is made where it is not there."""
    insert_once(connection, stage_measures, {**of._asdict(), **dict.fromkeys(COUNTS, 0)})
    columns = stage_measures.c
    values = {name: columns[name] + more for name, more in counts.items() if more}
    if values:
        connection.execute(_of(of).values(**values))


def find(connection: Connection, of: StageName) -> Measured:
    """What is known of a stage; where nothing is, nothing."""
    columns = stage_measures.c
    own = (columns.tenant == of.tenant, columns.stage == of.stage, columns.version == of.version)
    row = connection.execute(select(stage_measures).where(*own)).first()
    return measured(row) if row else Measured()


def decide(connection: Connection, of: StageName, weight: str) -> None:
    """Write the weight that a stage has from now on."""
    connection.execute(_of(of).values(weight=weight))


def every(connection: Connection, tenant: str) -> list[tuple[StageName, Measured]]:
    """All stages of *tenant* with their measures, by name and version."""
    columns = stage_measures.c
    query = select(stage_measures).where(columns.tenant == tenant).order_by(columns.stage, columns.version)
    return [
        (StageName(row.tenant, row.stage, row.version), measured(row)) for row in connection.execute(query)
    ]


def deaths(connection: Connection, tenant: str) -> tuple[int, int]:
    """The microseconds that all bodies of *tenant* ran, and how many of them ended with their process."""
    columns = stage_measures.c
    query = select(func.sum(columns.made_us), func.sum(columns.died)).where(columns.tenant == tenant)
    made_us, died = connection.execute(query).one()
    return int(made_us or 0), int(died or 0)


def measured(row: Row[Any]) -> Measured:
    """A row as what was measured."""
    return Measured(row.weight, {name: int(getattr(row, name)) for name in COUNTS})


def _of(of: StageName) -> Any:
    columns = stage_measures.c
    return update(stage_measures).where(
        columns.tenant == of.tenant, columns.stage == of.stage, columns.version == of.version
    )
