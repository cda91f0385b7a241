"""Flows that whole processes execute, one of stock Prefect beside one of ours, and how a test starts such a process.

A process is given flow runs that are there, as `python -m prefect.engine` is: nothing but the flow runs' ids.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE, CacheKeyFnPolicy
from prefect.client.orchestration import get_client
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow
from prefect.locking.filesystem import FileSystemLockManager
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Pending
from prefect.transactions import IsolationLevel, transaction
from pydantic import BaseModel

from blocks.durable import flow as holdfast_flow
from blocks.durable import stage
from tests.worlds.counting import body_ran, count_in, times_run
from tests.worlds.laptop import enter, open_laptop

ROOT = Path(__file__).parents[2]
COUNTS = "bodies.txt"
STEPS = 3


class Paper(BaseModel):
    """A value that a flow is given."""

    number: int


@flow
def read_paper(paper: Paper) -> int:
    """A flow with a parameter of a class of this module."""
    return paper.number


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    """Wait for *condition*, which another process makes true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it never came")
        time.sleep(0.01)


def effect_of_stock(folder: Path) -> Callable[[], int]:
    """A paid call with what undoes it, recorded in *folder* as stock Prefect does it."""

    @task(persist_result=True, cache_policy=INPUTS + TASK_SOURCE, result_storage=folder / "stock")
    def pay() -> int:
        body_ran("stock-pay")
        return 1

    @pay.on_rollback
    def undo(_: Any) -> None:
        body_ran("stock-undo")

    return pay


def lock_of_stock(folder: Path) -> FileSystemLockManager:
    """The locks of the stock flow that is killed."""
    return FileSystemLockManager(folder / "locks")


LOCKED = "one-answer"


def killed_once(name: str) -> None:
    """Kill this process, the first time."""
    body_ran(name)
    if times_run(name) == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@flow
def stock_killed(folder: Path) -> None:
    """Pay, then die in a task that holds a lock."""
    policy = CacheKeyFnPolicy(cache_key_fn=lambda *_: LOCKED).configure(
        isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=lock_of_stock(folder)
    )

    @task(persist_result=True, cache_policy=policy, result_storage=folder / "stock")
    def die() -> None:
        killed_once("stock-die")

    with transaction():
        effect_of_stock(folder)()
        die()


@stage(version=1)
def our_pay() -> int:
    """A paid call."""
    body_ran("our-pay")
    return 1


@stage(version=1)
def our_die() -> int:
    """Its process dies in it, the first time."""
    killed_once("our-die")
    return 2


@holdfast_flow
def our_killed() -> int:
    """Pay, then die in a stage."""
    return our_pay() + our_die()


def arrived(folder: Path, place: str) -> Callable[[], bool]:
    """Say that this process is at *place*; true when two are."""
    (folder / f"{place}-{os.getpid()}").touch()
    return lambda: len(list(folder.glob(f"{place}-*"))) == 2


@flow
def stock_meeting(folder: Path) -> None:
    """Tasks in whose bodies two engines meet."""

    @task(persist_result=True, cache_policy=INPUTS, result_storage=folder / "stock")
    def step(number: int) -> int:
        until(arrived(folder, f"stock-{number}"))
        body_ran(f"stock-{number}")
        return number

    for number in range(STEPS):
        step(number)


@stage(version=1)
def our_step(number: int) -> int:
    """Open for a while."""
    time.sleep(0.2)  # time for the second engine to ask while this body is open
    body_ran(f"our-{number}")
    return number


@holdfast_flow
def our_meeting(folder: str) -> None:
    """Stages that two engines want. The one that comes later is turned away at the run, or finds its answers."""
    for number in range(STEPS):
        our_step(number)


_FLOWS: dict[str, Any] = {one.name: one for one in (stock_killed, our_killed, stock_meeting, our_meeting)}


def created(story: Any, **parameters: Any) -> str:
    """The id of a new flow run of *story*."""
    with get_client(sync_client=True) as client:
        return str(client.create_flow_run(story, parameters=parameters, state=Pending()).id)


def start_engine(folder: Path, *run_ids: str) -> "subprocess.Popen[bytes]":
    """Start a process that executes the flow runs, one after the other, in a world in *folder*."""
    code = "from tests.worlds.stock_flows import engine; engine()"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), *run_ids],
        cwd=ROOT,
        env={
            **os.environ,
            "PREFECT_API_URL": PREFECT_API_URL.value() or "",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
        },
    )


def engine() -> None:
    """Execute the flow runs that the command line names."""
    folder, run_ids = Path(sys.argv[1]), sys.argv[2:]
    count_in(folder / COUNTS)
    enter(open_laptop(folder))
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for run_id in run_ids:
            with suppress(Abort):  # another process runs it
                execute(run_id)


def execute(run_id: str) -> Any:
    """Execute a flow run here, whatever its state; the state it ends in."""
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(UUID(run_id))
        name = client.read_flow(flow_run.flow_id).name
    return run_flow(_FLOWS[name], flow_run=flow_run, parameters=flow_run.parameters, return_type="state")
