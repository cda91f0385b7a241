"""A story of light stages, told in a recorded run of a child process, where anything may fail on the way.

Taken up again with working devices, the run must come to the end of one that nothing disturbed.
"""

import logging
import os
import sqlite3
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from blocks import profile
from blocks.base import clock
from blocks.base.bucket import Bucket
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import flow, recorded_flow, recovery, spend, stage, world
from blocks.durable.recorded_flow import Ended
from blocks.profile import Profile
from blocks.state.tables import runs, stages
from tests.worlds import stages as light
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import enter
from tests.worlds.ledgers import sign
from tests.worlds.object_store import access_to
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.prefect_server import using
from tests.worlds.stages import Page

RUN = UUID(int=1)
EVERY_EVENTS = 2
NO_SERVER = "http://127.0.0.1:9/api"
PATIENCE = "1"


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


class Elsewhere(NamedTuple):
    """Artifacts and heads in a bucket, instead of in folders of the home."""

    endpoint_url: str
    key: str
    url: str
    answers_within_seconds: float

    def bucket(self, url: str) -> Bucket:
        """A bucket of that server."""
        return Bucket(url, access_to(self.endpoint_url, self.key, self.answers_within_seconds))


def chosen(folder: Path, elsewhere: Elsewhere | None) -> Profile:
    """The profile of a story that is told in *folder*."""
    os.environ.update(HOLDFAST_HOME=str(folder), HOLDFAST_PATIENCE_SECONDS=PATIENCE)
    if elsewhere:
        os.environ["HOLDFAST_ARTIFACTS_URL"] = f"{elsewhere.url}/artifacts"
        os.environ["HOLDFAST_HEADS_URL"] = f"{elsewhere.url}/heads"
        Profile.bucket = lambda _, url: elsewhere.bucket(url)
    return profile.load("laptop")


def at_home(folder: Path, elsewhere: Elsewhere | None = None) -> None:
    """Enter the world that the product opens in *folder*, with a signed head after every second event."""
    logging.disable()
    without_waits()
    count_in(folder / COUNTS)
    named = chosen(folder, elsewhere)
    made = profile.open_world(named)
    made.state.close()  # its connections were made before the devices
    sign(made, folder, every_events=EVERY_EVENTS, shelf=named.head_shelf(folder))
    enter(made)


def told(folder: Path) -> list[str]:
    """How the story ends in a recorded run, which is taken over where it is there: an answer, or a named error."""
    end, this = Ended(), FlowRun(id=RUN, name="a run", flow_id=UUID(int=2))
    recorded_flow.ended.set(end)
    try:
        if is_begun(folder):
            recovery.take(str(RUN))
        with using(NO_SERVER), FlowRunContext.model_construct(flow_run=this):
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


def resumed(folder: Path, elsewhere: Elsewhere | None = None) -> dict[str, Any]:
    """How the run was left, what is wrong with the record, and how it ends when it is taken up again."""
    left, finished = [row.state for row in rows(folder, runs)], done(folder)
    found = wrongs_in(folder, elsewhere)
    at_home(folder, elsewhere)
    again = {"ended": told(folder), **end_of(folder, elsewhere)}
    found += repeated(finished, folder)
    return {"left": left, "wrongs": found, "again": again, "bodies": dict(bodies(folder / COUNTS))}


def wrongs_in(folder: Path, elsewhere: Elsewhere | None = None) -> list[str]:
    """What the oracle has against the record in *folder*, and elsewhere."""
    named = chosen(folder, elsewhere)
    return wrongs(folder, named.shelf(folder), named.head_shelf(folder))


def end_of(folder: Path, elsewhere: Elsewhere | None = None) -> dict[str, Any]:
    """What must be the same whatever failed on the way."""
    return {
        "stages": sorted(
            [one.stage, one.state, one.output_digest, one.cost_nano_usd] for one in rows(folder, stages)
        ),
        "runs": [row.state for row in rows(folder, runs)],
        "bodies": sorted(bodies(folder / COUNTS)),
        "postings": _postings(folder),
        "wrongs": wrongs_in(folder, elsewhere),
    }


def _postings(folder: Path) -> list[Any]:
    books = sqlite3.connect(folder / "accounting.db")
    found = [list(row) for row in books.execute("SELECT source, vendor, total FROM invoices")]
    books.close()
    return found
