"""SIGKILL before every executed line of the product, from the start of the first stage to the commit of the last.

The run is then resumed as `holdfast runs resume` does it: taken over, and told again to its end. What is finished
must not be done again, and the end must be the one of a run that nothing disturbed. Lines are those of the thread
that calls the stages; the threads that renew the lease and watch the heads start before the first stage.

Light stages are killed at every line as often as it is executed; repeats in one stretch of mere computing count
once. Durable ones go through Prefect and a real server, and are killed the first time each line is executed, in any
thread that they start.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from blocks import profile
from blocks.base.canonical import digest_of
from blocks.durable import GIVEN, flow, launch, recovery, stage, world
from blocks.durable.launch import RunResult
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.state import run_rows
from blocks.state.run_rows import RunOpening
from blocks.state.tables import runs, stages
from tests.worlds import place
from tests.worlds import stages as light
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, enter
from tests.worlds.ledgers import sign
from tests.worlds.lines import Act, killed_at_first, killed_at_line, traced, worth_a_kill
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.prefect_server import prefect_server, using
from tests.worlds.stages import Page
from tests.worlds.trials import MakeSweep, Sweep
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "copied", "prefect_server"]

pytestmark = pytest.mark.timeout(7200)  # the full counts

EVERY_EVENTS = 2
IN_STAGES = threading.Event()


def at_home(folder: Path) -> World:
    """The world that the product opens in *folder*, with a signed head after every second event."""
    os.environ["HOLDFAST_HOME"] = str(folder)
    count_in(folder / COUNTS)
    made = profile.open_world(profile.load(place.profile_name(folder)))
    sign(made, folder, every_events=EVERY_EVENTS)
    enter(made)
    return made


def light_story() -> str:
    """Three stages, one that posts, and an answer that the run has already."""
    page = light.story()
    return f"{page.model_dump_json()} {light.posted(page.number)} {light.small(1)}"


def told(folder: Path, run_id: str, act: Act, *, resumes: bool = False) -> str:
    """The answer of the light story, told in a run as a flow does it, with *act* before each line of its stages."""
    here = at_home(folder)
    lease_id = here.lease.lease_id
    if resumes:
        recovery.take(run_id)
    opening = RunOpening(run_id, "a run", "a_flow", here.tenant, here.profile)
    with here.state.writing() as connection:
        seq = run_rows.open_run(connection, opening, lease_id)
    here.heads.grown(run_id, seq)
    with working_for(Scope(run_id, "a document")), traced(act):
        answer = light_story()
    with here.state.writing() as connection:
        assert run_rows.close_run(connection, run_id, "completed", None, lease_id=lease_id)
    here.heads.ended(run_id)
    world.leave()
    return answer


def light_lines(folder: Path, run_id: str) -> list[Any]:
    """How a run ends that nothing disturbs, and all lines of its stages in order."""
    seen: list[str] = []
    answer = told(folder, run_id, seen.append)
    return [end_of(folder, answer), seen]


def light_killed(folder: Path, run_id: str, number: int, line: str) -> None:
    """The story up to one line."""
    told(folder, run_id, killed_at_line(number, line))


def light_resumed(folder: Path, run_id: str) -> list[Any]:
    """Take the run over and tell its story to the end."""
    return judged(folder, lambda: told(folder, run_id, lambda line: None, resumes=True))


@stage(version=1)
def noted(number: int) -> Page:
    """The durable twin of `small`."""
    return light.small.fn(number)


@stage(version=1)
def stored(number: int) -> Page:
    """The durable twin of `large`."""
    return light.large.fn(number)


@stage(version=1)
def bound(left: Page, right: Page) -> Page:
    """The durable twin of `joined`."""
    return light.joined.fn(left, right)


@stage(version=1)
def booked(number: int, *, books: Accounting = GIVEN) -> int:
    """The durable twin of `posted`."""
    return light.posted.fn(number, books=books)


@flow
def durable_story() -> str:
    """The light story, of durable stages."""
    IN_STAGES.set()
    page = bound(noted(1), stored(2))
    answer = f"{page.model_dump_json()} {booked(page.number)} {noted(1)}"
    IN_STAGES.clear()
    return answer


def launched(folder: Path, api_url: str, act: Act) -> str:
    """The answer of the durable story in a new run, with *act* before each line of its stages."""
    at_home(folder)
    with using(api_url), traced(lambda line: act(line) if IN_STAGES.is_set() else None, threads=True):
        result = launch.launch(durable_story, {})
    world.leave()
    return answer_of(result)


def answer_of(result: RunResult) -> str:
    """The answer of a run that completed; its error where it failed."""
    if result.error is not None:
        raise result.error
    return str(result.value)


def durable_lines(folder: Path, api_url: str) -> list[Any]:
    """How a run ends that nothing disturbs, and the lines of its stages in the order of their first execution."""
    seen: dict[str, None] = {}
    answer = launched(folder, api_url, lambda line: seen.setdefault(line, None))
    return [end_of(folder, answer), list(seen)]


def durable_killed(folder: Path, api_url: str, line: str) -> None:
    """The story up to one line."""
    launched(folder, api_url, killed_at_first(line))


def durable_resumed(folder: Path, api_url: str) -> list[Any]:
    """Resume the one run of *folder* as the command does."""

    def again() -> str:
        [run] = rows(folder, runs)
        at_home(folder)
        with using(api_url):
            result = launch.resume(durable_story, run.run_id)
        world.leave()
        return answer_of(result)

    return judged(folder, again)


def end_of(folder: Path, answer: str) -> dict[str, Any]:
    """What must be the same whatever happened on the way."""
    return {
        "answer": digest_of(answer.encode()),
        "stages": sorted([row.stage, row.state, row.output_digest] for row in rows(folder, stages)),
        "runs": sorted({row.state for row in rows(folder, runs)}),
        "bodies": sorted(bodies(folder / COUNTS)),
        "wrongs": wrongs(folder),
    }


def judged(folder: Path, again: Callable[[], str]) -> list[Any]:
    """The end of a run that was killed and told *again*, and what is wrong with the way it came there."""
    found, finished, before = wrongs(folder), done(folder), bodies(folder / COUNTS)
    end = end_of(folder, again())
    after = bodies(folder / COUNTS)
    found += repeated(finished, folder)
    was_open = len(before) - len(finished)
    if was_open not in (0, 1) or sum(after.values()) - len(after) > was_open:
        found.append(f"{was_open} open when it was killed, and afterwards {after - before} ran")
    return [end, found]


@pytest.fixture
def finished(blank: Path, children: Zygote, copied: Copied) -> Path:
    """A home in which another run told the whole story."""
    home = copied(blank, "finished")
    children.fork(light_lines, home, "run-0").answer()
    return home


def kill_at_each(
    sweep: Callable[..., Sweep], home: Path, children: Zygote, copied: Copied, *, at_least: int
) -> None:
    """Copy *home*, kill the light story at a line, resume it; for every line of it."""
    undisturbed, lines = children.fork(light_lines, copied(home, "undisturbed"), RUN).answer()
    assert len(lines) > at_least
    assert undisturbed["wrongs"] == []
    for trial in sweep(over=worth_a_kill(lines)):
        with trial:
            folder = copied(home, "trial")
            assert children.fork(light_killed, folder, RUN, *trial.point).code == -9
            end, found = children.fork(light_resumed, folder, RUN).answer()
            assert found == []
            assert end == undisturbed


def test_light_stages_survive_a_kill_at_every_line(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied
):
    lines = partial(sweep, "SIGKILL at every executed line, light stages", few=32)
    kill_at_each(lines, blank, children, copied, at_least=1000)


def test_answers_of_another_run_survive_a_kill_at_every_line(
    sweep: MakeSweep, finished: Path, children: Zygote, copied: Copied
):
    lines = partial(sweep, "SIGKILL at every executed line, answers of another run", few=20)
    kill_at_each(lines, finished, children, copied, at_least=500)


def test_durable_stages_survive_a_kill_at_every_line(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, prefect_server: str
):
    home = copied(blank, "undisturbed")
    undisturbed, lines = children.fork(durable_lines, home, prefect_server).answer()
    assert len(lines) > 400
    assert undisturbed["wrongs"] == []
    for trial in sweep("SIGKILL at every executed line, durable stages", few=10, over=lines):
        with trial:
            folder = copied(blank, "trial")
            assert children.fork(durable_killed, folder, prefect_server, trial.point).code == -9
            end, found = children.fork(durable_resumed, folder, prefect_server).answer()
            assert found == []
            assert end == undisturbed
