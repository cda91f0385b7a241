"""What every test stands on: a home of its own, servers where a test wants one, and the labelled documents."""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.worlds.ground import add_option, ground, only_worlds
from tests.worlds.object_store import bucket, object_store
from tests.worlds.postgres import empty_database, fresh_database, postgres, postgres_server
from tests.worlds.trials import add_options, only_sweeps, sweep

__all__ = [
    "bucket",
    "empty_database",
    "fresh_database",
    "ground",
    "object_store",
    "postgres",
    "postgres_server",
    "sweep",
]

# The settings of Prefect are read when it is imported, so the home is set before any test module is.
_HOME = Path(tempfile.mkdtemp(prefix="holdfast-tests-"))
os.environ["HOLDFAST_HOME"] = str(_HOME / "holdfast")
os.environ["PREFECT_HOME"] = str(_HOME / "prefect")
for _name in ("HOLDFAST_PROFILE", "HOLDFAST_MODEL", "PREFECT_API_URL", "PREFECT_PROFILE"):
    os.environ.pop(_name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the sweeps, and where worlds are kept."""
    add_options(parser)
    add_option(parser)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--full`, only sweeps run; with `--on servers`, only what has a world there."""
    only_sweeps(config, items)
    only_worlds(config, items)


def pytest_unconfigure() -> None:
    """Take the home of this test run away."""
    shutil.rmtree(_HOME, ignore_errors=True)


NO_DOCUMENTS = "no labelled documents here (HOLDFAST_DATA names their folder)"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of labelled documents: `HOLDFAST_DATA`, or `../shared/data` beside the repository."""
    folder = Path(os.environ.get("HOLDFAST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (folder / "invoices" / "manifest.json").exists():
        pytest.skip(NO_DOCUMENTS)
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let all tests that miss the documents be one line of the summary: give their skips one place."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and report.longrepr[2].endswith(NO_DOCUMENTS):
        report.longrepr = (__file__, 1, f"Skipped: {NO_DOCUMENTS}")
    return report
