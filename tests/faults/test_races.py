"""Several processes go on with one run at the same moment; one is stopped past its lease and wakes up again.

No body runs twice past its claim, and nothing stale is recorded. Where a stopped process holds the database itself (the
points within a transaction), the other cannot begin before it wakes; there it is woken as soon as its lease has passed.
"""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from blocks.providers.accounting import _invoices
from blocks.state.tables import events, stages
from tests.worlds import children, oracle, place, races
from tests.worlds.ground import Ground
from tests.worlds.laptop import open_laptop
from tests.worlds.trials import MakeSweep

STAGES = {"small", "large", "joined", "posted"}
HOLDS_A_DATABASE = {*races.IN_THE_COMMIT, "accounting.written"}
Reaches = list[tuple[str, int]]
RoundIn = Callable[[Path, int], AbstractContextManager[Path]]

pytestmark = pytest.mark.timeout(1800)  # for the full counts, on a busy machine


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, ground: Ground) -> Path:
    """A world with one run in it that belongs to nobody yet."""
    folder = ground.blank(tmp_path_factory.mktemp("record"))
    open_laptop(folder).leave()
    return folder


@pytest.fixture(scope="module")
def round_in(ground: Ground, record: Path) -> RoundIn:
    """Makes a folder for one round, with the world of `record` in it."""
    return lambda parent, seed: races.folder_for(ground, parent, seed, record)


def undisturbed(folder: Path, round_in: RoundIn, tell: races.Told) -> tuple[str, Reaches]:
    """What *tell* gives without a fault, and the fault points on its way."""
    with round_in(folder, 0) as here:
        assert children.run(races.begin_and_list, here, tell) == 0
        assert oracle.wrongs(here) == []
        return races.said(here, "first"), races.reached(here)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, round_in: RoundIn) -> tuple[str, Reaches]:
    """The answer that everybody must give, and where the first process can be killed."""
    return undisturbed(tmp_path_factory.mktemp("alone"), round_in, races.same_for_all)


@pytest.fixture(scope="module")
def stops(tmp_path_factory: pytest.TempPathFactory, round_in: RoundIn) -> Reaches:
    """Where the first process can be stopped."""
    return undisturbed(tmp_path_factory.mktemp("stops"), round_in, races.marked)[1]


def test_of_many_processes_that_resume_one_run_each_body_is_run_by_one(
    tmp_path: Path, round_in: RoundIn, alone: tuple[str, Reaches], sweep: MakeSweep
):
    answer, kills = alone
    for trial in sweep("2 to 8 processes resume one run at one moment", few=24, many=500):
        with trial, round_in(tmp_path, trial.seed) as folder:
            begun_and_killed(folder, trial.random, kills)
            committed, before = oracle.done(folder), races.times_run(folder)
            asking = who_asks(trial.random)

            told = races.all_at_once(folder, asking)

            not_taken = [asks for asks, text in zip(asking, told, strict=True) if text == races.NOT_TAKEN]
            assert not_taken == [True] * (sum(asking) - any(asking))
            assert {*told} - {races.NOT_TAKEN} == {answer}
            missing = STAGES - {row.stage for row in committed.values()}
            assert races.times_run(folder) - before == Counter(missing)
            assert oracle.repeated(committed, folder) == []
            the_record_is_right(folder)


def begun_and_killed(folder: Path, chance: random.Random, kills: Reaches) -> None:
    """A first process dies somewhere on its way; in one round of six none was there."""
    if chance.randrange(6):
        point, hit = chance.choice(kills)
        assert children.run(races.begin_and_die, folder, races.same_for_all, point, hit) == -9


def who_asks(chance: random.Random) -> list[bool]:
    """2 to 8 processes: all ask whether the run is theirs, none does, or some do."""
    share = chance.choice((0.0, 0.5, 1.0))
    return [chance.random() < share for _ in range(chance.randint(2, 8))]


def test_a_process_that_sleeps_past_its_lease_records_nothing_stale(
    tmp_path: Path, round_in: RoundIn, stops: Reaches, sweep: MakeSweep
):
    for trial in sweep("a process is stopped past its lease and wakes up", few=6, many=50):
        with trial, round_in(tmp_path, trial.seed) as folder:
            point, hit = trial.random.choice(stops)
            asks = trial.random.random() < 0.5
            wake = trial.random.choice(("in between", "in between", "beside", "afterwards"))
            Round(folder, point, hit).play(asks, wake)


