"""The i-th operation of input or output fails: once, from there on for one place, or from there on for all.

A story of light stages is told in a recorded run of a child process. It must end with the right answer, or with an
error that has a name. The run is then resumed with working devices, and must come to the end of a run that nothing
disturbed, each body having run once. A body may run again only where it did not end (the books failed in it), or
where its answer could be kept nowhere: neither in the state database nor among the artifacts.
"""

import logging
import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from blocks import profile
from blocks.base import clock
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import flow, recorded_flow, recovery, world
from blocks.durable.recorded_flow import Ended
from blocks.state.tables import runs, stages
from tests.worlds import stages as light
from tests.worlds import zygote
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.failing import KINDS, LASTS, Fault, faults_at, hook
from tests.worlds.laptop import blank_state, enter
from tests.worlds.ledgers import sign
from tests.worlds.oracle import rows, wrongs
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Zygote

__all__ = ["blank_state"]

MEMORY = Path("/dev/shm")  # noqa: S108
RUN = UUID(int=1)
EVERY_EVENTS = 2
PATIENCE = "1"
BOOKS = "accounting.db"


@flow
def story() -> str:
    """A small answer, a large one, one over both with large inputs, a posting, and an answer that is there already."""
    page = light.story()
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


def resumed(folder: Path) -> list[Any]:
    """What is wrong with the record, and how the run ends when it is taken up again; which bodies ran."""
    found = wrongs(folder)
    k = kinds(folder)
    at_home(folder)
    return [found, [told(folder), end_of(folder)], dict(bodies(folder / COUNTS)) | {"_before": k}]


def end_of(folder: Path) -> dict[str, Any]:
    """What must be the same whatever failed on the way."""
    return {
        "stages": sorted([row.stage, row.state, row.output_digest] for row in rows(folder, stages)),
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
    """The bodies that ran again and must not have."""
    again = {name: times - 1 for name, times in counted.items() if times > 1}
    may = 1 if fault.lasts == LASTS[2] else 0  # the one whose answer could be kept nowhere
    if fault.place == BOOKS:
        again.pop("posted", None)  # it did not end
    return again if sum(again.values()) > may else {}


@pytest.fixture(scope="module")
def children() -> Generator[Zygote]:
    """Forks a child for each call."""
    with zygote.opened() as one:
        yield one


@pytest.fixture
def blank(blank_state: Path) -> Generator[Path]:
    """A home with nothing in it but the schema."""
    with TemporaryDirectory(prefix="holdfast-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        home = Path(folder) / "blank"
        home.mkdir()
        shutil.copy(blank_state, home / "state.db")
        yield home


def copied(home: Path, name: str) -> Path:
    """A copy of *home* beside it, in the place of an older one."""
    folder = home.with_name(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(home, folder)
    return folder


def fail_at_each(sweep: MakeSweep, what: str, few: int, home: Path, children: Zygote) -> None:
    """Copy *home*, tell the story with a fault at an operation, resume it; for every fault there is."""
    finished = copied(home, "undisturbed")
    ended, seen = children.fork(operations, finished).answer()
    undisturbed = [ended, children.fork(end_of, finished).answer()]
    assert undisturbed[1]["wrongs"] == []
    import json

    out = open("/tmp/fio/" + what[:40].replace("/", "").replace(" ", "_"), "w")
    for trial in sweep(what, few=few, over=faults_at(seen)):
        with trial:
            folder = copied(home, "trial")
            first = children.fork(attempted, folder, trial.point).answer()
            found, again, counted = children.fork(resumed, folder).answer()
            k1, k2 = counted.pop("_before"), kinds(folder)
            json.dump([str(trial.point), first, k1, found, again == undisturbed, counted, k2], out)
            out.write("\n")
            out.flush()
            assert found == []
            assert again == undisturbed
            assert ran_again(trial.point, counted) == {}


def kinds(folder):
    state = sqlite3.connect(folder / "state.db")
    r = [
        list(state.execute("SELECT state, parked_for FROM runs")),
        [k for (k,) in state.execute("SELECT kind FROM events ORDER BY seq")],
    ]
    state.close()
    return r


def test_an_operation_that_fails_stops_nothing_for_good(sweep: MakeSweep, blank: Path, children: Zygote):
    what = "the i-th I/O operation fails, once and for ever"
    fail_at_each(sweep, what, 120, blank, children)


def test_an_operation_that_fails_in_a_resumed_run_stops_nothing_for_good(
    sweep: MakeSweep, blank: Path, children: Zygote
):
    home = copied(blank, "parked")
    _, seen = children.fork(operations, copied(blank, "undisturbed")).answer()
    first = children.fork(attempted, home, away_before_the_commit_of_a_paid_answer(seen)).answer()
    assert first == ["parked", "DatabaseUnavailable", "outage"]
    what = "the i-th I/O operation of a resumed run fails, once and for ever"
    fail_at_each(sweep, what, 60, home, children)


def away_before_the_commit_of_a_paid_answer(seen: list[str]) -> Fault:
    """The state database goes away right after the large answer was stored."""
    stored = max(
        number
        for number, operation in enumerate(seen[: seen.index("accounting.db: connect")])
        if operation == "artifacts: link"
    )
    number = seen.index("state.db: BEGIN IMMEDIATE", stored)
    return Fault(number, seen[number], KINDS[1], LASTS[1])
