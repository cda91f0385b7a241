"""The state database or the artifact store is away in the middle of a run: it waits, parks, and goes on. Nothing is
paid twice. And answers that are damaged: the run parks until a person restores them, or lets them be made anew.
"""

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from blocks import profile
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.store import StoreUnavailable
from blocks.base import clock, sql
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import stage, world
from blocks.durable.scope import Scope, working_for
from blocks.state import run_rows
from blocks.state.run_rows import RunOpening
from deployments.samples.collection import SAMPLES
from deployments.stack.postgres import Postgres
from tests.worlds import children, oracle
from tests.worlds import postgres as cluster
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, body_ran, count_in
from tests.worlds.desk import Desk, documents
from tests.worlds.laptop import RUN, enter
from tests.worlds.stages import Page, joined, small

PATIENCE = 5.0
ONCE_EACH = {"small-1": 1, "paid": 1, "joined": 1}
Back = Callable[[], None]


class Waiting:
    """A clock that only waiting moves, and what comes back after so many seconds of it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        self._then: tuple[float, Back] | None = None
        patch.setattr(clock, "sleep", self._sleep)
        patch.setattr(clock, "monotonic", lambda: self.seconds)

    def comes_back(self, after: float, back: Back) -> None:
        """Let *back* be called when so many seconds were waited."""
        self._then = (self.seconds + after, back)

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self._then and self.seconds >= self._then[0]:
            (_, back), self._then = self._then, None
            back()


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """Waits that take no time."""
    return Waiting(monkeypatch)


class Outage:
    """Something that is away, once it has begun, until `end`. The error that tells of it is *told_by*."""

    told_by: type[HoldfastError] = DatabaseUnavailable

    def __init__(self, home: Path) -> None:
        self.home = home

    def begin(self) -> None:
        """From now on it is away."""
        raise NotImplementedError

    def end(self) -> None:
        """It is back."""
        raise NotImplementedError


class FileForStore(Outage):
    """A file stands in the place of the artifacts' folder."""

    told_by = StoreUnavailable

    def begin(self) -> None:
        put_away(self.home / "artifacts")

    def end(self) -> None:
        put_back(self.home / "artifacts")


class DeadShelf(Outage):
    """Every call of the shelf fails."""

    told_by = StoreUnavailable

    def begin(self) -> None:
        self._patch = pytest.MonkeyPatch()
        for name in ("put_once", "read"):
            self._patch.setattr(LocalShelf, name, self._fail)

    def end(self) -> None:
        self._patch.undo()

    @staticmethod
    def _fail(*_: object) -> None:
        raise TimeoutError("the shelf does not answer")


class LockedState(Outage):
    """Another process holds the write lock of the state database."""

    def begin(self) -> None:
        held, self._let_go = children.forks.Event(), children.forks.Event()
        self._process = children.start(hold_locked, self.home / "state.db", held, self._let_go)
        assert held.wait(30)

    def end(self) -> None:
        self._let_go.set()
        assert children.end_of(self._process) == 0


