"""Attacks on what people decide: wake-ups that get lost, decisions that get lost or are forged, runs that never end."""

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRunInput, State
from prefect.states import Crashed, Running
from pydantic import BaseModel
from sqlalchemy import select, update

from blocks.base.asking import Approvers, Decision
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import approvals, ask, launch, recorded_flow, recovery, staying, suspension, world
from blocks.durable.asking import ApprovalAwaited, ApprovalExpired
from blocks.durable.recovery import RunNotTaken
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import decisions, ledger, questions, run_rows, waking
from blocks.state.approval_rows import Request
from blocks.state.database import StateDatabase
from blocks.state.questions import Asking
from blocks.state.tables import approvals as rows
from blocks.state.tables import run_approvals, runs
from deployments.sweeper import loop
from tests.conformance.test_approvals import ask as rows_ask
from tests.conformance.test_approvals import asked, state
from tests.conformance.test_approvals import decide as rows_decide
from tests.conformance.test_state_databases import side_by_side, url
from tests.worlds.gates import Bill, Payment, pay_bill
from tests.worlds.laptop import RUN, open_world
from tests.worlds.ledgers import check, open_run, signed
from tests.worlds.prefect_server import prefect_server

__all__ = ["open_world", "prefect_server", "signed", "state", "url"]

pytestmark = pytest.mark.timeout(120)  # the first test with a server starts it
OTHER = "run-2"
EVERYBODY = Approvers()
OR_FAIL = Approvers(within=dt.timedelta(hours=1), otherwise="fail")


def question(amount: str = "1", of: Approvers = EVERYBODY, gate: str = "payment") -> Decision[Payment]:
    """Ask whether a bill may be paid."""
    bill = Bill(name="a bill", amount=Decimal(amount))
    proposed = {"amount": amount, "on": "2026-01-31"}
    return ask(gate, bill, answer=Payment, proposed=proposed, title=f"Pay {amount}", of=of)


def in_turn(
    run_id: str, amount: str = "1", of: Approvers = EVERYBODY, gate: str = "payment"
) -> Decision[Payment] | HoldfastError:
    """What a run gets that is taken up anew and asks."""
    with working_for(Scope(run_id, "a document")):
        try:
            return question(amount, of, gate)
        except (ApprovalAwaited, ApprovalExpired) as error:
            return error


def awaited(run_id: str, amount: str = "1", of: Approvers = EVERYBODY, gate: str = "payment") -> str:
    """The id of what the run waits for now."""
    found = in_turn(run_id, amount, of, gate)
    assert isinstance(found, ApprovalAwaited)
    return found.approval_id


def approve(approval_id: str, **answer: str) -> None:
    """Say yes, with other values where they are given."""
    proposed = approvals.find_approval(approval_id).proposed
    approvals.decide(approval_id, verdict="approved", by="anna", via="command", answer={**proposed, **answer})


def time_is_over(made: World, *approval_ids: str) -> None:
    """Let the deadline of each pass, and be settled."""
    with made.state.writing() as connection:
        mine = update(rows).where(rows.c.approval_id.in_(approval_ids))
        connection.execute(mine.values(expires_at=rows.c.expires_at - 3_600_000_000))
        decisions.settle_overdue(connection)


def waits(made: World, run_id: str) -> None:
    """Let the run stop for a person."""
    with made.state.writing() as connection:
        assert run_rows.let_wait(connection, run_id, "it waits")


def due(made: World) -> list[str]:
    """The runs that a sweeper would wake."""
    found = made.state.read(lambda connection: waking.due_runs(connection, lambda lease: True, 0.0))
    return [run.run_id for run in found]


def events_of(made: World, kind: str) -> list[dict[str, Any]]:
    """What the events of one kind say in both runs."""
    with made.state.reading() as connection:
        return [body for run_id in (RUN, OTHER) for body in ledger.bodies(connection, run_id, kind)]


@pytest.fixture
def two(signed: World) -> World:
    """A world with two open runs."""
    open_run(signed, OTHER)
    return signed


# Wake-ups


