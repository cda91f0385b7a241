"""The i-th operation of input or output fails: once, from there on for one place, or from there on for all.

A story of light stages is told in a recorded run of a child process. It must end with the right answer, or with an
error that has a name; one failure within the stages is waited out. The run is then resumed with working devices, and
must come to the end of a run that nothing disturbed, each body having run and cost once. A body may run again only where it
did not end (the books failed in it), or where its answer could be kept nowhere: neither in the state database nor
among the artifacts.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.failing import ALL_FOR_EVER, KINDS, ONCE, PLACE_FOR_EVER, Fault, faults_at, hook
from tests.worlds.tale import at_home, end_of, resumed, told
from tests.worlds.trials import MakeSweep, Sweep
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = [
    "a_zygote",
    "blank",
    "copied",
]

STATE, BOOKS = "state.db", "accounting.db"

pytestmark = [
    pytest.mark.timeout(7200),  # for the full count, on a busy machine
    pytest.mark.files_only(
        "each system call on files and each statement of SQLite is counted; servers that fail have their own"
    ),
]


def operations(folder: Path) -> list[Any]:
    """How a run ends that nothing disturbs, and its operations in order."""
    at_home(folder).state.close()  # its connections were made before the devices
    devices = hook(folder)
    return [told(folder), devices.seen]


def attempted(folder: Path, fault: Fault) -> list[str]:
    """How a run ends that meets *fault*."""
    at_home(folder).state.close()
    hook(folder, fault)
    return told(folder)


def ran_again(fault: Fault, counted: dict[str, int]) -> dict[str, int]:
    """The bodies that ran again and must not have, and how often they did."""
    again = {name: times - 1 for name, times in counted.items() if times > 1}
    if fault.place == BOOKS:
        again.pop("posted", None)  # it did not end
    may = 1 if fault.lasts == ALL_FOR_EVER else 0  # the one whose answer could be kept nowhere
    return again if sum(again.values()) > may else {}


def unlike(fault: Fault, first: list[str], left: list[str], in_stages: range) -> list[str]:
    """What is wrong with the way a run ended that met *fault*."""
    is_one = fault.lasts == ONCE and fault.place != BOOKS and fault.number in in_stages
    if is_one and first[0] != "answer":
        return [f"one failure was not waited out: {first}"]
    can_tell = fault.lasts != ALL_FOR_EVER and fault.place != STATE
    if first[0] == "parked" and (first[2] != "outage" or (can_tell and left != ["parked"])):
        return [f"{first}, and the run was left as {left}"]
    return []


def fail_at_each(sweep: Callable[..., Sweep], home: Path, children: Zygote, copied: Copied) -> None:
    """Copy *home*, tell the story with a fault at an operation, resume it; for every fault there is."""
    ended, seen, undisturbed = undisturbed_in(copied(home, "undisturbed"), children)
    assert (ended[0], undisturbed["wrongs"]) == ("answer", [])
    for trial in sweep(over=faults_at(seen)):
        with trial:
            folder = copied(home, "trial")
            first = children.fork(attempted, folder, trial.point).answer()
            then = children.fork(resumed, folder).answer()
            assert then["wrongs"] == []
            assert then["again"] == {"ended": ended, **undisturbed}
            assert ran_again(trial.point, then["bodies"]) == {}
            assert unlike(trial.point, first, then["left"], stages_of(seen)) == []


def undisturbed_in(folder: Path, children: Zygote) -> list[Any]:
    """How the story ends in *folder* where nothing fails, its operations, and what is there at its end."""
    return [*children.fork(operations, folder).answer(), children.fork(end_of, folder).answer()]


def stages_of(seen: list[str]) -> range:
    """The operations from the first look for an answer."""
    return range(
        next(n for n, one in enumerate(seen) if one.startswith(f"{STATE}: SELECT stages")), len(seen)
    )


def away_after_a_paid_answer(seen: list[str]) -> Fault:
    """The state database goes away for ever when the large answer was stored and is to be committed."""
    stored = seen.index("artifacts: read", seen.index("artifacts: link"))
    number = seen.index(f"{STATE}: BEGIN IMMEDIATE", stored)
    return Fault(number, seen[number], KINDS[1], PLACE_FOR_EVER)


def test_an_operation_that_fails_stops_nothing_for_good(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied
):
    operations = partial(sweep, "the i-th I/O operation fails, once and for ever", few=20)
    fail_at_each(operations, blank, children, copied)


def test_an_operation_that_fails_in_a_resumed_run_stops_nothing_for_good(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied
):
    home = copied(blank, "parked")
    _, seen, _ = undisturbed_in(copied(blank, "undisturbed"), children)
    first = children.fork(attempted, home, away_after_a_paid_answer(seen)).answer()
    assert first == ["parked", "DatabaseUnavailable", "outage"]
    what = "the i-th I/O operation of a resumed run fails, once and for ever"
    fail_at_each(partial(sweep, what, few=12), home, children, copied)
