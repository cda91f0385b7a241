"""A sweep that meets a violation goes on, and fails at its end; its row says what came of it."""

import pytest

from tests.worlds.scoreboard import table
from tests.worlds.trials import GIVE_UP_AFTER, Sweep


def swept(sweep: Sweep, *, bad: set[int]) -> None:
    """Try every seed; those in *bad* are violations."""
    for trial in sweep:
        with trial:
            assert trial.seed not in bad, "it was wrong"


def test_a_violation_fails_the_sweep_at_its_end_and_says_how_to_repeat_it():
    sweep = Sweep("wrongs", range(10), None, of=100, in_ci=10)
    with pytest.raises(AssertionError, match="--replay 3"):
        swept(sweep, bad={3})
    assert (sweep.tried, len(sweep.violations)) == (10, 1)


def test_a_sweep_without_violations_is_quiet_and_counted():
    sweep = Sweep("rights", range(10), None, of=100, in_ci=10)
    swept(sweep, bad=set())
    row = sweep.row()
    assert (row["trials"], row["violations"], row["seeds"], row["of"]) == (10, 0, "0-9", 100)


def test_a_hopeless_sweep_gives_up():
    sweep = Sweep("wrongs", range(100), None, of=100, in_ci=10)
    with pytest.raises(AssertionError, match="it was wrong"):
        swept(sweep, bad=set(range(100)))
    assert sweep.tried == GIVE_UP_AFTER


def test_a_seed_has_the_same_randomness_each_time_and_a_point_is_the_one_at_its_place():
    first, second = (list(Sweep("any", [4, 7], "abcdefgh", of=8, in_ci=2)) for _ in range(2))
    assert [trial.point for trial in first] == ["e", "h"]
    assert [trial.random.random() for trial in first] == [trial.random.random() for trial in second]


def test_the_table_sums_up():
    rows = [
        Sweep("one", range(3), None, of=3, in_ci=1).row(),
        Sweep("another", range(9), None, of=9, in_ci=2).row(),
    ]
    for row, tried in zip(rows, (1200, 34), strict=True):
        row["trials"] = tried
    told = table(rows)
    assert "1,234 trials, 0 violations" in told
    assert len({len(line) for line in told.splitlines()[:3]}) == 1
