"""The two ways out: stdout carries the answer, stderr everything else."""

import os
import sys
from functools import cache
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.theme import Theme

# A pipe has no width: a row there is one line, however long.
PIPE_WIDTH = 1000
THEME = Theme(
    {
        "good": "green",
        "ask": "yellow",
        "bad": "red",
        "quiet": "dim",
        "head": "bold",
        "place": "cyan",
    }
)


def out() -> Console:
    """Where the answer goes: tables and sentences for people, or one JSON document."""
    return _console(sys.stdout)


def err() -> Console:
    """Where progress, warnings and errors go."""
    return _console(sys.stderr)


def say(text: str, *, style: str | None = None) -> None:
    """A sentence on stdout: wrapped at words on a terminal, one line in a pipe, where scripts look for it."""
    out().print(text, style=style, soft_wrap=not out().is_terminal)


def print_table(table: Table) -> None:
    """A table on stdout; in a pipe without the spaces that fill up its lines."""
    if out().is_terminal:
        out().print(table)
        return
    with out().capture() as captured:
        out().print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def pages() -> Console:
    """Where help pages go: never wider than a person reads."""
    width = out().width if out().is_terminal else 80
    return Console(file=sys.stdout, width=min(width, 100), highlight=False, theme=THEME)


def debugging() -> bool:
    """True when HOLDFAST_DEBUG asks for tracebacks."""
    return os.environ.get("HOLDFAST_DEBUG", "") not in ("", "0")


def harden() -> None:
    """A name that the terminal cannot write must not end the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


@cache
def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, theme=THEME, soft_wrap=False)
