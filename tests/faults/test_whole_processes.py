"""kill -9 of the run, the Prefect server and the sweeper, as whole processes, where a run stands at a fault point.

Nobody does anything afterwards: what is still alive goes on, and the run comes to the end of an undisturbed one.
"""

import json
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any

import pytest

from blocks.base.faults import POINTS
from tests.worlds import machine_room, oracle
from tests.worlds.desk import Desk, documents
from tests.worlds.machine_room import WITHIN_SECONDS, Job, MachineRoom, Outcome, names, until, write_papers
from tests.worlds.paid import OF_MODELS
from tests.worlds.trials import MakeSweep

FIRST_SEED = 1000
PAPERS, MANY_PAPERS = 3, 10

pytestmark = pytest.mark.timeout(3600)  # for the full count, on a busy machine


def the_run(job: Job) -> None:
    job.killed()


def the_run_that_an_outage_parked(job: Job) -> None:
    job.killed()
    assert job.was == "parked"


def the_server(job: Job) -> None:
    job.room.kill(job.room.server())
    job.go_on()


# Where a run that nobody has to decide about, and with short documents, does not come: test_kill_at_a_gate and
# test_kill_in_parts kill there.
ELSEWHERE = {
    "approval.asked",
    "approval.decided",
    "part.kept",
    "run.nudged",
    "run.parked",
    "run.waits",
    *OF_MODELS,
}


def the_run_and_the_server(job: Job) -> None:
    job.room.kill(job.room.server())
    job.killed()


def the_sweeper(job: Job) -> None:
    job.room.kill(job.room.sweeper())
    job.go_on()
    until(WITHIN_SECONDS, "a new sweeper", job.room.sweeper)


def the_sweeper_and_the_server(job: Job) -> None:
    job.room.kill(job.room.sweeper(), job.room.server())
    job.go_on()
    until(WITHIN_SECONDS, "a new sweeper", job.room.sweeper)
    until(WITHIN_SECONDS, "a new server", job.room.server)


def the_sweeper_then_the_run(job: Job) -> None:
    the_sweeper(job)
    job.killed()
    assert job.was == "running", "it was over before it could be killed"


def the_run_and_the_one_that_took_it_over(job: Job) -> None:
    job.killed()
    job.killed_again("run.taken")


def the_run_and_the_one_that_goes_on(job: Job) -> None:
    job.killed()
    job.killed_again("run.resumed")


def the_run_and_the_sweeper_that_wakes_it(job: Job) -> None:
    job.killed()
    until(WITHIN_SECONDS, "it is woken", lambda: f"woken: {job.run_id}" in job.room.log())
    job.room.kill(job.room.sweeper())
    until(WITHIN_SECONDS, "a new sweeper", job.room.sweeper)


@dataclass(frozen=True)
class Phase:
    """Who is killed, and at which fault point the run stands then."""

    victims: Callable[[Job], None]
    point: str
    hit: int
    papers: int = PAPERS
    workers: int = 2

    def __str__(self) -> str:
        return f"{self.victims.__name__} at {self.point}:{self.hit}"


def phases(victims: Callable[[Job], None], *fault_points: str, papers: int = PAPERS) -> list[Phase]:
    """One phase for each of *fault_points* (point:hit)."""
    split = (point.split(":") for point in fault_points)
    workers = 1 if papers > PAPERS else 2
    return [Phase(victims, point, int(hit), papers, workers) for point, hit in split]


