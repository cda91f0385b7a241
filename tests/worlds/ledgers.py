"""A world whose ledger is signed: heads every few events, beside the database and not in it."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from blocks.durable.anchor import SignedHeads
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import run_rows
from blocks.state.audit import audit
from blocks.state.run_rows import RunOpening
from blocks.state.signing import KeyRing
from blocks.state.verdict import Report
from tests.worlds import place
from tests.worlds.laptop import RUN

EVERY = 10


def sign(made: World, folder: Path, *, every_events: int = EVERY, every_seconds: float = 60.0) -> SignedHeads:
    """Let the ledger of *made* be signed; heads and keys are kept in *folder*."""
    shelf, keys = place.heads(folder), KeyRing(folder / "keys")
    heads = SignedHeads(made.state, shelf, keys, every_events=every_events, every_seconds=every_seconds)
    made.heads = heads
    return heads


def open_run(made: World, run_id: str) -> None:
    """Open a run, or resume it."""
    opening = RunOpening(run_id, f"name of {run_id}", "a_flow", made.tenant, "test")
    with made.state.writing() as connection:
        seq = run_rows.open_run(connection, opening)
    assert isinstance(seq, int)
    made.heads.grown(run_id, seq)


def close_run(
    made: World,
    run_id: str,
    state: str = "completed",
    error: str | None = None,
    *,
    lease_id: str | None = None,
) -> None:
    """End a run that *lease_id* holds, or nobody."""
    with made.state.writing() as connection:
        assert run_rows.close_run(connection, run_id, state, error, lease_id=lease_id)
    made.heads.ended(run_id)


def work(run_id: str, *calls: Callable[[], object]) -> None:
    """Carry out *calls* for a run."""
    with working_for(Scope(run_id, "a document")):
        for call in calls:
            call()


def check(made: World, run_id: str | None = None) -> Report:
    """What a check of the whole ledger finds."""
    return audit(made.state, made.heads.kept(run_id), made.heads.trusted(), run_id)


@pytest.fixture
def signed(open_world: Callable[..., World], tmp_path: Path) -> Generator[World]:
    """A world with one open run, whose ledger is signed every ten events."""
    made = open_world()
    sign(made, tmp_path)
    with working_for(Scope(RUN, "a document")):
        yield made
