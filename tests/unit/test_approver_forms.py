"""The form that a schema asks for, and the way from values to texts and back."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from blocks.durable.answering import faults_of
from deployments.approval_page.facts import Shown, papers_of, sorted_out
from deployments.approval_page.fields import sheet_of
from deployments.approval_page.shapes import ABSENT, shape_of
from deployments.approval_page.typed import knows, texts_of, values_of
from tests.worlds.approval_page import PROPOSED, BillAnswer

NOTHING_SHOWN = Shown((), {}, {}, ())


class Colour(Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    """A group."""

    street: str
    number: int | None = None


class Line(BaseModel):
    """A row."""

    what: str
    amount: Decimal | None = None
    taxed: bool = False


class Everything(BaseModel):
    """One field of each kind."""

    name: str
    day: dt.date
    moment: dt.datetime | None = None
    total: Decimal
    rate: float
    count: int
    maybe: int | None = None
    yes: bool
    usually: bool = True
    agreed: Literal[True]
    colour: Colour
    size: Literal["S", "M"] | None = None
    address: Address
    other: Address | None = None
    lines: list[Line] = Field(default_factory=list)
    words: list[str] = Field(default_factory=list)
    free: dict[str, Any] = Field(default_factory=dict)
    several: list[list[int]] = Field(default_factory=list)


SCHEMA = Everything.model_json_schema()
SHAPE = shape_of(SCHEMA)
FULL: dict[str, Any] = {
    "name": "A\nB",
    "day": "2025-01-31",
    "moment": "2025-01-31T10:00:00Z",
    "total": "1190.50",
    "rate": 0.1,
    "count": 3,
    "maybe": None,
    "yes": True,
    "usually": False,
    "agreed": True,
    "colour": "red",
    "size": "M",
    "address": {"street": "Way", "number": 4},
    "other": None,
    "lines": [{"what": "a", "amount": "1.00", "taxed": True}, {"what": "b", "amount": None, "taxed": False}],
    "words": ["one", "two"],
    "free": {"a": [1, {"b": None}]},
    "several": [[1], []],
}


def test_each_kind_has_its_form():
    kinds = {name: one.kind for name, one in SHAPE.members.items()}
    assert kinds == {
        "name": "text",
        "day": "date",
        "moment": "text",
        "total": "decimal",
        "rate": "number",
        "count": "number",
        "maybe": "number",
        "yes": "check",
        "usually": "check",
        "agreed": "check",
        "colour": "choice",
        "size": "choice",
        "address": "group",
        "other": "group",
        "lines": "table",
        "words": "lines",
        "free": "json",
        "several": "json",
    }
    assert SHAPE.members["lines"].members["taxed"].kind == "check"


def test_what_is_not_touched_stays_exactly_as_it_was():
    values, faults = values_of(SHAPE, texts_of(SHAPE, FULL), FULL)
    assert (values, faults) == (FULL, {})


def test_what_is_typed_from_nothing_makes_the_same_values():
    values, faults = values_of(SHAPE, texts_of(SHAPE, FULL), {})
    assert faults == {}
    assert Everything.model_validate(values) == Everything.model_validate(FULL)
    assert faults_of(SCHEMA, values) == {}


def test_an_unchecked_box_says_no_also_where_the_default_is_yes():
    texts = texts_of(SHAPE, {**FULL, "usually": ABSENT})
    assert texts["usually"] == "true"
    del texts["usually"]
    values, _ = values_of(SHAPE, texts, {key: value for key, value in FULL.items() if key != "usually"})
    assert values["usually"] is False


@given(
    st.fixed_dictionaries(
        {
            "name": st.text(),
            "count": st.integers(),
            "rate": st.floats(allow_nan=False, allow_infinity=False),
            "lines": st.lists(st.fixed_dictionaries({"what": st.text()}), max_size=4),
            "words": st.lists(st.text(), max_size=3),
            "free": st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
        }
    )
)
def test_any_value_survives_an_untouched_form(some: dict[str, Any]):
    before = {**FULL, **some}
    assert values_of(SHAPE, texts_of(SHAPE, before), before) == (before, {})


@given(st.dictionaries(st.sampled_from([*texts_of(SHAPE, FULL), "lines.0.what", "x", "lines.#"]), st.text()))
def test_any_texts_are_read_without_an_accident(texts: dict[str, str]):
    values, faults = values_of(SHAPE, texts, FULL)
    assert all(isinstance(told, str) for told in faults.values())
    faults_of(SCHEMA, values)
    sheet_of(SHAPE, texts, NOTHING_SHOWN, faults)


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("count", "1.5", "whole number"),
        ("count", "٣", "whole number"),
        ("rate", "1e400", "number"),
        ("rate", "NaN", "number"),
        ("free", "{", "JSON"),
        ("free", '{"a": NaN}', "JSON"),
        ("name", " ", "needed"),
        ("lines.1.what", "", "needed"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(path: str, text: str, told: str):
    _, faults = values_of(SHAPE, {**texts_of(SHAPE, FULL), path: text}, FULL)
    assert list(faults) == [path]
    assert told in faults[path]


def test_faults_of_rows_are_named_by_their_place_and_painted_on_their_row():
    texts = texts_of(SHAPE, FULL) | {"lines.#": "1\n7", "lines.7.what": ""}
    values, faults = values_of(SHAPE, texts, FULL)
    assert values["lines"][0] == FULL["lines"][1]
    assert list(faults) == ["lines.1.what"]
    sheet = sheet_of(SHAPE, texts, NOTHING_SHOWN, faults)
    table = next(one for one in sheet.fields if one.path == "lines")
    assert [row.cells[0].fault for row in table.rows] == ["", "It is needed."]
    assert sheet.faults == ()


def test_a_fault_without_a_field_is_told_at_the_top():
    sheet = sheet_of(
        SHAPE, texts_of(SHAPE, FULL), NOTHING_SHOWN, {"bogus": "There is no such field.", "": "All wrong."}
    )
    assert sheet.faults == ("bogus: There is no such field.", "All wrong.")


def test_fields_stand_in_the_order_of_the_schema():
    turned = {**SCHEMA, "properties": dict(sorted(SCHEMA["properties"].items()))}
    first = [name for name in SHAPE.members if name in SCHEMA["required"]]
    found = list(shape_of(turned).members)
    assert [name for name in found if name in SCHEMA["required"]] == first
    told = list(shape_of({**turned, "x-order": ["total", "name"]}).members)
    assert told[:2] == ["total", "name"]
    assert set(told) == set(found)


def test_only_fields_of_the_form_are_known():
    known = ["name", "address.street", "lines.#", "lines.12.what", "words"]
    unknown = [
        "",
        "nome",
        "address",
        "address.bogus",
        "name.x",
        "lines",
        "lines.0",
        "lines.x.what",
        "lines.#.x",
    ]
    assert [path for path in known if not knows(SHAPE, path)] == []
    assert [path for path in unknown if knows(SHAPE, path)] == []


def test_a_schema_without_an_end_is_written_as_json():
    tree = {"type": "object", "properties": {"more": {"$ref": "#/$defs/tree"}}}
    shape = shape_of({**tree, "$defs": {"tree": tree}})
    while shape.kind == "group":
        shape = shape.members["more"]
    assert shape.kind == "json"


def test_what_is_shown_is_sorted_into_papers_doubts_evidence_and_facts():
    paper = {"kind": "document", "digest": "0" * 64, "media_type": "image/png", "pages": 2}
    shown = {
        "first": paper,
        "second": {**paper, "pages": 1},
        "doubts": [{"field": "vendor", "reason": "a"}, {"field": "page", "reason": "b"}],
        "facts": {
            "vendor": {"value": "V", "evidence": "v", "confidence": 0.5},
            "net": {"value": 1, "evidence": ""},
        },
        "rows": [{"a": 1, "b": {"c": [1, 2]}}, {"a": None}],
    }
    found = sorted_out(shown, frozenset({"vendor"}))
    assert [list(one.numbers) for one in found.papers] == [[1, 2], [3]]
    assert found.doubts == {"vendor": ("a",), "": ("b",)}
    assert list(found.readings) == ["vendor"]
    assert [one.label for one in found.facts] == ["Facts", "Rows"]
    assert found.facts[1].columns == ("A", "B c")
    assert found.facts[1].rows == (("1", "1; 2"), ("–", "–"))


@pytest.mark.parametrize("pages", [0, -1, 10_001, "1", None, 2.0])
def test_what_only_looks_like_a_document_is_a_fact(pages: Any):
    lookalike = {"kind": "document", "digest": "x", "media_type": "image/png", "pages": pages}
    assert papers_of({"document": lookalike}) == ()


def test_the_bill_of_the_other_tests_survives_its_form():
    shape = shape_of(BillAnswer.model_json_schema())
    assert values_of(shape, texts_of(shape, PROPOSED), PROPOSED) == (PROPOSED, {})
