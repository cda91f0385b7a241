"""One byte form per typed value, and the digest that names it.

The form is JSON (RFC 8259) in UTF-8: keys sorted, no spaces, no NaN. It is directed by the *declared* type:
a type is admitted only where different values cannot share one form and the form can be parsed back
(`refuse_type` says why not). So `{1: x}` and `{"1": x}` never meet, a set has one order, equal decimals are
one number, and every process on every machine writes the same bytes.
"""

import dataclasses
import datetime as dt
import enum
import hashlib
import inspect
import itertools
import json
import math
import types
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError

from blocks.base.errors import HoldfastError


class NotCanonical(HoldfastError):
    """A value has no canonical form:"""

    safe = "Nothing was recorded for it."
    next = "Change the declared type; the docstring of blocks.base.canonical lists what is admitted."


def digest_of(data: bytes) -> str:
    """The sha256 of *data*, as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_bytes(value: object) -> bytes:
    """The canonical JSON of *value*: built from the admitted types, see the module."""
    try:
        text = json.dumps(
            plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("text with half a character (a lone surrogate).") from error
    except ValueError as error:
        raise NotCanonical(f"{error}.") from error


def plain(value: object) -> Any:
    """*value* as None, bool, int, float, str, list and dict with text keys."""
    for kind, form in _FORMS:
        if isinstance(value, kind):
            return form(value)
    if dataclasses.is_dataclass(value):
        return _dataclass(value)
    raise NotCanonical(f"{type(value).__name__}.")


def _real(value: float) -> float:
    if not math.isfinite(value):
        raise NotCanonical(f"the number {value}.")
    return value + 0.0  # -0.0 equals 0.0, so they share one form


def _decimal(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MOST_ZEROS:
        raise NotCanonical(f"the number {value}.")
    whole, _, fraction = format(value, "f").partition(".")  # never rounded: no context has a say
    digits = f"{whole}.{fraction.rstrip('0')}".removesuffix(".")
    return digits if value else "0"


def _moment(value: dt.datetime) -> str:
    if value.tzinfo is None:
        raise NotCanonical("a time without time zone.")
    try:
        return value.astimezone(dt.UTC).isoformat()
    except OverflowError as error:
        raise NotCanonical(f"the time {value}, which no UTC calendar holds.") from error


def _model(value: BaseModel) -> dict[str, Any]:
    fields = type(value).model_fields
    return {name: plain(getattr(value, name)) for name, field in fields.items() if not field.exclude}


def _dataclass(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _mapping(value: Mapping[object, object]) -> dict[str, Any]:
    form = {plain(key): plain(item) for key, item in value.items()}
    if not all(isinstance(key, str) for key in form):
        raise NotCanonical("a mapping whose keys are not text.")
    return form


def _set(value: Set[object]) -> list[Any]:
    return sorted((plain(item) for item in value), key=canonical_bytes)


def _enum(value: enum.Enum) -> Any:
    return plain(value.value)


def _list(value: Sequence[object]) -> list[Any]:
    return [plain(item) for item in value]


def _same(value: object) -> object:
    return value


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    ((type(None), bool), _same),
    (enum.Enum, _enum),
    (int, int),
    (str, str),
    (float, _real),
    (Decimal, _decimal),
    (BaseModel, _model),
    ((list, tuple), _list),
    (dict, _mapping),
    (dt.datetime, _moment),
    (dt.date, dt.date.isoformat),
    (uuid.UUID, str),
    ((set, frozenset), _set),
)


_MOST_ZEROS = 1000


def _refuse(tp: object, why: str) -> typing.NoReturn:
    raise NotCanonical(f"{getattr(tp, '__qualname__', tp)}: {why}")


# The JSON kind of a plain type: a union is admitted only where its members' kinds differ.
_KINDS: dict[object, str] = {
    type(None): "null",
    bool: "bool",
    int: "number",
    float: "number",
    str: "text",
    Decimal: "text",
    dt.date: "text",
    dt.datetime: "text",
    uuid.UUID: "text",
}


def refuse_type(tp: object) -> None:
    """Raise `NotCanonical` where values of the declared type *tp* have no form of their own.

    Admitted: None, bool, int, float, str, Decimal, date, datetime with zone, UUID, Enum, Literal, list, tuple,
    set, frozenset, Sequence, dict and Mapping with text keys, pydantic models and dataclasses of these, and
    unions whose members differ in JSON kind or, for models, in a `Literal` field.
    """
    _kind_of(tp, ())


def _kind_of(tp: Any, inside: tuple[object, ...]) -> str:
    """The JSON kind of *tp*; models by name, so that unions can tell them apart."""
    if tp in _KINDS:
        return _KINDS[tp]
    origin = get_origin(tp)
    if origin is Annotated:
        return _kind_of(get_args(tp)[0], inside)
    if isinstance(tp, typing.NewType):
        return _kind_of(cast(Any, tp).__supertype__, inside)
    if origin in (Union, types.UnionType):
        return _union(tp, inside)
    if origin is Literal:
        return "literal " + " ".join(sorted(repr(plain(item)) for item in get_args(tp)))
    if origin is not None and isinstance(origin, type) and not _is_record(origin):
        return _collection(tp, origin, inside)
    return _named(tp, inside)


def _is_record(tp: Any) -> bool:
    return inspect.isclass(tp) and (issubclass(tp, BaseModel) or dataclasses.is_dataclass(tp))


def _named(tp: Any, inside: tuple[object, ...]) -> str:
    if inspect.isclass(tp) and issubclass(tp, enum.Enum):
        kinds = {_KINDS.get(cast(object, type(item.value))) for item in tp}
        return (len(kinds) == 1 and kinds.pop()) or _refuse(tp, "its values are not of one plain kind.")
    if _is_record(tp):
        return _record(tp, inside)
    _refuse(tp, "not an admitted type (a bare collection, Any, a path or an object has no form).")


def _record(tp: Any, inside: tuple[object, ...]) -> str:
    parts = _parts(tp)
    for part in parts.values() if tp not in inside else ():
        _kind_of(part, (*inside, tp))
    tags = {name: _kind_of(part, ()) for name, part in parts.items() if _is_tag(part)}
    return f"record {json.dumps(tags)}"


def _parts(tp: Any) -> dict[str, Any]:
    """The declared types of a record by field."""
    model: type[BaseModel] | None = tp if issubclass(tp, BaseModel) else None
    if model is None:
        hints = typing.get_type_hints(tp)
        return {field.name: hints[field.name] for field in dataclasses.fields(tp)}
    if "root" in model.model_fields or model.model_config.get("extra") == "allow":
        _refuse(tp, "a record's fields must all be declared.")
    return {name: field.annotation for name, field in model.model_fields.items() if not field.exclude}


def _is_tag(part: object) -> bool:
    return get_origin(part) is Literal and len(get_args(part)) == 1


_COLLECTIONS = (list, tuple, set, frozenset, Sequence, Set, dict, Mapping)


def _collection(tp: Any, origin: type, inside: tuple[object, ...]) -> str:
    arguments = get_args(tp)
    if not arguments or origin not in _COLLECTIONS:
        _refuse(tp, "not an admitted collection.")
    for argument in arguments:
        if argument is not Ellipsis:
            _kind_of(argument, inside)
    if origin in (dict, Mapping):
        if {_coarse(_kind_of(key, ())) for key in _members(arguments[0])} != {"text"}:
            _refuse(tp, "the keys of a mapping must be text.")
        return "record {}"
    return "list"


def _members(tp: Any) -> list[Any]:
    """The members of a union however it is wrapped; else *tp* itself."""
    if get_origin(tp) is Annotated:
        return _members(get_args(tp)[0])
    if isinstance(tp, typing.NewType):
        return _members(cast(Any, tp).__supertype__)
    if get_origin(tp) in (Union, types.UnionType):
        return [member for part in get_args(tp) for member in _members(part)]
    return [tp]


def _union(tp: Any, inside: tuple[object, ...]) -> str:
    kinds = [_kind_of(member, inside) for member in _members(tp)]
    if any(_alike(one, other) for one, other in itertools.combinations(kinds, 2)):
        _refuse(tp, "two members of the union can look alike; give each model a Literal field.")
    return " | ".join(sorted(kinds))


def _alike(one: str, other: str) -> bool:
    """Can values of the two kinds share one form? Records cannot where a field of both has different tags."""
    if _coarse(one) != _coarse(other):
        return False
    tags, others = _tags(one), _tags(other)
    return not any(others.get(name, tag) != tag for name, tag in tags.items())


def _tags(kind: str) -> dict[str, str]:
    return (
        cast(dict[str, str], json.loads(kind.removeprefix("record "))) if kind.startswith("record ") else {}
    )


def _coarse(kind: str) -> str:
    word = kind.split(" ", 1)[0]
    return "text" if word == "literal" and "'" in kind else word


class Form:
    """The canonical form of one declared type: to bytes and back."""

    def __init__(self, tp: object) -> None:
        refuse_type(tp)
        declared: Any = tp
        self._adapter: TypeAdapter[Any] = TypeAdapter(declared)

    def value(self, given: object) -> Any:
        """*given* as a value of the type; raises pydantic's ValidationError."""
        return self._adapter.validate_python(given)

    def parse(self, data: bytes) -> Any:
        """The value whose canonical bytes are *data*."""
        return self._adapter.validate_json(data, by_alias=True, by_name=True)

    def describe(self, given: object) -> tuple[Any, bytes]:
        """*given* as a value of the type, and its canonical bytes, which need not hold all of it."""
        value = self.value(given)
        return value, canonical_bytes(value)

    def dump(self, value: object) -> bytes:
        """The canonical bytes of *value*, shown to survive the way back."""
        data = canonical_bytes(value)
        try:
            again = canonical_bytes(self.parse(data))
        except (ValueError, PydanticSerializationError) as error:
            raise NotCanonical(f"the bytes cannot be parsed back: {error}") from error
        if again != data:
            raise NotCanonical("the value changes when it is parsed back.")
        return data
