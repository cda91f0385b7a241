"""What stock Prefect does before a flow's first line and after its last, each beside what ours does."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.exceptions import ParameterTypeError
from prefect.flow_engine import BaseFlowRunEngine
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from blocks.base.clock import monotonic, sleep
from blocks.durable import flow as holdfast_flow
from blocks.durable.launch import launch
from blocks.durable.world import World
from deployments.console.catalog import all_flows
from deployments.local_server import client_environment
from tests.worlds import stock_flows
from tests.worlds.stock_flows import Paper

ROOT = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:9/api"
MAY_START_A_SERVER = """
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE
print(PREFECT_API_URL.value(), PREFECT_SERVER_ALLOW_EPHEMERAL_MODE.value())
"""


def test_stock_an_entrypoint_by_path_loads_a_module_a_second_time_and_its_classes_differ(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(ROOT)
    loaded = load_flow_from_entrypoint("tests/worlds/stock_flows.py:read_paper")
    assert loaded.fn is not stock_flows.read_paper.fn
    theirs = loaded.fn.__globals__["Paper"]
    assert theirs is not Paper
    with pytest.raises(ParameterTypeError):
        loaded.validate_parameters({"paper": Paper(number=1)})


def test_ours_an_entrypoint_by_module_is_the_flow_that_is_imported():
    flows = all_flows()
    assert flows
    for entry in flows:
        loaded = load_flow_from_entrypoint(f"{entry.module}.{entry.name}")
        assert loaded is getattr(import_module(entry.module), entry.name)


def told_in(environment: dict[str, str]) -> list[str]:
    """Which server a process with *environment* talks to, and whether it may start one of its own."""
    command = [sys.executable, "-c", MAY_START_A_SERVER]
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True, timeout=60).split()


def test_stock_a_process_without_a_server_starts_a_temporary_one(tmp_path: Path):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    assert told_in({**plain, "PREFECT_HOME": str(tmp_path)}) == ["None", "True"]


def test_ours_a_process_never_starts_a_temporary_server(tmp_path: Path):
    assert told_in(client_environment(tmp_path, NOBODY)) == [NOBODY, "False"]


@flow
def short_of_stock() -> None:
    """A tenth of a second of work."""
    sleep(0.1)


@holdfast_flow
def short_of_ours() -> None:
    """A tenth of a second of work."""
    sleep(0.1)


def seconds(act: Callable[[], object]) -> float:
    """How long *act* takes, the better of two."""
    taken = []
    for _ in range(2):
        began = monotonic()
        act()
        taken.append(monotonic() - began)
    return min(taken)


@pytest.mark.usefixtures("prefect_server")
def test_stock_a_short_flow_ends_about_a_second_late_for_its_heartbeat_and_ours_has_none(
    laptop: World, monkeypatch: pytest.MonkeyPatch
):
    beats: list[str] = []

    def beat(engine: Any, *arguments: object) -> None:
        beats.append(engine.flow.name)

    monkeypatch.setattr(BaseFlowRunEngine, "_emit_flow_run_heartbeat", beat)
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: 180}):  # the default
        assert seconds(short_of_stock) > 0.9
        launch(short_of_ours, {})
    assert set(beats) == {"short-of-stock"}
