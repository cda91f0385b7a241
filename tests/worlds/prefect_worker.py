"""A real process worker of Prefect, a work pool of its own, and deployments whose runs it executes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL

from blocks.base.clock import monotonic, sleep
from deployments.local_server.environment import client_environment

ROOT = Path(__file__).parents[2]
POLL_SECONDS = "0.5"
# Named, the command is started as it is; else Prefect starts a process more, which looks for the code first.
ENGINE = f"{sys.executable} -m prefect.engine"


@dataclass
class Worker:
    """A worker that was started here, its pool, and its log."""

    pool: str
    folder: Path
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> str:
        """What it and its runs printed."""
        file = self.folder / f"{self.pool}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def children(self) -> list[int]:
        """The processes of the runs that it executes now."""
        me = self.process.pid if self.process else None
        return [pid for pid, parent in _parents() if parent == me]

    def kill(self) -> None:
        """Kill it and the runs that it executes, as a machine's end does."""
        if self.process is not None:
            for pid in [*self.children(), self.process.pid]:
                _killed(pid)
            self.process.wait(20)

    def start(self) -> None:
        """Start it, also once more after `kill`; returns when it looks for work."""
        before = self.log.count("started!")
        self.process = _spawned(self.pool, self.folder, self.environment)
        until(lambda: self.log.count("started!") > before, 90)


def _parents() -> Iterator[tuple[int, int]]:
    """Each process that runs, and its parent."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):  # it ended meanwhile
            continue
        if state not in "ZX":
            yield int(folder.name), int(parent)


def processes_of(run_id: str) -> list[int]:
    """The processes that execute a flow run: its id stands in their environment."""
    return [pid for pid, _ in _parents() if _has_in_environment(pid, f"PREFECT__FLOW_RUN_ID={run_id}")]


def is_stopped(pid: int) -> bool:
    """Does the process stand still, after SIGSTOP?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:  # it ended meanwhile
        return False


def _has_in_environment(pid: int, assignment: str) -> bool:
    try:
        return assignment.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile
        return False


def _killed(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _spawned(pool: str, folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
    with (folder / f"{pool}.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--name", f"worker-of-{pool}"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def worker(folder: Path, **environment: str) -> Generator[Worker]:
    """A worker for a new pool, that looks for work every half second; it ends with the block."""
    pool = f"pool-{uuid4().hex[:8]}"
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
    given = {
        **client_environment(folder, PREFECT_API_URL.value() or ""),
        "PREFECT_WORKER_QUERY_SECONDS": POLL_SECONDS,
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",
        **environment,
    }
    made = Worker(pool, folder, given)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="session")
def prefect_worker(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Worker]:
    """A worker at the server of this process."""
    with worker(tmp_path_factory.mktemp("worker")) as made:
        yield made


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    """Wait for *condition*, which another process makes true."""
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            raise TimeoutError("it never came")
        sleep(0.02)


def deploy(story: Any, pool: str, *, command: str | None = ENGINE, **environment: str) -> UUID:
    """The id of a new deployment of *story*, a flow of an importable module, by that module's name.

    *environment* is what its runs are given beside the worker's own.
    """
    variables: dict[str, Any] = {"working_dir": str(ROOT), "env": {"PYTHONPATH": str(ROOT), **environment}}
    if command is not None:
        variables["command"] = command
    with get_client(sync_client=True) as client:
        return client.create_deployment(
            flow_id=client.create_flow(story),
            name=f"of-{pool}",
            work_pool_name=pool,
            entrypoint=f"{story.fn.__module__}.{story.fn.__name__}",
            path=str(ROOT),
            job_variables=variables,
            enforce_parameter_schema=False,
        )


def start(deployment: UUID, **parameters: Any) -> str:
    """The id of a new run of *deployment*, for the next worker that looks."""
    with get_client(sync_client=True) as client:
        return str(client.create_flow_run_from_deployment(deployment, parameters=parameters).id)


def run_of(run_id: str) -> FlowRun:
    """A flow run, as the server tells it."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(run_id))


def stands(run_id: str, *names: str) -> bool:
    """Is the flow run in a state of one of these names?"""
    return run_of(run_id).state_name in names


def wait_for(run_id: str, *names: str, seconds: float = 60) -> datetime:
    """Wait until the flow run is in a state of one of these names; when it entered it."""
    try:
        until(partial(stands, run_id, *names), seconds)
    except TimeoutError as error:
        raise TimeoutError(f"never {' or '.join(names)} but {run_of(run_id).state}") from error
    state = run_of(run_id).state
    assert state is not None
    return state.timestamp
