"""Flows of stock Prefect that stop for a person, and what whole processes execute of them."""

import os
import signal
from pathlib import Path

from prefect import flow, suspend_flow_run
from prefect.input import RunInput


class Answer(RunInput):
    """What a person says."""

    number: int


class Presumed(RunInput):
    """What a person says, with a default."""

    number: int = 0


@flow
def trivial() -> int:
    """Nothing to do."""
    return 1


@flow
def asking() -> int:
    """Stop for a person."""
    return suspend_flow_run(wait_for_input=Answer, timeout=600, key="gate").number


@flow
def presuming() -> int:
    """Stop for a person, where every field of the answer has a default."""
    return suspend_flow_run(wait_for_input=Presumed, timeout=600, key="gate").number


@flow
def dying_with_the_answer(folder: Path) -> None:
    """Stop for a person, note the answer, and be killed with it."""
    answer = suspend_flow_run(wait_for_input=Answer, timeout=600, key="gate")
    with (folder / "answers.txt").open("a") as file:
        file.write(f"{answer.number}\n")
    os.kill(os.getpid(), signal.SIGKILL)
