"""Count the bodies that really ran, over all processes."""

import os
from collections import Counter
from pathlib import Path

_FILE = "HOLDFAST_TEST_BODIES"


def count_in(file: Path) -> None:
    """Let this process and its children count in *file*."""
    os.environ[_FILE] = str(file)


def body_ran(name: str) -> None:
    """Say that the body *name* ran. One append, so that processes do not tear each other's lines."""
    with Path(os.environ[_FILE]).open("a") as file:
        file.write(f"{name}\n")


def bodies(file: Path) -> Counter[str]:
    """How often each body ran."""
    return Counter(file.read_text().split() if file.exists() else ())


def times_run(name: str) -> int:
    """How often the body *name* ran so far, this time included."""
    return bodies(Path(os.environ[_FILE]))[name]
