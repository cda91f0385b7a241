"""Of many who decide one request at one moment, one does; the others learn who it was."""

import threading
from collections.abc import Generator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from blocks.durable import approvals, approvers, world
from blocks.durable.approvals import Approval
from blocks.durable.world import World
from blocks.state import ledger
from blocks.state.tables import approvals as rows
from deployments.approval_page.brakes import Rate, Rates
from tests.worlds.approval_page import PASSWORD, Visitor, bill, serving
from tests.worlds.deciders import (
    LOST,
    WON,
    Decider,
    Told,
    at_a_command,
    by_webhook,
    on_the_page,
    through_the_door,
)
from tests.worlds.laptop import RUN, laptop, open_world
from tests.worlds.trials import MakeSweep

__all__ = ["laptop", "open_world"]

pytestmark = pytest.mark.timeout(1800)
AT_ONCE = 32
COMMANDS, PEOPLE = 4, 4
UNHINDERED = Rates(posts_from_address=Rate(1_000_000, 0.001))


@pytest.fixture
def crowd(laptop: World, tmp_path: Path) -> Generator[list[Decider]]:
    """All ways to decide, side by side."""
    approvers.add("ann", PASSWORD)
    approvers.add("ben", PASSWORD)
    with ExitStack() as stack:
        commands = [stack.enter_context(at_a_command(tmp_path)) for _ in range(COMMANDS)]
        page = stack.enter_context(serving(UNHINDERED))
        visitors = [stack.enter_context(Visitor(page)) for _ in range(PEOPLE)]
        assert {one.sign_in("ann").status_code for one in visitors} == {303}
        people = [on_the_page(one) for one in visitors]
        secret = approvers.renew_secret("ben")
        clients = [stack.enter_context(httpx.Client(base_url=page, timeout=60)) for _ in range(PEOPLE)]
        ways = [*commands, *people, *(by_webhook(client, secret) for client in clients), through_the_door]
        yield [way for way, _ in zip(cycle(ways), range(AT_ONCE), strict=False)]


def all_at_once(crowd: list[Decider], approval: Approval, number: int) -> list[Told]:
    """Let all of them decide, every other one against it."""
    gate, told = threading.Barrier(len(crowd)), list[Told]()

    def one(place: int, decide: Decider) -> None:
        verdict = ("approved", "rejected")[(place + number) % 2]
        gate.wait(60)
        told.append(decide(approval, verdict, f"person-{place}"))

    threads = [
        threading.Thread(target=one, args=(place, decide), daemon=True) for place, decide in enumerate(crowd)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return told


def who(approval: Approval) -> str:
    """The one of the crowd who decided: the page and the webhook know its sender by another name."""
    return approval.reason or approval.decided_by


def test_of_32_who_decide_at_one_moment_one_does_and_the_others_learn_of_it(
    sweep: MakeSweep, crowd: list[Decider]
):
    state = world.current().state
    for trial in sweep("32 answers to one request at one moment: commands, page, webhooks", few=40, many=300):
        with trial:
            asked = bill(title=f"Bill {trial.seed}", subject=f"{trial.seed}.pdf")
            told = all_at_once(crowd, asked, trial.seed)
            decided = approvals.find_approval(asked.approval_id)
            assert len(told) == AT_ONCE
            assert [one.by for one in told if one.outcome == WON] == [who(decided)]
            losers = [one for one in told if one.outcome != WON]
            assert {one.outcome for one in losers} == {LOST}, [one for one in losers if one.outcome != LOST]
            assert [one.by for one in losers if decided.decided_by not in one.words] == []
            with state.reading() as connection:
                events = ledger.bodies(connection, RUN, "approval.decided")
                assert [event["reason"] for event in events if event["approval"] == asked.approval_id] == [
                    decided.reason
                ]
                found = connection.execute(
                    select(rows.c.state).where(rows.c.approval_id == asked.approval_id)
                )
                assert found.scalar_one() == decided.status