PHASES = [
    *phases(the_run, *(f"{point}:1" for point in POINTS if point not in ELSEWHERE)),
    *phases(the_run_that_an_outage_parked, "run.parked:1"),
    *phases(the_run_and_the_one_that_goes_on, "stage.commit.written:6"),
    *phases(the_run_and_the_one_that_took_it_over, "stage.committed:9"),
    *phases(the_run, "stage.committed:5", "stage.committed:12", "stage.claimed:8", "stage.body.done:15"),
    *phases(the_run_and_the_server, "run.opened:1", "stage.committed:4", "accounting.written:2"),
    *phases(the_run, "stage.commit.written:14", "accounting.committed:2", "artifact.renamed:3"),
    *phases(the_run, "accounting.written:3", "stage.claimed:15"),
    *phases(the_run_and_the_sweeper_that_wakes_it, "stage.body.done:7"),
    *phases(the_server, "run.opened:1", "stage.claimed:2", "artifact.written:1", "stage.body.done:3"),
    *phases(the_server, "stage.commit.open:5", "stage.commit.written:8", "stage.committed:7"),
    *phases(
        the_server, "stage.committed:16", "accounting.written:1", "accounting.committed:3", "run.closed:1"
    ),
    *phases(the_sweeper_then_the_run, "run.opened:1", "stage.claimed:4", papers=MANY_PAPERS),
    *phases(the_sweeper_then_the_run, "stage.body.done:2", "stage.commit.open:5", papers=MANY_PAPERS),
    *phases(the_sweeper_then_the_run, "stage.committed:7", "accounting.committed:1", papers=MANY_PAPERS),
    *phases(the_sweeper, "stage.claimed:1", "artifact.kept:1", "stage.commit.written:3", papers=MANY_PAPERS),
    *phases(the_sweeper, "stage.committed:6", "accounting.written:1", papers=MANY_PAPERS),
    *phases(the_sweeper_and_the_server, "stage.claimed:2", "stage.committed:5", papers=MANY_PAPERS),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Generator[MachineRoom]:
    """The room in which everything is killed."""
    with machine_room.opened(tmp_path_factory.mktemp("room")) as room:
        yield room


def test_whatever_is_killed_the_run_comes_to_its_end_without_a_person(
    tmp_path: Path, room: MachineRoom, desk: Desk, sweep: MakeSweep
):
    what = "kill -9 of the run, the server, the sweeper: whole processes, at a named point of the run"
    for trial in sweep(what, few=2, over=PHASES):
        with trial:
            phase = trial.point
            seeds = range(FIRST_SEED + trial.seed * MANY_PAPERS, FIRST_SEED + (trial.seed + 1) * MANY_PAPERS)
            papers = write_papers(tmp_path / f"{trial.seed}", seeds[: phase.papers])
            room.up()
            with room.without_its_store() if phase.point == "run.parked" else nullcontext():
                job = Job.stopped_at(room, papers, f"{phase.point}:{phase.hit}", workers=phase.workers)
            try:
                phase.victims(job)
                undisturbed = desk.start("run", "process_invoices", str(papers), "--json")
                job.ends("completed", "waiting", "parked", within=WITHIN_SECONDS)
                check(job, *undisturbed_outcome(desk, undisturbed, names(papers)))
            except Exception as error:
                raise AssertionError(f"{error!r}\nThe sweeper told:\n{room.log()}") from error
            finally:
                job.over()


def undisturbed_outcome(desk: Desk, process: "Popen[str]", files: set[str]) -> tuple[Any, Outcome]:
    """What the same papers come to in a home of their own, where nothing is killed."""
    out, err = process.communicate(timeout=120)
    assert out, err
    ended = CompletedProcess(process.args, process.returncode, out, err)
    return documents(ended), machine_room.outcome(desk, json.loads(out)["run_id"], files)


def check(job: Job, told: Any, outcome: Outcome) -> None:
    """The record has no fault, and says what it says where nothing was killed."""
    job.ends("completed", "waiting", within=2 * WITHIN_SECONDS)
    assert job.seconds_to_running() <= WITHIN_SECONDS
    assert job.seconds_to_end() <= WITHIN_SECONDS
    assert job.ran_too_often() == []
    assert outcome[1], "nothing is posted, so nothing could be posted twice"
    assert machine_room.outcome(job.room.desk, job.run_id, {one[0] for one in outcome[0]}) == outcome
    if not job.kills:
        assert documents(job.ended()) == told
    assert oracle.wrongs(job.room.home) == []
