"""What waits for a person, and the one door through which it is decided: command, page, webhook and Prefect's form."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Select, func, select

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.locked import Erased
from blocks.base import clock, faults
from blocks.base.asking import Verdict
from blocks.base.canonical import NotCanonical, canonical_bytes, digest_of
from blocks.durable import scope, sealed_values, world
from blocks.durable.answering import faults_of
from blocks.durable.refusals import (
    AnswerUnfit,
    ApprovalChanged,
    NoSuchApproval,
    NotWaiting,
    SeveralApprovals,
    TooLate,
    WrongPerson,
)
from blocks.durable.scope import Scope
from blocks.state import approval_rows, decisions
from blocks.state.decisions import Choice, Seen
from blocks.state.sealed import of_approval, with_request
from blocks.state.tables import approvals, run_approvals, runs

Status = Literal["waiting", "approved", "rejected", "expired", "void"]
Via = Literal["command", "page", "webhook", "prefect"]
_SEALED = ("request", "answer", "reason", "note")
_NOTHING = b'{"answer":{},"proposed":{},"shown":{}}'
_MOST_REASON, _LONGEST_NAME, _ID_LENGTH = 2000, 200, 64


@dataclass(frozen=True)
class Approval:
    """One request and its decision. Times are UTC; *names*: who may decide now, none: every approver.

    *digest* names exactly what is shown, the *note* too, which says why it is asked for the n-th time (*round*).
    *replaced_by* is the request that made this one void; *flaw* is what was changed in the record, "" for nothing.
    """

    approval_id: str
    gate: str
    title: str
    value: str
    subject: str
    run_id: str
    run_name: str
    flow: str
    status: Status
    asked_at: dt.datetime
    expires_at: dt.datetime | None
    names: tuple[str, ...]
    shown: dict[str, Any]
    answer_schema: dict[str, Any]
    proposed: dict[str, Any]
    digest: str
    round: int
    note: str
    answer: dict[str, Any] | None
    reason: str
    decided_by: str
    decided_via: str
    decided_at: dt.datetime | None
    previous_id: str | None
    replaced_by: str | None
    flaw: str = ""


@dataclass(frozen=True)
class Change:
    """One place of what is shown that differs from the request before; None where it was not there."""

    path: str
    before: Any
    after: Any


def list_approvals(
    *,
    status: Status | None = "waiting",
    gate: str | None = None,
    run_id: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Approval]:
    """What is asked, oldest first; all there is where *status* is None."""
    query = _approvals().order_by(approvals.c.asked_at, approvals.c.approval_id).limit(limit).offset(offset)
    if status is not None:
        query = query.where(approvals.c.state == status)
    if gate is not None:
        query = query.where(approvals.c.gate == gate)
    if run_id is not None:
        still = (run_approvals.c.run_id == run_id, run_approvals.c.voided_at.is_(None))
        mine = select(run_approvals.c.approval_id).where(*still)
        query = query.where(approvals.c.approval_id.in_(mine))
    return _read(query)


def find_approval(ref: str) -> Approval:
    """The approval with the id, or the unique beginning of an id, *ref*. Raises NoSuchApproval, SeveralApprovals."""
    one = approvals.c.approval_id
    named = one == ref if len(ref) == _ID_LENGTH else one.startswith(ref.lower(), autoescape=True)
    found = _read(_approvals().where(named).limit(6)) if ref else []
    if not found:
        raise NoSuchApproval(ref=ref)
    if len(found) > 1:
        fitting = ", ".join(f"{one.approval_id[:12]} ({one.title[:40]})" for one in found[:5])
        raise SeveralApprovals(ref=ref, fitting=fitting)
    return found[0]


def decide(
    approval_id: str,
    *,
    verdict: Verdict,
    by: str,
    via: Via,
    digest: str | None = None,
    answer: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Approval:
    """Decide a request, by one compare-and-set, and return it decided; of many who decide, one does.

    *answer* holds the JSON values of all fields, by default those that are proposed; *digest*, where given, is of what
    the person saw. Effects: one row, one event in each run that waits, a signed head. Raises NotWaiting (it carries how
    it stands now), TooLate, WrongPerson, AnswerUnfit or NoSuchApproval.
    """
    here, asked = world.current(), find_approval(approval_id)
    _check_open(asked, digest)
    by = _name(by)
    if asked.names and by not in asked.names:
        raise WrongPerson(by=by, names=", ".join(asked.names))
    choice = _sealed(here, asked, _choice(asked, verdict, by, via, answer, reason))
    seen = Seen(asked.names, asked.round)
    tries = count()

    def act(connection: Connection) -> list[str] | None:
        return decisions.decide(connection, asked.approval_id, choice, seen, again=next(tries) > 0)

    told = here.state.write(act)
    faults.reach("approval.decided")
    for run_id in told or ():
        here.heads.ended(run_id)
    decided = find_approval(asked.approval_id)
    if told is None:
        _check_open(decided, digest)
        raise NotWaiting("it is asked anew, or of others, since you saw it", decided)
    return decided


def settle_overdue() -> int:
    """Let what was declared happen where the time to decide is over; how many requests that were."""
    return world.current().state.write(decisions.settle_overdue)


def waiting_for(run_id: str) -> list[str]:
    """The ids of what a run waits for, oldest first."""
    rows = world.current().state.read(lambda connection: approval_rows.waiting_of(connection, run_id))
    return [row.approval_id for row in rows]


def runs_of(approval_id: str) -> list[str]:
    """The runs that ask this, and have not gone on with a decision."""
    return world.current().state.read(
        lambda connection: approval_rows.runs_that_wait(connection, approval_id)
    )


def difference(approval: Approval) -> list[Change]:
    """What is shown otherwise than in the request that this one replaced, in the order of the paths."""
    if approval.previous_id is None:
        return []
    before = find_approval(approval.previous_id)
    old, new = (dict(_leaves("", {**one.shown, "proposed": one.proposed})) for one in (before, approval))
    paths = [*new, *(path for path in old if path not in new)]
    return [Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _check_open(asked: Approval, digest: str | None) -> None:
    """Raises NotWaiting, TooLate or ApprovalChanged."""
    if asked.flaw:
        raise ApprovalChanged(asked.flaw, short=asked.approval_id[:8])
    if asked.status == "void":
        why = "what is shown has changed" if asked.replaced_by else "the run asks it no more"
        raise NotWaiting(why, asked)
    if asked.decided_by == "deadline":
        raise TooLate(f"it was {asked.status} by its deadline", asked)
    if asked.status != "waiting":
        raise NotWaiting(f"it was {asked.status} by {asked.decided_by}", asked)
    if digest is not None and digest != asked.digest:
        raise NotWaiting("what is shown is not what you saw", asked)


def _name(by: str) -> str:
    """Raises AnswerUnfit."""
    name = by.strip()
    if not name or len(name) > _LONGEST_NAME or name == approval_rows.DEADLINE or not _can_be_kept(name):
        raise AnswerUnfit({"": "Nobody is named as the one who decides."})
    return name


def _can_be_kept(text: str) -> bool:
    """No database keeps NUL, and half a character is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _choice(
    asked: Approval, verdict: Verdict, by: str, via: Via, answer: Mapping[str, Any] | None, reason: str
) -> Choice:
    """Raises AnswerUnfit."""
    if len(reason) > _MOST_REASON:
        raise AnswerUnfit({"reason": f"It is over {_MOST_REASON} characters."})
    if not _can_be_kept(reason):
        raise AnswerUnfit({"reason": "It holds a character that cannot be kept."})
    if verdict not in ("approved", "rejected"):
        raise AnswerUnfit({"": f"{verdict!r} is no verdict."})
    if verdict == "rejected":
        return Choice(verdict, None, None, reason.strip(), by, via)
    values = dict(asked.proposed if answer is None else answer)
    try:
        wrong = faults_of(asked.answer_schema, values)
        data = b"" if wrong else canonical_bytes(values)
    except (NotCanonical, RecursionError) as error:
        raise AnswerUnfit({"": "It holds what cannot be kept, or is nested too deeply."}) from error
    if wrong:
        raise AnswerUnfit(wrong)
    return Choice(verdict, data, digest_of(data), reason.strip(), by, via)


