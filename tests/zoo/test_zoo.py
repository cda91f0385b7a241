"""Planted bugs turn the tests red: a few of them here, all of them with `make zoo`."""

from dataclasses import replace

import pytest

from tests.architecture.house import ROOT
from tests.worlds.trials import MakeSweep
from tests.zoo.bugs import BUGS
from tests.zoo.cage import Bug, control, copied, imported_from, outcome_of


def test_there_are_enough_bugs_and_each_has_its_own_name():
    assert len(BUGS) >= 15
    assert len({bug.what for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_a_bug_still_has_its_place_in_the_product(bug: Bug):
    """A bug that cannot be planted any more proves nothing."""
    changed = bug.planted_in((ROOT / bug.file).read_text())
    compile(changed, bug.file, "exec")


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_tests_that_catch_a_bug_are_there(bug: Bug):
    assert bug.tests
    for test in bug.tests:
        file, _, name = test.partition("::")
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()


@pytest.mark.timeout(1800)
def test_a_planted_bug_is_caught(sweep: MakeSweep):
    for trial in sweep("planted bugs", over=BUGS, few=3):
        with trial:
            outcome = outcome_of(trial.point)
            assert outcome.is_red, outcome.said


def test_what_runs_is_the_copy():
    with copied() as copy:
        assert imported_from(copy) == copy


def test_without_a_bug_the_tests_are_green():
    assert control(BUGS[:1]).is_green


def test_a_copy_that_cannot_be_imported_is_not_called_caught():
    broken = replace(BUGS[0], new="this is no Python")
    assert not outcome_of(broken).is_red


def test_a_bug_that_changes_nothing_survives():
    assert not outcome_of(replace(BUGS[0], new=BUGS[0].old)).is_red
