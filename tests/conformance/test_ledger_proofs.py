"""The ledger is signed, checked, exported and told on every state database alike."""

import io
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import text

from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore
from blocks.durable import proof
from blocks.durable.world import World
from blocks.state.audit import events_of
from blocks.state.database import StateDatabase
from blocks.state.export import read_export
from blocks.state.rebuild import rebuild
from blocks.state.verify import verify
from tests.worlds import laptop as laptops
from tests.worlds.counting import count_in
from tests.worlds.ledgers import check, close_run, open_run, sign, work
from tests.worlds.stages import large, small


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("empty_database"))


@pytest.fixture
def told(url: str, tmp_path: Path) -> Generator[World]:
    """A signed world with an ended run and one that goes on."""
    state, store, before = StateDatabase(url), ArtifactStore(MemoryShelf()), laptops.world._opener
    state.prepare()
    made = World("test", "default", state, store, {}, 4, state.close)
    sign(made, tmp_path)
    laptops.enter(made)
    count_in(tmp_path / "counts")
    for run_id in ("one", "two"):
        open_run(made, run_id)
        work(run_id, *(lambda n=n: small(n) for n in range(25)), lambda: large(1))
    close_run(made, "one")
    yield made
    laptops.world.leave()
    laptops.world._opener = before


def test_a_sound_ledger_is_right_in_place_and_as_an_export(told: World):
    report = check(told)
    assert (report.findings, report.events, report.unsigned) == ([], 55, {"two": 7})
    out = io.StringIO()
    assert proof.export(out) == 55
    again = verify(read_export(out.getvalue().splitlines()), told.heads.kept(), told.heads.trusted())
    assert (again.findings, again.events, again.signed) == ([], 55, report.signed)


def test_a_changed_event_is_named(told: World):
    with told.state.writing() as connection:
        is_server = connection.dialect.name == "postgresql"
        connection.execute(text(f"DROP TRIGGER events_update{' ON events' if is_server else ''}"))
        connection.execute(text("UPDATE events SET at = at + 1 WHERE run_id = 'two' AND seq = 26"))
    (finding,) = check(told).findings
    assert (finding.run_id, finding.first_bad) == ("two", 26)


def test_a_changed_answer_is_named(told: World):
    with told.state.writing() as connection:
        connection.execute(text("UPDATE stages SET output_digest = repeat('0', 64) WHERE stage = 'small'"
                                if connection.dialect.name == "postgresql" else
                                "UPDATE stages SET output_digest = printf('%064d', 0) WHERE stage = 'small'"))  # fmt: skip
    findings = {finding.run_id: finding.first_bad for finding in check(told).findings}
    assert findings == {"one": 2, "two": 2}


def test_a_run_is_told_by_its_events(told: World):
    with told.state.reading() as connection:
        run = rebuild(events_of(connection, "two"))
    assert (run.state, len(run.stages), {stage.reused for stage in run.stages}) == ("running", 26, {True})
