"""Somebody who owns the database changes the ledger, at random and in every way: all of it is found, nothing else is.

Each trial changes the rows inside a transaction, checks the ledger there, and takes the change back.
"""

import json
import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.durable.world import World
from blocks.state.audit import audit
from blocks.state.chain import Event, event_hash
from blocks.state.database import StateDatabase
from blocks.state.head_shelf import Kept
from blocks.state.signing import VerifyKeys
from blocks.state.tables import events, run_stages, runs, stages
from blocks.state.verdict import Report
from tests.worlds import laptop as laptops
from tests.worlds import place
from tests.worlds.counting import count_in
from tests.worlds.ground import Ground
from tests.worlds.laptop import open_world
from tests.worlds.ledgers import check, close_run, open_run, sign, work
from tests.worlds.stages import large, small, unreliable
from tests.worlds.trials import MakeSweep

__all__ = ["open_world"]

RUNS = {"run-1": 23, "run-2": 9, "run-3": 31}
"""Run and number of its stages."""


@dataclass
class Scene:
    """A ledger in the hands of somebody who may write everything but the heads."""

    connection: Connection
    dice: random.Random

    def rows(self, run_id: str) -> list[Event]:
        """The events of a run."""
        query = select(events).where(events.c.run_id == run_id).order_by(events.c.seq)
        return [Event._make(row) for row in self.connection.execute(query)]

    def put(self, run_id: str, rows: list[Event]) -> None:
        """Let *rows* be the events of a run, as they are."""
        self.connection.execute(delete(events).where(events.c.run_id == run_id))
        if rows:
            self.connection.execute(insert(events), [row._asdict() for row in rows])

    def rebuild(self, run_id: str, rows: list[Event], *, since: int) -> None:
        """Let *rows* be the events of a run, with right numbers and hashes from place *since* on; the run's row agrees."""
        done = rows[:since]
        for row in rows[since:]:
            previous = done[-1].hash if done else "0" * 64
            seq = len(done) + 1
            hash_ = event_hash(run_id, seq, row.at, row.kind, row.body, previous)
            done.append(Event(run_id, seq, row.at, row.kind, row.body, previous, hash_))
        self.put(run_id, done)
        facts = {"events": len(done), "head": done[-1].hash if done else "0" * 64}
        self.connection.execute(update(runs).where(runs.c.run_id == run_id).values(**facts))

    def row(self, table: Any, *where: Any) -> Any:
        """One row of a table, by chance."""
        return self.dice.choice(self.connection.execute(select(table).where(*where)).all())


Found = tuple[str, int | None]
"""Run and first bad sequence number."""
Tamper = Callable[[Scene, str], Found]
ANYWHERE = ("", None)
RETYPED = (
    ("at", "x'00'"),
    ("at", "at + 0.5"),
    ("at", "'soon'"),
    ("hash", "x'ff'"),
    ("hash", "upper(hash) || ' '"),
    ("previous", "x''"),
    ("body", "CAST(body AS BLOB)"),
    ("body", "CAST(x'22ff22' AS TEXT)"),
    ("body", "body || char(0)"),
    ("kind", "CAST(kind AS BLOB)"),
    ("kind", "''"),
)
"""What SQLite stores without a word in a column of another type, or in no type's form."""


def edit(scene: Scene, run_id: str) -> Found:
    """One letter or one bit of one field."""
    rows = scene.rows(run_id)
    place, word = (
        scene.dice.randrange(len(rows)),
        scene.dice.choice(["at", "kind", "body", "previous", "hash"]),
    )
    rows[place] = rows[place]._replace(**{word: changed(getattr(rows[place], word), scene.dice)})
    scene.put(run_id, rows)
    return run_id, place + 1


def edit_with_its_hash(scene: Scene, run_id: str) -> Found:
    """One field, and the right hash for it."""
    rows = scene.rows(run_id)
    place, word = scene.dice.randrange(len(rows)), scene.dice.choice(["at", "kind", "body", "previous"])
    row = rows[place]._replace(**{word: changed(getattr(rows[place], word), scene.dice)})
    rows[place] = row._replace(hash=event_hash(*row[:6]))
    scene.put(run_id, rows)
    return run_id, place + 1


