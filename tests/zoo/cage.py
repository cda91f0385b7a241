"""Copy the project to a folder of its own, plant a bug in the copy, and run the tests there that should catch it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blocks.base.clock import monotonic
from tests.architecture.house import ROOT, files

MOST_SECONDS = 120
_OURS = ("HOLDFAST_", "PREFECT_", "PYTEST_", "COV_")


class NoPlace(ValueError):
    """A bug cannot be planted: its place is not in the file, or more than once."""


@dataclass(frozen=True)
class Bug:
    """*what* is wrong once *old*, which stands once in *file*, is *new*; one of *tests* turns red by it."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return self.what

    def planted_in(self, text: str) -> str:
        """The text of the file with the bug in it. Raises NoPlace."""
        if text.count(self.old) != 1:
            raise NoPlace(f"{self.what}: its place stands {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Outcome:
    """What came of running tests in a copy. *code* is pytest's; *failed* are the tests that ran and failed."""

    code: int
    failed: tuple[str, ...]
    seconds: float
    said: str

    @property
    def is_red(self) -> bool:
        """Did a test run and fail? A copy that cannot even be imported is not caught by a test."""
        return self.code == 1 and bool(self.failed)

    @property
    def is_green(self) -> bool:
        """Did tests run, and none fail?"""
        return self.code == 0


def outcome_of(bug: Bug) -> Outcome:
    """Plant *bug* in a copy of its own, and run its tests there. Raises NoPlace."""
    with copied() as copy:
        file = copy / bug.file
        file.write_text(bug.planted_in(file.read_text()))
        return outcome_in(copy, bug.tests)


def control(bugs: Iterable[Bug]) -> Outcome:
    """Run the tests of *bugs* in a copy without a bug."""
    with copied() as copy:
        return outcome_in(copy, sorted({test for bug in bugs for test in bug.tests}))


@contextmanager
def copied() -> Generator[Path]:
    """A copy of the project as it stands here, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="holdfast-zoo-") as name:
        folder = Path(name).resolve()
        for path in files(ROOT):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield folder


def outcome_in(copy: Path, tests: Iterable[str]) -> Outcome:
    """Run *tests* of the project in *copy*, up to the first that fails."""
    began = monotonic()
    if (found := imported_from(copy)) != copy:
        raise RuntimeError(f"the copy {copy} is not what runs, but {found}")
    options = ["-q", "-x", "--tb=line", "-rfE", f"--timeout={MOST_SECONDS}", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={copy}", *tests],
        cwd=copy,
        env=_environment(copy),
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * MOST_SECONDS,
    )
    failed = re.findall(r"^FAILED (\S+)", run.stdout, flags=re.MULTILINE)
    return Outcome(run.returncode, tuple(failed), monotonic() - began, run.stdout + run.stderr)


def imported_from(copy: Path) -> Path:
    """The folder out of which a program that is started in *copy* imports the product."""
    run = subprocess.run(
        [sys.executable, "-c", "import blocks; print(blocks.__file__)"],
        cwd=copy,
        env=_environment(copy),
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(run.stdout.strip()).parents[1]


def _environment(copy: Path) -> dict[str, str]:
    """This environment without what steers us, and with *copy* before what is installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
