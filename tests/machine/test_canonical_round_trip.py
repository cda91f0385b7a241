"""Random values of random types: the form parses back, is the same again, and different values keep apart."""

import datetime as dt
import json
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import create_model

from blocks.base.canonical import Form, NotCanonical, canonical_bytes
from tests.worlds.forms import Cat, Colour, Dog, Point

# Threads of other tests in this process may draw lots meanwhile; nothing here does.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
settings.register_profile("steady", deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile("steady")

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
MOMENTS = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=ZONES)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: TEXT,
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**60), max_value=10**60),
    dt.date: st.dates(),
    dt.datetime: MOMENTS,
    uuid.UUID: st.uuids(),
    Colour: st.sampled_from(Colour),
    Point: st.builds(Point, st.integers(), st.decimals(-1000, 1000)),
    Cat | Dog: st.builds(Cat, name=TEXT) | st.builds(Dog, name=TEXT),
}


def wider(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Types made of types, each with a strategy for its values."""
    return st.one_of(
        inner.map(lambda pair: (list[pair[0]], st.lists(pair[1], max_size=4))),
        inner.map(lambda pair: (tuple[pair[0], ...], st.lists(pair[1], max_size=4).map(tuple))),
        inner.map(lambda pair: (dict[str, pair[0]], st.dictionaries(TEXT, pair[1], max_size=4))),
        inner.map(lambda pair: (pair[0] | None, st.none() | pair[1])),
        st.tuples(inner, inner).map(record),
    )


def record(pairs: Any) -> tuple[Any, st.SearchStrategy[Any]]:
    """A model of two fields."""
    (left, lefts), (right, rights) = pairs
    model = create_model("Record", left=(left, ...), right=(right, ...))
    return model, st.builds(lambda a, b: model.model_construct(left=a, right=b), lefts, rights)


TYPES = st.recursive(st.sampled_from(list(PLAIN.items())), wider, max_leaves=5)


@given(TYPES, st.data())
@settings(max_examples=400)
def test_what_is_written_is_read_back_as_it_was(pair: Any, data: st.DataObject):
    tp, values = pair
    form, value = Form(tp), data.draw(values)
    written = form.dump(value)
    again = form.parse(written)
    assert again == value
    assert form.dump(again) == written


@given(TYPES, st.data())
@settings(max_examples=400)
def test_two_values_share_a_form_exactly_when_they_are_equal(pair: Any, data: st.DataObject):
    left, right = data.draw(pair[1]), data.draw(pair[1])
    assert (canonical_bytes(left) == canonical_bytes(right)) == (left == right)


@given(TYPES, st.data())
def test_the_form_is_json_without_spaces_with_sorted_keys(pair: Any, data: st.DataObject):
    written = canonical_bytes(data.draw(pair[1]))
    loaded = json.loads(written, parse_constant=pytest.fail)
    assert json.dumps(loaded, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == written


@given(st.frozensets(TEXT), st.randoms(use_true_random=False))
def test_a_set_has_one_order(names: frozenset[str], dice: Any):
    shuffled = list(names)
    dice.shuffle(shuffled)
    assert canonical_bytes(set(shuffled)) == canonical_bytes(names)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.floats() | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
    ).map(lambda value: json.dumps(value).encode())
)
def test_strange_bytes_are_a_value_or_an_error_that_is_declared(data: bytes):
    form = Form(dict[str, Cat | Dog | None])
    try:
        value = form.parse(data)
    except ValueError:
        return
    assert form.parse(form.dump(value)) == value


@given(st.floats() | st.decimals() | st.text() | st.datetimes())
def test_a_value_has_a_form_or_is_refused_by_name(value: Any):
    try:
        written = canonical_bytes(value)
    except NotCanonical:
        return
    assert not isinstance(value, float) or math.isfinite(value)
    assert written == canonical_bytes(value)
