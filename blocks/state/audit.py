"""Check the ledger in the database: its chains, the signed heads kept outside, and the rows that it speaks of."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select
from sqlalchemy.exc import DBAPIError

from blocks.base.sql import Database
from blocks.state.chain import Event, Finding, Walk
from blocks.state.database import StateDatabase
from blocks.state.decisions_told import DecisionsTold, Rounds, untold
from blocks.state.erasures_told import ErasuresTold
from blocks.state.head_shelf import Kept
from blocks.state.money_told import CallsTold, MoneyTold
from blocks.state.rebuild import NotTold, body_of, outcome_of
from blocks.state.sealed import AsItIs, Opener
from blocks.state.signing import VerifyKeys
from blocks.state.spoken_of import SpokenOf
from blocks.state.tables import events, run_stages, runs, stages
from blocks.state.verdict import Report

_AT_A_TIME = 2000


def audit(
    state: StateDatabase,
    kept: Mapping[str, Kept],
    keys: VerifyKeys,
    run_id: str | None = None,
    *,
    opener: Opener | None = None,
) -> Report:
    """Check one run, or all there are and all that have heads. Reads one snapshot of the database.

    *kept* must have been read before: what a head covers was committed earlier. About 25 s for a million events; memory
    does not grow with them, only with the approvals and with the stages that cost money. *opener* looks into sealed
    values. Raises DatabaseUnavailable.
    """
    with snapshot(state) as connection:
        return audited(connection, kept, keys, run_id, opener=opener)


def audited(
    connection: Connection,
    kept: Mapping[str, Kept],
    keys: VerifyKeys,
    run_id: str | None = None,
    *,
    opener: Opener | None = None,
) -> Report:
    """As `audit`, of what *connection* sees."""
    report, told = Report(), _Told(opener or AsItIs())
    known = [run_id] if run_id else sorted({*_run_ids(connection), *kept})
    for one in known:
        heads = report.trusted(one, kept.get(one, Kept()), keys.fault)
        report.add(_walked(connection, one, Walk(one, heads), told))
    if run_id is None:
        report.findings += _answers_from_nowhere(connection) + told.faults(connection)
    return report


@contextmanager
def snapshot(state: Database) -> Generator[Connection]:
    """One unchanging view of the database."""
    with state.reading() as connection:
        is_server = connection.dialect.name == "postgresql"  # SQLite has no other view
        yield connection.execution_options(isolation_level="REPEATABLE READ") if is_server else connection


def events_of(connection: Connection, run_id: str | None = None) -> Iterator[Event]:
    """The events of one run in order, or of all runs one after the other."""
    query = select(events).order_by(events.c.run_id, events.c.seq)
    if run_id is not None:
        query = query.where(events.c.run_id == run_id)
    return map(Event._make, _streamed(connection, query))


@dataclass
class _Told:
    """What the events of all runs tell together."""

    opener: Opener
    rounds: Rounds = field(default_factory=Rounds)
    erasures: ErasuresTold = field(default_factory=ErasuresTold)
    money: MoneyTold = field(default_factory=MoneyTold)

    def faults(self, connection: Connection) -> list[Finding]:
        """What the rows say otherwise."""
        found = untold(connection, self.rounds, self.opener) + self.erasures.faults(connection)
        return found + self.money.faults(connection)


def _walked(connection: Connection, run_id: str, walk: Walk, told: _Told) -> Walk:
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).first()
    outcome: tuple[str, str | None] | None = None
    decisions, calls = DecisionsTold(told.rounds), CallsTold(told.money)
    # What is open when the walk stops is closed: it would hold an old view of the database.
    with (
        closing(SpokenOf(connection, run_id, told.opener)) as spoken_of,
        closing(_readable(connection, run_id, walk)) as found,
    ):
        try:
            for event in found:
                if not walk.take(event):
                    return walk
                body = body_of(event)
                outcome = outcome_of(event.kind, body) or outcome
                decisions.take(event.kind, body)
                calls.take(event.kind, body)
                told.erasures.take(event.kind, body)
                if reason := spoken_of.fault(event.kind, body):
                    walk.stop(event.seq, reason)
                    return walk
        except NotTold as error:
            walk.stop(walk.events, f"{error}")
        if walk.end() is None:
            _compare(walk, row, outcome, spoken_of)
            if reason := decisions.fault(connection, run_id) or calls.fault(connection, run_id):
                walk.stop(None, reason)
    return walk


def _compare(
    walk: Walk, row: Row[Any] | None, outcome: tuple[str, str | None] | None, spoken_of: SpokenOf
) -> None:
    """Hold the row of the run against what its events say."""
    if row is None:
        walk.stop(1, "the row of the run is missing")
    elif (row.events, row.head) != (walk.events, walk.last_hash):
        first_bad = walk.events if row.events == walk.events else min(row.events, walk.events) + 1
        walk.stop(first_bad, "the end of the chain is not the recorded one")
    elif left := spoken_of.left_over():
        walk.stop(None, left)
    elif outcome and not _is_told(row, outcome):
        walk.stop(None, f"the run is recorded as {row.state}, its events say {outcome[0]}")


def _is_told(row: Row[Any], outcome: tuple[str, str | None]) -> bool:
    """A run that is taken up again is running a moment before its event."""
    if row.state == "running":
        return outcome[0] != "completed"
    return (row.state, row.error) == outcome


def _readable(connection: Connection, run_id: str, walk: Walk) -> Generator[Event]:
    """The events of a run; where one cannot be read, the walk stops exactly there."""
    query = select(events).where(events.c.run_id == run_id).order_by(events.c.seq)
    try:
        with closing(_streamed(connection, query)) as rows:
            yield from map(Event._make, rows)
        return
    except DBAPIError:
        rest = query.where(events.c.seq > walk.events)
    try:
        with closing(_streamed(connection, rest, at_a_time=1)) as rows:
            yield from map(Event._make, rows)
    except DBAPIError as error:
        walk.stop(walk.events + 1, f"the event cannot be read: {error.orig}")


def _streamed(connection: Connection, query: Select[Any], at_a_time: int = _AT_A_TIME) -> Generator[Row[Any]]:
    with connection.execute(query, execution_options={"yield_per": at_a_time}) as rows:
        for part in rows.partitions():
            yield from part


def _run_ids(connection: Connection) -> Iterator[str]:
    for query in (select(runs.c.run_id), select(events.c.run_id).distinct()):
        for found in connection.execute(query).scalars():
            yield found if type(found) is str else repr(found)


def _answers_from_nowhere(connection: Connection) -> list[Finding]:
    """Stages that are recorded as done though no run did them."""
    made = and_(run_stages.c.key == stages.c.key, run_stages.c.reused.is_(False))
    query = select(stages.c.stage, stages.c.key).outerjoin(run_stages, made)
    rows = connection.execute(query.where(stages.c.state == "done", run_stages.c.key.is_(None)).limit(5))
    return [
        Finding("", None, f"stage {row.stage} ({row.key[:12]}) is done, but no event tells of it")
        for row in rows
    ]
