"""The decisions that the events of a run tell of, held against the rows of the approvals."""

from typing import Any

from sqlalchemy import Connection, Row, select

from blocks.base.canonical import digest_of
from blocks.state.approval_rows import SETTLED
from blocks.state.chain import Finding
from blocks.state.tables import approvals, events, run_approvals

_AGAIN = ("approval.asked", "approval.returned")


class DecisionsTold:
    """Collects what the events of one run tell, and compares the newest of it with the rows at the end."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, Any]] = {}

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """One event, in its turn."""
        if kind == "approval.decided":
            self._told[str(body.get("approval"))] = body
        elif kind in _AGAIN:
            self._told.pop(str(body.get("approval")), None)

    def fault(self, connection: Connection) -> str | None:
        """What is wrong with the row of a decision, or None. One that was asked anew by another run is not compared."""
        for approval_id, body in self._told.items():
            row = connection.execute(select(approvals).where(approvals.c.approval_id == approval_id)).first()
            if row is None:
                return f"the row of approval {approval_id[:12]} is missing"
            if row.round <= body["round"] and _as_rows_say(row) != {name: body.get(name) for name in _NAMES}:
                return f"the decision of approval {approval_id[:12]} is not the one that the event tells of"
        return None


_NAMES = ("answer", "by", "reason", "round", "verdict", "via")


def _as_rows_say(row: Row[Any]) -> dict[str, Any]:
    answer = digest_of(row.answer) if isinstance(row.answer, bytes) else row.answer
    values = (answer, row.decided_by, row.reason, row.round, row.state, row.decided_via)
    return dict(zip(_NAMES, values, strict=True))


def decisions_from_nowhere(connection: Connection) -> list[Finding]:
    """Approvals that are recorded as decided though no event says so."""
    asked = run_approvals.join(events, events.c.run_id == run_approvals.c.run_id)
    tells = (events.c.kind == "approval.decided", events.c.body.contains(approvals.c.approval_id))
    mine = run_approvals.c.approval_id == approvals.c.approval_id
    told = select(1).select_from(asked).where(mine, *tells).correlate(approvals).exists()
    query = select(approvals.c.approval_id, approvals.c.state).where(approvals.c.state.in_(SETTLED), ~told)
    return [
        Finding("", None, f"approval {row.approval_id[:12]} is {row.state}, but no event tells of it")
        for row in connection.execute(query.limit(5))
    ]
