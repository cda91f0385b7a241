"""`holdfast storage stats`: what recording saved, what it took, and how stages of the weight auto were decided."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table

from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import late
from deployments.console.screen import print_table, say
from deployments.console.wording import cost, count, duration, moment


def stats(*, profile: Profile = None, json: AsJson = False) -> int:
    """Show what recording saved and what it took, stage by stage.

    Regret is what the better of two policies, to record every answer or none, would
    have saved, seen from now. A stage whose weight is decided from these numbers says
    which it has. They are measures: what a killed process counted last is not in them.

    For example:

        holdfast storage stats
        holdfast storage stats --json
    """
    choose_profile(profile)
    late("blocks.profile")
    savings, here = late("blocks.durable.savings"), late("blocks.durable.world").current()
    stages, decided = savings.savings(here), savings.decisions(here)
    if json:
        print_json({"stages": [vars(one) for one in stages], "decisions": [vars(one) for one in decided]})
        return DONE
    if not stages:
        say("Nothing was measured yet.")
        return DONE
    print_table(_table(stages))
    for sentence in _sums(stages):
        say(sentence)
    for one in decided:
        say(_told(one))
    return DONE


def _table(stages: Sequence[Any]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="head", pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("Stage", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("Weight", no_wrap=True)
    for name in ("Made", "Each", "Keeping", "Reused", "Saved", "USD", "Regret"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in stages:
        table.add_row(
            one.stage,
            one.weight or "",
            f"{one.made:,}",
            brief(one.body_seconds / max(one.made, 1)),
            brief(one.keeping_seconds / max(one.kept, 1)),
            f"{one.reused:,}",
            brief(one.saved_seconds),
            cost(one.saved_usd),
            brief(one.regret_seconds),
        )
    return table


def _sums(stages: Sequence[Any]) -> list[str]:
    saved, kept = sum(one.saved_seconds for one in stages), sum(one.keeping_seconds for one in stages)
    dollars, reused = (
        sum((one.saved_usd for one in stages), Decimal(0)),
        sum(one.reused for one in stages),
    )
    again, regret = sum(one.again_seconds for one in stages), sum(one.regret_seconds for one in stages)
    told = [
        f"{count(reused, 'answer')} given again: {brief(saved)} and {cost(dollars)} USD saved. "
        f"Recording took {brief(kept)}; what was not recorded and made again, {brief(again)}. Regret: {brief(regret)}."
    ]
    if parts := sum(one.parts for one in stages):
        took, restored = (
            sum(getattr(one, name) for one in stages) for name in ("parts_seconds", "restored_seconds")
        )
        told.append(
            f"{count(parts, 'part')} of long answers kept in {brief(took)}, {brief(restored)} of work restored."
        )
    return told


def _told(one: Any) -> str:
    numbers = one.numbers
    body, keep, show = (brief(numbers[name] / 1_000_000) for name in ("body_us", "keep_us", "show_us"))
    return (
        f"{moment(one.at)}  {one.stage} is {one.weight}: {one.why} (body {body}, recording {keep}, task run {show}, "
        f"asked again {numbers['again_ppm'] / 10_000:.1f} %, over {count(numbers['made'], 'answer')})."
    )


def brief(seconds: float) -> str:
    """A time that may be short.

    >>> brief(0), brief(0.00042), brief(0.0123), brief(4.21)
    ('0 ms', '0.4 ms', '12 ms', '4.2 s')
    """
    if seconds >= 1:
        return duration(seconds)
    return f"{seconds * 1000:.1f} ms" if 0 < seconds < 0.01 else f"{seconds * 1000:.0f} ms"
