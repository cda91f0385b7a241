"""The product keeps the rules of the house."""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from blocks.base.home import home
from tests.architecture import house
from tests.architecture.house import ROOT


def test_the_root_holds_only_the_rooms_and_what_starts_them():
    assert house.strange_entries(ROOT) == []


def test_every_package_map_lists_exactly_its_modules():
    assert house.untrue_maps(ROOT) == []


def test_no_module_or_function_outgrows_its_reader():
    assert house.too_long(ROOT) == []


def test_every_module_has_a_name_that_says_something():
    assert house.nameless(ROOT) == []


def test_only_the_clock_reads_the_time():
    assert house.clock_readers(ROOT) == []


def test_nothing_imports_a_reader_that_can_run_code():
    assert house.unsafe_readers(ROOT) == []


@pytest.mark.parametrize("room", house.ROOMS)
def test_each_room_is_imported_from_this_repository(room: str):
    """The rooms have common names: another package with such a name must not stand in for them."""
    found = subprocess.run(
        [sys.executable, "-c", f"import {room}; print({room}.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout.strip()
    assert Path(found) == ROOT / room / "__init__.py"


def test_imports_go_only_downhill():
    """The import contracts in pyproject.toml hold."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_wheel_holds_exactly_the_four_rooms():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(house.ROOMS)


def test_no_test_works_in_the_home_of_a_person():
    """State, and Prefect's own, stand in a folder that goes away with the test run."""
    assert home().is_relative_to(tempfile.gettempdir())
    assert Path(os.environ["PREFECT_HOME"]).is_relative_to(tempfile.gettempdir())
