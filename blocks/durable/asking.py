"""`ask`: stop until a person has decided. What is asked, and what was decided, are rows.

The identity of a request is the sha256 over what is shown, the form of the answer, what is proposed, and who may
decide: the same request is never asked twice, in whichever run. Another one at the same place voids it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Row

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.base import faults
from blocks.base.asking import Approvers, Decision
from blocks.base.errors import HoldfastError
from blocks.durable import scope, sealed_values, world
from blocks.durable.question import Question
from blocks.durable.scope import Scope
from blocks.state import approval_rows, decisions, questions
from blocks.state.approval_rows import Request
from blocks.state.questions import Asking
from blocks.state.sealed import SEALED, of_approval

A = TypeVar("A", bound=BaseModel)

EVERY_APPROVER = Approvers()


class ApprovalAwaited(HoldfastError):
    """{title}: waits for a person."""

    safe = "Nothing is lost: finished stages are recorded, and no process is needed while it waits."
    next = "`holdfast approvals list` shows what waits; `holdfast approvals approve {short}` answers it."
    parks = "approval"

    def __init__(self, row: Row[Any], question: Question) -> None:
        super().__init__(title=question.line)
        self.approval_id, self.gate = row.approval_id, row.gate
        self.title, self.value, self.shown = question.line, question.value, question.shown
        self.next = type(self).next.format(short=row.approval_id[:8])


class ApprovalExpired(HoldfastError):
    """{title}: nobody decided in time."""

    safe = "Nothing was done without a decision; finished stages are recorded."
    next = "`holdfast runs resume RUN` asks once more."


class ApprovalDamaged(HoldfastError):
    """{title}: the recorded request is not the one that the run asks."""

    safe = "No decision about it counts; finished stages are recorded."
    next = "`holdfast ledger verify` names what was changed. Restore the database from a backup, then `holdfast runs resume RUN`."
    parks = "repair"


def ask(
    gate: str,
    shown: BaseModel,
    *,
    answer: type[A],
    proposed: Mapping[str, Any] | BaseModel | None = None,
    title: str,
    value: str = "",
    of: Approvers = EVERY_APPROVER,
) -> Decision[A]:
    """What a person decided about *shown*; until then the run waits, and its process may end.

    *gate* names the place in the flow, *title* is one line for people, *value* says what is at stake. *answer* is the
    form of what may be answered, with at least one required field; *proposed* fills it, and who approves without a
    change answers just that. Effects: one row and one event, the first time; where it is decided, one event.
    Raises ApprovalAwaited (the run waits and is taken up again), ApprovalExpired, ApprovalDamaged, or UnfitQuestion. Write no
    `except Exception` around it.
    """
    here, current = world.current(), scope.current()
    question = Question(gate, shown, answer, proposed, title, value, of)
    request = question.request(here.tenant)
    asking = Asking(current.run_id, current.subject, frozenset(current.asked))
    current.asked.add(request.approval_id)
    sealed = _sealed(here, request)
    row = here.state.write(lambda connection: questions.ask(connection, sealed, asking))
    faults.reach("approval.asked")
    asked = (_opened(here, row, "request", question), row.digest, row.approvers)
    if asked != (request.request, request.digest, request.approvers):
        raise ApprovalDamaged(title=question.line)
    if row.state == approval_rows.WAITING:
        raise ApprovalAwaited(row, question)
    if row.state == approval_rows.EXPIRED:
        raise ApprovalExpired(title=question.line)
    reason = _opened(here, row, "reason", question)
    if row.state == approval_rows.REJECTED:
        return Decision[A](approved=False, reason=reason, decided_by=row.decided_by)
    try:
        given = answer.model_validate_json(_opened(here, row, "answer", question))
    except ValidationError as error:
        raise ApprovalAwaited(_handed_back(here, current, row, error), question) from error
    return Decision[A](approved=True, answer=given, reason=reason, decided_by=row.decided_by)


def _sealed(here: world.World, request: Request) -> Request:
    """The request as it is written: with keys, title and value stand in what is sealed alone."""
    if here.cipher is None:
        return request
    data = sealed_values.closed(here, request.request, of_approval(request.approval_id, "request"))
    return replace(request, request=data, title=SEALED, value=SEALED)


def _opened(here: world.World, row: Row[Any], what: str, question: Question) -> Any:
    try:
        return sealed_values.opened_approval(here, row, what)
    except ArtifactCorrupt as error:
        raise ApprovalDamaged(title=question.line) from error


def _handed_back(here: world.World, current: Scope, row: Row[Any], error: ValidationError) -> Row[Any]:
    """The request, asked once more because the model refuses what the schema admitted."""
    wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in error.errors())
    why = f"The answer of {row.decided_by} does not fit: {wrong}"[:2000]
    note = sealed_values.closed_text(here, why, of_approval(row.approval_id, "note"))

    def hand_back(connection: Connection) -> Row[Any]:
        return decisions.hand_back(connection, current.run_id, row, note)

    return here.state.write(hand_back)
