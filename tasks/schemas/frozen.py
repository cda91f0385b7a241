"""The base of every schema: immutable, closed, compared by value."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: no field changes after it is made, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
