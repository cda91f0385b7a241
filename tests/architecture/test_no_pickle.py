"""No room of the house reads data with what can run it: no pickle and its kind, no eval, no exec."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture import house
from tests.architecture.house import ROOT

UNSAFE_MODULES = {
    *house.UNSAFE,
    "_pickle",
    "pickletools",
    "copyreg",
    "joblib",
    "jsonpickle",
    "yaml",
    "code",
    "codeop",
}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNSAFE_METHODS = {"read_pickle", "to_pickle", "unsafe_load", "full_load"}


def unsafe_lines(text: str) -> list[int]:
    """The lines of a module that import, or call, what can turn data into a running program."""
    return sorted(node.lineno for node in _expressions(ast.parse(text)) if _is_unsafe(node))


def _expressions(tree: ast.AST) -> Iterator[ast.stmt | ast.expr]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr))


def _is_unsafe(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(_top(alias.name) in UNSAFE_MODULES for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return _top(node.module or "") in UNSAFE_MODULES
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in UNSAFE_CALLS or _imports_by_name(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in UNSAFE_METHODS or _imports_by_name(node)
    return False


def _imports_by_name(call: ast.Call) -> bool:
    """Is it `import_module` of one of them?"""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [word.value for word in call.args if isinstance(word, ast.Constant)]
    return name == "import_module" and any(_top(str(word)) in UNSAFE_MODULES for word in given)


def _top(name: str) -> str:
    return name.partition(".")[0]


def test_no_module_of_the_product_can_run_what_it_reads():
    found = {
        path.relative_to(ROOT).as_posix(): unsafe_lines(path.read_text()) for path in house.modules(ROOT)
    }
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert len(found) > 100


def test_no_module_of_the_product_names_the_pickling_serializer_of_prefect():
    assert [path for path in house.modules(ROOT) if "PickleSerializer" in path.read_text()] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "import os, marshal",
        "from cloudpickle import loads",
        "import shelve as shelf",
        "from dill.detect import trace",
        "x = eval('1')",
        "exec(text)",
        "y = __import__(name)",
        "frame = pandas.read_pickle(path)",
        "importlib.import_module('pickle')",
        "def late():\n    import _pickle",
    ],
)
def test_a_planted_line_is_found(line: str):
    assert unsafe_lines(line) == [len(line.splitlines())]


@pytest.mark.parametrize("line", ["re.compile('x')", "evaluate()", "import json", "import_module('json')"])
def test_an_innocent_line_is_not_accused(line: str):
    assert unsafe_lines(line) == []
