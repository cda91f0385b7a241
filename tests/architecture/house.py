"""The rules of the house, each a function from a folder to what breaks the rule there."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "blocks", "deployments")
ENTRIES = {"pyproject.toml", "README.md", "LICENSE", "Makefile", "constraints.txt", "tests", *ROOMS}

HIDDEN = re.compile(r"/(\.(?!ci/)|__pycache__/|\w+\.egg-info/)")
MODULE_LINES, FUNCTION_LINES, FLOW_LINES = 400, 50, 60
NAMELESS = {"utils", "util", "common", "helper", "helpers", "misc", "manager", "managers", "service", "stuff"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
CLOCKS |= {("time", "time"), ("time", "time_ns")}
STEPS = "migrations/versions"
"""Numbered steps that are never edited again: the folder is its own list, and a step is as long as it is."""
UNSAFE = {"pickle", "cloudpickle", "dill", "shelve", "marshal", "jsonpickle"}


def modules(root: Path) -> Iterator[Path]:
    """Every Python file of the product."""
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))


def files(root: Path) -> list[Path]:
    """Every file that git tracks or would track; without git, all but what stands in hidden folders."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if asked.returncode:
        names = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
        return [root / name for name in sorted(names) if not HIDDEN.search(f"/{name.as_posix()}")]
    names = sorted(set(asked.stdout.decode().split("\0")) - {""})
    return [path for name in names if (path := root / name).is_file()]


def strange_entries(root: Path) -> list[str]:
    """What lies at the root and has no place there."""
    seen = {path.relative_to(root).parts[0] for path in files(root)}
    return sorted(name for name in seen if name not in ENTRIES and not name.startswith("."))


def untrue_maps(root: Path) -> list[str]:
    """Packages whose docstring does not list exactly their modules and packages."""
    wrong = []
    for folder in sorted({path.parent for path in modules(root)}):
        name = folder.relative_to(root).as_posix()
        if name.endswith(STEPS):
            continue
        if not (folder / "__init__.py").exists():
            wrong.append(f"{name} has no __init__.py")
            continue
        told, there = _told(folder / "__init__.py"), _there(folder)
        wrong += [f"{name} does not list {item}" for item in sorted(there - told)]
        wrong += [f"{name} lists {item}, which is not there" for item in sorted(told - there)]
    return wrong


def _told(module: Path) -> set[str]:
    """The entries of a map: `name.py  what it is` or `name/  what it holds`, one on a line."""
    text = ast.get_docstring(ast.parse(module.read_text())) or ""
    return set(re.findall(r"^\s*(\w+(?:\.py|/)) +\S", text, flags=re.MULTILINE))


def _there(folder: Path) -> set[str]:
    """The modules and packages of *folder*, as a map writes them."""
    packages = {f"{path.parent.name}/" for path in folder.glob("*/*.py")}
    return {path.name for path in folder.glob("*.py")} - {"__init__.py"} | packages


def too_long(root: Path) -> list[str]:
    """Modules, functions and flows over their size; docstrings of functions are not counted."""
    found = []
    for path in modules(root):
        name, text = path.relative_to(root).as_posix(), path.read_text()
        if (lines := len(text.splitlines())) > MODULE_LINES:
            found.append(f"{name} has {lines} lines, at most {MODULE_LINES}")
        for node in [] if STEPS in name else ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                limit = FLOW_LINES if name.startswith("flows/") else FUNCTION_LINES
                if (lines := _lines(node)) > limit:
                    found.append(f"{name}:{node.lineno} {node.name} has {lines} lines, at most {limit}")
    return found


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring and its decorators."""
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    doc = (first.end_lineno or 0) - first.lineno + 1 if told else 0
    return (node.end_lineno or 0) - node.lineno + 1 - doc


def nameless(root: Path) -> list[str]:
    """Modules and folders whose name says nothing about what they hold."""
    paths = [path.relative_to(root) for path in modules(root)]
    return sorted({p.as_posix() for p in paths for part in p.parts if part.removesuffix(".py") in NAMELESS})


def clock_readers(root: Path) -> list[str]:
    """Lines that read the calendar themselves instead of asking the clock of the base."""
    return [
        line for line in _lines_where(root, _reads_a_clock) if not line.startswith("blocks/base/clock.py")
    ]


def unsafe_readers(root: Path) -> list[str]:
    """Lines that import what can run code while it reads data."""
    return _lines_where(root, _imports_an_unsafe_reader)


def _lines_where(root: Path, holds: Callable[[ast.AST], bool]) -> list[str]:
    """`path:line` of each statement or expression of the product of which *holds* is true."""
    return [
        f"{path.relative_to(root).as_posix()}:{node.lineno}"
        for path in modules(root)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.stmt | ast.expr) and holds(node)
    ]


def _reads_a_clock(node: ast.AST) -> bool:
    """Is it `datetime.now`, `date.today`, `time.time` or an import of the last?"""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and bool(_names(node) & {"time", "time_ns"})
    return isinstance(node, ast.Attribute) and (_last(node.value), node.attr) in CLOCKS


def _imports_an_unsafe_reader(node: ast.AST) -> bool:
    """Is it an import of pickle or of one of its kind?"""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in UNSAFE
    return isinstance(node, ast.Import) and bool(_names(node) & UNSAFE)


def _last(node: ast.expr) -> str:
    """The last word of a dotted name: `datetime` of `dt.datetime`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    """What an import statement brings in, without what lies below it."""
    return {alias.name.partition(".")[0] for alias in node.names}


def lines_with(root: Path, pattern: str, *, but: Path | None = None) -> list[str]:
    """Where *pattern* (ignoring case) stands in the text files of the project, *but* left out."""
    sought = re.compile(pattern, re.IGNORECASE)
    found = []
    for path in files(root):
        if path == but:
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if match := sought.search(line):
                found.append(f"{path.relative_to(root).as_posix()}:{number}: {match.group()}")
    return found