def retype(scene: Scene, run_id: str) -> Found:
    """A field as bytes, as a number with a fraction or as text that is none."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    word, value = scene.dice.choice(RETYPED)
    statement = f"UPDATE events SET {word} = {value} WHERE run_id = ? AND seq = ?"  # noqa: S608
    scene.connection.exec_driver_sql(statement, (run_id, place + 1))
    return run_id, place + 1


def drop(scene: Scene, run_id: str) -> Found:
    """A row, or several in a row; the others stay where they are, or move up."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    rest = rows[place + scene.dice.choice([1, 1, 2, 5]) :]
    if scene.dice.random() < 0.5:
        rest = [row._replace(seq=place + 1 + number) for number, row in enumerate(rest)]
    scene.put(run_id, [*rows[:place], *rest])
    return run_id, place + 1


def cut(scene: Scene, run_id: str) -> Found:
    """The end, with the run's row told so or not."""
    rows = scene.rows(run_id)
    left = scene.dice.randrange(len(rows))
    if scene.dice.random() < 0.5:
        scene.rebuild(run_id, rows[:left], since=left)
    else:
        scene.put(run_id, rows[:left])
    return run_id, left + 1


def add(scene: Scene, run_id: str) -> Found:
    """A copy of a row at a place; the others move down."""
    rows = scene.rows(run_id)
    place, copy = scene.dice.randrange(len(rows) + 1), scene.dice.choice(rows)
    if place < len(rows) and copy.seq == place + 1:  # a row before its own copy: the copy is what is wrong
        place += 1
    grown = [*rows[:place], copy, *rows[place:]]
    scene.put(run_id, [row._replace(seq=number) for number, row in enumerate(grown, start=1)])
    return run_id, place + 1


def add_outside(scene: Scene, run_id: str) -> Found:
    """A row before the first or after the last."""
    rows = scene.rows(run_id)
    seq = scene.dice.choice([0, -1, -7, len(rows) + 1, len(rows) + 2, len(rows) + 99])
    scene.put(run_id, sorted([*rows, scene.dice.choice(rows)._replace(seq=seq)], key=lambda row: row.seq))
    return run_id, 1 if seq < 1 else len(rows) + 1


def append_with_right_hashes(scene: Scene, run_id: str) -> Found:
    """A forged event after the end, rightly chained, which the run's row does not know."""
    rows = scene.rows(run_id)
    last = rows[-1]
    forged = Event(run_id, last.seq + 1, last.at + 1, "stage.failed", "{}", last.hash, "")
    scene.put(run_id, [*rows, forged._replace(hash=event_hash(*forged[:6]))])
    return run_id, len(rows) + 1


def swap(scene: Scene, run_id: str) -> Found:
    """Two rows change places, or all that they say does."""
    rows = scene.rows(run_id)
    one, two = sorted(scene.dice.sample(range(len(rows)), 2))
    first, second = rows[one], rows[two]
    if scene.dice.random() < 0.5:
        rows[one], rows[two] = second._replace(seq=first.seq), first._replace(seq=second.seq)
    else:
        rows[one], rows[two] = (
            first._replace(body=second.body, kind=second.kind),
            second._replace(body=first.body, kind=first.kind),
        )
    scene.put(run_id, rows)
    return run_id, one + 1


def move(scene: Scene, run_id: str) -> Found:
    """A row of another run in the place of one of this run."""
    other = scene.dice.choice([name for name in RUNS if name != run_id])
    rows, strange = scene.rows(run_id), scene.rows(other)
    place = scene.dice.randrange(len(rows))
    rows[place] = scene.dice.choice(strange)._replace(run_id=run_id, seq=place + 1)
    scene.put(run_id, rows)
    return run_id, place + 1


