"""A world of its own in a folder, on files or on servers; no Prefect server."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from blocks.artifacts.store import ArtifactStore
from blocks.durable import world
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import run_rows
from blocks.state.run_rows import RunOpening
from tests.worlds import place
from tests.worlds.ground import Ground

RUN = "run-1"


def open_laptop(folder: Path, *, tenant: str = "default", run_id: str = RUN) -> World:
    """A world in *folder*, with one run open in it."""
    state, store = place.record(folder), place.store(folder)
    state.prepare()
    with state.writing() as connection:
        run_rows.open_run(connection, RunOpening(run_id, "a run", "a_flow", tenant, "test"))
    return World("test", tenant, state, store, {ArtifactStore: lambda: store}, 4, state.close)


def enter(made: World) -> None:
    """Make *made* the world of this process."""
    world.leave()
    world.opened_by(lambda: made)


@pytest.fixture
def open_world(tmp_path: Path, ground: Ground) -> Generator[Callable[..., World]]:
    """Open worlds in the test's folder; the last one opened is the world of this process."""
    before = world._opener
    ground.blank(tmp_path)

    def opened(**given: str) -> World:
        made = open_laptop(tmp_path, **given)
        enter(made)
        return made

    yield opened
    world.leave()
    world._opener = before


@pytest.fixture
def laptop(open_world: Callable[..., World]) -> Generator[World]:
    """A world with a run that the test works for."""
    made = open_world()
    with working_for(Scope(RUN, "a document")):
        yield made
