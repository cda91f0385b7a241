"""What the events tell of approvals, held against the rows of the approvals."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from blocks.base.canonical import digest_of
from blocks.state.approval_rows import SETTLED, flaw
from blocks.state.chain import Finding
from blocks.state.sealed import Opener, of_approval, with_request
from blocks.state.tables import approvals, run_approvals

_NAMES = ("answer", "by", "reason", "round", "verdict", "via")
_AT_MOST = 5


@dataclass
class Rounds:
    """What the events of all runs tell of the rounds of approvals: deadlines, decisions. Memory grows with them."""

    asked: dict[tuple[str, int], set[int | None]] = field(
        default_factory=dict[tuple[str, int], set[int | None]]
    )
    decided: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])


class DecisionsTold:
    """Collects what the events of one run tell, and compares the newest of it with the rows at the end."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds
        self._decided: dict[str, dict[str, Any]] = {}
        self._asked: set[str] = set()
        self._taken: set[str] = set()

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """One event, in its turn."""
        subject, _, verb = kind.partition(".")
        if subject != "approval":
            return
        one, number = str(body.get("approval")), body.get("round", 0)
        if verb in ("asked", "returned", "escalated"):
            self._asked.add(one)
            self._rounds.asked.setdefault((one, number), set()).add(body.get("expires_at"))
            if number > self._decided.get(one, {}).get("round", number):
                del self._decided[one]
        if verb == "decided":
            self._rounds.decided.add((one, number))
            self._decided[one] = body
        if verb == "taken":
            self._taken.add(one)

    def fault(self, connection: Connection, run_id: str) -> str | None:
        """What is wrong with the rows that the run's events speak of, or None."""
        for approval_id in self._asked:
            row = connection.execute(select(approvals).where(approvals.c.approval_id == approval_id)).first()
            if row is None:
                return f"the row of approval {approval_id[:12]} is missing"
            if self._is_another(row):
                return f"the decision of approval {approval_id[:12]} is not the one that the event tells of"
        mine = (run_approvals.c.run_id == run_id, run_approvals.c.taken_at.is_not(None))
        for approval_id in connection.execute(select(run_approvals.c.approval_id).where(*mine)).scalars():
            if approval_id not in self._taken:
                return f"approval {approval_id[:12]}: no event tells that the run went on with it"
        return None

    def _is_another(self, row: Row[Any]) -> bool:
        """What another run asked anew stands in a later round, which that run's events tell of."""
        told = self._decided.get(row.approval_id)
        if told is None or row.round > told["round"]:
            return False
        return _as_rows_say(row) != {name: told.get(name) for name in _NAMES}


def _as_rows_say(row: Row[Any]) -> dict[str, Any]:
    answer = digest_of(row.answer) if isinstance(row.answer, bytes) else row.answer
    values = (answer, row.decided_by, row.reason, row.round, row.state, row.decided_via)
    return dict(zip(_NAMES, values, strict=True))


def untold(connection: Connection, rounds: Rounds, opener: Opener) -> list[Finding]:
    """Approvals that were changed, or that stand as no event tells, after the events of all runs were read."""
    found: list[Finding] = []
    with connection.execute(select(approvals), execution_options={"yield_per": 500}) as rows:
        for row in rows:
            why = _changed(row, opener) or _untold(row, rounds)
            if why is not None:
                found.append(Finding("", None, f"approval {row.approval_id[:12]}: {why}"))
            if len(found) == _AT_MOST:
                break
    return found


def _changed(row: Row[Any], opener: Opener) -> str | None:
    """What was erased cannot be compared with its digest any more."""
    request = opener.opened(row.request, of_approval(row.approval_id, "request"))
    return None if request is None else flaw(with_request(row, request))


def _untold(row: Row[Any], rounds: Rounds) -> str | None:
    one = (row.approval_id, row.round)
    if row.state in SETTLED and one not in rounds.decided:
        return f"it is {row.state}, but no event tells of it"
    if one not in rounds.asked:
        return "no event tells that it was asked"
    return None if row.expires_at in rounds.asked[one] else "its deadline is none that an event tells of"