def rebuild_edited(scene: Scene, run_id: str) -> Found:
    """A changed event, and right hashes from there to the end."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    word = scene.dice.choice(["at", "kind", "body"])
    rows[place] = rows[place]._replace(**{word: changed(getattr(rows[place], word), scene.dice)})
    scene.rebuild(run_id, rows, since=place)
    return run_id, place + 1


def rebuild_partly(scene: Scene, run_id: str) -> Found:
    """A changed event, and right hashes for a few after it."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    rest = rows[place + scene.dice.randrange(1, 5) :]
    before = rows[: len(rows) - len(rest)]
    before[place] = before[place]._replace(at=before[place].at + 1)
    scene.rebuild(run_id, before, since=place)
    scene.put(run_id, [*scene.rows(run_id), *rest])
    scene.connection.execute(
        update(runs).where(runs.c.run_id == run_id).values(events=len(rows), head=rows[-1].hash)
    )
    return run_id, place + 1


def rebuild_shorter(scene: Scene, run_id: str) -> Found:
    """An event left out, and right hashes after it."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    scene.rebuild(run_id, [*rows[:place], *rows[place + 1 :]], since=place)
    return run_id, place + 1


def rebuild_longer(scene: Scene, run_id: str) -> Found:
    """An event put in, of this run or another, and right hashes after it."""
    rows = scene.rows(run_id)
    place = scene.dice.randrange(len(rows))
    strange = scene.dice.choice(scene.rows(scene.dice.choice(list(RUNS))))
    if (strange.at, strange.kind, strange.body) == (rows[place].at, rows[place].kind, rows[place].body):
        strange = strange._replace(at=strange.at + 1)
    scene.rebuild(run_id, [*rows[:place], strange, *rows[place:]], since=place)
    return run_id, place + 1


def rebuild_swapped(scene: Scene, run_id: str) -> Found:
    """Two events in another order, and right hashes after them."""
    rows = scene.rows(run_id)
    one, two = sorted(scene.dice.sample(range(len(rows)), 2))
    rows[one], rows[two] = rows[two], rows[one]
    scene.rebuild(run_id, rows, since=one)
    return run_id, one + 1


def forge_an_answer(scene: Scene, run_id: str) -> Found:
    """Another output for a stage, told alike by its row, by the events and by a rebuilt chain."""
    run_id = scene.dice.choice(["run-1", "run-3"])  # all that run-2 has it took from the first
    rows = scene.rows(run_id)
    place = scene.dice.choice([n for n, row in enumerate(rows) if row.kind == "stage.done"])
    body = json.loads(rows[place].body)
    forged = canonical_bytes({"number": 1, "text": "forged"})
    body["output"] = digest_of(forged)
    values = {"output": forged, "output_digest": body["output"], "output_bytes": len(forged)}
    scene.connection.execute(update(stages).where(stages.c.key == body["key"]).values(**values))
    rows[place] = rows[place]._replace(body=canonical_bytes(body).decode())
    scene.rebuild(run_id, rows, since=place)
    return ANYWHERE  # another run may tell of the same stage


def forget_the_run(scene: Scene, run_id: str) -> Found:
    """All rows of a run."""
    for table in (run_stages, events, runs):
        scene.connection.execute(delete(table).where(table.c.run_id == run_id))
    return run_id, 1


def rename_the_run(scene: Scene, run_id: str) -> Found:
    """The whole run under another name, with a right chain."""
    rows = [row._replace(run_id="run-x") for row in scene.rows(run_id)]
    row = scene.row(runs, runs.c.run_id == run_id)._asdict()
    scene.connection.execute(insert(runs).values(**{**row, "run_id": "run-x"}))
    scene.connection.execute(update(run_stages).where(run_stages.c.run_id == run_id).values(run_id="run-x"))
    scene.rebuild("run-x", rows, since=0)
    for table in (events, runs):
        scene.connection.execute(delete(table).where(table.c.run_id == run_id))
    return run_id, 1


def restore_a_backup(scene: Scene, run_id: str) -> Found:
    """Everything as it was a few events ago: rows of the run, its stages and its chain agree."""
    rows = scene.rows(run_id)
    left = scene.dice.randrange(1, len(rows))
    kept = [json.loads(row.body) for row in rows[:left]]
    last = max((body.get("ordinal") or 0 for body in kept), default=0)
    scene.connection.execute(
        delete(run_stages).where(run_stages.c.run_id == run_id, run_stages.c.ordinal > last)
    )
    scene.rebuild(run_id, rows[:left], since=left)
    values = {"state": "running", "error": None, "ended_at": None}
    scene.connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
    return run_id, left + 1


def strange_events(scene: Scene, run_id: str) -> Found:
    """Events of a run that is not there."""
    rows = [row._replace(run_id="run-y") for row in scene.rows(run_id)]
    scene.put("run-y", rows)
    return "run-y", 1


def change_the_run(scene: Scene, run_id: str) -> Found:
    """The row of the run: its count, its head or how it ended."""
    size = len(scene.rows(run_id))
    values, seq = scene.dice.choice(
        [
            ({"events": size - 1}, size),
            ({"events": size + 1}, size + 1),
            ({"head": "0" * 64}, size),
            ({"state": "parked"}, None),
            ({"error": "another"}, None),
        ]
    )
    scene.connection.execute(update(runs).where(runs.c.run_id == run_id).values(**values))
    return run_id, seq


def change_an_answer(scene: Scene, run_id: str) -> Found:
    """The row of a stage: its output, its digest, both, or whether it is done."""
    joined = run_stages.c.run_id == run_id
    row = scene.row(run_stages, joined)
    output = canonical_bytes({"forged": scene.dice.random()})
    values = scene.dice.choice(
        [
            {"output": output},
            {"output_digest": digest_of(output)},
            {"output": output, "output_digest": digest_of(output)},
            {"output": None},
            {"state": "open"},
        ]
    )
    is_large = scene.row(stages, stages.c.key == row.key).output is None
    if is_large and values == {"output": None}:
        values = {"state": "claimed"}
    scene.connection.execute(update(stages).where(stages.c.key == row.key).values(**values))
    return ANYWHERE  # found with the first run that tells of the stage


def change_the_stages_of_the_run(scene: Scene, run_id: str) -> Found:
    """Which stages the run has: one left out, one renamed, its kind turned, the order changed."""
    row = scene.row(run_stages, run_stages.c.run_id == run_id)
    mine = (run_stages.c.run_id == run_id, run_stages.c.ordinal == row.ordinal)
    changes = [
        delete(run_stages).where(*mine),
        update(run_stages).where(*mine).values(subject="another"),
        update(run_stages).where(*mine).values(reused=not row.reused),
        update(run_stages).where(*mine).values(ordinal=999),
    ]
    scene.connection.execute(scene.dice.choice(changes))
    return ANYWHERE


def slip_an_answer_in(scene: Scene, run_id: str) -> Found:
    """A stage that is done though no run did it: the next run would take its answer."""
    row = scene.row(stages)._asdict()
    forged = canonical_bytes({"forged": True})
    values = {"key": digest_of(forged), "output": forged, "output_digest": digest_of(forged), "state": "done"}
    scene.connection.execute(insert(stages).values(**{**row, **values}))
    return ANYWHERE


TAMPERS: tuple[Tamper, ...] = (
    edit, edit_with_its_hash, retype, drop, cut, add, add_outside, append_with_right_hashes, swap, move,
    rebuild_edited, rebuild_partly, rebuild_shorter, rebuild_longer, rebuild_swapped, forge_an_answer,
    forget_the_run, rename_the_run, restore_a_backup, strange_events, change_the_run, change_an_answer,
    change_the_stages_of_the_run, slip_an_answer_in,
)  # fmt: skip


def changed(value: Any, dice: random.Random) -> Any:
    """*value* with one letter or one bit changed."""
    if isinstance(value, int):
        return value ^ 1 << dice.randrange(40)
    place = dice.randrange(len(value))
    return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]


class Ledger:
    """A signed ledger of three runs, whose owner took the triggers away."""

    def __init__(self, state: StateDatabase, kept: dict[str, Kept], keys: VerifyKeys) -> None:
        self.state, self.kept, self.keys = state, kept, keys

    @contextmanager
    def taken_back(self, dice: random.Random) -> Generator[Scene]:
        """Rows that may be changed; afterwards all is as before."""
        with self.state.engine.connect() as connection:
            writer = connection.execution_options(holdfast_writes="NORMAL")
            with writer.begin() as transaction:
                yield Scene(writer, dice)
                transaction.rollback()

    def check(self, scene: Scene) -> Report:
        """What a check finds in the changed rows."""
        inside: Any = _Inside(scene.connection)
        return audit(inside, self.kept, self.keys)


class _Inside:
    """The database as one open transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        yield self._connection


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, ground: Ground) -> Generator[Ledger]:
    """Three ended runs that share stages; one failed, one was resumed."""
    folder = ground.blank(tmp_path_factory.mktemp("ledger"))
    before = laptops.world._opener
    made = laptops.open_laptop(folder)
    laptops.enter(made)
    sign(made, folder)
    tell(made, folder)
    with made.state.writing() as connection:
        for trigger in ("update", "delete", "replace"):
            connection.exec_driver_sql(f"DROP TRIGGER events_{trigger}")
    kept, keys = made.heads.kept(), made.heads.trusted()
    laptops.world.leave()  # with its lease, so that nobody else writes
    laptops.world._opener = before
    state = place.record(folder)
    yield Ledger(state, kept, keys)
    state.close()


