"""Child processes that start in milliseconds: forked from a server that has everything imported and no threads."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from blocks.base import faults
from blocks.durable.scope import Scope, working_for
from tests.worlds.counting import count_in
from tests.worlds.laptop import RUN, enter, open_laptop
from tests.worlds.ledgers import sign

forks = multiprocessing.get_context("forkserver")
PRELOAD = ["tests.worlds.children", "tests.worlds.stages", "blocks.profile", "psycopg", "boto3.session"]
PRELOAD += ["tests.worlds.paid_beforehand"]
forks.set_forkserver_preload(PRELOAD)

COUNTS = "bodies.txt"


def start(target: Callable[..., Any], *arguments: Any) -> BaseProcess:
    """Start a child that calls *target*."""
    process = forks.Process(target=target, args=arguments)
    process.start()
    return process


def end_of(process: BaseProcess, within_seconds: float = 30) -> int:
    """Wait for *process*; 0 where it ended well, -9 where it was killed."""
    process.join(within_seconds)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"the child still ran after {within_seconds} s")
    return process.exitcode


def run(target: Callable[..., Any], *arguments: Any) -> int:
    """Start a child that calls *target*, and wait for its end."""
    return end_of(start(target, *arguments))


def killed_at(point: str, hit: int = 1) -> Callable[[str], None]:
    """A plan that kills this process at the given reach of *point*."""
    left = hit

    def act(reached: str) -> None:
        nonlocal left
        left -= reached == point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


def in_the_world_of(folder: Path, run_id: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call *work* in a world opened in *folder*, for a run, and count bodies there."""
    count_in(folder / COUNTS)
    made = open_laptop(folder, run_id=run_id)
    sign(made, folder)
    enter(made)
    with working_for(Scope(run_id, "a document")):
        return work(*arguments)


def killed_in_the_world_of(folder: Path, point: str, hit: int, work: Callable[..., Any]) -> None:
    """As `in_the_world_of`, and killed on the way."""
    with faults.planned(killed_at(point, hit)):
        in_the_world_of(folder, RUN, work)
