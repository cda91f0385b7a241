"""The proposed answer, changed on the command line: every kind of field, and what is refused."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from blocks.durable.answering import faults_of
from blocks.durable.question import Question
from deployments.console.answers import BadAnswer, BadEdit, answer_of
from deployments.console.forms import Form
from tests.worlds.gates import Bill


class Line(BaseModel):
    """One line."""

    name: str
    amount: Decimal | None = None


class Place(BaseModel):
    """Where."""

    city: str
    floor: int | None = None


class Answer(BaseModel):
    """One field of each kind."""

    total: Decimal
    count: int
    share: float = 0.5
    urgent: bool = False
    on: dt.date
    kind: Literal["paper", "Travel"] = "paper"
    note: str = ""
    reference: str | None = None
    where: Place | None = None
    lines: tuple[Line, ...] = ()
    tags: tuple[str, ...] = ()


PROPOSED: dict[str, Any] = {
    "total": "10.00",
    "count": 1,
    "on": "2026-01-31",
    "reference": "R-1",
    "lines": [{"name": "pens", "amount": "4.00"}, {"name": "paper", "amount": None}],
    "tags": ["a", "b"],
}
REQUEST = Question("bill", Bill(name="a", amount=Decimal(1)), Answer, PROPOSED, "A bill", "", None)  # pyright: ignore[reportArgumentType]
SCHEMA: dict[str, Any] = json.loads(REQUEST.data)["answer"]


def answered(*edits: str) -> dict[str, Any]:
    given = answer_of(SCHEMA, PROPOSED, edits, None)
    assert given is not None
    return given


@pytest.mark.parametrize(
    ("edit", "field", "value"),
    [
        ("total=12.50", "total", "12.50"),
        ("total= 12.50 ", "total", "12.50"),
        ("count=3", "count", 3),
        ("share=0.25", "share", 0.25),
        ("share=1", "share", 1),
        ("urgent=true", "urgent", True),
        ("urgent=NO", "urgent", False),
        ("on=2026-02-01", "on", "2026-02-01"),
        ("kind=travel", "kind", "Travel"),
        ("note=a = b", "note", "a = b"),
        ("note=", "note", ""),
        ("note= two  blanks ", "note", " two  blanks "),
        ("reference=", "reference", None),
        ("reference=null", "reference", "null"),
        ("where.city=Bern", "where", {"city": "Bern"}),
        ('where={"city": "Bern", "floor": 2}', "where", {"city": "Bern", "floor": 2}),
        ("where=", "where", None),
        ("tags.2=c", "tags", ["a", "c"]),
        ("tags.3=c", "tags", ["a", "b", "c"]),
        ("tags=[]", "tags", []),
        ("lines.1.amount=5", "lines", [{"name": "pens", "amount": "5"}, PROPOSED["lines"][1]]),
        ("lines.1.amount=", "lines", [{"name": "pens", "amount": None}, PROPOSED["lines"][1]]),
        ("lines.3.name=ink", "lines", [*PROPOSED["lines"], {"name": "ink"}]),
    ],
)
def test_a_text_becomes_the_value_that_its_field_wants_and_nothing_else_changes(
    edit: str, field: str, value: Any
):
    given = answered(edit)
    assert given[field] == value
    assert type(given[field]) is type(value)
    assert {name: one for name, one in given.items() if name != field} == {
        name: one for name, one in PROPOSED.items() if name != field
    }
    assert faults_of(SCHEMA, given) == {}


def test_several_edits_are_carried_out_one_after_the_other_and_what_is_proposed_stays():
    before = json.dumps(PROPOSED)
    given = answered("lines.1.name=ink", "lines.1.amount=1", "where.city=Bern", "where.floor=3")
    assert given["lines"][0] == {"name": "ink", "amount": "1"}
    assert given["where"] == {"city": "Bern", "floor": 3}
    assert json.dumps(PROPOSED) == before


def test_without_an_edit_it_is_answered_as_proposed():
    assert answer_of(SCHEMA, PROPOSED, (), None) is None


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("totl=1", "Did you mean total?"),
        ("zzzz=1", "There are: total; count"),
        ("lines.1.amout=1", "Did you mean lines.1.amount?"),
        ("where.cty=Bern", "Did you mean where.city?"),
        ("total.cents=1", "total holds no fields"),
        ("lines.0.name=x", "name an entry by 1 to 3"),
        ("lines.4.name=x", "name an entry by 1 to 3"),
        ("lines.-1.name=x", "name an entry by 1 to 3"),
        ("lines.name=x", "name an entry by 1 to 3"),
        ("lines=pens", "is not"),
        ("count=1.5", "count is whole number"),
        ("count=", "count is whole number"),
        ("share=nan", "share is number"),
        ("urgent=perhaps", "urgent is true or false"),
        ("kind=papr", "Did you mean paper?"),
        ("total", "It is no FIELD=VALUE."),
        ("=1", "It is no FIELD=VALUE."),
        ("lines..name=1", "It is no FIELD=VALUE."),
        ('where={"city": NaN}', "is not"),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_could(edit: str, told: str):
    with pytest.raises(BadEdit, match="cannot be carried out") as caught:
        answered(edit)
    assert told in caught.value.what


def test_a_whole_answer_is_read_from_a_file_and_may_be_changed(tmp_path: Path):
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"total": "1", "count": 2, "on": "2026-01-01"}))
    given = answer_of(SCHEMA, PROPOSED, ["count=3"], str(file))
    assert given == {"total": "1", "count": 3, "on": "2026-01-01"}


def test_a_whole_answer_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"total": "1"}')))
    assert answer_of(SCHEMA, PROPOSED, (), "-") == {"total": "1"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[1]",
        b"{",
        b'{"total": NaN}',
        b"\xff\xfe",
        b'{"a": "' + b"x" * 1_000_000 + b'"}',
        b"[" * 100_000,
    ],
    ids=["empty", "list", "cut", "NaN", "binary", "too large", "deep"],
)
def test_a_file_that_holds_no_answer_is_refused(tmp_path: Path, data: bytes):
    file = tmp_path / "answer.json"
    file.write_bytes(data)
    with pytest.raises(BadAnswer):
        answer_of(SCHEMA, PROPOSED, (), str(file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(BadAnswer, match="No such file"):
        answer_of(SCHEMA, PROPOSED, (), str(tmp_path / "none.json"))


def test_every_field_is_listed_with_its_value_and_what_may_stand_there():
    fields = {field.path: (field.text, field.kind) for field in Form(SCHEMA).fields(PROPOSED)}
    assert fields["total"] == ("10.00", "number")
    assert fields["count"] == ("1", "whole number")
    assert fields["on"] == ("2026-01-31", "date, YYYY-MM-DD")
    assert fields["kind"] == ("", "one of: paper, Travel")
    assert fields["reference"] == ("R-1", "text, may be empty")
    assert fields["lines.2.amount"] == ("", "number, may be empty")
    assert fields["urgent"] == ("", "true or false")
    assert fields["where"] == ("", "object, as JSON, may be empty")


def test_each_listed_path_can_be_set():
    for field in Form(SCHEMA).fields(PROPOSED):
        if field.text:
            assert answered(f"{field.path}={field.text}") == PROPOSED
