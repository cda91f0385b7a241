"""A question is asked once, answered once, and its answer is taken by every run that asks the same."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import BaseModel
from sqlalchemy import select, update

from blocks.base.asking import Approvers, Decision
from blocks.durable import approvals, ask
from blocks.durable.approvals import AnswerUnfit, NotWaiting, TooLate, WrongPerson
from blocks.durable.asking import ApprovalAwaited, ApprovalExpired
from blocks.durable.question import UnfitQuestion
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import questions, run_rows
from blocks.state.run_rows import RunOpening
from blocks.state.tables import approvals as rows
from blocks.state.tables import events, run_approvals
from tests.worlds.gates import Bill, Payment
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check, signed

__all__ = ["signed"]

OTHER = "run-2"
EVERYBODY = Approvers()
SECOND = Approvers(names=("boss",), within=dt.timedelta(hours=1), otherwise="fail")
FIRST = Approvers(names=("anna",), within=dt.timedelta(hours=1), then=SECOND)


def question(
    amount: str = "12.50", *, of: Approvers = EVERYBODY, title: str = "Pay the bill", gate: str = "payment"
) -> Decision[Payment]:
    """Ask whether a bill may be paid."""
    bill = Bill(name="a bill", amount=Decimal(amount))
    proposed = {"amount": amount, "on": "2026-01-31"}
    return ask(gate, bill, answer=Payment, proposed=proposed, title=title, value=f"EUR {amount}", of=of)


def awaited(amount: str = "12.50", of: Approvers = EVERYBODY) -> str:
    """The id of a question that nobody has answered."""
    with pytest.raises(ApprovalAwaited) as error:
        question(amount, of=of)
    return error.value.approval_id


def approve(approval_id: str, by: str = "anna", **answer: str) -> None:
    """Say yes, with other values where they are given."""
    asked = approvals.find_approval(approval_id)
    approvals.decide(
        approval_id, verdict="approved", by=by, via="command", answer={**asked.proposed, **answer}
    )


def kinds(made: World, run_id: str = RUN) -> list[str]:
    """What the ledger tells of approvals in a run."""
    with made.state.reading() as connection:
        mine = select(events.c.kind).where(events.c.run_id == run_id, events.c.kind.startswith("approval."))
        return list(connection.execute(mine.order_by(events.c.seq)).scalars())


def time_passes(made: World, approval_id: str, hours: int) -> None:
    """Let the deadline come nearer."""
    earlier = rows.c.expires_at - hours * 3_600_000_000
    with made.state.writing() as connection:
        connection.execute(update(rows).where(rows.c.approval_id == approval_id).values(expires_at=earlier))


@pytest.fixture
def in_another_run(signed: World) -> Callable[[Callable[[], object]], object]:
    """Do something in a second run."""
    with signed.state.writing() as connection:
        run_rows.open_run(connection, RunOpening(OTHER, "another", "a_flow", "default", "test"))

    def do(act: Callable[[], object]) -> object:
        with working_for(Scope(OTHER, "a document")):
            return act()

    return do


def test_a_question_waits_until_it_is_answered_and_the_answer_is_typed(signed: World):
    approval_id = awaited()
    assert awaited() == approval_id
    approve(approval_id, amount="7.25")
    decision = question()
    assert decision == Decision[Payment](
        approved=True, answer=Payment(amount=Decimal("7.25"), on=dt.date(2026, 1, 31)), decided_by="anna"
    )
    assert kinds(signed) == ["approval.asked", "approval.decided", "approval.taken"]
    assert check(signed).ok


def test_who_rejects_gives_no_answer_but_a_reason(signed: World):
    approvals.decide(awaited(), verdict="rejected", by="anna", via="command", reason="not ours")
    assert question() == Decision[Payment](approved=False, reason="not ours", decided_by="anna")


def test_the_same_question_of_another_run_takes_the_same_decision(
    signed: World, in_another_run: Callable[[Callable[[], object]], object]
):
    approval_id = awaited()
    assert in_another_run(awaited) == approval_id
    approve(approval_id)
    assert question() == in_another_run(question)
    assert kinds(signed, OTHER) == kinds(signed)
    assert len(approvals.list_approvals(status=None)) == 1
    assert check(signed).ok


def test_another_content_is_another_question_and_voids_the_one_before_it(signed: World):
    first = awaited("12.50")
    with working_for(Scope(RUN, "a document")):  # the run is taken up again
        second = awaited("99")
    assert approvals.find_approval(first).status == "void"
    assert approvals.find_approval(first).replaced_by == second
    with pytest.raises(NotWaiting, match="what is shown has changed"):
        approve(first)
    changes = {
        (one.path, one.before, one.after) for one in approvals.difference(approvals.find_approval(second))
    }
    assert ("amount", "12.5", "99") in changes
    assert kinds(signed) == ["approval.asked", "approval.voided", "approval.asked"]


def test_a_decision_about_other_content_does_not_count(signed: World):
    approve(awaited("12.50"))
    question("12.50")
    with working_for(Scope(RUN, "a document")):
        second = awaited("99")
    assert approvals.find_approval(second).previous_id is not None
    assert [one.approval_id for one in approvals.list_approvals()] == [second]


def test_two_questions_of_one_turn_do_not_replace_each_other(signed: World):
    first, second = awaited("1"), awaited("2")
    assert {one.approval_id for one in approvals.list_approvals()} == {first, second}
    assert approvals.find_approval(second).previous_id is None


def test_the_first_decision_stands_and_the_second_person_learns_of_it(signed: World):
    approval_id = awaited()
    approve(approval_id)
    with pytest.raises(NotWaiting, match="approved by anna") as error:
        approvals.decide(approval_id, verdict="rejected", by="bob", via="page")
    assert error.value.approval.decided_by == "anna"


def test_what_one_person_decided_is_not_decided_for_another(signed: World):
    approve(awaited())
    assert awaited(of=Approvers(names=("boss",)))


def test_only_who_is_asked_may_decide(signed: World):
    approval_id = awaited(of=FIRST)
    with pytest.raises(WrongPerson, match="boss may not decide this; it is asked of anna"):
        approve(approval_id, by="boss")
    approve(approval_id, by="anna")


def test_the_next_approver_is_asked_when_the_time_is_over_and_then_the_run_fails(signed: World):
    approval_id = awaited(of=FIRST)
    time_passes(signed, approval_id, hours=1)
    with pytest.raises(NotWaiting, match="it is asked anew, or of others"):
        approve(approval_id, by="anna")
    assert approvals.find_approval(approval_id).names == ("boss",)
    time_passes(signed, approval_id, hours=1)
    with pytest.raises(ApprovalExpired):
        question(of=FIRST)
    assert kinds(signed) == ["approval.asked", "approval.escalated", "approval.decided", "approval.taken"]


def test_a_run_that_failed_by_a_deadline_asks_once_more_when_it_is_resumed(signed: World):
    of = Approvers(within=dt.timedelta(hours=1), otherwise="fail")
    approval_id = awaited(of=of)
    time_passes(signed, approval_id, hours=1)
    for _ in range(2):  # as long as other questions keep the run waiting
        with pytest.raises(ApprovalExpired):
            question(of=of)
    with signed.state.writing() as connection:
        assert run_rows.close_run(connection, RUN, "failed", "ApprovalExpired")
        run_rows.open_run(connection, RunOpening(RUN, "a run", "a_flow", "default", "test"))
    assert awaited(of=of) == approval_id
    assert approvals.find_approval(approval_id).round == 2
    approve(approval_id)
    assert question(of=of).approved
    assert check(signed).ok


def test_a_deadline_may_mean_no(signed: World):
    of = Approvers(within=dt.timedelta(hours=1))
    time_passes(signed, awaited(of=of), hours=1)
    assert question(of=of) == Decision[Payment](
        approved=False, reason="The time to decide was over.", decided_by="deadline"
    )


def test_who_comes_too_late_is_told_so(signed: World):
    approval_id = awaited(of=Approvers(within=dt.timedelta(hours=1)))
    time_passes(signed, approval_id, hours=1)
    with pytest.raises(NotWaiting):
        approve(approval_id)
    with pytest.raises(TooLate, match="rejected by its deadline"):
        approve(approval_id)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"amount": "much"}, "amount: 'much' is no number."),
        ({"amount": 12}, "amount: 12 is not of type string."),
        ({"on": "2026-02-30"}, "on: '2026-02-30' is no date."),
        ({"account": "1"}, "account: There is no such field."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_run_still_waits(
    signed: World, answer: dict[str, object], fault: str
):
    approval_id = awaited()
    proposed = approvals.find_approval(approval_id).proposed
    with pytest.raises(AnswerUnfit, match="does not fit") as error:
        approvals.decide(
            approval_id, verdict="approved", by="anna", via="page", answer={**proposed, **answer}
        )
    assert fault in error.value.what
    assert awaited() == approval_id


def test_an_answer_that_only_the_model_refuses_is_asked_for_again_with_the_reason(signed: World):
    approval_id = awaited()
    approve(approval_id, amount="-1")
    assert awaited() == approval_id
    asked = approvals.find_approval(approval_id)
    assert (asked.status, asked.round) == ("waiting", 2)
    assert "amount: Value error, it must be above zero" in asked.note
    approve(approval_id, amount="1")
    assert question().answer == Payment(amount=Decimal(1), on=dt.date(2026, 1, 31))
    assert check(signed).ok


class Nothing(BaseModel):
    """An answer that nobody has to give."""

    ok: bool = True


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda: question(gate="Not A Name"), "a gate is named"),
        (lambda: question(title=" \n "), "its title"),
        (lambda: ask("gate", Nothing(), answer=Nothing, title="?"), "no required field"),
        (
            lambda: ask("gate", Nothing(), answer=Payment, proposed={"price": 1}, title="?"),
            "does not have",
        ),
    ],
)
def test_a_question_that_could_answer_itself_or_is_not_clear_is_refused(
    signed: World, act: Callable[[], object], why: str
):
    with pytest.raises(UnfitQuestion, match=why):
        act()


@pytest.mark.parametrize(
    "forged",
    [
        {"decided_by": "bob"},
        {"state": "rejected"},
        {"answer": b'{"amount":"9999","on":"2026-01-31"}'},
        {"reason": "because"},
    ],
)
def test_a_decision_that_was_edited_is_found(signed: World, forged: dict[str, object]):
    approve(awaited())
    with signed.state.writing() as connection:
        connection.execute(update(rows).values(**forged))
    assert "not the one that the event tells of" in str(check(signed).findings)


def test_a_decision_that_nobody_made_is_found(signed: World):
    awaited()
    with signed.state.writing() as connection:
        connection.execute(update(rows).values(state="approved", decided_by="anna", answer=b"{}"))
    assert "it is approved, but no event tells of it" in str(check(signed).findings)


def test_what_a_run_asks_no_more_is_void_when_its_turn_is_over(signed: World):
    first = awaited("1")
    with signed.state.writing() as connection:
        questions.void_unasked(connection, RUN, ())
        assert connection.execute(select(run_approvals.c.voided_at)).scalar_one() is not None
    assert approvals.find_approval(first).status == "void"
    with pytest.raises(NotWaiting, match="the run asks it no more"):
        approve(first)
