"""SIGKILL at every named point, and before every line of the product, while a run asks, a person decides, and the run goes on.

Three processes: one asks and ends, one decides and nudges, one goes on with the run. One of them is killed; what is
left is then brought to its end as a person and the sweeper would do it. The question must have been asked once, decided
once and gone on with once.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blocks.base import faults
from blocks.durable import approvals, launch, world
from blocks.durable.recovery import RunNotTaken
from blocks.state.tables import events, runs
from tests.faults.test_kill_at_every_line import at_home
from tests.worlds.children import COUNTS, killed_at
from tests.worlds.counting import bodies
from tests.worlds.gates import Settings, pay_bill
from tests.worlds.lines import killed_at_first, traced
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.prefect_server import prefect_server, using
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "copied", "prefect_server"]

pytestmark = pytest.mark.timeout(7200)  # the full count

ASKS, DECIDES, GOES_ON = "asks", "decides", "goes on"
PHASES = (ASKS, DECIDES, GOES_ON)
ONCE = ["approval.asked", "approval.decided", "approval.taken"]


def one_phase(folder: Path, api_url: str, phase: str, watched: AbstractContextManager[None]) -> None:
    """What one of the three processes does, *watched*."""
    at_home(folder)
    with using(api_url), watched:
        if phase == ASKS:
            launch.launch(pay_bill, {"settings": Settings()})
        elif phase == DECIDES:
            decided()
        else:
            launch.resume(pay_bill, the_run(folder))
    world.leave()


def decided() -> None:
    """A person says yes, and lets the run go on."""
    [asked] = approvals.list_approvals()
    approvals.decide(asked.approval_id, verdict="approved", by="anna", via="command")
    launch.nudge(asked.run_id)


def the_run(folder: Path) -> str:
    """The id of the only run."""
    [run] = rows(folder, runs)
    return run.run_id


def undisturbed(folder: Path, api_url: str, phase: str) -> list[str]:
    """The lines of one phase, each where it is first executed."""
    seen: dict[str, None] = {}
    one_phase(folder, api_url, phase, traced(lambda line: seen.setdefault(line, None), threads=True))
    return list(seen)


def killed(folder: Path, api_url: str, phase: str, line: str) -> None:
    """One phase up to a line of it."""
    one_phase(folder, api_url, phase, traced(killed_at_first(line), threads=True))


def reached(folder: Path, api_url: str, phase: str) -> list[list[Any]]:
    """The fault points of one phase: each reach, and how often it was reached by then."""
    seen: list[str] = []
    one_phase(folder, api_url, phase, faults.planned(seen.append))
    return [[point, seen[: place + 1].count(point)] for place, point in enumerate(seen)]


def killed_at_point(folder: Path, api_url: str, phase: str, point: str, hit: int) -> None:
    """One phase up to one reach of a fault point."""
    one_phase(folder, api_url, phase, faults.planned(killed_at(point, hit)))


def brought_to_its_end(folder: Path, api_url: str) -> str:
    """Begin where nothing was begun, decide where something waits, and resume, until the run is completed."""
    at_home(folder)
    value = ""
    with using(api_url):
        if not rows(folder, runs):
            launch.launch(pay_bill, {"settings": Settings()})
        for _ in range(3):
            if approvals.list_approvals():
                decided()
            try:
                result = launch.resume(pay_bill, the_run(folder))
            except RunNotTaken:
                break
            value = str(result.value or result.error)
    world.leave()
    return value


def judged(folder: Path, before: list[Any]) -> list[str]:
    """What is wrong with the way in which the run came to its end. *before*: stages done and bodies begun by the kill."""
    finished, begun = before
    [run] = rows(folder, runs)
    found = [*wrongs(folder), *repeated(finished, folder)]
    told = [row.kind for row in rows(folder, events) if row.kind.startswith("approval.")]
    if told != ONCE:
        found.append(f"the ledger tells {told}")
    if run.state != "completed":
        found.append(f"the run is {run.state}: {run.error}")
    after = bodies(folder / COUNTS)
    if sorted(after) != ["pay-bill", "read-bill"]:
        found.append(f"ran: {sorted(after)}")
    was_open = len(begun) - len(finished)
    if was_open not in (0, 1) or sum(after.values()) - len(after) > was_open:
        found.append(f"{was_open} open when it was killed, and afterwards {after - begun} ran")
    return found


@dataclass
class Story:
    """Homes at the beginning of each phase, and where a process can be killed in it."""

    homes: Path
    points: list[tuple[Any, ...]]


def story(blank: Path, copied: Copied, look: Callable[[Path, str], list[Any]]) -> Story:
    """The three phases, one after the other, undisturbed; *look* tells the points of one."""
    points: list[tuple[Any, ...]] = []
    home = copied(blank, "undisturbed")
    for phase in PHASES:
        copied(home, f"before {phase}")
        points += [(phase, point) for point in look(home, phase)]
    assert judged(home, [done(home), bodies(home / COUNTS)]) == []
    return Story(home, points)


def judged_to_its_end(folder: Path, children: Zygote, api_url: str) -> list[str]:
    """Bring to its end what was killed; what is wrong with that."""
    before = [done(folder), bodies(folder / COUNTS)]
    value = children.fork(brought_to_its_end, folder, api_url).answer()
    return [*judged(folder, before), *([] if value in ("bill 12.5 paid for anna", "") else [value])]


def test_a_kill_at_every_named_point_between_a_question_and_its_end_goes_on_once(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, prefect_server: str
):
    told = story(
        blank, copied, lambda home, phase: children.fork(reached, home, prefect_server, phase).answer()
    )
    named = {point for _, (point, _) in told.points}
    assert {"approval.asked", "run.waits", "approval.decided", "stage.committed", "run.closed"} <= named
    what = "SIGKILL at every named point between a question, its decision and the end of the run"
    for trial in sweep(what, few=64, over=told.points):
        with trial:
            phase, (point, hit) = trial.point
            folder = copied(told.homes.with_name(f"before {phase}"), "trial")
            assert children.fork(killed_at_point, folder, prefect_server, phase, point, hit).code == -9
            assert judged_to_its_end(folder, children, prefect_server) == []


def test_one_question_is_asked_decided_and_gone_on_with_once_whatever_is_killed(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, prefect_server: str
):
    told = story(
        blank, copied, lambda home, phase: children.fork(undisturbed, home, prefect_server, phase).answer()
    )
    assert min(Counter(phase for phase, _ in told.points).values()) > 100
    what = "SIGKILL at every line between a question, its decision and the end of the run"
    for trial in sweep(what, few=10, over=told.points):
        with trial:
            phase, line = trial.point
            folder = copied(told.homes.with_name(f"before {phase}"), "trial")
            assert children.fork(killed, folder, prefect_server, phase, line).code == -9
            assert judged_to_its_end(folder, children, prefect_server) == []
