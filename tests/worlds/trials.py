"""How often a sweep tries, which seed each trial has, and what came of it.

`--full` makes the full counts (`make prove`), `--replay SEED` repeats one trial, `--from SEED` moves the seeds, and
`--report FILE` keeps one row per sweep for the table (tests.worlds.scoreboard).
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from blocks.base.clock import monotonic

GIVE_UP_AFTER = 5


class Trial:
    """One trial: its *seed*, the *point* it is about where points are enumerated, and its own randomness.

    As a context it notes a violation and prints how to repeat it; the sweep goes on, and fails at its end.
    """

    def __init__(self, sweep: "Sweep", seed: int, point: Any) -> None:
        self.seed, self.point = seed, point
        self.random = random.Random(seed)
        self._sweep = sweep

    def __enter__(self) -> "Trial":
        print(f"{self._sweep.what}: --replay {self.seed}" + (f" ({self.point})" if self.point else ""))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._sweep.tried += 1
        if not isinstance(error, (Exception, pytest.fail.Exception)):
            return False
        violation = f"--replay {self.seed} ({self.point}): {type(error).__name__}: {error}"
        print(violation)  # at once: with `-s` a long sweep is followed
        self._sweep.violations.append(violation)
        return len(self._sweep.violations) < GIVE_UP_AFTER


class Sweep:
    """All trials of one kind of fault."""

    def __init__(
        self, what: str, seeds: Sequence[int], points: Sequence[Any] | None, *, of: int, in_ci: int
    ) -> None:
        self.what, self.of, self.in_ci = what, of, in_ci
        self._seeds, self._points = seeds, points
        self.tried = 0
        self.violations: list[str] = []
        self._began = monotonic()

    def __iter__(self) -> Iterator[Trial]:
        for seed in self._seeds:
            yield Trial(self, seed, self._points[seed] if self._points is not None else None)
        assert not self.violations, "\n".join(self.violations)

    def row(self) -> dict[str, Any]:
        """The sweep as a row of the table. *of* is the full count, *in_ci* the usual one."""
        seeds = f"{self._seeds[0]}-{self._seeds[-1]}" if self._seeds else "none"
        return {
            "what": self.what,
            "trials": self.tried,
            "of": self.of,
            "in_ci": self.in_ci,
            "seeds": seeds,
            "violations": len(self.violations),
            "seconds": round(monotonic() - self._began, 1),
        }


MakeSweep = Callable[..., Sweep]


@pytest.fixture
def sweep(request: pytest.FixtureRequest) -> Iterator[MakeSweep]:
    """Make a sweep: `for trial in sweep("what is swept", few=20, many=500): with trial: ...`.

    *few* trials are made in CI (on servers *on_servers*, by default a tenth and at least eight), and *many* with `--full`.
    With `over=points` every point is one trial, its seed is its place in the list, *few* of them are taken evenly and
    all with `--full`.
    """
    made: list[Sweep] = []
    option = request.config.getoption

    def make(
        what: str,
        *,
        few: int,
        many: int | None = None,
        over: Sequence[Any] | None = None,
        on_servers: int | None = None,
    ) -> Sweep:
        of = len(over) if over is not None else many or few
        if option("--on") == "servers":
            what = f"{what}, on servers"
            few = on_servers if on_servers is not None else min(few, max(few // 10, 8))
        count = of if option("--full") else min(few, of)
        start = int(option("--from"))
        seeds = (
            [place * of // count for place in range(count)]
            if over is not None
            else range(start, start + count)
        )
        if option("--replay") is not None:
            seeds = [int(option("--replay"))]
        made.append(Sweep(what, seeds, over, of=of, in_ci=min(few, of)))
        return made[-1]

    yield make
    if report := option("--report"):
        with Path(report).open("a") as rows:
            rows.writelines(json.dumps(one.row()) + "\n" for one in made)


def add_options(parser: pytest.Parser) -> None:
    """The options of the sweeps."""
    group = parser.getgroup("sweeps")
    group.addoption("--full", action="store_true", help="full counts, and only the sweeps")
    group.addoption("--replay", default=None, metavar="SEED", help="repeat one trial")
    group.addoption("--from", default=0, metavar="SEED", help="the first seed")
    group.addoption("--report", default=None, metavar="FILE", help="append one JSON line per sweep")


def only_sweeps(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--full`, leave out what is no sweep."""
    if config.getoption("--full"):
        items[:] = [item for item in items if "sweep" in getattr(item, "fixturenames", ())]
