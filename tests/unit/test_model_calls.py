"""A paid request is a row before it leaves, its answer is kept before it is read, and the same words are bought once."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from blocks.base import faults
from blocks.base.canonical import digest_of
from blocks.base.clock import sleep
from blocks.durable import world
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.model_calls import Limits
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.providers.capture import packed
from blocks.providers.language_model import LanguageModel, ModelAnswerUnusable, ModelUnavailable
from blocks.providers.paid_calls import ProviderAway, RawAnswer
from blocks.providers.prices import PriceUnknown, parse_prices
from blocks.state import model_call_rows as rows
from blocks.state.ledger import check_chain
from blocks.state.model_call_rows import Kept
from blocks.state.pause_rows import failed
from blocks.state.tables import budgets, events, model_calls, provider_pauses, stages
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.paid_model import ENDLESS, HALF, OVERLOADED, SILENT, PaidModel
from tests.worlds.laptop import RUN, laptop, open_world
from tests.worlds.ledgers import check
from tests.worlds.paid import Fact, fact_of, open_paid, same_fact_of

__all__ = ["laptop", "open_world"]

CENTS = 10_000_000
"""A cent in billionths of a US dollar."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Generator[PaidModel]:
    """A provider that bills."""
    with PaidModel({"said": "yes"}) as fake:
        monkeypatch.setenv("OPENAI_BASE_URL", fake.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
        yield fake


@pytest.fixture
def opened(open_world: Callable[..., World], tmp_path: Path) -> Generator[Callable[..., World]]:
    """Open the world anew, with a paid model and no proxy, and work in it for the run; the books must be right at the end."""
    open_world()
    with working_for(Scope(RUN, "a document")):
        yield lambda **given: open_paid(tmp_path, captures=False, **given)
    assert check(world.current()).findings == []


def calls(here: World) -> list[Any]:
    """All rows, in the order of attempts."""
    with here.state.reading() as connection:
        return list(
            connection.execute(select(model_calls).order_by(model_calls.c.asked_at, model_calls.c.attempt))
        )


def put_answer(here: World, answer: bytes, digest: str) -> None:
    """Let it be the answer in the row of each call."""
    with here.state.writing() as connection:
        connection.execute(update(model_calls).values(answer=answer, answer_digest=digest))


def purse(here: World, name: str = "tenant") -> tuple[int, int]:
    """What is reserved and spent in a budget, in billionths."""
    with here.state.reading() as connection:
        row = connection.execute(select(budgets).where(budgets.c.name == name)).one()
        return row.reserved_nano_usd, row.spent_nano_usd


def test_a_paid_answer_is_a_row_with_its_cost_and_the_ledger_tells_of_it(opened, provider: PaidModel):
    here = opened()
    assert fact_of("a") == Fact(said="yes")
    [row] = calls(here)
    assert (row.state, row.attempt, row.http_status, row.lease_id) == ("settled", 1, 200, None)
    assert 0 < row.cost_nano_usd < row.reserved_nano_usd
    with here.state.reading() as connection:
        assert connection.execute(select(stages.c.cost_nano_usd)).scalar_one() == row.cost_nano_usd
        told = connection.execute(select(events.c.kind).order_by(events.c.seq)).scalars().all()
        assert check_chain(connection, RUN).ok
    assert [kind for kind in told if kind.startswith("model_call.")] == [
        "model_call.asked",
        "model_call.answered",
        "model_call.settled",
    ]
    assert purse(here) == purse(here, f"run {RUN}") == (0, row.cost_nano_usd)
    assert provider.billed.total() == 1


def test_a_body_that_fails_after_the_answer_does_not_pay_for_it_again(opened, provider: PaidModel):
    here = opened()
    body, fact_of.fn = fact_of.fn, lambda text, *, model: 1 / 0 if fn(text, model=model) else None
    fn = body
    try:
        with pytest.raises(ZeroDivisionError):
            fact_of("a")
    finally:
        fact_of.fn = body
    [row] = calls(here)
    assert (row.state, purse(here)) == ("answered", (0, row.cost_nano_usd))
    assert fact_of("a") == Fact(said="yes")
    [row] = calls(here)
    assert (row.state, purse(here)) == ("settled", (0, row.cost_nano_usd))
    assert provider.asked.total() == 1
    with here.state.reading() as connection:
        assert connection.execute(select(stages.c.cost_nano_usd)).scalar_one() == row.cost_nano_usd


@pytest.mark.parametrize("status", [307, 400, 401, 403])
def test_a_refusal_costs_nothing_and_is_asked_again_as_a_new_attempt(
    opened, provider: PaidModel, status: int
):
    here = opened()
    provider.acts = [status]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert purse(here) == (0, 0)
    assert fact_of("a") == Fact(said="yes")
    assert [(row.attempt, row.state, row.http_status) for row in calls(here)] == [
        (1, "refused", status),
        (2, "settled", 200),
    ]
    assert provider.asked.total() == 2


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_refusal_that_passes_is_waited_out(opened, provider: PaidModel, status: int):
    here = opened(limits=Limits(patience_seconds=10))
    provider.acts = [status, status]
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["refused", "refused", "settled"]
    assert provider.asked.total() == 3
    with here.state.reading() as connection:
        assert connection.execute(select(provider_pauses)).all() == []


def test_the_provider_says_how_long_and_nobody_asks_it_before(opened, provider: PaidModel):
    opened(limits=Limits(patience_seconds=1))
    provider.acts, provider.retry_after = [429], "30"
    with pytest.raises(ProviderAway, match="asked again in 30 s"):
        fact_of("a")
    with pytest.raises(ProviderAway, match="HTTP 429"):
        fact_of("b")
    assert provider.asked.total() == 1


def test_a_kept_answer_is_given_while_the_provider_rests(opened, provider: PaidModel):
    opened()
    fact_of("a")
    provider.acts, provider.retry_after = [429], "30"
    with pytest.raises(ProviderAway):
        fact_of("b")
    assert same_fact_of("a") == Fact(said="yes")


def test_an_outage_parks_the_run():
    assert ProviderAway(model="m").parks == "outage"


def test_an_answer_that_is_no_use_is_paid_and_asked_anew(opened, provider: PaidModel):
    here = opened()
    provider.answer = {"wrong": 1}
    with pytest.raises(ModelAnswerUnusable):
        fact_of("a")
    provider.answer = {"said": "yes"}
    assert fact_of("a") == Fact(said="yes")
    first, second = calls(here)
    assert (first.state, second.state) == ("spoiled", "settled")
    assert purse(here) == (0, first.cost_nano_usd + second.cost_nano_usd)
    with here.state.reading() as connection:
        assert connection.execute(select(stages.c.cost_nano_usd)).scalar_one() == purse(here)[1]


@pytest.mark.parametrize("act", [SILENT, HALF])
@pytest.mark.parametrize("streams", [False, True])
def test_a_lost_answer_is_bought_once_more_and_told(opened, provider: PaidModel, act: int, streams: bool):
    here = opened(streams=streams)
    provider.acts = [act]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert purse(here)[0] > 0
    assert fact_of("a") == Fact(said="yes")
    first, second = calls(here)
    assert (first.state, second.state) == ("ambiguous", "settled")
    assert first.cost_nano_usd == first.reserved_nano_usd
    assert purse(here) == (0, first.cost_nano_usd + second.cost_nano_usd)
    assert provider.asked.total() == 2


def test_a_second_lost_answer_is_put_before_a_person(opened, provider: PaidModel):
    opened()
    provider.acts = [SILENT, SILENT]
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            fact_of("a")
    with pytest.raises(ApprovalAwaited):
        fact_of("a")
    assert provider.asked.total() == 2


def test_above_a_price_a_person_decides_at_once(opened, provider: PaidModel):
    opened(limits=Limits(hold=0))
    provider.acts = [SILENT]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    with pytest.raises(ApprovalAwaited, match="once more"):
        fact_of("a")
    assert provider.asked.total() == 1


@pytest.mark.parametrize("which", ["run", "flow_day", "tenant"])
def test_over_budget_asks_a_person_before_anything_is_sent(opened, provider: PaidModel, which: str):
    here = opened(limits=Limits(**{which: CENTS // 100}))
    with pytest.raises(ApprovalAwaited, match="used up"):
        fact_of("a")
    assert provider.asked.total() == 0
    assert calls(here) == []


def test_an_endpoint_that_is_not_there_costs_nothing(
    opened, provider: PaidModel, monkeypatch: pytest.MonkeyPatch
):
    here = opened(limits=Limits(patience_seconds=0.2))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(ProviderAway):
        fact_of("a")
    sleep(0.6)  # it rests
    monkeypatch.setenv("OPENAI_BASE_URL", provider.base_url)
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["unsent", "settled"]


def test_the_same_words_are_bought_once_by_two_stages(opened, provider: PaidModel):
    here = opened()
    assert fact_of("a") == same_fact_of("a") == Fact(said="yes")
    assert provider.asked.total() == len(calls(here)) == 1
    with here.state.reading() as connection:
        costs = connection.execute(select(stages.c.cost_nano_usd).order_by(stages.c.done_at)).scalars().all()
    assert costs == [calls(here)[0].cost_nano_usd, 0]


@pytest.mark.parametrize("act", [SILENT, HALF])
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_that_the_provider_keeps_is_looked_up_and_not_bought_again(
    opened, provider: PaidModel, act: int, streams: bool
):
    here = opened(looks_up=True, streams=streams)
    provider.acts = [act]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["settled"]
    assert (provider.asked.total(), provider.looked_up) == (1, 1)


def test_where_the_provider_did_not_keep_it_the_rule_is_as_without(opened, provider: PaidModel):
    here = opened(looks_up=True)
    provider.acts, provider.keeps = [SILENT], False
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["ambiguous", "settled"]


def test_a_model_without_a_price_is_refused_before_anything_is_sent(opened, provider: PaidModel):
    here = opened(name="openai:nobody-knows")
    with pytest.raises(PriceUnknown, match="nobody-knows"):
        fact_of("a")
    assert (provider.asked.total(), calls(here)) == (0, [])


def test_a_price_of_the_profile_is_taken(opened, provider: PaidModel):
    here = opened(name="openai:nobody-knows", prices=parse_prices("openai:nobody-knows=1/10"))
    fact_of("a")
    [row] = calls(here)
    assert row.cost_nano_usd == 1000 * 1_000 + 100 * 10_000


def test_a_stage_has_the_model_that_its_route_names(opened, provider: PaidModel):
    here = opened(routes={"fact_of": "openai:gpt-5-nano"})
    fact_of("a")
    same_fact_of("a")
    assert [row.model for row in calls(here)] == ["openai:gpt-5-nano", "openai:gpt-5-mini"]


def test_a_fallback_is_asked_while_the_provider_is_away_and_only_then(
    opened, provider: PaidModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "not-a-key")
    here = opened(name="deepseek:deepseek-chat", fallbacks=("openai:gpt-5-mini",))
    here.state.write(lambda connection: failed(connection, "deepseek", "HTTP 529", 60.0))
    assert fact_of("a") == Fact(said="yes")
    assert [row.model for row in calls(here)] == ["openai:gpt-5-mini"]


def test_a_model_that_is_asked_too_often_rests_alone(opened, provider: PaidModel):
    here = opened(fallbacks=("openai:gpt-5-nano",))
    provider.acts, provider.retry_after = [429], "30"
    assert fact_of("a") == fact_of("b") == Fact(said="yes")
    told = [(row.model, row.state) for row in calls(here)]
    assert told == [
        ("openai:gpt-5-mini", "refused"),
        ("openai:gpt-5-nano", "settled"),
        ("openai:gpt-5-nano", "settled"),
    ]
    opened()
    with pytest.raises(ProviderAway, match="HTTP 429; it is asked again in"):
        fact_of("c")
    assert provider.asked.total() == 3


def test_a_provider_that_is_out_of_order_rests_with_all_of_its_models(opened, provider: PaidModel):
    opened(fallbacks=("openai:gpt-5-nano",))
    provider.acts, provider.retry_after = [503], "30"
    with pytest.raises(ProviderAway, match="HTTP 503; it is asked again in"):
        fact_of("a")
    assert provider.asked.total() == 1


def test_a_lost_answer_is_no_reason_to_ask_another_model(opened, provider: PaidModel):
    here = opened(fallbacks=("openai:gpt-5-nano",))
    provider.acts = [SILENT]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert [row.model for row in calls(here)] == ["openai:gpt-5-mini"]


def test_an_error_in_the_place_of_an_answer_is_asked_anew(opened, provider: PaidModel):
    here = opened()
    provider.acts = [OVERLOADED]
    with pytest.raises(ModelAnswerUnusable):
        fact_of("a")
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["spoiled", "settled"]
    assert purse(here)[0] == 0


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_without_an_end_is_cut_off_and_counts_with_its_highest_price(
    opened, provider: PaidModel, streams: bool
):
    here = opened(streams=streams)
    provider.acts = [ENDLESS]
    with pytest.raises(ModelAnswerUnusable, match="no end, and was cut off after 64 MiB"):
        fact_of("a")
    [row] = calls(here)
    assert (row.state, row.cost_nano_usd) == ("spoiled", row.reserved_nano_usd)
    assert row.answer_bytes < 100
    assert provider.asked.total() == 1
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["spoiled", "settled"]


def test_an_answer_in_another_dialect_that_was_kept_is_read_and_not_bought_again(
    opened, monkeypatch: pytest.MonkeyPatch
):
    with FakeOpenAI([{"said": "yes"}], chat=False) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
        here = opened()
        assert fact_of("a") == same_fact_of("a") == Fact(said="yes")
        assert len(server.requests) == 1
        assert [row.state for row in calls(here)] == ["refused", "settled"]


def test_what_is_paid_outside_of_a_recorded_stage_is_counted_at_once(opened, provider: PaidModel):
    here = opened()
    fact_of.fn("a", model=world.current().provider(LanguageModel))
    [row] = calls(here)
    assert (row.state, purse(here)) == ("settled", (0, row.cost_nano_usd))


def test_an_answer_that_comes_after_it_was_given_up_is_of_use_and_costs_what_was_counted(
    opened, provider: PaidModel
):
    here = opened(limits=Limits(patience_seconds=0))
    provider.acts = [SILENT]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    [row] = calls(here)
    answer = packed(RawAnswer(200, "application/json", b"{}"))
    kept = Kept(200, answer, digest_of(answer), len(answer))

    def late(connection: Connection) -> None:
        assert rows.end(connection, row.call_id, "ambiguous", row.reserved_nano_usd)
        assert not rows.end(connection, row.call_id, "settled", 1)
        assert rows.answered(connection, row.call_id, kept)

    here.state.write(late)
    assert [(one.state, one.cost_nano_usd) for one in calls(here)] == [("answered", row.reserved_nano_usd)]
    assert purse(here) == (0, row.reserved_nano_usd)


def test_an_answer_that_was_changed_in_its_row_is_not_believed(opened, provider: PaidModel):
    here = opened()
    fact_of("a")
    forged = packed(RawAnswer(200, "application/json", b"{}"))
    [row] = calls(here)
    put_answer(here, forged, digest_of(forged))
    with pytest.raises(ApprovalAwaited):
        same_fact_of("a")
    assert provider.asked.total() == 1
    assert [finding.reason.partition(" is ")[0] for finding in check(here).findings] == [
        f"paid call {row.call_id[:12]}: its answer"
    ]
    put_answer(here, row.answer, row.answer_digest)


def test_a_process_that_gave_up_and_lives_on_keeps_nobody_waiting(opened, provider: PaidModel):
    here = opened()
    provider.acts = [SILENT]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    assert [(row.state, row.lease_id) for row in calls(here)] == [("asked", None)]


def test_a_look_up_that_fails_is_no_answer(opened, provider: PaidModel):
    here = opened(looks_up=True)
    provider.acts = [SILENT]
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    provider.listing = 503
    with pytest.raises(ModelUnavailable):
        fact_of("a")
    provider.listing = 200
    assert fact_of("a") == Fact(said="yes")
    assert [row.state for row in calls(here)] == ["settled"]


@pytest.mark.parametrize("other", [fact_of, same_fact_of])
def test_an_answer_that_two_have_at_one_moment_is_a_cost_of_the_first(
    opened, provider: PaidModel, other: Callable[[str], Fact], monkeypatch: pytest.MonkeyPatch
):
    here, seen = opened(), list[str]()

    def overtake(point: str) -> None:
        seen.append(point)
        if point == "stage.body.done" and seen.count(point) == 1:
            with monkeypatch.context() as patch:
                patch.setattr(here, "_locks", {})  # as in another process
                other("a")

    with faults.planned(overtake):
        assert fact_of("a") == Fact(said="yes")
    assert provider.billed.total() == 1
    with here.state.reading() as connection:
        costs = connection.execute(select(stages.c.cost_nano_usd)).scalars().all()
        told = connection.execute(select(events.c.kind)).scalars().all()
    assert sum(costs) == calls(here)[0].cost_nano_usd
    assert ("stage.superseded" in told) == (other is fact_of)
