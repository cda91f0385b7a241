"""Where content is encrypted, Prefect's database and logs show the names of what failed, and nothing of the content."""

import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from prefect.settings import PREFECT_LOGGING_LEVEL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from blocks.base.clock import sleep
from blocks.durable import flow, show, stage
from blocks.durable.launch import launch, resume
from blocks.durable.world import World
from tests.unit.test_asking import approve
from tests.worlds.canaries import canaries, found_in, found_in_text
from tests.worlds.counting import count_in
from tests.worlds.gates import Settings, pay_bill
from tests.worlds.secure import open_vault

__all__ = ["open_vault"]

pytestmark = pytest.mark.usefixtures("prefect_server")

SECRETS = canaries("text", "page", "failure of a stage", "failure of a flow", "submitted", "caught")


@stage(version=1)
def twice(text: str) -> str:
    """What it is given, twice."""
    return f"{text} {text}"


@stage(version=1)
def breaks_over(text: str) -> str:
    """Raises what quotes its text."""
    raise LookupError(f"nothing in {text}")


@pytest.fixture
def told(
    open_vault: Callable[..., World],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
):
    """What Prefect's server and the logs hold of the secrets, after the work."""
    open_vault()
    count_in(tmp_path / "bodies.txt")
    loud = {PREFECT_LOGGING_TO_API_ENABLED: True, PREFECT_LOGGING_LEVEL: "INFO"}

    def look() -> list[str]:
        sleep(3)  # Prefect sends its logs every two seconds
        server = list(tmp_path_factory.getbasetemp().glob("server*"))
        assert server
        kept = [line for folder in server for line in found_in(folder, SECRETS.values())]
        return kept + found_in_text(caplog.text, SECRETS.values()) + found_in(tmp_path, SECRETS.values())

    with temporary_settings(loud), caplog.at_level(logging.INFO):
        yield look


@flow
def failing_itself() -> str:
    """Fails with a secret on its lips."""
    show("a page", SECRETS["page"])
    twice(SECRETS["text"])
    raise ValueError(SECRETS["failure of a flow"])


def test_a_flow_that_fails_is_told_by_name_alone(told: Callable[[], list[str]]):
    @flow
    def failing_in_a_stage() -> str:
        return breaks_over(SECRETS["failure of a stage"])

    @flow
    def failing_in_a_submitted_stage() -> str:
        return breaks_over.submit(SECRETS["submitted"]).result()

    @flow
    def catching() -> str:
        try:
            return breaks_over(SECRETS["caught"])
        except LookupError as error:
            return f"caught {error}"

    ended = [launch(one, {}) for one in (failing_itself, failing_in_a_stage, failing_in_a_submitted_stage)]
    assert [result.state for result in ended] == ["failed"] * 3
    assert [type(result.error) for result in ended] == [ValueError, LookupError, LookupError]
    assert SECRETS["failure of a flow"] in str(ended[0].error)
    assert launch(catching, {}).value == f"caught nothing in {SECRETS['caught']}"
    assert told() == []


def test_what_is_asked_and_answered_is_not_shown_to_prefect(told: Callable[[], list[str]]):
    settings = Settings(amount=Decimal("987654.31"))
    waits = launch(pay_bill, {"settings": settings})
    assert waits.state == "waiting"
    approve(waits.error.approval_id, note=SECRETS["text"])
    ended = resume(pay_bill, waits.run_id)
    assert ended.state == "completed", ended.error
    assert told() == []


def test_the_search_finds_what_a_plain_world_shows(
    told: Callable[[], list[str]], open_vault: Callable[..., World]
):
    open_vault(holder=None)
    launch(failing_itself, {})
    found = " ".join(told())
    assert all(SECRETS[name] in found for name in ("page", "text", "failure of a flow"))
