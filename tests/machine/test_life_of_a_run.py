"""Lives of runs, drawn at random and held against a model after every step.

Two processes work on up to three runs that share four answers. Runs start, ask, end, die at a fault point, meet
outages and damaged answers, are resumed by both processes at once; a person restores what is damaged or lets it be
made anew; clocks jump. Whatever happened, in the end every run can be brought to its end.
"""

import json
import sqlite3
import sys
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select, update

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.store import ArtifactMissing
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.base.sql import DatabaseUnavailable
from blocks.durable.damage import ResultCorrupt
from blocks.durable.lease import is_dead
from blocks.durable.rescue import slot_of
from blocks.state import waking
from blocks.state.audit import audit, events_of
from blocks.state.chain import Finding
from blocks.state.database import StateDatabase
from blocks.state.rebuild import rebuild
from blocks.state.signing import KeyRing
from blocks.state.tables import run_stages, runs, stages
from tests.worlds import place
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies
from tests.worlds.ground import Ground
from tests.worlds.model import BODY_RAISES, DONE, FOR_GOOD, KILLED, KILLS, OUTAGES, Model
from tests.worlds.oracle import wrongs
from tests.worlds.place import Stored
from tests.worlds.trials import MakeSweep
from tests.worlds.workers import Worker, text_of

pytestmark = [
    pytest.mark.timeout(3600),  # for the full count, on a busy machine
    pytest.mark.filterwarnings("ignore:Do not use the `random` module"),
]

MEMORY = Path("/dev/shm")  # noqa: S108
STEPS = 12
ANSWERS = ("short-0", "short-1", "long-0", "long-1")
SLOTS = st.sampled_from((0, 1))
PICKS = st.integers(0, 11)
TROUBLES = st.just(BODY_RAISES) | st.sampled_from(OUTAGES) | st.sampled_from(KILLS)


