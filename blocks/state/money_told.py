"""What the events tell of money, held against the rows: paid calls, what stages cost, what people added to budgets.

The budgets themselves are held against the paid calls that count in them, which the events tell one by one.
"""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from blocks.state.chain import Finding
from blocks.state.model_call_rows import AMBIGUOUS, ANSWERED, ASKED, REFUSED, SETTLED, SPOILED, UNSENT
from blocks.state.tables import budget_grants, budgets, model_calls, stages

_AT_MOST, _AT_A_TIME = 5, 500
_PAYING = ("stage.done", "stage.failed", "stage.superseded")
_COLUMNS = {
    "attempt": model_calls.c.attempt,
    "model": model_calls.c.model,
    "request": model_calls.c.request_digest,
    "key": model_calls.c.stage_key,
    "reserved_nano_usd": model_calls.c.reserved_nano_usd,
    "answer": model_calls.c.answer_digest,
    "cost_nano_usd": model_calls.c.cost_nano_usd,
}
"""What events say of a call, and where it stands."""


@dataclass
class MoneyTold:
    """What the events of all runs tell: what stages cost, what was added. Memory grows with the stages that cost money."""

    costs: Counter[str] = field(default_factory=Counter[str])
    grants: Counter[tuple[str, str, int]] = field(default_factory=Counter[tuple[str, str, int]])

    def faults(self, connection: Connection) -> list[Finding]:
        """What the rows say otherwise, after the events of all runs were read."""
        found = self._costs(connection) + _budgets(connection) + self._grants(connection)
        return [Finding("", None, reason) for reason in found]

    def _costs(self, connection: Connection) -> list[str]:
        """Every cost of a stage is told by an event of the run that paid it."""
        found: list[str] = []
        query = select(stages.c.key, stages.c.cost_nano_usd).where(stages.c.cost_nano_usd != 0)
        with connection.execute(query, execution_options={"yield_per": _AT_A_TIME}) as rows:
            for key, cost in rows:
                told = self.costs.pop(key, 0)
                if cost != told and len(found) < _AT_MOST:
                    found.append(
                        f"stage {key[:12]} is recorded with a cost of {cost}, the events tell {told}"
                    )
        missing = (key for key, told in self.costs.items() if told)
        return found + [f"the cost of stage {key[:12]} is not recorded" for key in islice(missing, _AT_MOST)]

    def _grants(self, connection: Connection) -> list[str]:
        columns = (budget_grants.c.tenant, budget_grants.c.name, budget_grants.c.more_nano_usd)
        rows = Counter((tenant, name, more) for tenant, name, more in connection.execute(select(*columns)))
        added = [
            f"budget {name!r}: no event tells that {more} were added" for _, name, more in rows - self.grants
        ]
        gone = [
            f"budget {name!r}: the {more} that were added are gone" for _, name, more in self.grants - rows
        ]
        return (added + gone)[:_AT_MOST]


class CallsTold:
    """Collects what the events of one run tell, and compares its paid calls with it at the end. Memory grows with them."""

    def __init__(self, money: MoneyTold) -> None:
        self._money = money
        self._calls: dict[str, dict[str, Any]] = {}
        self._tenant = ""

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """One event, in its turn."""
        if kind.startswith("model_call."):
            self._calls.setdefault(str(body.get("call")), {}).update(body)
        elif kind in _PAYING:
            self._money.costs[str(body.get("key"))] += _number(body, "cost_nano_usd")
        elif kind == "run.started":
            self._tenant = str(body.get("tenant"))
        elif kind == "budget.granted":
            self._money.grants[self._tenant, str(body.get("budget")), _number(body, "more_nano_usd")] += 1

    def fault(self, connection: Connection, run_id: str) -> str | None:
        """What is wrong with the paid calls of the run, or None."""
        more = (model_calls.c.call_id, model_calls.c.state, model_calls.c.budgets)
        query = select(*_COLUMNS.values(), *more).where(model_calls.c.run_id == run_id)
        with connection.execute(query, execution_options={"yield_per": _AT_A_TIME}) as rows:
            for row in rows:
                if reason := _fault_of(row, run_id, self._calls.pop(row.call_id, None)):
                    return f"paid call {row.call_id[:12]}: {reason}"
        return next((f"the row of paid call {call_id[:12]} is missing" for call_id in self._calls), None)


def _fault_of(row: Row[Any], run_id: str, told: dict[str, Any] | None) -> str | None:
    if told is None:
        return "no event tells that it was asked"
    for name, column in _COLUMNS.items():
        if getattr(row, column.name) != told.get(name):
            return f"its {name} is {getattr(row, column.name)}, the events tell {told.get(name)}"
    if not {f"run {run_id}", "tenant"} <= set(_names(row.budgets)):
        return "it does not count in the budgets of its run and tenant"
    return None if _is_possible(row) else f"it cannot be {row.state} with this answer and this cost"


def _is_possible(row: Row[Any]) -> bool:
    """Can a call be in its state with what it has? A cost may be above what was reserved: providers decide it."""
    has_answer, cost = row.answer_digest is not None, row.cost_nano_usd
    if row.state in (SETTLED, SPOILED):
        return has_answer and cost is not None
    if row.state == ANSWERED:
        return has_answer
    expected = {ASKED: None, REFUSED: 0, UNSENT: 0, AMBIGUOUS: row.reserved_nano_usd}
    return not has_answer and row.state in expected and cost == expected[row.state]


def _budgets(connection: Connection) -> list[str]:
    """Budgets that are not the sum of the calls that count in them: reserved while a cost is not known, then spent."""
    wanted = _sums(connection)
    found: list[str] = []
    query = select(budgets.c.tenant, budgets.c.name, budgets.c.reserved_nano_usd, budgets.c.spent_nano_usd)
    with connection.execute(query, execution_options={"yield_per": _AT_A_TIME}) as rows:
        for tenant, name, *stands in rows:
            sums = wanted.pop((tenant, name), [0, 0])
            if stands != sums and len(found) < _AT_MOST:
                found.append(f"budget {name!r}: reserved and spent are {stands}, of its paid calls {sums}")
    missing = [f"the row of budget {name!r} is missing" for (_, name), sums in wanted.items() if any(sums)]
    return found + missing[:_AT_MOST]


def _sums(connection: Connection) -> dict[tuple[str, str], list[int]]:
    """What is reserved and spent by tenant and budget, of the calls. One pass over them; memory grows with the budgets."""
    open_, cost = model_calls.c.cost_nano_usd.is_(None), model_calls.c.cost_nano_usd
    reserved = func.sum(case((open_, model_calls.c.reserved_nano_usd), else_=0))
    together = (model_calls.c.tenant, model_calls.c.budgets)
    query = select(*together, reserved, func.sum(func.coalesce(cost, 0))).group_by(*together)
    sums: dict[tuple[str, str], list[int]] = {}
    with connection.execute(query, execution_options={"yield_per": _AT_A_TIME}) as rows:
        for tenant, names, *more in rows:
            for name in _names(names):
                have = sums.setdefault((tenant, name), [0, 0])
                have[:] = [one + int(other) for one, other in zip(have, more, strict=True)]
    return sums


def _names(text: Any) -> list[str]:
    """The names of budgets in a row; none where it was damaged."""
    with suppress(ValueError, TypeError, RecursionError):
        names = json.loads(text)
        return [str(name) for name in names]
    return []


def _number(body: dict[str, Any], name: str) -> int:
    """What an event tells; 0 where a forged one tells no number."""
    value = body.get(name)
    return value if isinstance(value, int) else 0
