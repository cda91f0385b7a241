"""One byte form per typed value: equal values share it, different values never do, and it parses back."""

import datetime as dt
import enum
import json
import os
import subprocess
import sys
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypedDict

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from blocks.base.canonical import Form, NotCanonical, canonical_bytes, digest_of, refuse_type
from tests.worlds.forms import EVERYTHING, Cat, Colour, Dog, Everything, Point

ROOT = Path(__file__).parents[2]


def bytes_of(tp: object, value: object) -> bytes:
    """The canonical bytes of *value* declared as *tp*."""
    return Form(tp).describe(value)[1]


def test_every_process_writes_the_same_bytes():
    code = (
        "from blocks.base.canonical import canonical_bytes, digest_of\n"
        "from tests.worlds.forms import EVERYTHING\n"
        "print(digest_of(canonical_bytes(EVERYTHING)))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("0", "UTC"), ("1", "Asia/Kolkata"), ("4242", "America/New_York"))
    }
    assert found == {digest_of(canonical_bytes(EVERYTHING))}


def test_the_form_is_pinned_so_that_old_keys_stay_valid():
    assert canonical_bytes(EVERYTHING).decode() == (
        '{"amount":"12.34","choice":3,"colour":"blue","day":"2025-03-01","flag":true,'
        '"held":["apple","fig","kiwi","pear"],"listed":["b","a"],"mapped":{"a":"0.1","b":"100"},'
        '"moment":"2025-03-01T07:00:00+00:00","name":"00000000-0000-0000-0000-000000000007","nothing":null,'
        '"number":1000000000000000000000000000000,"pet":{"kind":"dog","name":"Rex"},"point":{"x":1,"y":"2"},'
        '"real":0.1,"several":[3,1,2],"text":"Grüße, 世界 \\u0000 \u2028"}'
    )


def test_every_kind_of_value_comes_back_equal():
    form = Form(Everything)
    assert form.parse(form.dump(EVERYTHING)).model_copy(update={"path": "/here"}) == EVERYTHING