class Lives(RuleBasedStateMachine):
    """The runs of one record, beside their model."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.model = Model()
        self.workers: dict[int, Worker] = {}
        self.sound: dict[str, tuple[Stored | str, bytes]] = {}
        self.aside: set[str] = set()
        self.backup: dict[str, int] = {}

    @initialize(luck=st.binary(min_size=8, max_size=8))
    def two_runs_that_have_begun(self, luck: bytes) -> None:
        assume(any(luck))  # the plainest life is always drawn first, and is the same for all seeds
        self.place = TemporaryDirectory(prefix="holdfast-", dir=MEMORY if MEMORY.is_dir() else None)
        self.folder = Path(self.place.name)
        self.ground.blank(self.folder)
        self.state = place.record(self.folder)
        started = [self.worker(slot).asked("start", f"run-{slot}") for slot in (0, 1)]
        assert [worker.reply() for worker in started] == [DONE, DONE]
        for slot in (0, 1):
            self.model.starts(f"run-{slot}", slot)
        for pick, answer in enumerate(("short-0", "long-0")):
            self.ask_for(pick, answer, "")

    @precondition(lambda self: len(self.model.runs) < 3)
    @rule(slot=SLOTS)
    def start(self, slot: int) -> None:
        name = f"run-{len(self.model.runs)}"
        assert self.worker(slot).tell("start", name) == DONE
        self.model.starts(name, slot)

    @precondition(lambda self: self.model.going())
    @rule(pick=PICKS, answer=PICKS)
    def ask(self, pick: int, answer: int) -> None:
        """What is damaged is asked for most."""
        self.ask_for(pick, picked([*sorted(self.model.damaged), *ANSWERS], answer), "")

    @precondition(lambda self: self.model.going())
    @rule(pick=PICKS, answer=st.sampled_from(ANSWERS), trouble=TROUBLES)
    def ask_in_trouble(self, pick: int, answer: str, trouble: str) -> None:
        self.ask_for(pick, answer, trouble)

    @precondition(lambda self: len(self.model.going()) > 1)
    @rule(answer=st.sampled_from(ANSWERS))
    def ask_together(self, answer: str) -> None:
        """Which of the two commits is told by nothing, unless one of them had an older answer."""
        names = self.model.going()[:2]
        if answer not in self.model.committed and any(answer in self.model.runs[name].has for name in names):
            return
        asked = [self.worker(self.slot_of(name)).asked("ask", name, answer, "") for name in names]
        assert [worker.reply() for worker in asked] == [self.model.ask(name, answer) for name in names]

    @precondition(lambda self: self.model.going())
    @rule(pick=PICKS)
    def finish(self, pick: int) -> None:
        name = picked(self.model.going(), pick)
        assert self.worker(self.slot_of(name)).tell("finish", name) == DONE
        self.model.ends(name, "completed")

    @precondition(lambda self: self.workers)
    @rule(slot=SLOTS)
    def die(self, slot: int) -> None:
        self.end(slot)
        self.model.dies(slot)

    @precondition(lambda self: self.workers)
    @rule(slot=SLOTS)
    def leave(self, slot: int) -> None:
        assert self.worker(slot).tell("leave") == DONE
        self.model.dies(slot)

    @precondition(lambda self: self.model.runs)
    @rule(pick=PICKS)
    def resume_twice_at_once(self, pick: int) -> None:
        name = picked(sorted(self.model.runs, key=self.is_taken), pick)
        asked = [self.worker(slot).asked("take", name) for slot in (0, 1)]
        replies = [worker.reply() for worker in asked]
        winners = [slot for slot, reply in enumerate(replies) if reply == DONE]
        assert len(winners) == self.model.runs[name].is_free, replies
        for slot in winners:
            self.model.taken(name, slot)

    @precondition(lambda self: self.model.sound())
    @rule(pick=PICKS, how=st.sampled_from(("flipped", "cut", "gone")), where=st.integers(0, 10**6))
    def corrupt(self, pick: int, how: str, where: int) -> None:
        answer = picked(self.model.sound(), pick)
        row = self.rows()[answer]
        if answer in self.model.in_row:
            self.sound[answer] = row.key, row.output
            self.put(row.key, changed(row.output, how, where) or b"")
            self.model.damaged[answer] = ResultCorrupt.__name__
            return
        file = self.file_of(row.output_digest or slot_of(row.key))
        self.sound[answer] = file, file.read_bytes()
        left = changed(file.read_bytes(), how if row.output_digest else "cut", where)
        if left is None:
            file.unlink()
        else:
            file.write_bytes(left)
        self.model.damaged[answer] = (ArtifactMissing if left is None else ArtifactCorrupt).__name__

    @precondition(lambda self: self.model.damaged)
    @rule(pick=PICKS)
    def restore(self, pick: int) -> None:
        self.repair(picked(sorted(self.model.damaged), pick))

    @precondition(lambda self: self.model.going())
    @rule(pick=PICKS, which=PICKS)
    def recompute(self, pick: int, which: int) -> None:
        name, answer = (
            picked(self.model.going(), pick),
            picked([*sorted(self.model.damaged), *ANSWERS], which),
        )
        row = self.rows().get(answer)
        is_damaged = answer in self.model.damaged and answer in self.model.committed
        reply = self.worker(self.slot_of(name)).tell("recompute", name, row.key if row else "0" * 64)
        assert reply == self.model.recompute(name, answer)
        if is_damaged and reply[0] == "gave":
            self.aside.add(row.output_digest)

    @precondition(lambda self: self.state.file and self.model.committed and not self.model.damaged)
    @rule()
    def back_up(self) -> None:
        """A copy of a damaged row would hold the damage. SQLite copies a database that is in use."""
        copy = self.folder / "older.db"
        with (
            closing(sqlite3.connect(self.folder / "state.db")) as now,
            closing(sqlite3.connect(copy)) as older,
        ):
            now.backup(older)
        with self.state.reading() as connection:
            self.backup = {row.run_id: row.events for row in connection.execute(select(runs))}

    @precondition(lambda self: (self.folder / "older.db").exists() and not self.model.damaged)
    @rule()
    def put_the_older_record_in_its_place(self) -> None:
        """The signed heads that lie outside know what it has lost."""
        older = StateDatabase(f"sqlite:///{self.folder / 'older.db'}")
        heads = place.heads(self.folder)
        newest = {name: last.size for name in heads.run_ids() if (last := heads.last(name))}
        lost = [name for name, size in newest.items() if size > self.backup.get(name, 0)]
        found = self.findings(older)
        older.close()
        assert {finding.run_id for finding in found} == set(lost)

    @rule(slot=SLOTS, days=st.sampled_from((-1, 1)))
    def clock_jumps(self, slot: int, days: int) -> None:
        assert self.worker(slot).tell("jump", str(days)) == DONE

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        self.each_body_ran_as_often_as_it_had_to()
        self.what_is_committed_stays_and_nothing_else_is()
        self.runs_stand_as_they_should()
        self.the_ledger_verifies()
        self.the_events_alone_tell_the_runs()

    def each_body_ran_as_often_as_it_had_to(self) -> None:
        assert bodies(self.folder / COUNTS) == self.model.ran

    def what_is_committed_stays_and_nothing_else_is(self) -> None:
        done = {name: row.output_digest for name, row in self.rows().items() if row.state == "done"}
        assert done == {name: digest(name, number) for name, number in self.model.committed.items()}

    def runs_stand_as_they_should(self) -> None:
        with self.state.reading() as connection:
            stand = {row.run_id: (row.state, row.parked_for) for row in connection.execute(select(runs))}
            stalled = waking.stalled_runs(connection, is_dead)
        assert stand == {name: (run.state, run.parked_for) for name, run in self.model.runs.items()}
        assert sorted(stalled) == self.model.stalled()

    def the_ledger_verifies(self) -> None:
        """An answer that stands in a row is a part of what the check reads."""
        found = [finding.reason for finding in self.findings(self.state)]
        damaged = bool(self.model.in_row & self.model.damaged.keys())
        assert bool(found) == damaged, found
        assert all("is not the one with its digest" in reason for reason in found), found

    def the_events_alone_tell_the_runs(self) -> None:
        names = {row.key: name for name, row in self.rows().items()}
        with self.state.reading() as connection:
            for name, run in self.model.runs.items():
                told = rebuild(events_of(connection, name))
                assert (told.state, told.error, entries(told.stages)) == stored(connection, name)
                has = {names[one.key]: one.output for one in told.stages}
                assert has == {answer: digest(answer, number) for answer, number in run.has.items()}

    def teardown(self) -> None:
        """Every run can be brought to its end, and then nothing is wrong with the record."""
        try:
            if hasattr(self, "place") and sys.exc_info()[0] is None:
                self.bring_to_an_end()
        finally:
            for slot in tuple(self.workers):
                self.end(slot)
            if hasattr(self, "place"):
                self.state.close()
                if self.folder.exists():
                    self.ground.cleared(self.folder)
                    self.folder.mkdir()
                self.place.cleanup()

    def bring_to_an_end(self) -> None:
        """Repair all, resume all, ask for all, finish all."""
        for answer in tuple(self.model.damaged):
            self.repair(answer)
        for name, run in self.model.runs.items():
            if run.is_free:
                assert self.worker(0).tell("take", name) == DONE
                self.model.taken(name, 0)
            for answer in ANSWERS if run.is_going else ():
                reply = self.worker(self.slot_of(name)).tell("ask", name, answer, "")
                assert reply == self.model.ask(name, answer) == ("gave", self.model.committed[answer])
        for name in self.model.going():
            assert self.worker(self.slot_of(name)).tell("finish", name) == DONE
            self.model.ends(name, "completed")
        self.all_is_as_the_model_says()
        assert [wrong for wrong in wrongs(self.folder) if not any(one in wrong for one in self.aside)] == []

    def ask_for(self, pick: int, answer: str, trouble: str) -> None:
        """Let a run that is going ask for an answer, with trouble on the way."""
        name = picked(self.model.going(), pick)
        slot = self.slot_of(name)
        reply = self.worker(slot).tell("ask", name, answer, trouble)
        assert reply == self.model.ask(name, answer, trouble)
        if reply == KILLED or (trouble in FOR_GOOD and reply == ("raised", DatabaseUnavailable.__name__)):
            self.end(slot)

    def worker(self, slot: int) -> Worker:
        """The living process in a slot."""
        if slot not in self.workers:
            self.workers[slot] = Worker(self.folder)
        return self.workers[slot]

    def end(self, slot: int) -> None:
        """Kill the process in a slot, where there is one."""
        if slot in self.workers:
            self.workers.pop(slot).kill()

    def slot_of(self, name: str) -> int:
        """Where the process is that has a run."""
        slot = self.model.runs[name].owner
        assert slot is not None
        return slot

    def is_taken(self, name: str) -> bool:
        """For an order in which free runs come first."""
        return not self.model.runs[name].is_free

    def rows(self) -> dict[str, Any]:
        """The rows of the answers by name."""
        with self.state.reading() as connection:
            found = connection.execute(select(stages)).all()
        return {f"{row.stage}-{json.loads(row.inputs)['number']['value']}": row for row in found}

    def findings(self, state: StateDatabase) -> list[Finding]:
        """What the check of the ledger finds in *state*, with the heads that are there now."""
        heads = place.heads(self.folder)
        kept = {name: heads.read(name) for name in heads.run_ids()}
        return audit(state, kept, KeyRing(self.folder / "keys").trusted()).findings

    def file_of(self, name: str) -> Stored:
        """Where an artifact stands."""
        return place.stored_as(self.folder, name)

    def put(self, key: str, output: bytes) -> None:
        """Write into the row of an answer, past the product."""
        with self.state.writing() as connection:
            connection.execute(update(stages).where(stages.c.key == key).values(output=output))

    def repair(self, answer: str) -> None:
        """Put back what a damaged answer was."""
        where, data = self.sound[answer]
        if isinstance(where, str):
            self.put(where, data)
        else:
            where.write_bytes(data)
        self.model.damaged.pop(answer)


def picked(among: list[str], pick: int) -> str:
    """One of several names."""
    return among[pick % len(among)]


def changed(data: bytes, how: str, where: int) -> bytes | None:
    """*data* with a bit flipped, or cut, at a place that *where* tells; None where it is gone."""
    place = where % len(data)
    if how == "flipped":
        return data[:place] + bytes([data[place] ^ 1 << where % 8]) + data[place + 1 :]
    return data[:place] if how == "cut" else None


@cache
def digest(answer: str, number: int) -> str:
    """The digest of an answer."""
    return digest_of(canonical_bytes(text_of(answer, number)))


def entries(told: Any) -> list[tuple[Any, ...]]:
    """What a run has, in order."""
    return [(one.ordinal, one.key, one.subject, one.reused) for one in told]


def stored(connection: Connection, name: str) -> tuple[str, str | None, list[tuple[Any, ...]]]:
    """A run as its rows say."""
    row = connection.execute(select(runs).where(runs.c.run_id == name)).one()
    mine = select(run_stages).where(run_stages.c.run_id == name).order_by(run_stages.c.ordinal)
    return row.state, row.error, entries(connection.execute(mine))


def live(ground: Ground, number: int) -> None:
    """Draw one life and live it. Raises AssertionError with its steps where the model says something else."""
    chosen = settings(
        max_examples=1,
        stateful_step_count=STEPS,
        phases=(Phase.generate,),  # a life that fails is short; to shrink it takes minutes
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(partial(Lives, ground)), settings=chosen)
    except Exception as error:
        raise AssertionError("\n".join([f"{error}", *getattr(error, "__notes__", ())])) from error


def test_runs_live_as_the_model_says(sweep: MakeSweep, ground: Ground):
    for trial in sweep(f"random lives of runs against a model, {STEPS} steps each", few=30, many=2000):
        with trial:
            live(ground, trial.seed)
