"""What a stage's key is made of, and what it is not; and what cannot be a stage."""

import datetime as dt
import os
import subprocess
import sys
import types
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN, stage
from blocks.durable.call import BadArguments
from blocks.durable.world import NoSuchProvider
from tests.worlds.forms import EVERYTHING, Cat, Dog
from tests.worlds.keyed import Model, a_world, key_of, pinned, read_everything

ROOT = Path(__file__).parents[2]


def test_the_key_is_the_same_in_every_process():
    found = {
        subprocess.run(
            [sys.executable, "-m", "tests.worlds.keyed"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in (("77", "Asia/Kolkata"),)
    }
    assert found == {pinned()}


def test_the_key_is_pinned_so_that_finished_work_stays_finished():
    assert pinned() == PINNED


PINNED = "67f2ce4f7df2ce67bbc21beda0d983cfcb56a9088436f2b63b7f2e0ce25430d6"


def weigh(amount: Decimal) -> int:
    """A stage over one number."""
    return int(amount)


def when(moment: dt.datetime) -> int:
    """A stage over one time."""
    return moment.year


def collect(names: set[str]) -> int:
    """A stage over a set."""
    return len(names)


def line_up(numbers: tuple[int, ...]) -> int:
    """A stage over a tuple."""
    return len(numbers)


def name_pet(pet: Cat | Dog, loud: bool = False) -> str:
    """A stage over one of two models."""
    return pet.name


def ask(question: str, *, model: Model = GIVEN) -> str:
    """A stage with a provider."""
    return question


class File(BaseModel):
    """A content, and where it happens to lie."""

    model_config = ConfigDict(frozen=True)

    digest: str
    path: str = Field(exclude=True)


def open_file(file: File) -> str:
    """A stage over a content."""
    return file.digest


IST = dt.timezone(dt.timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("fn", "left", "right"),
    [
        (weigh, Decimal("1.0"), Decimal("1.00")),
        (weigh, Decimal("0"), Decimal("-0")),
        (weigh, Decimal(1), 1),
        (when, dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC), dt.datetime(2025, 1, 1, 17, 30, tzinfo=IST)),
        (collect, {"a", "b", "c"}, {"c", "b", "a"}),
        (line_up, (1, 2), [1, 2]),
        (open_file, File(digest="d", path="/here"), File(digest="d", path="/there")),
    ],
)
def test_equal_values_have_one_key(fn: Callable[..., Any], left: object, right: object):
    assert key_of(fn, left) == key_of(fn, right)


@pytest.mark.parametrize(
    ("fn", "left", "right"),
    [
        (weigh, Decimal("1"), Decimal("1.0000000000000000000000000000000000001")),
        (collect, {"ab"}, {"a", "b"}),
        (line_up, (1, 2), (2, 1)),
        (line_up, (), (0,)),
        (name_pet, Cat(name="Tom"), Dog(name="Tom")),
        (open_file, File(digest="d", path=""), File(digest="e", path="")),
        (ask, "é", "e\u0301"),
    ],
)
def test_different_values_have_different_keys(fn: Callable[..., Any], left: object, right: object):
    assert key_of(fn, left) != key_of(fn, right)


def test_it_does_not_matter_how_an_argument_is_passed():
    tom = Cat(name="Tom")
    keys = {
        key_of(name_pet, tom),
        key_of(name_pet, pet=tom),
        key_of(name_pet, tom, False),
        key_of(name_pet, loud=False, pet=tom),
    }
    assert len(keys) == 1


def test_the_tenant_the_version_and_the_name_are_part_of_the_key():
    keys = [
        key_of(weigh, Decimal(1)),
        key_of(weigh, Decimal(1), made=a_world(tenant="other")),
        key_of(weigh, Decimal(1), version=2),
        key_of(weigh, Decimal(1), name="measure"),
    ]
    assert len(set(keys)) == 4


def test_the_identity_of_the_model_is_part_of_the_key_and_its_object_is_not():
    keys = [
        key_of(ask, "why?"),
        key_of(ask, "why?", made=a_world(model="other")),
        key_of(ask, "why?", model=Model("other")),
        key_of(ask, "why?", model=Model("offline")),
    ]
    assert (keys[0], keys[1]) == (keys[3], keys[2])
    assert keys[0] != keys[1]


def test_a_changed_word_of_the_prompt_is_another_key():
    from tasks.extract import EXTRACT_INVOICE, extract_invoice
    from tasks.schemas.document import DocumentText, PageText

    text = DocumentText(digest="d", pages=(PageText(number=1, source="ocr", text="Total 1", confidence=1),))
    changed = EXTRACT_INVOICE.model_copy(update={"text": EXTRACT_INVOICE.text + " Please."})
    keys = [
        key_of(extract_invoice.fn, text, model=Model("m"), instructions=prompt)
        for prompt in (EXTRACT_INVOICE, EXTRACT_INVOICE.model_copy(), changed)
    ]
    assert keys[0] == keys[1] != keys[2]


def test_where_the_bytes_are_kept_is_no_part_of_the_key():
    def fetch(digest: str, *, store: ArtifactStore = GIVEN) -> str:
        return digest

    assert key_of(fetch, "d") == key_of(fetch, "d", store=a_world().artifacts)


def module_with(source: str, name: str) -> types.ModuleType:
    """A module made of *source*."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(source, module.__dict__)  # noqa: S102
    return module


def test_neither_the_source_nor_the_module_nor_the_class_names_are_part_of_the_key(
    request: pytest.FixtureRequest,
):
    source = """
from pydantic import BaseModel
class {cls}(BaseModel):
    text: str
def shorten(page: {cls}) -> str:
    {comment}
    return page.text[:{length}]
"""
    before = module_with(source.format(cls="Page", comment="# short", length=9), "text_before")
    after = module_with(source.format(cls="Sheet", comment="# shorter", length=5), "renamed.text_after")
    request.addfinalizer(lambda: [sys.modules.pop(name) for name in ("text_before", "renamed.text_after")])
    assert key_of(before.shorten, before.Page(text="x")) == key_of(after.shorten, after.Sheet(text="x"))


def test_the_inputs_stand_beside_the_key_for_people():
    from blocks.durable.call import Shape

    shape = Shape(ask, name="ask", version=1, weight="light")
    call = shape.call(a_world(), ("why?",), {})
    assert '"value":"\\"why?\\""' in call.identity.inputs
    assert '"provider":"offline"' in call.identity.inputs


@pytest.mark.parametrize(
    ("tp", "answer"),
    [
        (Any, int), (object, int), (dict, int), (list, int), (Path, int), (bytes, int), (dict[int, str], int),
        (str | Decimal, int), (Callable[[], int], int), (int | float, int),
        (int, Any), (int, Path), (int, dict), (int, object), (int, dict[int, str]), (int, str | Literal["a"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused_where_the_stage_is_written(tp: Any, answer: Any):
    def fn(given: Any) -> Any:
        return given

    fn.__annotations__ = {"given": tp, "return": answer}
    with pytest.raises(TypeError, match=r"stage fn: .* cannot be part of a key"):
        stage(version=1)(fn)


def unannotated(given) -> int:  # type: ignore[no-untyped-def]
    """Says nothing about what it takes."""
    return given


def unreturned(given: int):  # type: ignore[no-untyped-def]
    """Says nothing about what it gives."""
    return given


async def later(given: int) -> int:
    """Gives a promise."""
    return given


def bit_by_bit(given: int) -> Any:
    """Gives many answers."""
    yield given


def nameless(given: int, /) -> int:
    """Cannot be called by name."""
    return given


def many(*given: int) -> int:
    """Takes as many as there are."""
    return len(given)


def named_many(**given: int) -> int:
    """Takes whatever is named."""
    return len(given)


@pytest.mark.parametrize("fn", [unannotated, unreturned, later, bit_by_bit, nameless, many, named_many])
def test_what_cannot_be_called_as_a_stage_is_refused_where_it_is_written(fn: Callable[..., Any]):
    with pytest.raises(TypeError, match=f"stage {fn.__name__}: "):
        stage(version=1)(fn)


@pytest.mark.parametrize("given", ["many", None, [1], Decimal("1.5")])
def test_an_argument_of_the_wrong_type_is_told_before_anything_is_done(given: object):
    def count(number: int) -> int:
        return number

    with pytest.raises(BadArguments, match="count"):
        key_of(count, given)


def test_a_provider_that_the_profile_does_not_offer_is_told():
    class Oracle:
        """Not offered anywhere."""

        identity = "oracle"

    def foresee(day: str, *, oracle: Oracle = GIVEN) -> str:
        return day

    with pytest.raises(NoSuchProvider, match="Oracle"):
        key_of(foresee, "tomorrow")


def test_no_value_of_one_argument_can_stand_for_another():
    def two(left: str, right: str) -> str:
        return left + right

    pairs = [("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"), ('a","right":"b', "")]
    assert len({key_of(two, *pair) for pair in pairs}) == len(pairs)


def test_everything_that_is_admitted_can_be_part_of_a_key():
    assert key_of(read_everything, EVERYTHING, set()) != pinned()
