"""The machine is started again while a run waits for a person: nothing ran, and the run ends after the approval."""

import json
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from deployments import local_server
from deployments.approval_page import APPROVAL_PAGE
from deployments.sweeper import SWEEPER
from tests.worlds.desk import Desk
from tests.worlds.machine_room import MachineRoom, until

TOLD = "Tell ann@example.com that order 4711 is late"


@pytest.fixture
def room(desk: Desk) -> Generator[MachineRoom]:
    """A home where `holdfast up` was typed; what it started is stopped again, but for the session's server."""
    desk.clear()
    made = MachineRoom(desk)
    made.up()
    yield made
    SWEEPER.stop(desk.home)
    APPROVAL_PAGE.stop(desk.home)
    local_server.ensure(desk.home)


def waiting_run(desk: Desk) -> tuple[str, str]:
    """A run of the command line that waits, whose process has ended; the ids of the run and of what it asks."""
    ended = desk.holdfast("run", "send_email", TOLD, "--json")
    assert ended.returncode == 3, ended.stderr
    [asked] = json.loads(desk.holdfast("approvals", "list", "--json").stdout)
    return json.loads(ended.stdout)["run_id"], asked["id"]


def pull_the_plug(room: MachineRoom) -> None:
    """Kill all that works for the home at once."""
    for process in processes_of(room.home):
        os.kill(process, signal.SIGKILL)
    until(10, "the end of all of them", lambda: not processes_of(room.home))


def processes_of(home: Path) -> list[int]:
    """Every process that has this home in its environment, the server too."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile, or is not ours
        if any(one.startswith(b"HOLDFAST_HOME=") and one.endswith(bytes(home)) for one in environment):
            found.append(int(process.name))
    return found


def letters(home: Path) -> list[Path]:
    """What was sent, as the offline mailbox keeps it."""
    return list((home / "mailbox").rglob("*.eml"))


def state_of(desk: Desk, run_id: str) -> str:
    """How the run stands."""
    [run] = json.loads(desk.holdfast("runs", "show", run_id, "--json").stdout)
    return run["state"]


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are counted in /proc, which is not here"
)


def test_after_a_restart_of_the_machine_an_approval_ends_the_run_in_its_own_process(room: MachineRoom):
    run_id, asked = waiting_run(room.desk)
    assert processes_of(room.home)
    pull_the_plug(room)
    assert state_of(room.desk, run_id) == "waiting"
    assert letters(room.home) == []
    ended = room.desk.holdfast("approvals", "approve", asked, "--json")
    assert ended.returncode == 0, ended.stderr
    assert state_of(room.desk, run_id) == "completed"
    assert len(letters(room.home)) == 1


def test_a_run_that_was_approved_while_nothing_ran_goes_on_when_all_is_up_again(room: MachineRoom):
    run_id, asked = waiting_run(room.desk)
    pull_the_plug(room)
    ended = room.desk.holdfast("approvals", "approve", asked, "--no-resume", "--json")
    assert ended.returncode == 0, ended.stderr
    assert state_of(room.desk, run_id) == "waiting"
    room.up()
    until(60, "the end of the run", lambda: state_of(room.desk, run_id) == "completed")
    assert len(letters(room.home)) == 1