def test_a_process_that_lost_its_run_voids_nothing_that_the_other_one_asks(signed: World):
    first = awaited(RUN, "1")
    turn = Scope(RUN, asked={first})  # of the process that was stopped before it could say that the run waits
    approve(first)
    assert isinstance(in_turn(RUN, "1"), Decision)  # the one that took the run over goes on
    second = awaited(RUN, "2", gate="dispatch")
    waits(signed, RUN)
    late = partial(run_rows.let_wait, error="late")
    with pytest.raises(RunNotTaken):
        recorded_flow._close(turn, "a lease that passed", late, is_whole=True)
    assert approvals.find_approval(second).status == "waiting"
    approve(second)
    assert due(signed) == [RUN]


def test_two_runs_that_hand_the_same_answer_back_are_both_woken_by_the_next_one(two: World):
    first = awaited(RUN)
    assert awaited(OTHER) == first
    approve(first, amount="-1")  # only the model refuses it
    for run_id in (RUN, OTHER):  # both have taken it before one of them hands it back
        asking = Asking(run_id, "a document", ())
        taken = two.state.write(lambda connection, one=asking: questions.ask(connection, _request(), one))
    for run_id in (RUN, OTHER):
        two.state.write(
            lambda connection, one=run_id: decisions.hand_back(connection, one, taken, "it does not fit")
        )
        waits(two, run_id)
    approve(first)
    assert sorted(due(two)) == [RUN, OTHER]


def test_an_answer_that_fits_is_not_handed_back_by_who_could_not_use_the_one_before_it(two: World):
    first = awaited(RUN)
    assert awaited(OTHER) == first
    approve(first, amount="-1")
    for run_id in (RUN, OTHER):
        asking = Asking(run_id, "a document", ())
        taken = two.state.write(lambda connection, one=asking: questions.ask(connection, _request(), one))
    two.state.write(lambda connection: decisions.hand_back(connection, RUN, taken, "it does not fit"))
    approve(first)
    two.state.write(lambda connection: decisions.hand_back(connection, OTHER, taken, "it does not fit"))
    assert approvals.find_approval(first).status == "approved"


def _request() -> Request:
    """The request of `question()` as rows know it."""
    [row] = world.current().state.read(lambda connection: connection.execute(select(rows)).all())
    names = Request.__dataclass_fields__
    return Request(**{name: getattr(row, name) for name in names})


def test_runs_that_cannot_be_woken_do_not_keep_others_from_their_turn(signed: World):
    first = awaited(RUN)
    waits(signed, RUN)
    for number in range(6):
        open_run(signed, f"run-{number + 10}")
        assert awaited(f"run-{number + 10}") == first
        waits(signed, f"run-{number + 10}")
    approve(first)
    woken = set[str]()
    for _ in range(4):  # every 20 s or more; nothing comes of it
        woken |= {run.run_id for run in recovery.to_wake(at_most=2)}
        with signed.state.writing() as connection:
            connection.execute(
                update(runs).values(wake_at=runs.c.wake_at - int(recovery.AGAIN_SECONDS * 1_000_000))
            )
    assert len(woken) == 7


def test_a_process_does_not_stay_for_one_who_is_asked_next_and_has_no_deadline(
    signed: World, prefect_server: str
):
    """The first are asked for some seconds, the next one as long as it takes; a run that waits holds no process."""
    of = Approvers(within=dt.timedelta(seconds=20), then=Approvers(names=("boss",)))
    [run_id] = deployed_runs(signed, of=of)
    assert signed.state.read(lambda connection: staying.is_short(connection, run_id))
    time_is_over(signed, *approvals.waiting_for(run_id))
    assert not signed.state.read(lambda connection: staying.is_short(connection, run_id))
    stays = threading.Thread(target=copy_context().run, args=(staying.stay, run_id, "it waits"), daemon=True)
    stays.start()
    stays.join(3)
    is_still_there = stays.is_alive()
    approvals.decide(approvals.waiting_for(run_id)[0], verdict="rejected", by="boss", via="command")
    stays.join(10)
    assert not is_still_there


