"""How carefully a stage is recorded: decided from what it was measured to take, to cost, and to be asked for again.

A recorded answer is an insurance: recording it takes time at once, and spares the body where the answer is asked for
again, by another run or after a crash. Pure functions; times are microseconds, shares are millionths.
"""

import math
from dataclasses import dataclass

from blocks.state.measure_rows import Measured

LEAST_MADE = 20
"""Answers; before so many were made a stage is durable."""
COMPARED = 8
"""Answers that are made twice before a stage may be forgotten: they must come out the same."""
FORGETTABLE_US = 50_000
"""A body that takes longer is recorded, whatever the sum says: a person may wait for it."""
_WORTH_A_PAGE = 0.1
"""Prefect's own part in a durable stage may take so much of the body's time; what is quicker is light."""
_PRIOR_REUSED, _PRIOR_ASKED = 1, 20
"""Until it is measured, one answer in twenty is expected to be asked for again."""
_MARGIN = 2.0
"""A weight is changed where the other one is better by this factor, so that it does not go back and forth."""
_PRIOR_BETWEEN_DEATHS_US = 3_600_000_000
_LEAST_PART_US = 1_000
_LONGEST_PACE_US = 10_000_000
"""No more is lost to a crash, however seldom it comes: a person waits for it as well."""


@dataclass(frozen=True)
class Weighed:
    """A weight, why, and the numbers that it was decided from: whole microseconds, billionths of a dollar, millionths."""

    weight: str
    why: str
    numbers: dict[str, int]


def weigh(measured: Measured, *, forgettable: bool, retried: bool) -> Weighed:
    """The weight of a stage of which *measured* is known.

    *forgettable*: it works with nothing but its arguments; *retried*: Prefect is to run it again where it fails.
    """
    body, keep, show = body_us(measured), keep_us(measured), show_us(measured)
    again = asked_again(measured)
    numbers = {
        "made": measured["made"],
        "body_us": round(body),
        "cost_nano_usd": measured["made_nano_usd"],
        "keep_us": round(keep),
        "show_us": round(show),
        "again_ppm": round(again * 1_000_000),
        "compared": measured["compared"],
        "unsteady": measured["unsteady"],
    }
    if measured["made_nano_usd"]:
        return Weighed("durable", "it costs money", numbers)
    if retried:
        return Weighed("durable", "Prefect is to try it again", numbers)
    if forgettable and _may_forget(measured):
        margin = 1 / _MARGIN if measured.weight == "volatile" else _MARGIN
        if body * again * margin < keep * (1 - again):
            return Weighed("volatile", "making it again costs less than keeping it", numbers)
    margin = 1 / _MARGIN if measured.weight in ("light", "volatile") else _MARGIN
    if show > body * _WORTH_A_PAGE * margin:
        return Weighed("light", "a task run takes too much of its time", numbers)
    return Weighed("durable", "it is worth a task run", numbers)


def _may_forget(measured: Measured) -> bool:
    is_steady = measured["compared"] >= COMPARED and not measured["unsteady"]
    return is_steady and body_us(measured) <= FORGETTABLE_US


def body_us(measured: Measured) -> float:
    """What the body takes."""
    return measured["made_us"] / max(measured["made"], 1)


def keep_us(measured: Measured) -> float:
    """What recording takes."""
    return measured["kept_us"] / max(measured["kept"], 1)


def show_us(measured: Measured) -> float:
    """What Prefect takes for a task run."""
    return measured["shown_us"] / max(measured["shown"], 1)


def asked_again(measured: Measured) -> float:
    """The share of calls that find a recorded answer, of a volatile stage among those that are recorded all the same: the
    mean of a beta distribution with the prior above."""
    found, asked = measured["reused"], measured["kept"] + measured["reused"]
    if measured.weight == "volatile":
        found, asked = measured["sampled_again"], measured["sampled"]
    return (found + _PRIOR_REUSED) / (asked + _PRIOR_ASKED)


def forgotten_again_us(measured: Measured) -> int:
    """What was made again because it was not recorded: an estimate, from the share that is recorded all the same."""
    forgotten = measured["made"] - measured["kept"]
    again = measured["sampled_again"] / max(measured["sampled"], 1)
    return round(forgotten * again * body_us(measured))


def regret_us(measured: Measured) -> int:
    """What the better of two policies, to record all answers or none, would have saved, seen from now. Never below 0.

    What costs money has none: it is recorded, whatever that takes.
    """
    if measured["made_nano_usd"]:
        return 0
    lost, kept = forgotten_again_us(measured), measured["kept_us"] + measured["shown_us"]
    all_forgotten = lost + measured["reused_us"]
    all_kept = kept + round((measured["made"] - measured["kept"]) * keep_us(measured))
    return max(0, kept + lost - min(all_forgotten, all_kept))


@dataclass(frozen=True)
class Pace:
    """How often a part is kept, and why: all in microseconds."""

    every_us: int
    part_us: int
    between_deaths_us: int


def pace(measured: Measured, made_us: int, died: int) -> Pace:
    """How long a stage works between two parts that it keeps: sqrt(2 C M), C what keeping one takes (recording an answer,
    where none was kept yet), M the time between two deaths of a process.

    J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17 (1974). M is measured over all
    bodies, which ran *made_us* and *died* so often, with one death in an hour to begin with. Never more than 10 s.
    """
    known = measured["parts_us"] / measured["parts"] if measured["parts"] else keep_us(measured)
    part, between = max(known, _LEAST_PART_US), (made_us + _PRIOR_BETWEEN_DEATHS_US) / (died + 1)
    return Pace(round(min(math.sqrt(2 * part * between), _LONGEST_PACE_US)), round(part), round(between))
