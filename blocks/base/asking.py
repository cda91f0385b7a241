"""What is asked of a person, and what comes of it: who may decide, until when, and the decision."""

import datetime as dt
from typing import Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

A = TypeVar("A", bound=BaseModel)

Verdict = Literal["approved", "rejected"]
Outcome = Literal["reject", "fail"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approvers(_Value):
    """Who may decide, until when, and what happens when nobody did."""

    names: tuple[str, ...] = Field(default=(), description="who may decide; none: every approver")
    within: dt.timedelta | None = Field(default=None, description="time to decide; None: no deadline")
    then: "Approvers | None" = Field(default=None, description="who is asked when the time is over")
    otherwise: Outcome = Field(default="reject", description="what happens when nobody is left to ask")

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.within is not None and self.within <= dt.timedelta(0):
            raise ValueError("the time to decide must be above zero")
        if self.then is not None and self.within is None:
            raise ValueError("without a deadline nobody else would ever be asked")
        return self


class Decision(_Value, Generic[A]):
    """What a person decided: the answer where it was approved, None where it was rejected."""

    approved: bool
    answer: A | None = None
    reason: str = ""
    decided_by: str = Field(default="", description="the approver, or `deadline`")
