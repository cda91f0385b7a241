"""A process that pays a language model is killed at any moment: what was bought is not bought again.

The provider bills when it finishes, whoever still listens. With the capture proxy no request is repeated; without it one
is at most, and the rows say so.
"""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.ledger import check_chain
from blocks.state.tables import budgets, model_calls
from tests.fakes.paid_model import PaidModel
from tests.worlds.laptop import RUN
from tests.worlds.paid import fact_of, open_paid, proxy
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Zygote, a_zygote, blank

__all__ = ["a_zygote", "blank"]

ANSWER = {"said": "yes, " * 60}
SECONDS = 0.06
"""How long the provider takes."""


@contextmanager
def opened(folder: Path, base_url: str, *, captures: bool, streams: bool) -> Generator[World]:
    """The world of a child that pays."""
    os.environ |= {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "not-a-key"}
    here = open_paid(folder, captures=captures, streams=streams)
    with working_for(Scope(RUN, "a document")):
        yield here


def bought(folder: Path, base_url: str, text: str, dies_after: float, captures: bool, streams: bool) -> str:
    """Buy an answer; after so many seconds this process is gone, without a word."""
    with opened(folder, base_url, captures=captures, streams=streams):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, dies_after)
        return fact_of(text).said


def books(folder: Path) -> dict[str, Any]:
    """Attempts by how they ended, what is reserved and spent, what the calls cost, and whether the ledger is right."""
    here = open_paid(folder, captures=False)
    with here.state.reading() as connection:
        rows = connection.execute(select(model_calls)).all()
        purse = connection.execute(select(budgets).where(budgets.c.name == "tenant")).one()
        return {
            "states": sorted(row.state for row in rows),
            "reserved": purse.reserved_nano_usd,
            "spent": purse.spent_nano_usd,
            "cost": sum(row.cost_nano_usd or 0 for row in rows),
            "is_right": check_chain(connection, RUN).ok,
        }


def kill_at_random(
    sweep: MakeSweep, children: Zygote, folder: Path, what: str, *, captures: bool, few: int
) -> tuple[PaidModel, dict[str, Any]]:
    """Kill a process that pays at random moments, let another go on, and tell what the provider and the rows say."""
    with (
        PaidModel(ANSWER, seconds=SECONDS) as provider,
        opened(folder, provider.base_url, captures=captures, streams=False),
    ):
        buy = partial(children.fork, bought, folder, provider.base_url)
        for trial in sweep(what, few=few, many=10 * few):
            with trial:
                streams = trial.seed % 2 == 1
                text, after = f"order {trial.seed}", trial.random.uniform(0.001, 3 * SECONDS)
                killed = buy(text, after, captures, streams)
                assert killed.code in (0, -signal.SIGALRM), killed.trouble
                assert fact_of(text).said == ANSWER["said"]
                text_sent = f"<document>\n{text}\n</document>"
                extra = 0 if captures else 1
                assert 1 <= provider.billed[text_sent] <= 1 + extra
        return provider, books(folder)


def test_with_the_capture_proxy_no_killed_process_pays_twice(sweep: MakeSweep, children: Zygote, blank: Path):
    what = "SIGKILL while a model is paid, with the capture proxy"
    with proxy(blank):
        provider, told = kill_at_random(sweep, children, blank, what, captures=True, few=60)
    assert told["is_right"]
    assert (told["reserved"], told["spent"]) == (0, told["cost"])
    assert set(told["states"]) <= {"settled", "unsent"}
    assert provider.billed.total() == told["states"].count("settled")
    assert provider.asked.total() == provider.billed.total()


def test_without_it_one_more_request_is_the_most_and_it_is_told(
    sweep: MakeSweep, children: Zygote, blank: Path
):
    what = "SIGKILL while a model is paid, without the capture proxy"
    provider, told = kill_at_random(sweep, children, blank, what, captures=False, few=60)
    assert told["is_right"]
    assert (told["reserved"], told["spent"]) == (0, told["cost"])
    assert set(told["states"]) <= {"settled", "ambiguous"}
    assert provider.asked.total() <= len(told["states"])
    assert provider.billed.total() - told["states"].count("settled") <= told["states"].count("ambiguous")