def deployed_runs(made: World, count: int = 1, of: Approvers = EVERYBODY) -> list[str]:
    """Runs of a deployment that Prefect knows, that asked, and that wait."""
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(client.create_flow(pay_bill), "attacked")
        found = [str(client.create_flow_run_from_deployment(deployment).id) for _ in range(count)]
    for run_id in found:
        open_run(made, run_id)
        awaited(run_id, of=of)
        waits(made, run_id)
    return found


def shown(run_id: str, state: State[Any] | None = None) -> str:
    """What Prefect shows of the run; after it was told *state*, where one is given."""
    with get_client(sync_client=True) as client:
        if state is not None:
            client.set_flow_run_state(UUID(run_id), state, force=True)
        found = client.read_flow_run(UUID(run_id)).state
    assert found is not None
    return found.name


def test_a_run_whose_process_crashed_when_it_had_recorded_that_it_waits_is_woken(
    signed: World, prefect_server: str
):
    """The worker tells Prefect that the run crashed; our row waits, and a person decides."""
    [run_id] = deployed_runs(signed)
    shown(run_id, Crashed())
    approve(approvals.waiting_for(run_id)[0])
    assert not launch.nudge(run_id) or shown(run_id) != "Crashed"


def test_a_run_whose_process_died_before_prefect_had_its_form_is_woken(signed: World, prefect_server: str):
    """Killed between the state and the form: the server refuses to resume what has no form."""
    [run_id] = deployed_runs(signed)
    state, _ = suspension.suspended(run_id, "it waits", has_deployment=True)
    shown(run_id, state)
    approve(approvals.waiting_for(run_id)[0])
    assert not launch.nudge(run_id) or shown(run_id) != "Suspended"


def test_one_run_that_prefect_does_not_know_keeps_no_other_from_being_woken(
    signed: World, prefect_server: str
):
    unknown = str(uuid4())
    open_run(signed, unknown)
    first = awaited(unknown)
    waits(signed, unknown)
    [run_id] = deployed_runs(signed)
    shown(run_id, Running())
    with get_client(sync_client=True) as client:
        assert suspension.show(client, run_id, *suspension.suspended(run_id, "it waits", has_deployment=True))
    approve(first)
    with suppress(HoldfastError):  # as the loop does; the next look is 20 s away
        loop._decided({})
    assert shown(run_id) != "Suspended"


def test_who_voids_a_request_leaves_alone_who_asks_it_at_that_moment(state: StateDatabase, url: str):
    """The second run has asked, and has not committed yet, when the first asks something else."""
    other, first, second = StateDatabase(url, patience_seconds=20), asked(1), asked(2)
    rows_ask(state, first, "run-0")
    with state.writing() as connection:
        questions.ask(connection, first, Asking("run-1", "a document", ()))
        replaces = threading.Thread(target=rows_ask, args=(other, second, "run-0"), daemon=True)
        replaces.start()
        replaces.join(0.5)
    replaces.join(20)
    other.close()
    assert rows_decide(state, first, "anna") == ["run-1"]


@pytest.mark.parametrize("what", ["ask", "close"])
def test_deciding_a_request_while_its_run_drops_it_is_no_deadlock(state: StateDatabase, url: str, what: str):
    asks, decides = StateDatabase(url), StateDatabase(url)
    stopped = list[str]()
    for number in range(4):
        first, second = asked(2 * number), asked(2 * number + 1)
        rows_ask(state, first, "run-0")

        def act(place: int, first: Request = first, second: Request = second) -> None:
            try:
                if place:
                    rows_decide(decides, first, "anna")
                elif what == "ask":
                    rows_ask(asks, second, "run-0")
                else:
                    asks.write(lambda connection: questions.void_unasked(connection, "run-0", ()))
            except DatabaseUnavailable as error:
                stopped.append(f"{error}")

        side_by_side(2, act)
        rows_decide(state, second, "anna") if what == "ask" else None
    for one in (asks, decides):
        one.close()
    assert stopped == []


# Deadlines


