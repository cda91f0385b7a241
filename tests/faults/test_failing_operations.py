"""The i-th operation of input or output fails: once, from there on for one place, or from there on for all.

A story of light stages is told in a recorded run of a child process. It must end with the right answer, or with an
error that has a name; one failure within the stages is waited out. The run is then resumed with working devices, and
must come to the end of a run that nothing disturbed, each body having run and cost once. A body may run again only where it
did not end (the books failed in it), or where its answer could be kept nowhere: neither in the state database nor
among the artifacts.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from blocks import profile
from blocks.base import clock
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import flow, recorded_flow, recovery, spend, stage, world
from blocks.durable.recorded_flow import Ended
from blocks.state.tables import runs, stages
from tests.worlds import stages as light
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.failing import ALL_FOR_EVER, KINDS, ONCE, PLACE_FOR_EVER, Fault, faults_at, hook
from tests.worlds.laptop import enter
from tests.worlds.ledgers import sign
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.stages import Page
from tests.worlds.trials import MakeSweep, Sweep
from tests.worlds.zygote import Copied, Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "copied", ]

RUN = UUID(int=1)
EVERY_EVENTS = 2
PATIENCE = "1"
STATE, BOOKS = "state.db", "accounting.db"

pytestmark = [
    pytest.mark.timeout(7200),  # for the full count, on a busy machine
    pytest.mark.files_only("each system call on files and each statement of SQLite is counted; servers that fail have their own"),
]


@stage(version=1, weight="light")
def bought(number: int) -> Page:
    """A large answer that costs a cent."""
    spend(Decimal("0.01"))
    return light.large.fn(number)


@flow
def story() -> str:
    """A small answer, a bought one, one over both with large inputs, a posting, and an answer that is there already."""
    page = light.joined(light.small(1), bought(2))
    return digest_of(f"{page.model_dump_json()} {light.posted(page.number)} {light.small(1)}".encode())


def without_waits() -> None:
    """Let waits of this process take no time, and the clock of durations show them."""
    skipped = [0.0]

    def sleep(seconds: float) -> None:
        skipped[0] += seconds

    clock.sleep = sleep
    clock.monotonic = lambda: time.perf_counter() + skipped[0]


def at_home(folder: Path) -> None:
    """Enter the world that the product opens in *folder*, with a signed head after every second event."""
    logging.disable()
    without_waits()
    os.environ.update(HOLDFAST_HOME=str(folder), HOLDFAST_PATIENCE_SECONDS=PATIENCE)
    count_in(folder / COUNTS)
    made = profile.open_world(profile.load("laptop"))
    made.state.close()  # its connections were made before the devices
    sign(made, folder, every_events=EVERY_EVENTS)
    enter(made)


def told(folder: Path) -> list[str]:
    """How the story ends in a recorded run, which is taken over where it is there: an answer, or a named error."""
    end, this = Ended(), FlowRun(id=RUN, name="a run", flow_id=UUID(int=2))
    recorded_flow.ended.set(end)
    try:
        if is_begun(folder):
            recovery.take(str(RUN))
        with FlowRunContext.model_construct(flow_run=this):
            story.fn()
    except HoldfastError as error:
        return ["failed", error.slug, error.parks]
    finally:
        world.leave()
    return ["parked", end.parked.slug, end.parked.parks] if end.parked else ["answer", str(end.value)]


def is_begun(folder: Path) -> bool:
    """True where the run is recorded and not at its end. Not by way of the product, whose devices may fail."""
    state = sqlite3.connect(folder / "state.db")
    found = list(state.execute("SELECT state FROM runs"))
    state.close()
    return found not in ([], [("completed",)])


def operations(folder: Path) -> list[Any]:
    """How a run ends that nothing disturbs, and its operations in order."""
    at_home(folder)
    devices = hook(folder)
    return [told(folder), devices.seen]


def attempted(folder: Path, fault: Fault) -> list[str]:
    """How a run ends that meets *fault*."""
    at_home(folder)
    hook(folder, fault)
    return told(folder)


def resumed(folder: Path) -> dict[str, Any]:
    """How the run was left, what is wrong with the record, and how it ends when it is taken up again."""
    left, found, finished = [row.state for row in rows(folder, runs)], wrongs(folder), done(folder)
    at_home(folder)
    again = {"ended": told(folder), **end_of(folder)}
    found += repeated(finished, folder)
    return {"left": left, "wrongs": found, "again": again, "bodies": dict(bodies(folder / COUNTS))}


def end_of(folder: Path) -> dict[str, Any]:
    """What must be the same whatever failed on the way."""
    return {
        "stages": sorted(
            [one.stage, one.state, one.output_digest, one.cost_nano_usd] for one in rows(folder, stages)
        ),
        "runs": [row.state for row in rows(folder, runs)],
        "bodies": sorted(bodies(folder / COUNTS)),
        "postings": _postings(folder),
        "wrongs": wrongs(folder),
    }


def _postings(folder: Path) -> list[Any]:
    books = sqlite3.connect(folder / BOOKS)
    found = [list(row) for row in books.execute("SELECT source, vendor, total FROM invoices")]
    books.close()
    return found


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


def fail_at_each(
    sweep: Callable[..., Sweep], home: Path, children: Zygote, copied: Copied
) -> None:
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
    operations = partial(sweep, "the i-th I/O operation fails, once and for ever", few=80)
    fail_at_each(operations, blank, children, copied)


def test_an_operation_that_fails_in_a_resumed_run_stops_nothing_for_good(
    sweep: MakeSweep, blank: Path, children: Zygote, copied: Copied
):
    home = copied(blank, "parked")
    _, seen, _ = undisturbed_in(copied(blank, "undisturbed"), children)
    first = children.fork(attempted, home, away_after_a_paid_answer(seen)).answer()
    assert first == ["parked", "DatabaseUnavailable", "outage"]
    what = "the i-th I/O operation of a resumed run fails, once and for ever"
    fail_at_each(partial(sweep, what, few=40), home, children, copied)
