"""A story of light stages that buys an answer and posts, told in a recorded run as the product does it."""

import logging
import os
import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from sqlalchemy import inspect

from blocks import profile
from blocks.base import clock
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import flow, recorded_flow, recovery, spend, stage, world
from blocks.durable.recorded_flow import Ended
from blocks.durable.world import World
from blocks.state.tables import runs, stages
from tests.worlds import place
from tests.worlds import stages as light
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import enter
from tests.worlds.ledgers import sign
from tests.worlds.oracle import done, repeated, rows, wrongs
from tests.worlds.prefect_server import using
from tests.worlds.stages import Page

EVERY_EVENTS = 2
PATIENCE = 1.0
NO_SERVER = "http://127.0.0.1:9/api"  # our rows decide, also where Prefect cannot be told


@stage(version=1, weight="light")
def bought(number: int) -> Page:
    """A large answer that costs a cent."""
    spend(Decimal("0.01"))
    return light.large.fn(number)


@flow
def story(number: int = 0) -> str:
    """A small answer, a bought one, one over both with large inputs, a posting, and an answer that is there already.

    Stories of different numbers ask for different answers.
    """
    page = light.joined(light.small(1 + 10 * number), bought(2 + 10 * number))
    return digest_of(
        f"{page.model_dump_json()} {light.posted(page.number)} {light.small(1 + 10 * number)}".encode()
    )


def open_home(folder: Path, *, patience_seconds: float, state_url: str | None = None) -> World:
    """Enter the world that the product opens in *folder*, with a signed head after every second event.

    *state_url*: the same databases by another way.
    """
    os.environ["HOLDFAST_HOME"] = str(folder)
    count_in(folder / COUNTS)
    given: dict[str, Any] = {"patience_seconds": patience_seconds}
    if state_url:
        given |= {"state_url": state_url, "accounting_url": state_url}
    made = profile.open_world(profile.load(place.profile_name(folder)).model_copy(update=given))
    sign(made, folder, every_events=EVERY_EVENTS)
    enter(made)
    return made


def at_home(folder: Path, patience_seconds: float = PATIENCE) -> World:
    """Enter the world of *folder* with a patience that takes no time."""
    logging.disable()
    without_waits()
    return open_home(folder, patience_seconds=patience_seconds)


def without_waits() -> None:
    """Let waits of this process take no time, and the clock of durations show them."""
    skipped = [0.0]

    def sleep(seconds: float) -> None:
        skipped[0] += seconds

    clock.sleep = sleep
    clock.monotonic = lambda: time.perf_counter() + skipped[0]


def resumed(folder: Path, patience_seconds: float = PATIENCE) -> dict[str, Any]:
    """How the run was left, what is wrong with the record, and how it ends when it is taken up again."""
    left, found, finished = [row.state for row in rows(folder, runs)], wrongs(folder), done(folder)
    at_home(folder, patience_seconds)
    again = {"ended": told(folder), **end_of(folder)}
    found += repeated(finished, folder)
    return {"left": left, "wrongs": found, "again": again, "bodies": dict(bodies(folder / COUNTS))}


def told(folder: Path, number: int = 0, *, again: bool | None = None) -> list[str]:
    """How the story ends in a recorded run, which is taken over where it is there: an answer, or a named error.

    *again* says whether it is; else the record is asked.
    """
    run_id = UUID(int=1 + number)
    end, this = Ended(), FlowRun(id=run_id, name="a run", flow_id=UUID(int=2))
    recorded_flow.ended.set(end)
    try:
        if is_begun(folder) if again is None else again:
            recovery.take(str(run_id))
        with using(NO_SERVER), FlowRunContext.model_construct(flow_run=this):
            story.fn(number)
    except HoldfastError as error:
        return ["failed", error.slug, error.parks]
    finally:
        world.leave()
    return ["parked", end.parked.slug, end.parked.parks] if end.parked else ["answer", str(end.value)]


def is_begun(folder: Path) -> bool:
    """True where the run is recorded and not at its end. Files are asked past the product, whose devices may fail."""
    if place.addresses(folder):
        return [row.state for row in rows(folder, runs)] not in ([], ["completed"])
    with closing(sqlite3.connect(folder / "state.db")) as state:
        return list(state.execute("SELECT state FROM runs")) not in ([], [("completed",)])


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
    with closing(place.tables_of_books(folder)) as books, books.reading() as connection:
        if not inspect(connection).has_table("invoices"):
            return []
        return [list(row) for row in connection.exec_driver_sql("SELECT source, vendor, total FROM invoices")]
