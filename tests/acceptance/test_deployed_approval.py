"""A run on a worker waits for a person without a process, outlives the machine, and ends right after the answer."""

import os
import signal
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.settings import PREFECT_API_URL

from blocks.base.clock import monotonic
from blocks.durable import approvals, history, launch
from blocks.durable.approvals import Approval
from deployments import local_server
from tests.worlds import gated_flows
from tests.worlds.at_home import at_home
from tests.worlds.counting import bodies
from tests.worlds.prefect_server import using
from tests.worlds.prefect_worker import (
    Worker,
    deploy,
    processes_of,
    run_of,
    start,
    until,
    wait_for,
    worker,
)

pytestmark = pytest.mark.slow


@dataclass
class Office:
    """A home with a server and a worker that runs what is deployed there; this process looks on."""

    home: Path
    worker: Worker

    @property
    def bodies(self) -> dict[str, int]:
        """Which bodies ran, and how often."""
        return dict(bodies(self.home / "bodies.txt"))

    def start(self, story: Any, **parameters: Any) -> str:
        """Start a deployed run and wait until it waits for a person, and its process is gone."""
        run_id = start(deploy(story, self.worker.pool), **parameters)
        until(lambda: bool(processes_of(run_id)))
        self.wait_until_it_waits(run_id)
        return run_id

    def wait_until_it_waits(self, run_id: str) -> None:
        """Return when the run waits and nothing of it runs."""
        wait_for(run_id, "Suspended")
        until(lambda: not processes_of(run_id))

    def reboot(self) -> None:
        """Kill the worker and the server, and start them again."""
        self.worker.kill()
        record = local_server.ensure(self.home)
        os.kill(record.pid, signal.SIGKILL)
        until(lambda: not record.is_alive)
        assert local_server.ensure(self.home).api_url == record.api_url
        self.worker.start()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Generator[Office]:
    """An office of its own."""
    home = tmp_path_factory.mktemp("office")
    given = {"HOLDFAST_HOME": str(home), "HOLDFAST_TEST_BODIES": str(home / "bodies.txt")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        with using(local_server.ensure(home).api_url), at_home(), worker(home, **given) as made:
            yield Office(home, made)
        local_server.stop(home)


def awaited(run_id: str) -> Approval:
    """What the run waits for."""
    (asked,) = approvals.list_approvals(run_id=run_id)
    return asked


def approved(asked: Approval, number: int) -> None:
    """Let a person approve with another number."""
    answer = {"number": number, "note": ""}
    approvals.decide(asked.approval_id, verdict="approved", by="anna", via="command", answer=answer)


def seconds(act: Callable[[], object]) -> float:
    """How long *act* takes."""
    began = monotonic()
    act()
    return monotonic() - began


def state_of(run_id: str) -> str:
    """How the run stands in our rows."""
    return next(run.state for run in history.list_runs() if run.run_id == run_id)


def typed(run_id: str, **fields: Any) -> None:
    """Answer as Prefect's form does; a busy server on SQLite now and then says 503."""
    given = {"run_input": {"holdfast_decision": "approve", "holdfast_reason": "as seen", **fields}}
    address = f"{PREFECT_API_URL.value()}/flow_runs/{run_id}/resume"
    until(lambda: httpx.post(address, json=given, timeout=30).json().get("status") == "ACCEPT")


def test_a_deployed_run_waits_without_a_process_through_a_reboot_and_ends_after_the_decision(office: Office):
    run_id = office.start(gated_flows.gated, number=1)
    assert (state_of(run_id), processes_of(run_id), office.worker.children()) == ("waiting", [], [])
    office.reboot()
    assert (state_of(run_id), run_of(run_id).state_name) == ("waiting", "Suspended")
    approved(awaited(run_id), 11)
    assert launch.nudge(run_id)
    wait_for(run_id, "Completed")
    assert state_of(run_id) == "completed"
    assert (office.bodies["read-1"], office.bodies["file-11"]) == (1, 1)
    assert run_of(run_id).id == UUID(run_id)


def test_a_worker_ends_the_run_after_each_decision_and_says_how_long_it_took(office: Office):
    """On a warm and quiet machine it is at most 5 s; how long it takes beside other tests is not judged here."""

    def decided_to_the_end(run_id: str, number: int) -> None:
        approved(awaited(run_id), number)
        assert launch.nudge(run_id)
        wait_for(run_id, "Completed")

    took = []
    for number in (21, 22, 23):
        run_id = office.start(gated_flows.gated, number=number)
        took.append(seconds(lambda run_id=run_id, number=number: decided_to_the_end(run_id, number)))
    print("approval to finished, seconds:", ", ".join(f"{one:.1f}" for one in took))
    assert len(took) == 3


def test_an_answer_typed_into_prefects_form_reaches_our_row_and_the_flow(office: Office):
    run_id = office.start(gated_flows.gated, number=3)
    asked = awaited(run_id)
    typed(run_id, number=31, note="")
    wait_for(run_id, "Completed")
    decided = approvals.find_approval(asked.approval_id)
    assert (decided.status, decided.decided_via, decided.reason) == ("approved", "prefect", "as seen")
    assert office.bodies["file-31"] == 1


def test_an_answer_in_prefects_form_that_does_not_fit_is_refused_and_the_run_asks_again(office: Office):
    run_id = office.start(gated_flows.gated, number=4)
    typed(run_id, number=41, colour="red")
    until(lambda: bool(processes_of(run_id)))
    office.wait_until_it_waits(run_id)
    assert awaited(run_id).status == "waiting"
    assert "file-41" not in office.bodies
    typed(run_id, number=42, note="")
    wait_for(run_id, "Completed")
    assert office.bodies["file-42"] == 1


def test_a_nudge_for_one_decision_decides_nothing_else_that_the_run_waits_for(office: Office):
    run_id = office.start(gated_flows.two_gates, names=["51", "52"])
    first, second = approvals.list_approvals(run_id=run_id)
    approved(second, 53)
    assert launch.nudge(run_id)
    until(lambda: bool(processes_of(run_id)))
    office.wait_until_it_waits(run_id)
    assert awaited(run_id).approval_id == first.approval_id
    approved(first, 54)
    assert launch.nudge(run_id)
    wait_for(run_id, "Completed")
    assert {name for name in office.bodies if name in ("file-51", "file-52", "file-53", "file-54")} == {
        "file-53",
        "file-54",
    }
