"""What the sweeper does: look every two seconds, and wake what is due."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from blocks.base.clock import as_datetime, monotonic, now_us, sleep
from blocks.base.errors import HoldfastError
from deployments import stack
from deployments.approval_page import APPROVAL_PAGE
from deployments.capture_proxy import CAPTURE_PROXY
from deployments.console.past import late
from deployments.local_server.process import spawn
from deployments.prefect_api import kept_alive, known
from deployments.sweeper import SWEEPER

LOOK_EVERY_SECONDS = 2.0
CATCH_UP_EVERY_SECONDS = 60.0
TELL_WITHIN_SECONDS = 600.0
AT_ONCE, IN_ONE_PROCESS = 2, 25
OF_THE_RUN = ("HOLDFAST_PROFILE", "HOLDFAST_TENANT", "HOLDFAST_MODEL")


def sweep_for_ever(home: Path) -> None:
    """Wake runs until this process is stopped; the Prefect server of *home* is kept alive beside it."""
    late("blocks.profile")
    _tell(f"sweeping {home}")
    with kept_alive(home, known(home)):
        _sweep(home)


def _sweep(home: Path) -> None:
    awake: dict[str, subprocess.Popen[bytes]] = {}
    told: set[tuple[str, str]] = set()
    caught_up = float("-inf")
    while _is_wanted(home):
        _safely(lambda: stack.mend(home))
        _safely(lambda: APPROVAL_PAGE.mend(home))
        _safely(lambda: CAPTURE_PROXY.mend(home))
        _safely(lambda: _hand_in(home))
        _safely(_heed_prefect)
        _safely(lambda: _look(home, awake))
        _safely(lambda: _tell_the_ends(told))
        if monotonic() - caught_up > CATCH_UP_EVERY_SECONDS:
            caught_up = monotonic()
            _safely(late("blocks.durable.world").current().heads.catch_up)
        sleep(LOOK_EVERY_SECONDS)


def _hand_in(home: Path) -> None:
    """What this machine captured for a worker that died may be wanted on another one."""
    capture = late("blocks.providers.capture").look(home)
    if capture is not None and (kept := late("blocks.durable.model_calls").hand_in(capture)):
        _tell(f"handed in: {kept} answers that a model was paid for and whose worker died")


def _heed_prefect() -> None:
    """Take what was answered in Prefect's page; nothing is asked there while no run waits."""
    if waiting := late("blocks.durable.recovery").waiting_runs():
        late("blocks.durable.launch").heed_prefect(set(waiting))


def _is_wanted(home: Path) -> bool:
    """Is this the sweeper that the home knows of? `holdfast down` forgets it, also where it cannot end it."""
    known = SWEEPER.look(home)
    return known is not None and known.pid == os.getpid()


def _safely(act: Callable[[], object]) -> None:
    """One that fails must not keep the others from their turn."""
    try:
        act()
    except Exception as error:
        _tell(f"{type(error).__name__}: {error}")


def _tell_the_ends(told: set[tuple[str, str]]) -> None:
    """Ask Prefect once about each run that ended; where its process died before it could tell, tell it."""
    ended = late("blocks.durable.recovery").ended_lately(TELL_WITHIN_SECONDS)
    told &= {(run.run_id, run.state) for run in ended}
    for run in ended:
        if (run.run_id, run.state) not in told and late("blocks.durable.launch").tell_prefect(run):
            _tell(f"run {run.run_id}: Prefect is told that it is {run.state}")
        told.add((run.run_id, run.state))


def _look(home: Path, awake: dict[str, subprocess.Popen[bytes]]) -> None:
    for run_id, process in list(awake.items()):
        if process.poll() is not None:
            _tell(f"run {run_id}: the process that went on with it ended with {process.returncode}")
            del awake[run_id]
    free = AT_ONCE - len(set(awake.values()))
    if free > 0 and (decided := _decided(awake)):
        awake |= dict.fromkeys(decided, _wake(home, decided))
        free -= 1
    for run in _due(free, "running", "parked"):
        if run.run_id not in awake:
            awake[run.run_id] = _wake(home, [run.run_id])


def _decided(awake: Collection[str]) -> list[str]:
    """Runs for which a person has decided, and that no worker goes on with. They do not die: one process serves many."""
    waiting = [run for run in _due(IN_ONE_PROCESS, "waiting") if run.run_id not in awake]
    return [run.run_id for run in waiting if not _goes_on_elsewhere(run)]


def _due(at_most: int, *states: str) -> list[Any]:
    return late("blocks.durable.recovery").to_wake(at_most=at_most, states=states) if at_most > 0 else []


def _goes_on_elsewhere(run: Any) -> bool:
    """What waited for a person and has a deployment goes on on a worker: its nudge is sent, once more if need be."""
    try:
        if not late("blocks.durable.launch").nudge(run.run_id):
            return False
    except HoldfastError as error:  # the others must not wait for it
        _tell(f"run {run.run_id} was not nudged: {error}")
        return False
    _tell(f"run {run.run_id} ({run.flow}, {run.name}): a worker is asked to go on with it")
    return True


def _wake(home: Path, run_ids: list[str]) -> subprocess.Popen[bytes]:
    _tell(f"woken: {', '.join(run_ids)}")
    command = [sys.executable, "-m", "deployments.console", "runs", "resume", *run_ids]
    return spawn(command, _environment(), SWEEPER.log_file(home))


def _environment() -> dict[str, str]:
    """A run goes on in the world that it was started in, and not in the sweeper's.

    What is kept on servers is found by the sweeper's profile alone: there a run may have come from another one.
    """
    is_local = late("blocks.profile").load().keep == "folder"
    own = OF_THE_RUN if is_local else [name for name in OF_THE_RUN if name != "HOLDFAST_PROFILE"]
    return {name: value for name, value in os.environ.items() if name not in own}


def _tell(what: str) -> None:
    with suppress(OSError):  # a full disk must not end the sweeper
        sys.stdout.write(f"{as_datetime(now_us()).isoformat(timespec='seconds')} {what}\n")
