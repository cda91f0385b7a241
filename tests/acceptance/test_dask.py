"""Durable stages in the processes of a Dask cluster: the same work, and the same promises when one of them dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from blocks.state.tables import leases
from deployments.local_server.address import choose_port
from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice
from tests.worlds import place
from tests.worlds.desk import ROOT, Desk, documents
from tests.worlds.prefect_worker import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WORKERS = 2
DASK = {"HOLDFAST_TASK_RUNNER": "dask", "HOLDFAST_WORKERS": f"{WORKERS}"}
KEYS = "first:" + "A" * 43 + "="


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of documents."""
    folder = tmp_path_factory.mktemp("papers")
    for seed in range(3):
        (folder / f"{seed}.pdf").write_bytes(make_invoice(invent(seed)))
    return f"{folder}"


@pytest.fixture(autouse=True)
def blank(desk: Desk) -> None:
    """Each test begins with nothing done, and with tables to look at."""
    desk.clear()
    with closing(place.record(desk.home)) as state:
        state.prepare()


def holders(desk: Desk) -> set[int]:
    """The processes that held a lease so far."""
    with closing(place.record(desk.home)) as state, state.reading() as connection:
        return set(connection.execute(select(leases.c.pid)).scalars())


def answers(desk: Desk) -> dict[str, str]:
    """The digest of each finished stage's answer; the key of what is posted holds the name of the books."""
    return {key: row.output_digest for key, row in desk.done().items()}


def begun(desk: Desk, papers: str, *, until_done: int) -> "subprocess.Popen[str]":
    """A run on a cluster of its own, so many of whose stages are done."""
    process = desk.start("run", "process_invoices", papers, "--json", **DASK)
    until(lambda: len(desk.done()) >= until_done, 120)
    return process


def ended(process: "subprocess.Popen[str]") -> "subprocess.CompletedProcess[str]":
    """A run when it is through."""
    out, err = process.communicate(timeout=240)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_the_answers_are_those_of_threads_and_come_from_several_processes(desk: Desk, papers: str):
    with_threads = desk.holdfast("run", "process_invoices", papers, "--json")
    expected, books = sorted(answers(desk).values()), desk.books()
    assert with_threads.returncode == 0, with_threads.stderr
    assert len(holders(desk)) == 1
    desk.clear()

    on_dask = desk.holdfast("run", "process_invoices", papers, "--json", **DASK)

    assert on_dask.returncode == 0, on_dask.stderr
    assert documents(on_dask) == documents(with_threads)
    assert (sorted(answers(desk).values()), desk.books(), desk.faults()) == (expected, books, [])
    assert json.loads(on_dask.stdout)["stages"] == json.loads(with_threads.stdout)["stages"]
    assert len(holders(desk)) == 1 + WORKERS
    again = json.loads(desk.holdfast("run", "process_invoices", papers, "--json", **DASK).stdout)
    assert again["stages"]["ran"] == 0
    assert len(holders(desk)) == 1 + WORKERS + 1  # what is recorded needs no cluster


def test_a_worker_that_dies_costs_no_finished_stage(desk: Desk, papers: str):
    process = begun(desk, papers, until_done=2)
    finished = {key: row.fence for key, row in desk.done().items()}
    os.kill(max(holders(desk) - {process.pid}), signal.SIGKILL)

    told = ended(process)

    assert told.returncode == 0, told.stderr
    assert {document["status"] for document in documents(told)} == {"posted"}
    rows = desk.done()
    assert {key: rows[key].fence for key in finished} == finished
    assert sum(row.attempts for row in rows.values()) <= len(rows) + 1  # what it had open
    assert desk.faults() == []


def test_a_run_that_dies_with_its_cluster_goes_on_in_the_same_run(desk: Desk, papers: str):
    process = begun(desk, papers, until_done=3)
    process.kill()
    process.communicate()
    before = answers(desk)

    resumed = desk.holdfast("runs", "resume", "last", "--json", **DASK)

    assert resumed.returncode == 0, resumed.stderr
    assert {document["status"] for document in documents(resumed)} == {"posted"}
    assert before.items() <= answers(desk).items()
    rows = desk.done()
    assert sum(row.attempts for row in rows.values()) <= len(rows) + WORKERS
    assert desk.faults() == []


class Cluster:
    """A scheduler that stands elsewhere, and its one worker."""

    def __init__(self, port: int, log: Path) -> None:
        self.address = f"tcp://127.0.0.1:{port}"
        self._log = log
        self._scheduler = self._started("scheduler", "--host", self.address, "--no-dashboard")
        self._worker: subprocess.Popen[bytes] | None = None

    def employ(self, home: Path, model: str = "offline") -> None:
        """Let a worker that knows *home* and *model* take the place of the one before."""
        _end(self._worker)
        one = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
        self._worker = self._started(
            "worker", self.address, *one, HOLDFAST_HOME=f"{home}", HOLDFAST_MODEL=model
        )

    def close(self) -> None:
        """End both."""
        _end(self._worker)
        _end(self._scheduler)

    def _started(self, what: str, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *words],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        process.kill()
        process.wait(20)


@pytest.fixture
def cluster(tmp_path: Path) -> Generator[Cluster]:
    """A cluster without a worker so far."""
    claimed = choose_port(None, 8900)
    made = Cluster(claimed.number, tmp_path / "cluster.log")
    yield made
    made.close()
    claimed.release()


def test_a_cluster_elsewhere_does_the_work_and_one_of_another_world_is_refused(
    desk: Desk, papers: str, cluster: Cluster, tmp_path: Path
):
    there = {**DASK, "HOLDFAST_DASK_ADDRESS": cluster.address}
    cluster.employ(desk.home)
    worked = desk.holdfast("run", "process_invoices", papers, "--json", **there)
    assert worked.returncode == 0, worked.stderr
    assert len(holders(desk)) == 1 + 1
    desk.clear()

    for home, model in ((tmp_path / "another home", "offline"), (desk.home, "test")):
        cluster.employ(home, model)
        refused = desk.holdfast("run", "process_invoices", papers, **there)
        assert refused.returncode == 1
        assert "settings lead to another world" in refused.stderr
        assert desk.stages() == {}
    told = json.loads(desk.holdfast("runs", "list", "--json").stdout)
    assert {run["state"] for run in told} == {"parked"}


def test_a_cluster_that_is_away_parks_the_run(desk: Desk, papers: str):
    away = {
        **DASK,
        "HOLDFAST_DASK_ADDRESS": "tcp://127.0.0.1:1",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s",
    }
    parked = desk.holdfast("run", "process_invoices", papers, **away)
    assert parked.returncode == 1
    assert "The Dask cluster does not carry out what it is given" in parked.stderr
    [told] = json.loads(desk.holdfast("runs", "list", "--json").stdout)
    assert (told["state"], desk.stages()) == ("parked", {})


def test_encrypted_work_goes_to_another_machine_only_on_a_closed_line(desk: Desk, papers: str):
    there = {**DASK, "HOLDFAST_DASK_ADDRESS": "tcp://127.0.0.1:1", "HOLDFAST_ENCRYPTION_KEYS": KEYS}
    refused = desk.holdfast("run", "process_invoices", papers, **there)
    assert refused.returncode != 0
    assert "is reached without encryption" in refused.stderr + refused.stdout
    assert desk.stages() == {}
