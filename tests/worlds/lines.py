"""The lines of the product as they are executed, and a kill at any one of them."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / room}/" for room in ("blocks", "tasks", "flows"))

COMPUTES_ONLY = "blocks/base/canonical.py"
"""Reads and writes nothing, and loops over every value: a repeat finds the world as the first time found it."""

Act = Callable[[str], None]


@contextmanager
def traced(act: Act, *, threads: bool = False) -> Generator[None]:
    """Call *act* with `file:line` before each line of ours that this thread executes under it.

    With *threads* also for the threads that are started under it.
    """

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        return on_line if _is_ours(frame.f_code) else None

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            act(f"{frame.f_code.co_filename.removeprefix(f'{ROOT}/')}:{frame.f_lineno}")
        return on_line

    if threads:
        threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)  # pyright: ignore[reportArgumentType]


def worth_a_kill(lines: list[str]) -> list[tuple[int, str]]:
    """Each line with its number; in one stretch of mere computing each line once."""
    points: list[tuple[int, str]] = []
    seen: set[str] = set()
    for number, line in enumerate(lines):
        if not line.startswith(COMPUTES_ONLY):
            seen.clear()
        elif line in seen:
            continue
        else:
            seen.add(line)
        points.append((number, line))
    return points


def killed_at_line(number: int, expected: str) -> Act:
    """Kill this process before the line of that *number*, counted from 0, which must be the *expected* one."""
    left = number

    def act(line: str) -> None:
        nonlocal left
        if left == 0:
            if line != expected:
                raise AssertionError(f"line {number} is {line}, and was {expected}")
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    return act


def killed_at_first(expected: str) -> Act:
    """Kill this process before it executes the *expected* line for the first time."""

    def act(line: str) -> None:
        if line == expected:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


@cache
def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(OURS)