def test_items_that_are_to_fail_by_their_deadlines_fail_the_run_in_the_end(signed: World):
    """Two items of `each` with deadlines an hour apart; the run is told again after each of them."""

    def turn() -> set[type[object]]:
        with working_for(Scope(RUN, "a document")):
            found = set[type[object]]()
            for amount in ("1", "2"):
                try:
                    question(amount, OR_FAIL)
                except (ApprovalAwaited, ApprovalExpired) as error:
                    found.add(type(error))
            return found

    assert turn() == {ApprovalAwaited}
    seen = list[set[type[object]]]()
    for number in (1, 0, 1, 0):
        time_is_over(signed, sorted(one.approval_id for one in approvals.list_approvals(status=None))[number])
        seen.append(turn())
    assert {ApprovalExpired} in seen, "never is it over: whichever expired is asked again beside the other"


def test_a_crash_right_after_a_deadline_was_told_does_not_ask_again(signed: World):
    """The process dies between taking the outcome and failing; nobody has resumed a failed run."""
    first = awaited(RUN, of=OR_FAIL)
    time_is_over(signed, first)
    assert isinstance(in_turn(RUN, of=OR_FAIL), ApprovalExpired)
    assert isinstance(in_turn(RUN, of=OR_FAIL), ApprovalExpired)


def test_a_lost_confirmation_does_not_turn_expired_into_asked_again(signed: World):
    first = awaited(RUN, of=OR_FAIL)
    time_is_over(signed, first)
    request = _request()
    for _ in range(2):  # `write` calls it again where the answer of the commit was lost
        row = signed.state.write(
            lambda connection: questions.ask(connection, request, Asking(RUN, "a document", ()))
        )
    assert row.state == "expired"


@pytest.mark.parametrize("within", [dt.timedelta(days=4_000_000), dt.timedelta.max])
def test_a_deadline_beyond_the_calendar_is_refused_and_hides_no_other_request(
    signed: World, within: dt.timedelta
):
    first = awaited(RUN)
    with pytest.raises((ValueError, HoldfastError)):
        awaited(RUN, of=Approvers(within=within), gate="far")
    assert [one.approval_id for one in approvals.list_approvals()] == [first]


# Which request is whose


def test_what_a_run_asks_no_more_is_not_in_its_form_while_another_run_still_asks_it(two: World):
    first = awaited(RUN, "1")
    assert awaited(OTHER, "1") == first
    second = awaited(RUN, "2")  # replaces the first in this run
    waits(two, RUN)
    assert approvals.waiting_for(RUN) == [second]
    assert [one.approval_id for one in approvals.list_approvals(run_id=RUN)] == [second]
    _, shown = suspension.suspended(RUN, "it waits", has_deployment=False)
    assert shown is not None
    assert shown.approval_id == second


def test_a_request_that_nobody_waits_for_is_void_although_another_run_took_it_earlier(two: World):
    first = awaited(OTHER, of=OR_FAIL)
    time_is_over(two, first)
    assert isinstance(in_turn(OTHER, of=OR_FAIL), ApprovalExpired)
    assert awaited(RUN, of=OR_FAIL) == first  # once more, for this run
    awaited(RUN, "2", of=OR_FAIL)  # and replaced
    assert approvals.runs_of(first) == []
    assert approvals.find_approval(first).status == "void"


def test_a_decision_stands_in_the_ledger_also_where_the_last_run_that_asked_asks_something_else(two: World):
    first = awaited(OTHER, of=OR_FAIL)
    time_is_over(two, first)
    in_turn(OTHER, of=OR_FAIL)
    in_turn(RUN, of=OR_FAIL)
    in_turn(RUN, "2", of=OR_FAIL)
    if approvals.find_approval(first).status == "waiting":
        approve(first)
    told = [body["approval"] for body in events_of(two, "approval.decided")]
    decided = approvals.find_approval(first)
    assert told.count(first) == decided.round or decided.status == "void"
    assert check(two).ok


