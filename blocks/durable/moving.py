"""Move all recorded work from one place to another: rows, artifacts, signed heads, books.

    1 look    the source's ledger and artifacts are right; the target is empty, or holds a part of this move
    2 stand   no run starts, ends or goes on, neither here nor there
    3 copy    artifacts, heads, books and rows, in batches; what is there already is compared
    4 arrive  one transaction: the runs get their own state, and all rows and the ledger are checked

Whatever cuts it off, before 4 the work is the source's, after it the target's; the same call again ends the same.
Passing things stay behind: leases of processes, sessions of the approval page.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from blocks.artifacts import moving as envelopes
from blocks.artifacts.store import Shelf
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.patience import Patience
from blocks.base.sql import Database
from blocks.base.table_copy import Content, Values, content_of, copy_table, count_on, is_empty
from blocks.durable.anchor import HeadsUnreachable
from blocks.durable.lease import is_dead
from blocks.providers import accounting_tables
from blocks.state import run_rows, standstill
from blocks.state.audit import audit, audited, snapshot
from blocks.state.database import StateDatabase
from blocks.state.head_shelf import HeadShelf, Kept
from blocks.state.signing import KeyRing
from blocks.state.tables import artifacts, data_keys, leases, metadata, page_sessions, runs, stage_measures
from blocks.state.verdict import Report

PASSING = (leases, page_sessions, stage_measures)
BOOKS = (accounting_tables.books, accounting_tables.invoices, accounting_tables.lines)

Tell = Callable[[str, int], None]
"""Told what is done, and how much of it is."""


class SamePlace(Misuse):
    """{source} and {target} keep their work in the same place."""

    next = "Name two profiles that have a database of their own."


class TargetInUse(HoldfastError):
    """{target} has work of its own already: its table {table} is not empty."""

    safe = "Nothing was changed."
    next = "Choose an empty place: another HOLDFAST_STATE_SCHEMA and HOLDFAST_ACCOUNTING_SCHEMA, or another database."


class MovedAlready(HoldfastError):
    """The work of {source} was moved already, and went on in {target}."""

    safe = "Nothing was changed."
    next = "Work there: --profile {target}."

    def __init__(self, source: str, target: str) -> None:
        super().__init__(source=source, target=target)
        self.next = self.next.format(target=target)


class StillRunning(HoldfastError):
    """Work cannot move while it goes on: run {run}: {reason}."""

    safe = "Nothing was changed."
    next = "Wait for its end, or stop it; `holdfast down` stops the sweeper. Then run the same command again."


class MoveUnfinished(HoldfastError):
    """{source} holds a part of a move that is not finished: {told}."""

    safe = "Nothing was changed."
    next = "Finish that move first."


class SourceNotRight(HoldfastError):
    """The record of {source} is not right, so it is not moved:"""

    safe = "Nothing was changed."
    next = "`holdfast ledger verify` names all that is wrong."


class ArrivedOtherwise(HoldfastError):
    """What arrived in {target} is not what left:"""

    safe = "The target is not in use; the source has all that it had, and its runs stand still."
    next = "Run the same command again, or with --give-up to go on in the source."


class EncryptedWork(HoldfastError):
    """What is kept in {place} is encrypted, and is not moved."""

    safe = "Nothing was changed."
    next = "Move plain work to a plain profile; give keys there afterwards, with HOLDFAST_ENCRYPTION_ACCEPTS_PLAIN=true."


@dataclass(frozen=True)
class Place:
    """Where one profile keeps its work."""

    name: str
    state: StateDatabase
    books: Database
    shelf: Shelf
    heads: HeadShelf
    keys: KeyRing
    patience_seconds: float = 0.0
    is_encrypted: bool = False


@dataclass(frozen=True)
class Moved:
    """What stands in the target: rows by table, artifacts and held answers, their bytes, heads, and what is checked."""

    rows: dict[str, int]
    artifacts: int
    artifact_bytes: int
    heads: int
    events_verified: int
    open_runs: tuple[str, ...]


def move(source: Place, target: Place, *, carry: Callable[[list[str]], object], tell: Tell) -> Moved:
    """Move everything; *carry* is called with the runs that are not completed, to take along what Prefect knows of them.

    Needs databases of the newest revision on both sides. Memory does not grow with what is moved, but for one
    artifact. Raises any of the errors above, ArtifactMissing, ArtifactCorrupt, RowsDiffer, DatabaseUnavailable,
    StoreUnavailable.
    """
    if (source.state.url, source.state.schema) == (target.state.url, target.state.schema):
        raise SamePlace(source=source.name, target=target.name)
    for place in (source, target):
        if place.is_encrypted or place.state.read(_has_data_keys):
            raise EncryptedWork(place=place.name)
    _check(source, tell)
    is_there = _let_stand(source, target)
    with snapshot(source.state) as rows, snapshot(source.books) as books:
        if is_there:
            _compare(rows, source, target)
        artifacts_of = _copy_artifacts(rows, source, target, tell)
        heads = _copy_heads(source, target, tell)
        posted = _copy_books(books, target, tell)
        contents = _copy_rows(rows, target, tell) if not is_there else _contents(rows)
        open_runs = standstill.open_runs(rows)
    carry(open_runs)
    tell("check what arrived", 0)
    report = _arrive(target, contents)
    held = {table.name: content.rows for table, content in (contents | posted).items()}
    return Moved(held, *artifacts_of, heads, report.events, tuple(open_runs))


def give_up(source: Place, target: Place) -> bool:
    """Let work go on in *source*, after a move that was cut off; False where none was begun. Raises MovedAlready."""
    if source.state.read(standstill.standing) is None:
        return False
    if target.state.read(standstill.standing) is None and _taken(target):
        raise MovedAlready(source=source.name, target=target.name)
    source.state.write(standstill.end)
    return True


def _has_data_keys(connection: Connection) -> bool:
    return connection.execute(select(data_keys.c.data_key_id).limit(1)).first() is not None


def _check(source: Place, tell: Tell) -> None:
    """Is all there, and right? A move should not begin that cannot end."""
    tell("check the ledger", 0)
    report = audit(source.state, _heads_of(source.heads), source.keys.trusted())
    if not report.ok:
        raise SourceNotRight(_first(report), source=source.name)
    patience = Patience(source.patience_seconds)
    with snapshot(source.state) as connection:
        for number, name in enumerate(_digests(connection), 1):
            envelopes.checked(source.shelf, name, is_digest=True, patience=patience)
            tell("check artifacts", number)


def _let_stand(source: Place, target: Place) -> bool:
    """Let no run go on on either side; True where all arrived already."""
    stands = source.state.read(standstill.standing)
    if stands and stands[0] == "arriving":
        raise MoveUnfinished(source=source.name, told=stands[1])
    is_begun = target.state.read(standstill.standing) is not None
    taken = "" if is_begun else _taken(target)
    if taken and not stands:
        raise TargetInUse(target=target.name, table=taken)
    source.state.write(lambda connection: _stop(connection, target.name))
    if not taken:
        target.state.write(lambda connection: standstill.begin(connection, "arriving", source.name))
    return bool(taken)


def _stop(connection: Connection, target: str) -> None:
    standstill.begin(connection, "leaving", target)
    for row in connection.execute(select(runs).where(runs.c.lease_id.is_not(None))).all():
        if reason := run_rows.holder(connection, row, is_dead):
            raise StillRunning(run=row.run_id, reason=reason)


def _taken(place: Place) -> str:
    """A table in which something stands, or ""."""

    def first(tables: Iterable[Table]) -> Callable[[Connection], str]:
        return lambda connection: next((one.name for one in tables if not is_empty(connection, one)), "")

    return place.state.read(first(tables())) or place.books.read(first(BOOKS))


def _copy_artifacts(rows: Connection, source: Place, target: Place, tell: Tell) -> tuple[int, int]:
    """All that stands on the shelf; how many, and their bytes. Names are kept in memory, 100 bytes each."""
    recorded = set(_digests(rows))
    patience = Patience(max(source.patience_seconds, target.patience_seconds))
    number = size = 0
    for number, name in enumerate(source.shelf.names(), 1):
        of = name in recorded
        size += envelopes.copy(name, source.shelf, target.shelf, is_digest=of, patience=patience)
        tell("copy artifacts", number)
    return number, size


def _copy_heads(source: Place, target: Place, tell: Tell) -> int:
    for key_id, pem in source.keys.public_keys().items():
        target.heads.publish(key_id, pem)
    number = 0
    for run_id, kept in _heads_of(source.heads).items():
        there = set(target.heads.read(run_id).heads)
        for head in kept.heads:
            if head not in there:
                target.heads.append(head)
            number += 1
            tell("copy signed heads", number)
    return number


def _copy_books(books: Connection, target: Place, tell: Tell) -> dict[Table, Content]:
    if accounting_tables.form_of(books) == "none":
        return {}
    copied = {
        table: copy_table(books, target.books, table, copied=_told(tell, table.name)) for table in BOOKS
    }
    target.books.write(lambda connection: count_on(connection, accounting_tables.invoices))
    _demand(target.books.read, copied, target)
    return copied


def _copy_rows(rows: Connection, target: Place, tell: Tell) -> dict[Table, Content]:
    def copied(table: Table) -> Content:
        entering = _arriving if table is runs else dict[str, Any]
        return copy_table(rows, target.state, table, entering=entering, copied=_told(tell, table.name))

    return {table: copied(table) for table in tables()}


def _arriving(values: Values) -> Values:
    return {**values, "state": standstill.arriving(values["state"])}


def _arrive(target: Place, contents: dict[Table, Content]) -> Report:
    kept, keys = _heads_of(target.heads), target.keys.trusted()

    def act(connection: Connection) -> Report:
        standstill.end(connection)
        _demand(lambda ask: ask(connection), contents, target)
        report = audited(connection, kept, keys)
        if not report.ok:
            raise ArrivedOtherwise(_first(report), target=target.name)
        return report

    return target.state.write(act)


def _compare(rows: Connection, source: Place, target: Place) -> None:
    there = target.state.read(_contents)
    if there != _contents(rows):
        raise MovedAlready(source=source.name, target=target.name)


def _demand(
    read: Callable[[Callable[[Connection], Content]], Content], wanted: dict[Table, Content], target: Place
) -> None:
    for table, content in wanted.items():
        found = read(lambda connection, table=table: content_of(connection, table))
        if found != content:
            told = f"{table.name} has {found.rows} rows, {content.rows} left, and they are not the same."
            raise ArrivedOtherwise(told, target=target.name)


def _contents(connection: Connection) -> dict[Table, Content]:
    return {table: content_of(connection, table) for table in tables()}


def tables() -> list[Table]:
    """What is moved, each table after those that its rows refer to."""
    return [table for table in metadata.sorted_tables if table not in PASSING]


def _digests(connection: Connection) -> Iterator[str]:
    yield from connection.execute(select(artifacts.c.digest)).scalars()


def _heads_of(shelf: HeadShelf) -> dict[str, Kept]:
    try:
        return {run_id: shelf.read(run_id) for run_id in shelf.run_ids()}
    except OSError as error:
        raise HeadsUnreachable(f"{error}.") from error


def _first(report: Report) -> str:
    found = report.findings[0]
    return f"run {found.run_id}: {found.reason}." if found.run_id else f"{found.reason}."


def _told(tell: Tell, table: str) -> Callable[[int], None]:
    return lambda rows: tell(f"copy {table}", rows)
