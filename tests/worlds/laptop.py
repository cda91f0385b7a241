"""A world of its own in a folder: SQLite, a folder of artifacts, no Prefect server."""

import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from blocks.artifacts.local import LocalShelf
from blocks.artifacts.store import ArtifactStore
from blocks.durable import world
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import run_rows
from blocks.state.database import StateDatabase
from blocks.state.run_rows import RunOpening

RUN = "run-1"


def open_laptop(folder: Path, *, tenant: str = "default", run_id: str = RUN) -> World:
    """A world in *folder*, with one run open in it."""
    state = StateDatabase(f"sqlite:///{folder / 'state.db'}")
    state.prepare()
    store = ArtifactStore(LocalShelf(folder / "artifacts"))
    with state.writing() as connection:
        run_rows.open_run(connection, RunOpening(run_id, "a run", "a_flow", tenant, "test"))
    return World("test", tenant, state, store, {ArtifactStore: lambda: store}, 4, state.close)


def enter(made: World) -> None:
    """Make *made* the world of this process."""
    world.leave()
    world.opened_by(lambda: made)


@pytest.fixture(scope="session")
def blank_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state database with its schema and nothing in it: a copy costs less than the migrations."""
    file = tmp_path_factory.mktemp("blank") / "state.db"
    state = StateDatabase(f"sqlite:///{file}")
    state.prepare()
    state.close()
    return file


@pytest.fixture
def open_world(tmp_path: Path, blank_state: Path) -> Generator[Callable[..., World]]:
    """Open worlds in the test's folder; the last one opened is the world of this process."""
    before = world._opener
    shutil.copy(blank_state, tmp_path / "state.db")

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