def test_tenants_do_not_see_each_others_requests(open_world: Callable[..., World]):
    made = open_world(tenant="red")
    first = awaited(RUN)
    made.close()
    made = open_world(tenant="blue", run_id=OTHER)
    assert approvals.list_approvals() == []
    with pytest.raises(approvals.NoSuchApproval):
        approve(first)


# The ledger


@pytest.mark.parametrize("forged", [{"state": "rejected"}, {"decided_by": "bob"}, {"reason": "because"}])
def test_a_forged_decision_is_found_also_where_the_round_is_forged_with_it(
    signed: World, forged: dict[str, object]
):
    approve(awaited(RUN))
    with signed.state.writing() as connection:
        connection.execute(update(rows).values(**forged, round=2))
    assert not check(signed).ok


def test_a_forged_decision_is_found_also_where_the_run_asked_it_again_after_it_was_decided(signed: World):
    first = awaited(RUN)
    approve(first)
    awaited(RUN, "2")  # replaces it, and the content comes back
    assert isinstance(in_turn(RUN), Decision)
    assert check(signed).ok
    with signed.state.writing() as connection:
        connection.execute(update(rows).where(rows.c.approval_id == first).values(state="rejected"))
    assert not check(signed).ok


SHOWN = b'{"answer":{},"gate":"payment","proposed":{},"shown":{},"title":"t","value":""}'


@pytest.mark.parametrize("is_decided", [False, True])
@pytest.mark.parametrize(
    "forged",
    [
        {"request": SHOWN},
        {"request": SHOWN, "digest": digest_of(SHOWN)},
        {"names": '["bob"]'},
        {"expires_at": 1},
        {"title": "Pay nothing"},
        {"value": "EUR 0"},
        {"approvers": '{"names":[],"otherwise":"reject","seconds":null,"then":null}'},
    ],
    ids=str,
)
def test_what_was_asked_cannot_be_edited_unseen(signed: World, is_decided: bool, forged: dict[str, object]):
    first = awaited(RUN, of=Approvers(names=("anna",), within=dt.timedelta(hours=1)))
    if is_decided:
        approve(first)
    with signed.state.writing() as connection:
        connection.execute(update(rows).values(**forged))
    assert not check(signed).ok


def test_a_wake_up_cannot_be_taken_away_unseen(signed: World):
    approve(awaited(RUN))
    with signed.state.writing() as connection:
        connection.execute(update(run_approvals).values(taken_at=1))
    assert not check(signed).ok


# Prefect's form


def typed(approval_id: str, value: str) -> FlowRunInput:
    """What Prefect keeps of a form."""
    return FlowRunInput(flow_run_id=uuid4(), key=f"approval-{approval_id[:16]}-1-3-response", value=value)


@pytest.mark.parametrize(
    "value",
    ["null", "5", "[]", '{"holdfast_decision":["approve"]}', "[" * 50_000 + "]" * 50_000, "{"],
    ids=["null", "number", "list", "list inside", "deep", "broken"],
)
def test_a_strange_answer_in_prefect_s_form_is_refused_and_stops_nothing(signed: World, value: str):
    first = awaited(RUN)
    assert not suspension._taken(typed(first, value), first[:16], 1)
    assert approvals.find_approval(first).status == "waiting"


def test_an_answer_in_prefect_s_form_is_not_thrown_away_while_the_database_is_away(
    signed: World, monkeypatch: pytest.MonkeyPatch
):
    """What `_taken` settles, `take_answers` deletes in Prefect."""
    first = awaited(RUN)

    def away(act: object) -> object:
        raise DatabaseUnavailable("it is away")

    monkeypatch.setattr(signed.state, "write", away)
    with pytest.raises(DatabaseUnavailable):
        suspension._taken(typed(first, '{"holdfast_decision":"reject"}'), first[:16], 1)


# Answers


@pytest.mark.parametrize("amount", ["1e999999", "1_000", "1e400000000"])
def test_an_amount_that_no_stage_could_take_is_refused_at_the_door(signed: World, amount: str):
    first = awaited(RUN)
    with pytest.raises(approvals.AnswerUnfit):
        approve(first, amount=amount)


