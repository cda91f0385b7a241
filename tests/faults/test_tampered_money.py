"""Somebody who owns the database changes what was paid, what it counts in, or what a person added: each of it is found.

Each change is made inside a transaction, checked there, and taken back.
"""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from blocks.base.errors import HoldfastError
from blocks.durable import approvals, world
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.model_calls import Limits
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.audit import audited
from blocks.state.signing import VerifyKeys
from blocks.state.tables import budget_grants, budgets, model_calls, stages
from tests.fakes.paid_model import OVERLOADED, SILENT, PaidModel
from tests.worlds.ground import Ground
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check
from tests.worlds.paid import fact_of, open_paid, same_fact_of

calls = model_calls.c
LIMIT = 50_000_000
"""Five cents in billionths of a US dollar: one request at its highest price, and not two."""


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory, ground: Ground) -> Generator[World]:
    """A world with calls that ended in many ways, one of them taken by a second stage, and a budget that a person raised."""
    folder, before = ground.blank(tmp_path_factory.mktemp("paid")), world._opener
    with (
        PaidModel({"said": "yes"}) as provider,
        working_for(Scope(RUN, "a document")),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("OPENAI_BASE_URL", provider.base_url)
        patch.setenv("OPENAI_API_KEY", "not-a-key")
        here = open_paid(folder, captures=False, limits=Limits(tenant=LIMIT))
        pay(provider)
        yield here
        world.leave()
        world._opener = before


def pay(provider: PaidModel) -> None:
    """What happened."""
    fact_of("settled")
    same_fact_of("settled")
    spoils_one_of("spoiled", provider, OVERLOADED)
    with pytest.raises(ApprovalAwaited) as waiting:
        fact_of("more")
    raise_the_budget(waiting.value.approval_id)
    fact_of("more")
    spoils_one_of("refused", provider, 400)
    spoils_one_of("ambiguous", provider, SILENT)
    fact_of("ambiguous")
    spoils_one_of("asked", provider, SILENT)


def spoils_one_of(text: str, provider: PaidModel, act: int) -> None:
    """Ask, and let the provider do *act*."""
    provider.acts = [act]
    with pytest.raises(HoldfastError):
        fact_of(text)


def raise_the_budget(approval_id: str) -> None:
    """A person adds two dollars."""
    given = {"more_usd": "2.00"}
    approvals.decide(approval_id, verdict="approved", by="anna", via="command", answer=given)


def test_money_that_nobody_touched_is_never_accused(paid: World):
    assert check(paid).findings == []
    with paid.state.reading() as connection:
        states = connection.execute(select(calls.state)).scalars().all()
        assert len(connection.execute(select(budget_grants)).all()) == 1
    assert set(states) == {"settled", "spoiled", "refused", "ambiguous", "asked"}


def more(column: Any) -> dict[str, Any]:
    return {column.name: column + 1}


def of_state(is_state: str, /, **values: Any) -> Any:
    return update(model_calls).where(calls.state == is_state).values(**values)


CHANGES: dict[str, Any] = {
    "a cost": of_state("settled", **more(calls.cost_nano_usd)),
    "a cost that is gone": of_state("settled", cost_nano_usd=None),
    "what a lost call counts": of_state("ambiguous", cost_nano_usd=0),
    "what is reserved": of_state("asked", **more(calls.reserved_nano_usd)),
    "an answer": of_state("settled", answer_digest="0" * 64),
    "a model": of_state("settled", model="openai:gpt-5-nano"),
    "the stage that asked": of_state("settled", stage_key="0" * 64),
    "a lost call that is settled": of_state("ambiguous", state="settled"),
    "an open call that did not leave": of_state("asked", state="unsent"),
    "a settled call that was refused": of_state("settled", state="refused"),
    "the budgets of a call": of_state("settled", budgets=f'["run {RUN}"]'),
    "no budgets": of_state("settled", budgets="?"),
    "a call that is gone": delete(model_calls).where(calls.state == "spoiled"),
    "a budget's spending": update(budgets).where(budgets.c.name == "tenant").values(spent_nano_usd=0),
    "a budget's reservation": update(budgets).values(reserved_nano_usd=0),
    "a budget that is gone": delete(budgets).where(budgets.c.name == "tenant"),
    "the cost of a stage": update(stages).where(stages.c.cost_nano_usd > 0).values(cost_nano_usd=1),
    "a stage that costs nothing": update(stages).values(cost_nano_usd=0),
    "more that was added": update(budget_grants).values(more_nano_usd=9 * LIMIT),
    "what was added elsewhere": update(budget_grants).values(name=f"run {RUN}"),
    "what was added and is gone": delete(budget_grants),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_of_money_is_found(paid: World, change: str):
    assert found(paid, lambda connection: connection.execute(CHANGES[change]).rowcount) != []


def test_money_that_nobody_added_is_found(paid: World):
    def add(connection: Connection) -> int:
        row = connection.execute(select(budget_grants)).one()._asdict()
        return connection.execute(insert(budget_grants).values(**{**row, "grant_id": "0" * 64})).rowcount

    [finding] = found(paid, add)
    assert "no event tells that 2000000000 were added" in finding


def test_a_call_that_nobody_made_is_found(paid: World):
    def slip_in(connection: Connection) -> int:
        row = connection.execute(select(model_calls).where(calls.state == "settled").limit(1)).one()._asdict()
        values = {**row, "call_id": "0" * 64, "attempt": 9, "cost_nano_usd": 0}
        return connection.execute(insert(model_calls).values(**values)).rowcount

    [finding] = found(paid, slip_in)
    assert "no event tells that it was asked" in finding


def test_a_cost_that_was_taken_out_of_its_budgets_as_well_is_found(paid: World):
    def forge(connection: Connection) -> int:
        row = connection.execute(select(model_calls).where(calls.state == "settled").limit(1)).one()
        connection.execute(update(model_calls).where(calls.call_id == row.call_id).values(cost_nano_usd=0))
        values = {"spent_nano_usd": budgets.c.spent_nano_usd - row.cost_nano_usd}
        return connection.execute(update(budgets).values(**values)).rowcount

    [finding] = found(paid, forge)
    assert "its cost_nano_usd is 0, the events tell" in finding


def found(paid: World, change: Callable[[Connection], int]) -> list[str]:
    """What a check finds in the changed rows; afterwards all is as before."""
    with paid.state.engine.connect() as connection:
        writer = connection.execution_options(holdfast_writes="NORMAL")
        with writer.begin() as transaction:
            assert change(writer) != 0  # a driver may not know how many rows it inserted
            reasons = [finding.reason for finding in audited(writer, {}, VerifyKeys(())).findings]
            transaction.rollback()
    return reasons
