"""PostgreSQL is killed, its answers are cut off, it stands still: nothing is lost, nothing is paid again.

A story of light stages is told in recorded runs of child processes. After each trial the record is whole, every body ran
and cost once, and the runs have come to the end of runs that nothing disturbed.
"""

import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from blocks.base import clock, postgres
from blocks.base.errors import HoldfastError
from blocks.state.tables import runs, stages
from deployments.stack.postgres import Postgres
from tests.worlds import children as slow_children
from tests.worlds import place, tale, wire
from tests.worlds import postgres as cluster
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies
from tests.worlds.ground import Ground
from tests.worlds.oracle import rows, wrongs
from tests.worlds.trials import MakeSweep
from tests.worlds.wire import CUTS, Where, Wire
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "copied"]

pytestmark = [pytest.mark.servers_only, pytest.mark.timeout(7200)]  # for the full counts
LONG_SECONDS = 60.0
RUNS_AT_ONCE, RUNS_EACH = 2, 5


@pytest.fixture(scope="module")
def server(ground: Ground, postgres_server: Postgres) -> Postgres:
    """The server that the worlds of this module stand on."""
    return postgres_server


@pytest.fixture
def line(server: Postgres) -> Generator[Wire]:
    """A wire to the server."""
    with wire.to(server.port) as made:
        yield made


def over(line_port: int, folder: Path) -> str:
    """The address of the databases of *folder* by way of a wire."""
    url = make_url(place.addresses(folder)["state_url"]).set(port=line_port)
    return url.render_as_string(hide_password=False)


def told_over(folder: Path, line_port: int, patience_seconds: float) -> list[str]:
    """How the story ends in *folder* over a wire."""
    logging.disable()
    postgres.AT_CONNECT["connect_timeout"], postgres.QUIET_SECONDS, postgres.KNOCK_SECONDS = 2, 0.5, 2
    try:
        tale.open_home(folder, patience_seconds=patience_seconds, state_url=over(line_port, folder))
    except HoldfastError as error:
        return ["failed", error.slug, error.parks]
    return tale.told(folder)


def told_again(folder: Path) -> list[str]:
    """How the story ends in *folder* where nothing is in the way."""
    tale.open_home(folder, patience_seconds=0)
    return tale.told(folder)


@pytest.fixture
def undisturbed(
    blank: Path, children: Zygote, copied: Copied, line: Wire
) -> tuple[list[str], dict[str, Any], int]:
    """How the story ends where nothing disturbs it, what is there then, and how many COMMITs it took."""
    folder = copied(blank, "undisturbed")
    ended = children.fork(told_over, folder, line.port, 0).answer()
    assert ended[0] == "answer", ended
    end = tale.end_of(folder)
    assert end["wrongs"] == []
    return ended, end, line.commits


def test_a_commit_whose_answer_is_cut_off_is_done_once(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, line: Wire, undisturbed: Any
):
    ended, end, commits = undisturbed
    assert commits > 10
    points: list[tuple[int, Where]] = [(number, where) for number in range(commits) for where in CUTS]
    for trial in sweep("a COMMIT is cut off, or its answer", few=12, on_servers=12, over=points):
        with trial:
            folder = copied(blank, "trial")
            line.plan(*trial.point)
            assert children.fork(told_over, folder, line.port, LONG_SECONDS).answer() == ended
            assert line.commits > trial.point[0]
            assert tale.end_of(folder) == end
            assert {*bodies(folder / COUNTS).values()} == {1}
            claims = sorted(row.fence for row in rows(folder, stages))
            assert claims in ([1, 1, 1, 1], [1, 1, 1, 2])  # a claim whose answer is lost is taken anew


def test_a_server_that_stands_still_is_noticed_and_the_run_goes_on_when_it_is_back(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, line: Wire, undisturbed: Any
):
    ended, end, commits = undisturbed
    for trial in sweep("the server stands still from a COMMIT on", few=3, on_servers=3, over=range(commits)):
        with trial:
            folder = copied(blank, "trial")
            line.plan(trial.point, "silent from there on")
            first = children.fork(told_over, folder, line.port, 1.0).answer()
            line.plan(None)
            assert first == ended or first[1:] == ["DatabaseUnavailable", "outage"], first
            assert wrongs(folder) == []
            assert children.fork(told_again, folder).answer() == ended
            assert tale.end_of(folder) == end
            ran = bodies(folder / COUNTS)
            assert ran.pop("posted") in (1, 2)  # where the books stood still it did not end
            assert {*ran.values()} == {1}


def several(folder: Path, first: int) -> None:
    """Tell the story in some runs, one after the other; each buys something else."""
    logging.disable()
    for number in range(first, first + RUNS_EACH):
        tale.open_home(folder, patience_seconds=LONG_SECONDS)
        told = tale.told(folder, number, again=False)
        assert told[0] == "answer", told


def test_a_server_that_is_killed_again_and_again_loses_nothing(
    sweep: MakeSweep, server: Postgres, ground: Ground, tmp_path: Path
):
    for trial in sweep(
        f"PostgreSQL is killed during {RUNS_AT_ONCE * RUNS_EACH} runs", few=2, on_servers=2, many=20
    ):
        with trial:
            folder, deaths = ground.blank(tmp_path / f"{trial.seed}"), 0
            starts = [1 + RUNS_EACH * number for number in range(RUNS_AT_ONCE)]
            working = [slow_children.start(several, folder, first) for first in starts]
            while any(process.is_alive() for process in working):
                clock.sleep(trial.random.uniform(0.2, 3.0))
                if len(bodies(folder / COUNTS)) > deaths:  # something went on since
                    cluster.kill(server)
                    server.start()
                    deaths += 1
            assert [slow_children.end_of(process) for process in working] == [0] * RUNS_AT_ONCE
            print(f"killed {deaths} times")
            assert deaths
            assert wrongs(folder) == []
            assert {row.state for row in rows(folder, runs)} == {"completed"}
            assert len(rows(folder, runs)) == RUNS_AT_ONCE * RUNS_EACH
            assert len(tale.end_of(folder)["postings"]) == RUNS_AT_ONCE * RUNS_EACH
            ran = bodies(folder / COUNTS)
            assert [ran.pop(name) for name in ("joined", "posted")] == [RUNS_AT_ONCE * RUNS_EACH] * 2
            assert {*ran.values()} == {1}
            ground.cleared(folder)
