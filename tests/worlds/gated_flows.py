"""Flows of ours that ask a person, executed by whole processes, and what they ask."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from prefect.settings import PREFECT_API_URL
from pydantic import BaseModel

import blocks.profile  # noqa: F401  a worker's process opens the world of its environment
from blocks.durable import ask, each, flow, stage
from blocks.durable.launch import resume
from tests.worlds.counting import body_ran, count_in
from tests.worlds.laptop import enter, open_laptop

ROOT = Path(__file__).parents[2]


class Paper(BaseModel):
    """What a person is shown."""

    number: int


class Correction(BaseModel):
    """What a person says."""

    number: int
    note: str = ""


class Presumed(BaseModel):
    """What a person says, with a default."""

    number: int = 0


class Named(BaseModel):
    """One of several."""

    name: str


@stage(version=1)
def read(number: int) -> int:
    """Work before the question."""
    body_ran(f"read-{number}")
    return number


@stage(version=1)
def file(number: int) -> int:
    """Work after the answer."""
    body_ran(f"file-{number}")
    return number


def asked(number: int) -> int:
    """What a person says about *number*; -1 where it is rejected."""
    decision = ask(
        "paper",
        Paper(number=number),
        answer=Correction,
        proposed={"number": number},
        title=f"Is {number} right?",
    )
    return -1 if decision.answer is None else decision.answer.number


@flow
def gated(number: int) -> int:
    """Work, stop for a person, and file what was said."""
    return file(asked(read(number)))


@flow
def presuming() -> int:
    """Ask with an answer whose fields all have defaults."""
    decision = ask("paper", Paper(number=1), answer=Presumed, title="Is it right?")
    return 0 if decision.answer is None else decision.answer.number


@flow
def dying_with_the_answer(folder: str) -> int:
    """Stop for a person, note the answer, and be killed with it, the first time."""
    answer, notes = asked(1), Path(folder) / "answers.txt"
    with notes.open("a") as file:
        file.write(f"{answer}\n")
    if len(notes.read_text().splitlines()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


@flow
def two_gates(names: list[str]) -> list[int]:
    """Ask about each of several side by side; a name is a number."""
    return each(
        [Named(name=name) for name in names],
        lambda item: file(asked(int(item.name))),
        failed=lambda item, error: -2,
    )


def process(folder: Path, run_id: str) -> "subprocess.Popen[bytes]":
    """A process that goes on with a run of `dying_with_the_answer`, in the world of *folder*."""
    code = "from tests.worlds.gated_flows import go_on; go_on()"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), run_id],
        cwd=ROOT,
        env={
            **os.environ,
            "PREFECT_API_URL": PREFECT_API_URL.value() or "",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
        },
    )


def go_on() -> None:
    """Go on with the run that the command line names."""
    folder, run_id = Path(sys.argv[1]), sys.argv[2]
    count_in(folder / "bodies.txt")
    enter(open_laptop(folder))
    resume(dying_with_the_answer, run_id)