def hold_locked(file: Path, held: Event, let_go: Event) -> None:
    """Hold the write lock of a database until told."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    held.set()
    let_go.wait(60)
    connection.close()


class FolderForState(Outage):
    """The state database cannot be opened: a folder stands in its place."""

    def begin(self) -> None:
        world.current().state.close()  # an open file would stay open
        (self.home / "state.db").rename(self.home / "state.away")
        (self.home / "state.db").mkdir()

    def end(self) -> None:
        (self.home / "state.db").rmdir()
        (self.home / "state.away").rename(self.home / "state.db")


class StoppedPostgres(Outage):
    """The PostgreSQL server is killed, and starts again."""

    def __init__(self, home: Path, server: Postgres) -> None:
        super().__init__(home)
        self._server = server

    def begin(self) -> None:
        cluster.kill(self._server)

    def end(self) -> None:
        self._server.start()


SHELVES = (FileForStore, DeadShelf)
DATABASES = (LockedState, FolderForState, StoppedPostgres)
IN_THE_BODY: list[Callable[[], None]] = []


@stage(version=1, weight="light")
def paid(number: int) -> Page:
    """An answer that costs money and is kept as an artifact; something happens while it is being made."""
    body_ran("paid")
    while IN_THE_BODY:
        IN_THE_BODY.pop()()
    return Page(number=number, text=f"page {number} " * 4000)


def story() -> Page:
    """Three stages, the last over the first two."""
    return joined(small(1), paid(2))


ANSWER = Page(number=3, text="a few words" + "page 2 " * 4000)


@pytest.fixture(params=[*SHELVES, *DATABASES])
def outage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outage:
    """Each thing that can be away, in a home of its own with a run in it."""
    monkeypatch.setattr(sql, "_BUSY_SECONDS", 0.02)
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_PATIENCE_SECONDS", f"{PATIENCE}")
    if request.param is StoppedPostgres:
        server = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("HOLDFAST_STATE_URL", cluster.new_database(server))
        return StoppedPostgres(tmp_path, server)
    return request.param(tmp_path)


def open_world(home: Path) -> None:
    """Enter the world that the product opens in *home*, as a new process does."""
    count_in(home / COUNTS)
    enter(profile.open_world())


@contextmanager
def in_a_run() -> Generator[None]:
    """Work for the one run, which is begun or goes on."""
    state = world.current().state
    opening = RunOpening(RUN, "a run", "a_flow", "default", "test")
    with state.writing() as connection:
        run_rows.open_run(connection, opening)
    with working_for(Scope(RUN, "a document")):
        yield


@pytest.fixture
def home(outage: Outage) -> Generator[Path]:
    """The home of the outage, its world open."""
    before = world._opener
    open_world(outage.home)
    yield outage.home
    world.leave()
    world._opener = before


def test_a_run_waits_for_what_is_away_and_goes_on(home: Path, outage: Outage, waiting: Waiting):
    def away_for_a_second() -> None:
        outage.begin()
        waiting.comes_back(1.0, outage.end)

    IN_THE_BODY.append(away_for_a_second)
    with in_a_run():
        assert story() == ANSWER
    assert 1.0 <= waiting.seconds < PATIENCE
    assert bodies(home / COUNTS) == ONCE_EACH


def test_what_is_away_for_longer_parks_the_run_and_nothing_is_paid_twice(
    home: Path, outage: Outage, waiting: Waiting
):
    IN_THE_BODY.append(outage.begin)
    with in_a_run(), pytest.raises(outage.told_by) as told:
        story()
    assert told.value.parks == "outage"
    assert PATIENCE <= waiting.seconds < 2 * PATIENCE
    assert bodies(home / COUNTS) == {"small-1": 1, "paid": 1}
    outage.end()
    world.leave()
    open_world(home)
    with in_a_run():
        assert story() == ANSWER
    assert bodies(home / COUNTS) == ONCE_EACH


def put_away(path: Path) -> None:
    """Let a file stand in the place of a folder."""
    path.mkdir(exist_ok=True)
    path.rename(path.with_name(f"{path.name}.away"))
    path.write_bytes(b"")


def put_back(path: Path) -> None:
    """Let the folder stand there again."""
    path.unlink()
    path.with_name(f"{path.name}.away").rename(path)


PAPERS = ("harrow-pike.pdf", "northgate-wrong-sum.pdf")
STOPPED_AT = "accounting.committed:1:stop"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invoice that is posted, and one with a wrong sum."""
    folder = tmp_path_factory.mktemp("papers")
    for sample in SAMPLES:
        if sample.file in PAPERS:
            (folder / sample.file).write_bytes(sample.make())
    return folder


def clear(desk: Desk) -> None:
    """Forget all work, and what was signed of it."""
    desk.clear()
    shutil.rmtree(desk.home / "heads", ignore_errors=True)


def work(desk: Desk, papers: Path) -> Any:
    """A run over the papers, to its end."""
    return desk.holdfast("run", "process_invoices", str(papers), "--json", HOLDFAST_PATIENCE_SECONDS="1")


def resume(desk: Desk, *more: str) -> Any:
    """The last run once more, to its end."""
    return desk.holdfast("runs", "resume", "last", "--json", *more, HOLDFAST_PATIENCE_SECONDS="1")


def last_run(desk: Desk) -> dict[str, Any]:
    """The newest run as `holdfast runs list` tells it."""
    return json.loads(desk.holdfast("runs", "list", "--json").stdout)[0]


