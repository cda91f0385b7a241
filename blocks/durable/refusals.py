"""Why a decision is not taken."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from blocks.base.errors import HoldfastError, Misuse

if TYPE_CHECKING:
    from blocks.durable.approvals import Approval


class NoSuchApproval(HoldfastError):
    """There is no approval {ref!r}."""

    safe = "Nothing was decided."
    next = "`holdfast approvals list` shows what waits."


class SeveralApprovals(HoldfastError):
    """More than one approval fits {ref!r}: {fitting}."""

    safe = "Nothing was decided."
    next = "Give more of the id."


class NotWaiting(HoldfastError):
    """This request does not wait any more: {why}."""

    safe = "Your decision was not taken; what was decided before stands."
    next = "`holdfast approvals show {short}` shows how it stands."

    def __init__(self, why: str, approval: "Approval") -> None:
        super().__init__(why=why)
        self.approval = approval
        self.next = type(self).next.format(short=approval.approval_id[:8])


class TooLate(NotWaiting):
    """The time to decide is over: {why}."""


class ApprovalChanged(HoldfastError):
    """The record of approval {short} was changed, past the product:"""

    safe = "Nothing was decided."
    next = "`holdfast ledger verify` shows what else was changed; restore the database from a backup."


class WrongPerson(HoldfastError):
    """{by} may not decide this; it is asked of {names}."""

    safe = "Nothing was decided; the run still waits."
    next = "Let one of them decide."


class AnswerUnfit(Misuse):
    """The answer does not fit:"""

    safe = "Nothing was decided; the run still waits."
    next = "Correct it and decide again; `holdfast approvals show ID` shows the fields."

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field or 'the whole'}: {fault}" for field, fault in faults.items()))
        self.faults = dict(faults)