def tell(made: World, folder: Path) -> None:
    """What happened in the three runs."""
    count_in(folder / "counts")
    for run_id, number in RUNS.items():
        open_run(made, run_id)
        work(run_id, *(lambda n=n: small(n) for n in range(number)), lambda: large(1))
        if run_id == "run-2":
            close_run(made, run_id, "failed", "OSError: no answer")
            open_run(made, run_id)
        with pytest.raises(OSError, match="no answer"):
            work(run_id, lambda n=number: unreliable(1000 + n))
        close_run(made, run_id)


def trial(ledger: Ledger, tamper: Tamper, dice: random.Random) -> tuple[Found, Report]:
    """One change: what should be found, and what is."""
    with ledger.taken_back(dice) as scene:
        if ledger.state.file:
            scene.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            scene.connection.exec_driver_sql(
                "SET LOCAL session_replication_role = replica"
            )  # no foreign keys
        expected = tamper(scene, dice.choice(list(RUNS)))
        return expected, ledger.check(scene)


@pytest.mark.files_only(
    "SQLite takes bytes in a column of text; what a server takes is changed in tests/unit/test_ledger.py"
)
def test_the_ledger_is_right_before_anybody_touches_it(ledger: Ledger):
    report = audit(ledger.state, ledger.kept, ledger.keys)
    assert (report.findings, report.unsigned, report.runs) == ([], {}, 3)


