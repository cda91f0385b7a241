"""Each rule of the house finds what is planted against it."""

from pathlib import Path

import pytest

from tests.architecture import house


@pytest.fixture
def plant(tmp_path: Path):
    """Write one file into an otherwise sound small house, and give the house back."""
    for room in house.ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text('"""Empty."""\n')

    def planted(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path

    return planted


def test_a_strange_entry_at_the_root_is_found(plant):
    assert house.strange_entries(plant("core/engine.py")) == ["core"]


def test_an_unlisted_module_is_found(plant):
    assert house.untrue_maps(plant("tasks/read.py")) == ["tasks does not list read.py"]


def test_a_map_entry_without_a_module_is_found(plant):
    root = plant("tasks/__init__.py", '"""Verbs.\n\n    gone.py  was here once\n"""\n')
    assert house.untrue_maps(root) == ["tasks lists gone.py, which is not there"]


def test_a_package_without_a_map_is_found(plant):
    assert "tasks/prompts has no __init__.py" in house.untrue_maps(plant("tasks/prompts/words.py"))


def test_a_module_of_many_lines_is_found(plant):
    assert house.too_long(plant("tasks/read.py", "x = 1\n" * 401)) == [
        "tasks/read.py has 401 lines, at most 400"
    ]


def test_a_long_function_is_found_and_its_docstring_is_not_counted(plant):
    body = '    """\n' + "    told\n" * 60 + '    """\n' + "    x = 1\n" * 49
    assert house.too_long(plant("tasks/read.py", f"def read():\n{body}")) == []
    assert house.too_long(plant("tasks/read.py", f"def read():\n{body}    x = 1\n")) == [
        "tasks/read.py:1 read has 51 lines, at most 50"
    ]


@pytest.mark.parametrize("name", ["tasks/utils.py", "blocks/common/rows.py"])
def test_a_name_that_says_nothing_is_found(plant, name: str):
    assert house.nameless(plant(name)) == [name]


@pytest.mark.parametrize(
    "line",
    [
        "import time; x = time.time()",
        "from time import time",
        "from datetime import datetime; x = datetime.now()",
        "import datetime as dt; x = dt.datetime.now(dt.UTC)",
        "import datetime as dt; x = dt.date.today()",
    ],
)
def test_a_second_clock_is_found(plant, line: str):
    assert house.clock_readers(plant("tasks/check.py", line)) == ["tasks/check.py:1"]


@pytest.mark.parametrize("line", ["import pickle", "from cloudpickle import loads", "import shelve as s"])
def test_an_unsafe_reader_is_found(plant, line: str):
    assert house.unsafe_readers(plant("blocks/state.py", line)) == ["blocks/state.py:1"]


def test_a_word_is_found_where_it_stands(plant):
    root = plant("tasks/notes.md", "fine\nsee the teapot\n")
    assert house.lines_with(root, r"tea\w+") == ["tasks/notes.md:2: teapot"]
