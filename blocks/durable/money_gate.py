"""Where money stops a run until a person has decided: more budget, or a second request of which nobody knows the first.

Both ask through `ask`, from within the stage: its claim is given back, the run waits, and the stage is tried again.
"""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from blocks.base.canonical import digest_of
from blocks.base.clock import as_datetime
from blocks.base.errors import HoldfastError
from blocks.base.money import nano_usd, usd
from blocks.durable.asking import ask
from blocks.durable.world import World
from blocks.state import budget_rows, ledger

MORE, AGAIN = "budget", "model_call"


class OverBudget(HoldfastError):
    """The {budget} has no money left for a request to {model}, and a person gave it no more."""

    safe = "Nothing was sent; everything recorded so far is kept."
    next = "Raise the limit (HOLDFAST_BUDGET_RUN_USD, ..._FLOW_DAY_USD or ..._TENANT_USD), then run it again."


class CallUncertain(HoldfastError):
    """A request to {model} may have been billed without an answer, and a person does not want it sent again."""

    safe = "Nothing was sent again; what it can have cost is counted."
    next = "Another run with the same documents asks once more."


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spent(_Value):
    """What a person sees of a budget that is used up."""

    budget: str
    limit: str
    added: str = Field(description="what people added to it so far")


class More(_Value):
    """How much a person adds."""

    more_usd: Decimal = Field(
        gt=0, le=1_000_000, decimal_places=2, description="US dollars added to the limit"
    )


class Uncertain(_Value):
    """What a person sees of a request whose answer was lost."""

    model: str
    asked_at: str
    attempt: int
    at_most: str
    call: str
    run: str


class Again(_Value):
    """Whether it is sent once more."""

    send_again: bool = Field(description="send the request once more, at up to the same price")


def more_for(here: World, run_id: str, name: str, limit: int, model: str) -> None:
    """Let a person add to the budget *name*; returns when that is done.

    Raises ApprovalAwaited until it is decided, OverBudget where it is refused.
    """
    added = here.state.read(lambda connection: budget_rows.granted(connection, here.tenant, name))
    what = _named(name)
    decision = ask(
        MORE,
        Spent(budget=what, limit=_dollars(limit), added=_dollars(added)),
        answer=More,
        proposed={"more_usd": str(max(usd(limit), Decimal("0.01")).quantize(Decimal("0.01")))},
        title=f"The {what} is used up",
        value=_dollars(limit + added),
    )
    if decision.answer is None:
        raise OverBudget(budget=what, model=model)
    more, by = nano_usd(decision.answer.more_usd), decision.decided_by
    of = digest_of(f"{here.tenant}\n{name}\n{added}".encode())

    def grant(connection: Any) -> None:
        if budget_rows.grant(connection, here.tenant, name, more, of):
            facts = {"budget": name, "by": by, "more_nano_usd": more}
            ledger.append(connection, run_id, "budget.granted", facts)

    here.state.write(grant)


def sent_again(row: Row[Any], run_id: str) -> None:
    """Let a person decide whether the call of *row*, which may have been billed, is made once more; returns where it is.

    Each run asks for itself.

    Raises ApprovalAwaited until it is decided, CallUncertain where it is refused.
    """
    asked_at = as_datetime(row.asked_at).strftime("%Y-%m-%d %H:%M UTC")
    most = _dollars(row.reserved_nano_usd)
    decision = ask(
        AGAIN,
        Uncertain(
            model=row.model,
            asked_at=asked_at,
            attempt=row.attempt,
            at_most=most,
            call=row.call_id,
            run=run_id,
        ),
        answer=Again,
        proposed={"send_again": True},
        title=f"Ask {row.model} once more? The first answer was lost",
        value=most,
    )
    if decision.answer is None or not decision.answer.send_again:
        raise CallUncertain(model=row.model)


def _dollars(nano: int) -> str:
    return f"{usd(nano).normalize():f} USD"


def _named(name: str) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "flow":
        flow, _, day = rest.partition(" ")
        return f"budget of {flow} on {day}"
    return f"budget of run {rest[:8]}" if kind == "run" else "budget of the tenant"