def _sealed(here: world.World, asked: Approval, choice: Choice) -> Choice:
    """The choice as it is written: with keys, answer and reason are sealed, and the ledger holds the sealed ones' digest."""
    if here.cipher is None:
        return choice
    with scope.working_for(Scope(asked.run_id, asked.subject)):
        reason = sealed_values.closed_text(here, choice.reason, of_approval(asked.approval_id, "reason"))
        if choice.answer is None:
            return replace(choice, reason=reason)
        answer = sealed_values.closed(here, choice.answer, of_approval(asked.approval_id, "answer"))
    return replace(choice, answer=answer, answer_digest=digest_of(answer), reason=reason)


def _approvals() -> Select[Any]:
    newer = approvals.alias("newer")
    replaced_by = select(func.min(newer.c.approval_id)).where(newer.c.previous_id == approvals.c.approval_id)
    columns = (
        approvals,
        runs.c.name.label("run_name"),
        runs.c.flow,
        replaced_by.scalar_subquery().label("replaced_by"),
    )
    joined = approvals.join(runs, runs.c.run_id == approvals.c.run_id)
    return select(*columns).select_from(joined).where(approvals.c.tenant == world.current().tenant)


def _read(query: Select[Any]) -> list[Approval]:
    def read(connection: Connection) -> list[Row[Any]]:
        return list(connection.execute(query))

    here = world.current()
    return [_approval(_opened(here, row)) for row in here.state.read(read)]


