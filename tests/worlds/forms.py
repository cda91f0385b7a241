"""Types and values for the canonical form. Importable, so that other processes can make the same ones."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Colour(enum.Enum):
    """Text in disguise."""

    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    """Told from a Dog by its kind."""

    kind: Literal["cat"] = "cat"
    name: str


class Dog(BaseModel):
    """Told from a Cat by its kind."""

    kind: Literal["dog"] = "dog"
    name: str


@dataclass(frozen=True)
class Point:
    """A dataclass is a record, too."""

    x: int
    y: Decimal


class Everything(BaseModel):
    """Every admitted kind of field."""

    model_config = ConfigDict(frozen=True)

    nothing: None = None
    flag: bool
    number: int
    real: float
    amount: Decimal
    text: str
    day: dt.date
    moment: dt.datetime
    name: uuid.UUID
    colour: Colour
    choice: Literal["a", "b", 3]
    several: tuple[int, ...]
    listed: list[str]
    held: frozenset[str]
    mapped: dict[str, Decimal]
    pet: Cat | Dog | None = None
    point: Point
    path: str = Field(default="", exclude=True)


EVERYTHING = Everything(
    flag=True,
    number=10**30,
    real=0.1,
    amount=Decimal("12.340"),
    text="Grüße, 世界 \u0000 \u2028",
    day=dt.date(2025, 3, 1),
    moment=dt.datetime(2025, 3, 1, 12, 30, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    name=uuid.UUID(int=7),
    colour=Colour.BLUE,
    choice=3,
    several=(3, 1, 2),
    listed=["b", "a"],
    held=frozenset({"pear", "apple", "fig", "kiwi"}),
    mapped={"b": Decimal("1E+2"), "a": Decimal("0.10")},
    pet=Dog(name="Rex"),
    point=Point(1, Decimal("2.0")),
    path="/here",
)
