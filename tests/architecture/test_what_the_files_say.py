"""What stands in the project's files holds on every machine, and speaks of the project alone."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deployments.console import entry
from tests.architecture.house import ROOT, lines_with

HERE = Path(__file__)

FOREIGN_PATHS = r"(?<![\w.<])/(root|home/\w+|Users/\w+|work|opt|mnt|srv/\w+)/[\w.]+"
INDEX_HOSTS = r"(extra-)?index-url|find-links\b|/simple/|files\.pythonhosted|https?://\S+\.(whl|tgz)"
AUTHORSHIP = (
    r"\bissues? #?\d|\b(this|previous|last|earlier|next) session\b|\bhelper session\b|\bthe lead\b"
    r"|\b(claude|chatgpt|copilot)\b|\bas an ai\b|co-authored-by|generated (by|with) (an )?ai\b"
)


def test_no_file_names_a_path_of_one_machine():
    assert lines_with(ROOT, FOREIGN_PATHS, but=HERE) == []


def test_no_file_names_a_package_index():
    assert lines_with(ROOT, INDEX_HOSTS, but=HERE) == []


def test_no_file_speaks_of_how_it_was_written():
    assert lines_with(ROOT, AUTHORSHIP, but=HERE) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (FOREIGN_PATHS, "see /home/ann/notes"),
        (FOREIGN_PATHS, "DATA = '/root/data'"),
        (INDEX_HOSTS, "--extra-index-url file:///x"),
        (AUTHORSHIP, "asked for in issue 12"),
        (AUTHORSHIP, "fixed in the previous session"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: str, line: str):
    assert re.search(pattern, line, re.IGNORECASE)


def wanted() -> list[Requirement]:
    """Every dependency of the core and of all extras that this platform needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(text) for text in itertools.chain.from_iterable(named)]
    return [r for r in found if r.marker is None or r.marker.evaluate()]


def locked() -> dict[str, set[str]]:
    """Each locked package and its versions; more than one where they differ by platform."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE
    ):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def test_the_lock_pins_every_dependency_within_its_range():
    pins = locked()
    missing = [str(r) for r in wanted() if canonicalize_name(r.name) not in pins]
    astray = [
        str(r) for r in wanted() for v in pins.get(canonicalize_name(r.name), ()) if v not in r.specifier
    ]
    assert (missing, astray) == ([], [])


def test_every_locked_version_has_a_hash():
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", ["README.md", ".ci/run", "Makefile"])
def test_every_make_command_that_is_named_exists(file: str):
    named = set(re.findall(r"(?:^|[`'\s])make ([a-z]+)(?=[`'\s]|$)", (ROOT / file).read_text(), re.MULTILINE))
    prose = {"sure", "it", "them", "a", "the"}
    assert named - prose - targets() == set()
    assert named & targets()


def test_the_first_command_stands_near_the_top_of_the_readme():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert lines.index("    make demo") < 25 if "    make demo" in lines else lines.index("make demo") < 25


def test_every_folder_that_the_readme_names_is_there():
    named = set(
        re.findall(r"\b((?:flows|tasks|blocks|deployments|tests)/[\w/.-]*)", (ROOT / "README.md").read_text())
    )
    assert named
    assert [name for name in sorted(named) if not (ROOT / name.rstrip(".")).exists()] == []


def commands(text: str) -> set[tuple[str, ...]]:
    """Every command that *text* names: `holdfast runs list | show RUN` is `runs list` and `runs show`."""
    word = r"(?:[a-z]+(?=[\s`]|$)|\|)"
    found: set[tuple[str, ...]] = set()
    for match in re.findall(rf"\bholdfast ({word}(?: {word})*)", text, re.MULTILINE):
        first, *others = (tuple(part.split()) for part in match.split("|"))
        found |= {first, *((*first[:-1], *other) for other in others)}
    return found


def test_a_line_with_several_commands_names_each_of_them():
    line = "    holdfast runs list | show RUN     what ran\nand `holdfast up` or holdfast run process_it X"
    assert commands(line) == {("runs", "list"), ("runs", "show"), ("up",), ("run",)}


@pytest.mark.parametrize("command", sorted(commands((ROOT / "README.md").read_text())), ids=" ".join)
def test_every_command_that_the_readme_names_has_a_help_page(command: tuple[str, ...]):
    assert entry.execute([*command, "--help"]) == 0


def test_a_command_that_is_not_there_has_no_help_page():
    assert entry.execute(["teapot", "--help"]) != 0
