"""`holdfast up` keeps a sweeper: a run whose process died goes on without a person."""

import json
import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from blocks.base.clock import monotonic, sleep
from deployments.approval_page import APPROVAL_PAGE
from deployments.local_server.process import is_alive
from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice
from deployments.sweeper import SWEEPER
from tests.worlds.desk import Desk

GOES_ON_WITHIN_SECONDS = 120  # on a busy machine
SEEDS = iter(range(1000, 1020))  # of invoices that nobody has to decide about


@pytest.fixture
def kept(desk: Desk) -> Generator[Desk]:
    """A desk whose server and sweeper are kept."""
    up = desk.holdfast("up", "--json")
    assert up.returncode == 0, up.stderr
    yield desk
    SWEEPER.stop(desk.home)
    APPROVAL_PAGE.stop(desk.home)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Two invoices that nobody has seen before."""
    for seed in (next(SEEDS), next(SEEDS)):
        (tmp_path / f"{seed}.pdf").write_bytes(make_invoice(invent(seed)))
    return tmp_path


def pid_of(desk: Desk) -> int:
    """The process of the sweeper."""
    found = SWEEPER.look(desk.home)
    assert found is not None
    return found.pid


def until(condition: Callable[[], object], seconds: float = GOES_ON_WITHIN_SECONDS) -> None:
    """Wait for what another process does."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, f"not within {seconds} s"
        sleep(0.1)


def last_run(desk: Desk) -> Any:
    """The newest run, for scripts."""
    return json.loads(desk.holdfast("runs", "list", "--json").stdout)[0]


def test_up_keeps_one_sweeper_and_down_stops_it(desk: Desk):
    first = json.loads(desk.holdfast("up", "--json").stdout)["sweeper_pid"]
    again = json.loads(desk.holdfast("up", "--json").stdout)["sweeper_pid"]
    assert first == again == json.loads(desk.holdfast("status", "--json").stdout)["sweeper_pid"]
    kept = SWEEPER.look(desk.home)
    assert kept is not None
    assert is_alive(kept.identity)
    stopped = json.loads(desk.holdfast("down", "--json").stdout)
    assert stopped["sweeper_pid"] == first
    assert not is_alive(kept.identity)
    assert json.loads(desk.holdfast("status", "--json").stdout)["sweeper_pid"] is None


def test_a_killed_run_goes_on_without_a_person(kept: Desk, papers: Path):
    killed = kept.holdfast("run", "process_invoices", str(papers), HOLDFAST_FAULT="stage.committed:3")
    assert killed.returncode == -signal.SIGKILL
    finished, before = kept.done(), last_run(kept)
    assert before["state"] in {"stalled", "running"}  # the sweeper may have it already

    until(lambda: last_run(kept)["state"] == "completed")

    after = last_run(kept)
    assert after["run_id"] == before["run_id"]
    assert {key: kept.done()[key].attempts for key in finished} == {
        key: row.attempts for key, row in finished.items()
    }
    assert kept.faults() == []


def test_a_killed_sweeper_comes_back_with_the_next_run(kept: Desk, papers: Path):
    os.kill(pid_of(kept), signal.SIGKILL)
    until(lambda: SWEEPER.look(kept.home) is None)
    ended = kept.holdfast("run", "process_invoices", str(papers), "--json")
    assert json.loads(ended.stdout)["state"] == "completed"
    until(lambda: SWEEPER.look(kept.home), 20)


def test_a_run_does_not_bring_a_sweeper_that_nobody_asked_for(desk: Desk, papers: Path):
    desk.holdfast("run", "process_invoices", str(papers), "--json")
    assert SWEEPER.look(desk.home) is None


def test_a_second_sweeper_of_one_home_ends_at_once(kept: Desk):
    first = pid_of(kept)
    with SWEEPER.only_one(kept.home) as is_ours:
        assert not is_ours
    assert pid_of(kept) == first