def _opened(here: world.World, row: Row[Any]) -> Any:
    """The row with its sealed values opened; what was erased is empty, and cannot be decided."""
    try:
        values = {what: sealed_values.opened_approval(here, row, what) for what in _SEALED}
    except (Erased, ArtifactCorrupt) as error:
        gone = {"answer": None, "reason": "", "note": "", "broken": f"{error}"}
        return with_request(row, _NOTHING, **gone)
    return with_request(row, **values, broken="")


def _approval(row: Any) -> Approval:
    asked: dict[str, Any] = json.loads(row.request)
    return Approval(
        approval_id=row.approval_id,
        gate=row.gate,
        title=row.title,
        value=row.value,
        subject=row.subject,
        run_id=row.run_id,
        run_name=row.run_name,
        flow=row.flow,
        status=cast(Status, row.state),
        asked_at=clock.as_datetime(row.asked_at),
        expires_at=_moment(row.expires_at),
        names=tuple(json.loads(row.names)),
        shown=asked["shown"],
        answer_schema=asked["answer"],
        proposed=asked["proposed"],
        digest=row.digest if row.round == 1 else digest_of(f"{row.digest} {row.round} {row.note}".encode()),
        round=row.round,
        note=row.note,
        answer=json.loads(row.answer) if row.answer is not None else None,
        reason=row.reason or "",
        decided_by=row.decided_by or "",
        decided_via=row.decided_via or "",
        decided_at=_moment(row.decided_at),
        previous_id=row.previous_id,
        replaced_by=row.replaced_by if row.state == approval_rows.VOID else None,
        flaw=row.broken or approval_rows.flaw(row) or "",
    )


def _moment(microseconds: int | None) -> dt.datetime | None:
    return None if microseconds is None else clock.as_datetime(microseconds)


def _leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    """The places of a JSON value that hold no others, with their paths."""
    if isinstance(value, dict) and value:
        inner = cast(dict[str, Any], value).items()
    elif isinstance(value, list) and value:
        inner = ((str(number), one) for number, one in enumerate(cast(list[Any], value), 1))
    else:
        return [(path, value)]
    return [leaf for name, one in inner for leaf in _leaves(f"{path}.{name}".lstrip("."), one)]
