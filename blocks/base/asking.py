"""What is asked of a person, and what comes of it: who may decide, until when, and the decision."""

import datetime as dt
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

A = TypeVar("A", bound=BaseModel)

Verdict = Literal["approved", "rejected"]
Outcome = Literal["reject", "fail"]


_LONGEST = dt.timedelta(days=3650)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approvers(_Value):
    """Who may decide, until when, and what happens when nobody did."""

    names: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), description="who may decide; none: every approver"
    )
    within: dt.timedelta | None = Field(default=None, description="time to decide; None: no deadline")
    then: "Approvers | None" = Field(default=None, description="who is asked when the time is over")
    otherwise: Outcome = Field(default="reject", description="what happens when nobody is left to ask")

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.within is not None and not dt.timedelta(0) < self.within <= _LONGEST:
            raise ValueError(f"the time to decide is above zero and at most {_LONGEST.days} days")
        if self.then is not None and self.within is None:
            raise ValueError("without a deadline nobody else would ever be asked")
        return self


class Decision(_Value, Generic[A]):
    """What a person decided: the answer where it was approved, None where it was rejected."""

    approved: bool
    answer: A | None = None
    reason: str = ""
    decided_by: str = Field(default="", description="the approver, or `deadline`")