class Round:
    """One process is stopped, another finishes the run, the first wakes up."""

    def __init__(self, folder: Path, point: str, hit: int) -> None:
        self.folder, self.point, self.hit = folder, point, hit
        self.stopping, self.tried, self.there, self.go_on = (children.forks.Event() for _ in range(4))
        self.committed: dict[str, Any] = {}
        self.claimed: set[str] = set()

    def play(self, asks: bool, wake: str) -> None:
        """Play it; *wake* is when the first process wakes up, measured by what the second does."""
        with races.ended_for_sure() as started:
            first = self._first()
            started.append(first)
            assert self.stopping.wait(races.LONGEST)
            self.committed, self.claimed = oracle.done(self.folder), claimed_in(self.folder)
            if self.point in HOLDS_A_DATABASE:
                wake = "soon"
            elif wake == "in between" and not self._has_an_answer():
                wake = "beside"  # the first would wait for the second, which is held
            lease = races.end_of_lease(self.folder)
            second = self._second(asks, wake)
            started.append(second)
            self._wait_for(second, wake, lease)
            self._wake(first, second, wake)
            self._judge(wake, f"{second.pid}")

    def _has_an_answer(self) -> bool:
        """Was the first stopped with an answer in hand, which it will try to commit?"""
        ran = races.times_run(self.folder)
        return bool(self.claimed) and all(ran[name] for name in self.claimed)

    def _first(self) -> BaseProcess:
        given = (self.folder, self.point, self.hit, self.stopping, self.tried)
        return children.start(races.begin_and_stop, *given)

    def _second(self, asks: bool, wake: str) -> BaseProcess:
        if wake != "in between":
            self.go_on.set()
        return children.start(races.go_on_without, self.folder, asks, self.there, self.go_on)

    def _wait_for(self, second: BaseProcess, wake: str, lease: int) -> None:
        if wake == "soon":
            races.wait_past(self.folder, lease)
        elif wake == "afterwards":
            assert children.end_of(second, races.LONGEST) == 0
        else:
            assert self.there.wait(races.LONGEST)

    def _wake(self, first: BaseProcess, second: BaseProcess, wake: str) -> None:
        """Let the first go on; "in between" it tries to commit while the second holds the claim."""
        assert first.is_alive()
        assert first.pid is not None
        os.kill(first.pid, signal.SIGCONT)
        if wake == "in between":
            assert self.tried.wait(races.LONGEST)
            assert claimed_in(self.folder) == self.claimed
            self.go_on.set()
        assert [children.end_of(process, races.LONGEST) for process in (first, second)] == [0, 0]

    def _judge(self, wake: str, second: str) -> None:
        """No claim had two bodies, both give the recorded answer, and what was taken over is the second's."""
        rows = {row.stage: row for row in oracle.rows(self.folder, stages)}
        ran = races.times_run(self.folder)
        assert {*ran} == {*rows}
        assert {name: count for name, count in ran.items() if count > rows[name].attempts} == {}
        assert oracle.repeated(self.committed, self.folder) == []
        the_record_is_right(self.folder)
        assert races.said(self.folder, "first") == races.said(self.folder, "second")
        for name in self.claimed:
            self._is_from_the_second(rows[name], wake, second)

    def _is_from_the_second(self, row: Any, wake: str, second: str) -> None:
        if self.point in races.IN_THE_COMMIT:
            assert row.attempts == 1  # nobody could claim it before the first had committed it
        elif wake != "soon":
            assert row.attempts == 2
            assert not row.stage.endswith("_mark") or races.who_gave(self.folder, row) == second


def claimed_in(folder: Path) -> set[str]:
    """The stages that are claimed and not done."""
    return {row.stage for row in oracle.rows(folder, stages) if row.state == "claimed"}


def the_record_is_right(folder: Path) -> None:
    """Four stages are done, each by one commit under its newest claim; one booking stands in the books."""
    assert oracle.wrongs(folder) == []
    found = {row.key: row for row in oracle.rows(folder, stages)}
    assert [row.state for row in found.values()] == ["done"] * 4
    commits = [json.loads(row.body) for row in oracle.rows(folder, events) if row.kind == "stage.done"]
    assert sorted((body["key"], body["fence"]) for body in commits) == sorted(
        (key, row.fence) for key, row in found.items()
    )
    books = place.books(folder)
    with books._database.reading() as connection:
        assert len(connection.execute(_invoices.select()).all()) == 1
    books.close()
