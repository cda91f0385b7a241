"""The flows that can be run, read from their source text: nothing is imported, so `--help` stays quick."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from blocks.base.errors import Misuse


@dataclass(frozen=True)
class FlowEntry:
    """One flow: module and function name, what it does in one sentence, and its parameters in order."""

    name: str
    sentence: str
    parameters: tuple[str, ...]

    @property
    def module(self) -> str:
        """Where to import it from."""
        return f"flows.{self.name}"


class NoSuchFlow(Misuse):
    """There is no flow {name!r}."""

    next = "`holdfast run --help` lists the flows."


def all_flows(folder: Path | None = None) -> list[FlowEntry]:
    """Every flow of *folder* (the package `flows`): a module with a flow function of the same name."""
    folder = folder or _flows_folder()
    found = (_entry(path) for path in sorted(folder.glob("*.py"))) if folder else ()
    return [entry for entry in found if entry is not None]


def find_flow(name: str) -> FlowEntry:
    """The flow *name*, written with dashes or underscores. Raises NoSuchFlow, with the nearest name."""
    wanted = name.strip().removesuffix(".py").replace("-", "_")
    entries = {entry.name: entry for entry in all_flows()}
    if wanted in entries:
        return entries[wanted]
    near = difflib.get_close_matches(wanted, entries, n=1)
    raise NoSuchFlow(f"Did you mean {near[0]}?" if near else f"There are: {', '.join(entries)}.", name=name)


def _flows_folder() -> Path | None:
    spec = find_spec("flows")
    return (
        Path(next(iter(spec.submodule_search_locations)))
        if spec and spec.submodule_search_locations
        else None
    )


def _entry(path: Path) -> FlowEntry | None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next((_described(node, tree) for node in _functions(tree) if node.name == path.stem), None)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            map(_is_flow, node.decorator_list)
        ):
            yield node


def _is_flow(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return "flow" in (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))


def _described(node: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> FlowEntry:
    text = ast.get_docstring(node) or ast.get_docstring(tree) or ""
    parameters = tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args))
    return FlowEntry(node.name, text.strip().partition("\n")[0], parameters)
