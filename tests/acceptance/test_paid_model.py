"""A run that meets the end of its budget waits for a person, and goes on with what it has; a paid request is sent once."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from deployments import local_server
from deployments.capture_proxy import CAPTURE_PROXY
from tests.fakes.paid_model import PaidModel
from tests.worlds.desk import Desk
from tests.worlds.prefect_worker import until

pytestmark = pytest.mark.slow

BRIEF = "Tell ann@example.com that order 4711 is late"
DRAFT = {"subject": "Order 4711 is late", "body": "Dear Ann,\n\nyour order 4711 is late."}


@pytest.fixture
def office(tmp_path: Path) -> Generator[Desk]:
    """A desk of its own; what was started is stopped."""
    desk = Desk(tmp_path / "home")
    yield desk
    desk.holdfast("down")
    local_server.stop(desk.home)


def paid_by(provider: PaidModel, **more: str) -> dict[str, str]:
    """The settings of a paid model."""
    key = {"HOLDFAST_MODEL": "openai:gpt-5-mini", "OPENAI_API_KEY": "not-a-key"}
    return {**key, "OPENAI_BASE_URL": provider.base_url, **more}


def test_over_budget_a_person_is_asked_and_the_run_goes_on_with_one_request(office: Desk):
    with PaidModel(DRAFT, seconds=0.2) as provider:
        paid = paid_by(provider, HOLDFAST_BUDGET_RUN_USD="0.001")

        def told(*words: str, code: int = 0) -> Any:
            ended = office.holdfast(*words, "--json", **paid)
            assert ended.returncode == code, ended.stderr
            return json.loads(ended.stdout)

        run_id = told("run", "send_email", BRIEF, code=3)["run_id"]
        assert CAPTURE_PROXY.look(office.home) is not None
        [asked] = told("approvals", "list")
        assert (asked["gate"], asked["run_id"], provider.asked.total()) == ("budget", run_id, 0)

        told("approvals", "approve", asked["id"], "--set", "more_usd=0.50", code=3)
        assert provider.asked.total() == 1
        [asked] = told("approvals", "list")
        assert asked["gate"] == "email"
        told("approvals", "approve", asked["id"])
        assert len(list((office.home / "mailbox").rglob("*.eml"))) == 1
        [run] = told("runs", "show", run_id)
        assert run["state"] == "completed"
        assert float(run["cost_usd"]) > 0
        assert told("ledger", "verify", "--strict")["ok"]
        assert list((office.home / "captures").glob("*.done")) == []
    assert provider.billed.total() == provider.asked.total() == 1


def test_an_outage_longer_than_the_patience_holds_no_process_and_the_run_goes_on_by_itself(office: Desk):
    with PaidModel(DRAFT, acts=[503] * 3) as provider:
        paid = paid_by(provider, HOLDFAST_MODEL_PATIENCE_SECONDS="0")
        assert office.holdfast("up", **paid).returncode == 0
        parked = office.holdfast("run", "send_email", BRIEF, "--json", **paid)
        run_id = json.loads(parked.stdout)["run_id"]
        assert (parked.returncode, json.loads(parked.stdout)["state"]) == (1, "parked")

        def waits() -> bool:
            return (
                json.loads(office.holdfast("runs", "show", run_id, "--json").stdout)[0]["state"] == "waiting"
            )

        until(waits, 120)
        assert (provider.asked.total(), provider.billed.total()) == (4, 1)
