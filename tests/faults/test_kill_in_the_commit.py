"""SIGKILL at every reach of every fault point of the commit path, then the story again: the oracle finds no wrong.

Fork and kill take some hundredths of a second, so every reach is tried. The points of a whole run, which need
Prefect, are tried by test_kill_at_each_stage, and those of a gate by test_kill_at_a_gate.
"""

from pathlib import Path

import pytest

from blocks.base import faults
from blocks.state.tables import stages
from tests.worlds import children, place
from tests.worlds.counting import bodies
from tests.worlds.ground import Ground
from tests.worlds.oracle import done, rows, wrongs
from tests.worlds.paid import OF_MODELS
from tests.worlds.stages import posted, story

OF_A_RUN = {"run.opened", "run.parked", "run.closed", "head.signed", "head.written"}
OF_A_GATE = {"approval.asked", "approval.decided", "run.waits", "run.nudged"}
OF_A_LONG_STAGE = {"part.kept"}
FIRST, SECOND = "run-1", "run-2"


def tell(folder: Path) -> None:
    """Three stages, two with large answers, and one that posts; the answer is written down."""
    books = place.books(folder)
    page = story()
    number = posted(page.number, books=books)
    (folder / "answer.txt").write_text(f"{page.model_dump_json()} {number}")


def tell_and_count(folder: Path) -> None:
    """The story, and every fault point that it reaches."""
    seen: list[str] = []
    with faults.planned(seen.append):
        tell(folder)
    (folder / "reached.txt").write_text("\n".join(seen))


def told_until(folder: Path, point: str, hit: int) -> None:
    """The story up to one reach of one point."""
    with faults.planned(children.killed_at(point, hit)):
        tell(folder)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, ground: Ground) -> Path:
    """A folder in which the story was told once without a fault."""
    folder = ground.blank(tmp_path_factory.mktemp("undisturbed"))
    assert children.run(children.in_the_world_of, folder, FIRST, tell_and_count, folder) == 0
    return folder


@pytest.fixture(scope="module")
def kills(undisturbed: Path) -> list[tuple[str, int]]:
    """Every reach: the point, and how often it was reached by then."""
    seen = (undisturbed / "reached.txt").read_text().split()
    return [(point, seen[: place + 1].count(point)) for place, point in enumerate(seen)]


def test_every_point_of_the_commit_path_is_reached(kills: list[tuple[str, int]]):
    assert {point for point, _ in kills} | OF_A_RUN | OF_A_GATE | OF_A_LONG_STAGE | OF_MODELS == set(
        faults.POINTS
    )


def test_a_kill_at_every_reach_of_every_point_loses_and_repeats_nothing(
    tmp_path: Path, ground: Ground, undisturbed: Path, kills: list[tuple[str, int]]
):
    answer = (undisturbed / "answer.txt").read_text()
    print(f"{len(kills)} kills")
    for number, (point, hit) in enumerate(kills):
        folder = ground.blank(tmp_path / f"{number}")
        at = f"{point}:{hit}"
        assert children.run(children.in_the_world_of, folder, FIRST, told_until, folder, point, hit) == -9, at
        assert wrongs(folder) == [], at
        finished = {row.stage for row in done(folder).values()}
        before = bodies(folder / children.COUNTS)

        assert children.run(children.in_the_world_of, folder, SECOND, tell, folder) == 0, at

        assert (folder / "answer.txt").read_text() == answer, at
        assert wrongs(folder) == [], at
        after = bodies(folder / children.COUNTS)
        again = {name for name, count in after.items() if count > 1}
        assert not {name.partition("-")[0] for name in again} & finished, at
        assert sum(after.values()) - len(after) <= 1, at
        assert before - after == {}, at
        assert [row.state for row in rows(folder, stages)] == ["done"] * 4, at
        ground.cleared(folder)


def test_a_story_that_is_killed_again_and_again_comes_to_its_end(
    tmp_path: Path, ground: Ground, undisturbed: Path, kills: list[tuple[str, int]]
):
    ground.blank(tmp_path)
    deaths = 0
    while (
        children.run(children.in_the_world_of, tmp_path, f"run-{deaths}", die_at_reach, tmp_path, 5 + deaths)
        == -9
    ):
        deaths += 1
        assert wrongs(tmp_path) == []
        assert deaths < len(kills)
    assert deaths > 3
    assert (tmp_path / "answer.txt").read_text() == (undisturbed / "answer.txt").read_text()
    assert wrongs(tmp_path) == []


def die_at_reach(folder: Path, left: int) -> None:
    """Be killed at the n-th reach of any point."""

    def act(point: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            children.killed_at(point)(point)

    with faults.planned(act):
        tell(folder)
