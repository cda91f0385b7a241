"""Copy the rows of a table to another database in batches, and name what a table holds by one digest.

What stands in the target already is compared, so a copy that was cut off is repeated and ends the same.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, Table, func, insert, select, text, tuple_

from blocks.base.errors import HoldfastError
from blocks.base.sql import Database

ROWS_AT_A_TIME = 500
Values = dict[str, Any]


class RowsDiffer(HoldfastError):
    """The table {table} of the target holds other rows than the source:"""

    safe = "The target is not in use, and the source has all that it had."
    next = "Empty the target (its schema, or its file), then run the same command again."


@dataclass(frozen=True)
class Content:
    """What a table holds: how many rows, and a sha256 over all of them in the order of their keys."""

    rows: int
    digest: str


def copy_table(
    source: Connection,
    target: Database,
    table: Table,
    *,
    entering: Callable[[Values], Values] = lambda values: values,
    copied: Callable[[int], None] = lambda rows: None,
) -> Content:
    """Let *target* hold every row of *source*, each changed by *entering*; what *source* holds. 500 rows in memory.

    *copied* is told how many rows stand there, after each batch. Raises RowsDiffer, DatabaseUnavailable, DatabaseRefused.
    """
    rows, hasher = 0, hashlib.sha256()
    for batch in _batches(source, table):
        for values in batch:
            hasher.update(_canonical(values))
        entered = [entering(values) for values in batch]
        target.write(lambda connection, entered=entered: _let_stand(connection, table, entered))
        rows += len(batch)
        copied(rows)
    return Content(rows, hasher.hexdigest())


def content_of(connection: Connection, table: Table) -> Content:
    """What *table* holds; equal where, and only where, the rows are. 500 rows in memory."""
    rows, hasher = 0, hashlib.sha256()
    for batch in _batches(connection, table):
        rows += len(batch)
        for values in batch:
            hasher.update(_canonical(values))
    return Content(rows, hasher.hexdigest())


def is_empty(connection: Connection, table: Table) -> bool:
    """Has *table* no row?"""
    return connection.execute(select(text("1")).select_from(table).limit(1)).first() is None


def count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that a server gives to new rows of *table* follow those that were copied."""
    [column] = table.primary_key.columns
    if connection.dialect.name == "postgresql":  # SQLite looks for the largest by itself
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(
            select(func.setval(sequence, func.greatest(func.max(column), 1), func.count() > 0))
        )


def _let_stand(connection: Connection, table: Table, batch: Sequence[Values]) -> None:
    key = [column.name for column in table.primary_key.columns]
    wanted = {tuple(values[name] for name in key): values for values in batch}
    there = select(table).where(tuple_(*table.primary_key.columns).in_(list(wanted)))
    for row in connection.execute(there).mappings():
        values = wanted.pop(tuple(row[name] for name in key))
        if dict(row) != values:
            told = ", ".join(name for name in values if values[name] != row[name])
            raise RowsDiffer(f"{told} of {' '.join(str(row[name]) for name in key)}.", table=table.name)
    if wanted:
        connection.execute(insert(table), list(wanted.values()))


def _batches(connection: Connection, table: Table) -> Iterator[list[Values]]:
    query = select(table).order_by(*(_in_bytes(connection, column) for column in table.primary_key.columns))
    with connection.execute(query, execution_options={"yield_per": ROWS_AT_A_TIME}) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _in_bytes(connection: Connection, column: Any) -> Any:
    """Each database sorts text in its own way; both can sort it by bytes."""
    is_text = isinstance(column.type, String) and connection.dialect.name == "postgresql"
    return column.collate("C") if is_text else column


def _canonical(values: Values) -> bytes:
    plain = {
        name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in values.items()
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"
