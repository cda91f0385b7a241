"""How carefully a stage is recorded, from what was measured of it; times in microseconds."""

import math

import pytest

from blocks.durable import weighing
from blocks.durable.weighing import Pace, weigh
from blocks.state.measure_rows import Measured


def measured(weight: str | None = None, *, of: int = 100, **each: int) -> Measured:
    """A stage that made *of* answers, each recorded as a task, with what *each* of them took or cost."""
    counts = {"made": of, "kept": of, "shown": of, "compared": weighing.COMPARED}
    counts |= {f"{name}_us": of * each.pop(name, 0) for name in ("made", "kept", "shown")}
    return Measured(weight, counts | each)


def weight_of(known: Measured, *, forgettable: bool = True, retried: bool = False) -> str:
    return weigh(known, forgettable=forgettable, retried=retried).weight


QUICK = {"made": 1_000, "kept": 4_000, "shown": 30_000}


def test_what_is_made_faster_than_it_is_kept_and_not_asked_again_is_volatile():
    assert weight_of(measured(**QUICK)) == "volatile"


def test_what_is_asked_again_often_is_kept():
    assert weight_of(measured(**QUICK, reused=10_000)) == "light"


def test_what_costs_money_is_durable_however_little_and_however_quick():
    known = measured(**QUICK, made_nano_usd=1)
    assert weight_of(known) == "durable"
    assert weighing.regret_us(known) == 0


def test_what_works_with_more_than_its_arguments_is_never_forgotten():
    assert weight_of(measured(**QUICK), forgettable=False) == "light"


@pytest.mark.parametrize("told", [{"unsteady": 1}, {"compared": weighing.COMPARED - 1}])
def test_what_may_come_out_differently_is_never_forgotten(told: dict[str, int]):
    assert weight_of(measured(**(QUICK | told))) == "light"


def test_what_a_person_would_wait_for_is_never_forgotten():
    slow = QUICK | {"made": weighing.FORGETTABLE_US + 1, "kept": 10_000_000}
    assert weight_of(measured(**slow)) != "volatile"


def test_what_prefect_is_to_try_again_stays_its_task():
    assert weight_of(measured(**QUICK), retried=True) == "durable"


def test_a_task_run_is_worth_a_tenth_of_the_time():
    assert weight_of(measured(made=2_000_000, kept=4_000, shown=30_000)) == "durable"
    assert weight_of(measured(made=60_000, kept=4_000, shown=30_000)) == "light"


def test_near_the_line_a_weight_stays_what_it_is():
    near = {"made": 250_000, "kept": 4_000, "shown": 30_000}
    assert [weight_of(measured(weight, **near)) for weight in (None, "durable", "light")] == [
        "durable",
        "durable",
        "light",
    ]


def test_a_volatile_stage_is_judged_by_the_answers_that_are_recorded_all_the_same():
    known = QUICK | {"sampled": 200, "reused": 0}
    assert weight_of(measured("volatile", **known, sampled_again=0)) == "volatile"
    assert weight_of(measured("volatile", **known, sampled_again=199)) == "light"


def test_each_decision_comes_with_its_numbers():
    numbers = weigh(measured(**QUICK), forgettable=True, retried=False).numbers
    assert numbers == {
        "made": 100,
        "body_us": 1_000,
        "cost_nano_usd": 0,
        "keep_us": 4_000,
        "show_us": 30_000,
        "again_ppm": round(1_000_000 / 120),
        "compared": weighing.COMPARED,
        "unsteady": 0,
    }


def test_regret_is_what_the_better_of_two_policies_would_have_saved():
    kept = measured(made=1_000, kept=4_000, shown=0)
    assert weighing.regret_us(kept) == 100 * 4_000  # nothing was asked again: all of it was in vain
    asked = Measured(None, {**kept.counts, "reused": 500, "reused_us": 500_000})
    assert weighing.regret_us(asked) == 0
    forgotten = Measured(
        "volatile",
        {"made": 100, "made_us": 1_000_000, "kept": 10, "kept_us": 20_000, "sampled": 10, "sampled_again": 5},
    )
    lost, all_kept = 90 * 10_000 // 2, 20_000 + 90 * 2_000
    assert weighing.forgotten_again_us(forgotten) == lost
    assert weighing.regret_us(forgotten) == 20_000 + lost - all_kept


def test_parts_are_kept_as_often_as_young_says():
    known = Measured(None, {"parts": 10, "parts_us": 50_000})
    hour = 3_600_000_000
    assert weighing.pace(known, 0, 0) == Pace(round(math.sqrt(2 * 5_000 * hour)), 5_000, hour)
    assert weighing.pace(known, 9 * hour, 9).between_deaths_us == hour
    often, seldom = weighing.pace(known, 0, 1_000), weighing.pace(known, 1_000 * hour, 0)
    assert often.every_us < weighing.pace(known, 0, 0).every_us < seldom.every_us
