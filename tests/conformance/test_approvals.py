"""What every state database keeps to where people decide: SQLite and PostgreSQL, the same promises."""

import datetime as dt
from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import select, update

from blocks.base.asking import Approvers
from blocks.durable.question import Question
from blocks.state import approval_rows, decisions, ledger, questions, run_rows, waking
from blocks.state.approval_rows import Request
from blocks.state.database import StateDatabase
from blocks.state.decisions import Choice, Seen
from blocks.state.questions import Asking
from blocks.state.run_rows import RunOpening
from blocks.state.tables import approvals, run_approvals
from tests.conformance.test_state_databases import dead, side_by_side, url
from tests.worlds.gates import Bill, Payment

__all__ = ["url"]

RUNS = ("run-0", "run-1")
AT_ONCE = 8


@pytest.fixture
def state(url: str) -> Generator[StateDatabase]:
    """A prepared database with two runs."""
    opened = StateDatabase(url, patience_seconds=20)
    opened.prepare()
    with opened.writing() as connection:
        for run_id in RUNS:
            run_rows.open_run(connection, RunOpening(run_id, "a run", "a_flow", "default", "test"))
    yield opened
    opened.close()


def asked(number: int, of: Approvers = Approvers()) -> Request:  # noqa: B008
    """One of several questions."""
    bill = Bill.model_validate({"name": f"bill {number}", "amount": "1"})
    return Question("payment", bill, Payment, None, f"Pay {number}", "", of).request("default")


def ask(state: StateDatabase, request: Request, run_id: str, turn: tuple[str, ...] = ()) -> Any:
    """Let a run ask."""
    return state.write(
        lambda connection: questions.ask(connection, request, Asking(run_id, "a document", turn))
    )


def decide(state: StateDatabase, request: Request, by: str) -> list[str] | None:
    """Say yes or no; the runs that were told, or None for who came too late."""
    choice = Choice("approved", b"{}", "d" * 64, "", by, "command")
    return state.write(
        lambda connection: decisions.decide(connection, request.approval_id, choice, Seen((), 1))
    )


def told(state: StateDatabase, run_id: str, kind: str) -> list[dict[str, Any]]:
    """What the events of one kind say."""
    return state.read(lambda connection: ledger.bodies(connection, run_id, kind))


def test_one_of_many_decides_each_time(state: StateDatabase):
    for number in range(20):
        request = asked(number)
        ask(state, request, RUNS[0])
        answers = side_by_side(AT_ONCE, lambda place, one=request: decide(state, one, f"person-{place}"))
        assert sorted(map(str, answers)) == ["None"] * (AT_ONCE - 1) + ["['run-0']"]
        row = state.read(lambda connection, one=request: approval_rows.find(connection, one.approval_id))
        [winner] = [place for place, answer in enumerate(answers) if answer]
        assert row.decided_by == f"person-{winner}"
    assert len(told(state, RUNS[0], "approval.decided")) == 20
    with state.reading() as connection:
        assert all(ledger.check_chain(connection, run_id).ok for run_id in RUNS)


def test_runs_that_ask_the_same_at_one_moment_ask_one_question(state: StateDatabase):
    for number in range(10):
        request = asked(number)
        side_by_side(2, lambda place, one=request: ask(state, one, RUNS[place]))
        assert decide(state, request, "anna") == list(RUNS)
    with state.reading() as connection:
        assert len(connection.execute(select(approvals)).all()) == 10
    assert [len(told(state, run_id, "approval.decided")) for run_id in RUNS] == [10, 10]


def test_asking_and_deciding_at_one_moment_leaves_no_run_behind(state: StateDatabase):
    """A second run asks while somebody decides: it is told, or it finds the decision."""
    for number in range(20):
        request = asked(number)
        ask(state, request, RUNS[0])

        def act(place: int, one: Request = request) -> Any:
            return decide(state, one, "anna") if place else ask(state, one, RUNS[1])

        rows = side_by_side(2, act)
        assert rows[0].state in ("waiting", "approved")
        assert ask(state, request, RUNS[1]).state == "approved"
    taken = [body["approval"] for body in told(state, RUNS[1], "approval.taken")]
    assert len(taken) == len(set(taken)) == 20


def test_a_deadline_by_the_clock_of_the_database_is_settled_once(state: StateDatabase):
    request = asked(1, Approvers(within=dt.timedelta(hours=1)))
    ask(state, request, RUNS[0])
    with state.writing() as connection:
        connection.execute(update(approvals).values(expires_at=approvals.c.expires_at - 3_600_000_000))
    settled = side_by_side(AT_ONCE, lambda place: state.write(decisions.settle_overdue))
    assert sorted(settled) == [0] * (AT_ONCE - 1) + [1]
    assert decide(state, request, "anna") is None
    assert [body["by"] for body in told(state, RUNS[0], "approval.decided")] == ["deadline"]


def test_a_run_that_waits_is_due_when_something_is_decided_and_not_before(state: StateDatabase):
    request = asked(1)
    row = ask(state, request, RUNS[0])

    def due() -> list[str]:
        found = state.read(lambda connection: waking.due_runs(connection, dead, 0.0))
        return [run.run_id for run in found if run.state == "waiting"]

    with state.writing() as connection:
        assert run_rows.let_wait(connection, RUNS[0], "it waits")
    assert due() == []
    decide(state, request, "anna")
    assert due() == [RUNS[0]]
    assert ask(state, request, RUNS[0], (row.approval_id,)).state == "approved"
    assert due() == []


def test_what_replaces_a_question_voids_it_for_this_run_only(state: StateDatabase):
    first, second = asked(1), asked(2)
    for run_id in RUNS:
        ask(state, first, run_id)
    assert ask(state, second, RUNS[0]).previous_id == first.approval_id
    assert decide(state, first, "anna") == [RUNS[1]]
    with state.reading() as connection:
        void = select(run_approvals.c.run_id).where(run_approvals.c.voided_at.is_not(None))
        assert connection.execute(void).scalars().all() == [RUNS[0]]
