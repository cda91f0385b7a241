"""Several Prefect API servers, on one PostgreSQL and one Redis: what one is told the other knows, and one may die."""

from collections.abc import Generator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from blocks.durable import approvals, history, launch
from tests.worlds import gated_flows
from tests.worlds.at_home import at_home
from tests.worlds.counting import bodies
from tests.worlds.prefect_server import using
from tests.worlds.prefect_servers import Servers
from tests.worlds.prefect_worker import Worker, deploy, processes_of, run_of, start, until, wait_for, worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the work is kept."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def hired(prefect_servers: Servers, home: Path) -> Generator[Worker]:
    """A worker that knows the door alone; this process looks on through it, too."""
    given = {"HOLDFAST_HOME": str(home), "HOLDFAST_TEST_BODIES": str(home / "bodies.txt")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        with using(prefect_servers.api_url), at_home(), worker(home, **given) as made:
            yield made


def waiting(hired: Worker, number: int) -> str:
    """The id of a deployed run that waits for a person, with no process."""
    run_id = start(deploy(gated_flows.gated, hired.pool), number=number)
    wait_for(run_id, "Suspended", seconds=120)
    until(lambda: not processes_of(run_id))
    return run_id


def decide(run_id: str, number: int) -> None:
    """Let a person approve, and the run go on."""
    [asked] = approvals.list_approvals(run_id=run_id)
    answer = {"number": number, "note": ""}
    approvals.decide(asked.approval_id, verdict="approved", by="anna", via="command", answer=answer)
    assert launch.nudge(run_id)


def states(run_id: str) -> dict[str, str | None]:
    """The task runs of a run, as the server in use tells them."""
    mine = FlowRunFilter(id=FlowRunFilterId(any_=[run_of(run_id).id]))
    with get_client(sync_client=True) as client:
        return {one.name: one.state_name for one in client.read_task_runs(flow_run_filter=mine)}


def test_what_is_told_to_one_server_is_known_to_the_other(prefect_servers: Servers, hired: Worker):
    first, second = prefect_servers.api_urls
    with using(first):
        run_id = waiting(hired, 1)
    with using(second):
        until(lambda: states(run_id) == {"read": "Completed"})
        decide(run_id, 11)
        wait_for(run_id, "Completed")
    with using(first):
        assert run_of(run_id).state_name == "Completed"
        until(lambda: states(run_id) == {"read": "Completed", "file": "Completed"})


def test_a_run_that_waits_outlives_one_of_the_servers(prefect_servers: Servers, hired: Worker, home: Path):
    run_id = waiting(hired, 2)
    prefect_servers.kill_first()
    decide(run_id, 21)
    wait_for(run_id, "Completed", seconds=120)
    [told] = [run for run in history.list_runs() if run.run_id == run_id]
    assert told.state == "completed"
    ran = bodies(home / "bodies.txt")
    assert (ran["read-2"], ran["file-21"]) == (1, 1)
