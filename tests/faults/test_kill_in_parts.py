"""SIGKILL while a long stage works: what it kept on the way is not done again, and its answer is the undisturbed one."""

from pathlib import Path

from blocks.base import faults
from blocks.durable import in_parts, stage
from blocks.state import measure_rows
from blocks.state.stage_rows import StageName
from blocks.state.tables import stage_parts
from tests.worlds import children, place
from tests.worlds.counting import bodies, body_ran
from tests.worlds.ground import Ground
from tests.worlds.laptop import RUN
from tests.worlds.oracle import rows, wrongs
from tests.worlds.stages import Page
from tests.worlds.trials import MakeSweep

ITEMS = 6
POINTS = ("part.kept", "stage.body.done", "stage.commit.open", "stage.commit.written", "item.begun")


def page(number: int) -> Page:
    """One item."""
    faults.reach("item.begun")
    body_ran(f"item-{number}")
    return Page(number=number, text="a few words")


@stage(version=1, weight="light")
def long_haul(numbers: int) -> list[Page]:
    """Items, each of which is kept."""
    return in_parts("pages", range(numbers), page, Page)


def story() -> str:
    """The answer."""
    return str([one.number for one in long_haul(ITEMS)])


def prepared(folder: Path) -> None:
    """Processes died so often in *folder* that every item is kept."""
    state = place.record(folder)
    with state.writing() as connection:
        measure_rows.add(connection, StageName("default", "long_haul", 1), {"died": 10**12})
    state.close()


def told(folder: Path, to: Path) -> None:
    """Tell the story and write it down."""
    to.write_text(children.in_the_world_of(folder, RUN, story))


def test_what_was_kept_on_the_way_is_not_done_again(tmp_path: Path, ground: Ground, sweep: MakeSweep):
    answer = tmp_path / "answer"
    for trial in sweep("SIGKILL in a long stage", few=10, many=200):
        with trial:
            folder = ground.blank(tmp_path / f"{trial.seed}")
            prepared(folder)
            kills = list[str]()
            for _ in range(trial.random.randint(1, 3)):
                point, hit = trial.random.choice(POINTS), trial.random.randint(1, ITEMS)
                kills.append(f"{point}:{hit}")
                children.run(children.killed_in_the_world_of, folder, point, hit, story)
            trial.point = " ".join(kills)
            assert children.run(told, folder, answer) == 0
            assert answer.read_text() == str(list(range(ITEMS)))
            begun = bodies(folder / children.COUNTS)
            # Nothing is kept of the last item: it is done with the commit.
            assert all(begun[f"item-{number}"] == 1 for number in range(ITEMS - 1)), begun
            assert rows(folder, stage_parts) == []
            assert wrongs(folder) == []
            ground.cleared(folder)