@pytest.mark.files_only(
    "SQLite takes bytes in a column of text; what a server takes is changed in tests/unit/test_ledger.py"
)
def test_every_change_is_found_where_it_was_made(ledger: Ledger, sweep: MakeSweep):
    for each in sweep("random changes of the ledger", few=760, many=20_016):
        with each:
            tamper = TAMPERS[each.seed % len(TAMPERS)]
            (run_id, first_bad), report = trial(ledger, tamper, each.random)
            told = f"{tamper.__name__}: {report.findings}"
            assert not report.ok, told
            if run_id:
                findings = {finding.run_id: finding.first_bad for finding in report.findings}
                assert run_id in findings, told
                assert findings[run_id] == first_bad, f"{told}; it was event {first_bad} of {run_id}"


def test_a_ledger_that_nobody_touched_is_never_accused(
    open_world: Callable[..., World], tmp_path: Path, sweep: MakeSweep
):
    made = open_world()
    sign(made, tmp_path, every_events=7)
    count_in(tmp_path / "counts")
    for each in sweep("clean ledgers, none accused", few=76, many=1000):
        with each:
            write_a_clean_ledger(made, f"clean-{each.seed}", each.random)
            assert check(made, f"clean-{each.seed}").findings == []
    assert check(made).findings == []


def write_a_clean_ledger(made: World, run_id: str, dice: random.Random) -> None:
    """One run, resumed or not, ended or not."""
    for _ in range(dice.randint(1, 2)):
        open_run(made, run_id)
        chosen = dice.choices(range(40), k=dice.randrange(9))
        work(run_id, *(lambda n=n: small(n) for n in chosen))
        if dice.random() < 0.2:
            with pytest.raises(OSError, match="no answer"):
                work(run_id, lambda: unreliable(10**9))
        if dice.random() < 0.9:
            ends = [("completed", None), ("failed", "OSError: x"), ("parked", "y")]
            close_run(made, run_id, *dice.choice(ends))
