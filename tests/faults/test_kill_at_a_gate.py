"""SIGKILL before every line of the product while a run asks, while a person decides, and while the run goes on.

Three processes: one asks and ends, one decides and nudges, one goes on with the run. One of them is killed; what is
left is then brought to its end as a person and the sweeper would do it. The question must have been asked once, decided
once and gone on with once.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from blocks.durable import approvals, launch, world
from blocks.durable.recovery import RunNotTaken
from blocks.state.tables import events, runs
from tests.faults.test_kill_at_every_line import at_home
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies
from tests.worlds.gates import Settings, pay_bill
from tests.worlds.lines import Act, killed_at_first, traced
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.prefect_server import prefect_server, using
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "copied", "prefect_server"]

pytestmark = pytest.mark.timeout(7200)  # the full count

ASKS, DECIDES, GOES_ON = "asks", "decides", "goes on"
PHASES = (ASKS, DECIDES, GOES_ON)
ONCE = ["approval.asked", "approval.decided", "approval.taken"]


def one_phase(folder: Path, api_url: str, phase: str, act: Act) -> None:
    """What one of the three processes does, with *act* before each of its lines."""
    at_home(folder)
    with using(api_url), traced(act, threads=True):
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
    one_phase(folder, api_url, phase, lambda line: seen.setdefault(line, None))
    return list(seen)


def killed(folder: Path, api_url: str, phase: str, line: str) -> None:
    """One phase up to a line of it."""
    one_phase(folder, api_url, phase, killed_at_first(line))


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


def test_one_question_is_asked_decided_and_gone_on_with_once_whatever_is_killed(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied, prefect_server: str
):
    points: list[tuple[str, str]] = []
    home = copied(blank, "undisturbed")
    for phase in PHASES:
        copied(home, f"before {phase}")
        lines = children.fork(undisturbed, home, prefect_server, phase).answer()
        points += [(phase, line) for line in lines]
    assert judged(home, [done(home), bodies(home / COUNTS)]) == []
    assert min(Counter(phase for phase, _ in points).values()) > 100
    what = "SIGKILL at every line between a question, its decision and the end of the run"
    for trial in sweep(what, few=24, over=points):
        with trial:
            phase, line = trial.point
            folder = copied(home.with_name(f"before {phase}"), "trial")
            assert children.fork(killed, folder, prefect_server, phase, line).code == -9
            before = [done(folder), bodies(folder / COUNTS)]
            value = children.fork(brought_to_its_end, folder, prefect_server).answer()
            assert value in ("bill 12.5 paid for anna", "")
            assert judged(folder, before) == []