@pytest.fixture(scope="module")
def undisturbed(desk: Desk, papers: Path) -> dict[str, Any]:
    """What a run without an outage comes to."""
    clear(desk)
    ended = work(desk, papers)
    assert ended.stdout, ended.stderr
    found = {"documents": documents(ended), "books": desk.books()}
    assert {document["status"] for document in found["documents"]} == {"posted", "waiting"}
    return found


def attempts(desk: Desk) -> dict[str, int]:
    """How often the body of each stage was started."""
    return {key: row.attempts for key, row in desk.stages().items()}


def work_without_the_store(desk: Desk, papers: Path) -> tuple[Any, str, str]:
    """A run, one paper after the other, whose store goes away when the first paper is in the books."""
    line = ("run", "process_invoices", str(papers), "--json")
    one_by_one = {"HOLDFAST_PATIENCE_SECONDS": "1", "HOLDFAST_WORKERS": "1"}
    process = desk.start(*line, **one_by_one, HOLDFAST_FAULT=STOPPED_AT)
    wait_until_it_stops(process)
    put_away(desk.home / "artifacts")
    try:
        process.send_signal(signal.SIGCONT)
        return process, *process.communicate(timeout=120)
    finally:
        put_back(desk.home / "artifacts")


def wait_until_it_stops(process: Any) -> None:
    """Wait until *process* stops itself at its fault point."""
    told = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert told is not None
    assert told.si_code == os.CLD_STOPPED, process.communicate()


def test_a_run_parks_while_the_store_is_away_and_goes_on_when_it_is_back(
    desk: Desk, papers: Path, undisturbed: dict[str, Any]
):
    clear(desk)
    process, out, err = work_without_the_store(desk, papers)
    assert process.returncode == 1, err
    assert json.loads(out)["state"] == "parked"
    assert "The artifact store cannot be read or written" in err
    parked, finished = last_run(desk), desk.done()
    assert (parked["state"], parked["parked_for"]) == ("parked", "outage")
    assert len(desk.books()) == 1

    ended = resume(desk)

    assert json.loads(ended.stdout)["run_id"] == parked["run_id"]
    assert json.loads(ended.stdout)["state"] == "waiting", ended.stderr
    assert documents(ended) == undisturbed["documents"]
    assert desk.books() == undisturbed["books"]
    assert oracle.repeated(finished, desk.home) == []
    assert oracle.wrongs(desk.home) == []


def damage(desk: Desk, stage_name: str) -> str:
    """Write another answer into the row of the first stage of that name; its key."""
    key = min(key for key, row in desk.done().items() if row.stage == stage_name)
    connection = sqlite3.connect(desk.home / "state.db")
    with connection:
        connection.execute("UPDATE stages SET output = ? WHERE key = ?", (b'"another"', key))
    connection.close()
    return key


def test_a_damaged_answer_parks_the_run_until_it_is_made_anew_on_request(
    desk: Desk, papers: Path, undisturbed: dict[str, Any]
):
    clear(desk)
    assert documents(work(desk, papers)) == undisturbed["documents"]
    refused = resume(desk, "--recompute", "extract_invoice")
    assert refused.returncode == 1
    assert "no damaged answer of extract_invoice" in refused.stderr
    key, before = damage(desk, "extract_invoice"), attempts(desk)

    parked = work(desk, papers)

    assert parked.returncode == 1
    assert json.loads(parked.stdout)["state"] == "parked"
    assert "--recompute extract_invoice" in parked.stderr
    assert last_run(desk)["parked_for"] == "repair"
    assert attempts(desk) == before
    assert resume(desk).returncode == 1
    assert attempts(desk) == before

    ended = resume(desk, "--recompute", "extract_invoice")

    assert json.loads(ended.stdout)["state"] == "waiting", ended.stderr
    assert "runs again; it has cost USD 0.00 so far" in ended.stderr
    assert documents(ended) == undisturbed["documents"]
    assert attempts(desk) == {**before, key: before[key] + 1}
    assert desk.holdfast("ledger", "verify").returncode == 0
    assert oracle.wrongs(desk.home) == []