@pytest.mark.parametrize(
    "given",
    [
        {"reason": "\ud800"},
        {"by": "\ud800"},
        {"answer": {"amount": "1", "on": "2026-01-31", "note": "\ud800"}},
    ],
)
def test_half_a_character_is_refused_in_words(signed: World, given: dict[str, Any]):
    first = awaited(RUN)
    with pytest.raises(approvals.AnswerUnfit):
        approvals.decide(first, **{"verdict": "approved", "by": "anna", "via": "webhook", **given})


@pytest.mark.parametrize(
    "given", [{"reason": "a\x00b"}, {"by": "a\x00b"}, {"by": "a" * 300}], ids=["reason", "by", "long"]
)
def test_what_a_database_cannot_hold_is_refused_at_the_door(two: World, given: dict[str, Any]):
    """PostgreSQL has no NUL in text, and a name has 200 characters."""
    first = awaited(RUN)
    with pytest.raises(approvals.AnswerUnfit):
        approvals.decide(first, **{"verdict": "rejected", "by": "anna", "via": "webhook", **given})


class Tree(BaseModel):
    """An answer that holds others of its kind."""

    name: str
    parts: list["Tree"] = []


class Parts(BaseModel):
    """An answer with models inside."""

    parts: list[Payment]
    weight: float = 1.0


class Loose(BaseModel):
    """A part that pydantic lets have more than it says."""

    name: str


class Holder(BaseModel):
    """An answer with such a part."""

    part: Loose


def asked_for(answer: type[BaseModel]) -> str:
    """The id of a question with another form of answer."""
    with pytest.raises(ApprovalAwaited) as error, working_for(Scope(RUN, "a document")):
        ask("form", Bill(name="a bill", amount=Decimal(1)), answer=answer, title="What is it?")
    return error.value.approval_id


def test_an_answer_that_holds_its_like_can_be_given(signed: World):
    """Or the question is refused when it is asked: nobody could ever approve it."""
    try:
        first = asked_for(Tree)
    except HoldfastError:
        return
    decided = approvals.decide(
        first, verdict="approved", by="anna", via="command", answer={"name": "a", "parts": []}
    )
    assert decided.status == "approved"


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        (Holder, {"part": {"name": "a", "nmae": "b"}}),
        (Parts, {"parts": [], "weight": float("nan")}),
        (Parts, {"parts": [], "weight": float("inf")}),
    ],
    ids=["unknown inside", "nan", "inf"],
)
def test_what_is_no_field_or_no_number_is_refused_at_its_field(
    signed: World, model: type[BaseModel], answer: dict[str, Any]
):
    first = asked_for(model)
    with pytest.raises(approvals.AnswerUnfit):
        approvals.decide(first, verdict="approved", by="anna", via="webhook", answer=answer)


def test_what_was_seen_in_one_round_does_not_decide_the_next(signed: World):
    """The page was open when another's answer was handed back; its note was not seen."""
    first = awaited(RUN, "-1")
    seen = approvals.find_approval(first)
    approve(first)
    assert awaited(RUN, "-1") == first
    with pytest.raises(approvals.NotWaiting):
        approvals.decide(first, verdict="rejected", by="ben", via="page", digest=seen.digest)


def test_a_second_item_of_one_name_keeps_its_request_when_the_first_one_changes(signed: World):
    with working_for(Scope(RUN, "a document")):
        for amount in ("1", "2"):
            with pytest.raises(ApprovalAwaited):
                question(amount)
    first, second = (one.approval_id for one in approvals.list_approvals())
    third = awaited(RUN, "3")  # the next turn begins with the first item
    assert approvals.find_approval(second).status == "waiting"
    assert approvals.find_approval(third).previous_id == first


@pytest.mark.parametrize("by", [" ", "\n", "deadline "])
def test_nobody_decides_without_a_name(signed: World, by: str):
    first = awaited(RUN)
    with pytest.raises(HoldfastError):
        approvals.decide(first, verdict="rejected", by=by, via="command")