@pytest.mark.parametrize(
    ("tp", "left", "right"),
    [
        (Decimal, Decimal("1.0"), Decimal("1.00")),
        (Decimal, Decimal("100"), Decimal("1E+2")),
        (Decimal, Decimal("0"), Decimal("-0.00")),
        (float, 0.0, -0.0),
        (float, 1.0, 1),
        (frozenset[str], frozenset({"a", "b", "c"}), {"c", "b", "a"}),
        (set[int], {1, 2**61 - 1, 2**61}, {2**61, 2**61 - 1, 1}),
        (dict[str, int], {"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (tuple[int, ...], (1, 2), [1, 2]),
        (list[int], [1, 2], (1, 2)),
        (
            dt.datetime,
            dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC),
            dt.datetime(2025, 1, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        ),
        (Everything, EVERYTHING, EVERYTHING.model_copy(update={"path": "/elsewhere"})),
    ],
)
def test_equal_values_share_one_form(tp: object, left: object, right: object):
    assert bytes_of(tp, left) == bytes_of(tp, right)


@pytest.mark.parametrize(
    ("tp", "left", "right"),
    [
        (Decimal, Decimal("1.0000000000000000000000000000001"), Decimal("1")),
        (Decimal, Decimal(10**40 + 1), Decimal(10**40)),
        (str, "é", "e\u0301"),
        (str, "1", "01"),
        (int, 2**53, 2**53 + 1),
        (float, 0.1, 0.1 + 2**-56),
        (bool | int, True, 1),
        (int | None, 0, None),
        (str | None, "", None),
        (str | None, "null", None),
        (str | int, "1", 1),
        (list[str], ["ab"], ["a", "b"]),
        (list[list[int]], [[1], [2]], [[1, 2]]),
        (tuple[str, ...], ("a", "b"), ("b", "a")),
        (dict[str, str], {"1": "x"}, {"01": "x"}),
        (Cat | Dog, Cat(name="Tom"), Dog(name="Tom")),
        (dt.datetime, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2025, 1, 1, 0, 0, 0, 1, dt.UTC)),
    ],
)
def test_different_values_have_different_forms(tp: object, left: object, right: object):
    assert bytes_of(tp, left) != bytes_of(tp, right)


def test_a_decimal_of_any_length_comes_back_whole():
    form = Form(Decimal)
    long = Decimal("12345678901234567890123456789012345678901234567890.123456789")
    assert form.parse(form.dump(long)) == long


class Open(BaseModel):
    """Takes fields that nobody declared."""

    model_config = ConfigDict(extra="allow")


class Listed(RootModel[list[int]]):
    """Its JSON is not a record."""


class Loose(BaseModel):
    """Anything may be in it."""

    anything: Any


class Nested(BaseModel):
    """Looks harmless from outside."""

    inner: list[Loose]


class Mixed(enum.Enum):
    """Values of two kinds."""

    ONE = 1
    TWO = "2"


class Places(enum.Enum):
    """Values that are no plain type."""

    HERE = Path("/here")


class A(BaseModel):
    """Can look like B."""

    x: Literal["a"] = "a"
    y: str = "b"


class B(BaseModel):
    """Can look like A."""

    x: str = "a"
    y: Literal["b"] = "b"


class Row(TypedDict):
    """A dict with a costume."""

    name: str


class Held:
    """Some object."""


@dataclass
class WithPath:
    """A path names no content."""

    where: Path


@pytest.mark.parametrize(
    "tp",
    [
        Any, object, Path, bytes, complex, Held, Open, Listed, Loose, Nested, Mixed, Places, Row, WithPath,
        list, dict, set, tuple, typing.List, typing.Dict, typing.Tuple, typing.Set, Sequence, Mapping,  # noqa: UP006
        dict[int, str], dict[Any, str], dict[str, Any], list[Any], tuple[Any, ...], list[Path], Mapping[Colour | int, str],
        int | float, str | Decimal, str | Colour, dt.date | dt.datetime, Literal["a"] | str,
        list[int] | tuple[int, ...], dict[str, int] | Cat, Cat | Point, A | B, Cat | A | B,
        str | Annotated[Decimal | None, "an amount"], type, typing.Callable[[], int], typing.Iterator[int],
    ],
    ids=str,
)  # fmt: skip
def test_what_has_no_form_of_its_own_is_refused_by_its_type(tp: object):
    with pytest.raises(NotCanonical):
        refuse_type(tp)


Name = NewType("Name", str)


@pytest.mark.parametrize(
    "tp",
    [
        Everything, Cat | Dog | None, Annotated[int, Field(ge=0)], Name, str | None, bool | int | str | None,
        Mapping[str, Sequence[int]], dict[Literal["a", "b"], int], dict[Colour, int], frozenset[Colour],
        Literal["a", 1], tuple[int, str], list[Cat | Dog], Point, "Tree",
    ],
    ids=str,
)  # fmt: skip
def test_what_has_a_form_of_its_own_is_admitted(tp: object):
    refuse_type(Tree if tp == "Tree" else tp)


class Tree(BaseModel):
    """Holds itself."""

    branches: tuple["Tree", ...] = ()


def test_a_type_that_holds_itself_comes_back_equal():
    form, tree = Form(Tree), Tree(branches=(Tree(), Tree(branches=(Tree(),))))
    assert form.parse(form.dump(tree)) == tree


@pytest.mark.parametrize(
    ("tp", "value"),
    [
        (float, float("nan")),
        (float, float("inf")),
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("-Infinity")),
        (dt.datetime, dt.datetime(2025, 1, 1)),
        (dt.datetime, dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14)))),
        (str, "half a \ud800 character"),
        (Decimal, Decimal("1E+999999999")),
        pytest.param(int, 10**5000, id="a number of 5001 digits"),
    ],
)
def test_a_value_without_form_is_refused_with_a_sentence(tp: object, value: object):
    with pytest.raises((NotCanonical, ValidationError)):
        bytes_of(tp, value)


class Named(BaseModel):
    """Another name on the outside."""

    number: int = Field(alias="No.")


def test_a_model_with_an_alias_comes_back_equal():
    form, named = Form(Named), Named.model_validate({"No.": 3})
    assert form.parse(form.dump(named)) == named


class Shouting(BaseModel):
    """Changes at every reading, so no bytes stand for it."""

    text: str

    def model_post_init(self, context: Any) -> None:
        """Grow."""
        self.text += "!"


def test_a_value_that_changes_when_it_is_read_is_not_recorded():
    with pytest.raises(NotCanonical, match="changes when it is parsed back"):
        Form(Shouting).dump(Shouting(text="hey"))


class Wider(Cat):
    """Holds more than its parent declares."""

    colour: str = "black"


def test_an_answer_with_more_than_its_declared_type_holds_is_not_recorded():
    with pytest.raises(NotCanonical):
        Form(Cat).dump(Wider(name="Tom"))


def test_a_map_with_number_keys_never_meets_one_with_text_keys():
    with pytest.raises(NotCanonical):
        refuse_type(dict[int, str])
    with pytest.raises(NotCanonical):
        canonical_bytes({1: "x"})
    assert json.loads(canonical_bytes({"1": "x"})) == {"1": "x"}
