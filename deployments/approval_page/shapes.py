"""The form that an answer's JSON schema asks for: a tree of shapes.

What a schema says beyond this is checked when the answer is decided; what has no better form is written as JSON.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

Kind = Literal[
    "text", "long", "date", "decimal", "number", "check", "choice", "lines", "table", "group", "json"
]

ABSENT: Final = object()
"""In the place of a value that is not there."""

_DEEPEST = 4
_LONG = 300  # characters: what may be longer gets more room
_NUMERIC = re.compile(r"\[0-9\]|\\d")
_BELOW = {"table", "lines", "json"}
_LEAVES = {"text", "long", "date", "decimal", "number", "check", "choice"}


@dataclass(frozen=True)
class Shape:
    """One place of an answer. *members* are those of a group, or the columns of a table."""

    kind: Kind
    label: str = ""
    hint: str = ""
    example: str = ""
    nullable: bool = False
    whole: bool = False
    choices: tuple[Any, ...] = ()
    default: Any = ABSENT
    members: Mapping[str, "Shape"] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    @property
    def widest(self) -> str:
        """The column of a table that gets the most room: the first of text."""
        texts = [name for name, one in self.members.items() if one.kind in {"text", "long"}]
        return f".{texts[0]}" if texts else "/"


def shape_of(schema: Mapping[str, Any]) -> Shape:
    """The shape of an answer: a group."""
    return _group(schema, _Definitions(schema.get("$defs", {})), 0)


@dataclass(frozen=True)
class _Definitions:
    named: Mapping[str, Any]

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """*schema* with what it refers to; what stands beside the reference wins."""
        found, hops = dict(schema), 0
        while "$ref" in found and hops < 10:
            name = str(found.pop("$ref")).removeprefix("#/$defs/")
            found, hops = {**self.named.get(name, {}), **found}, hops + 1
        return found


def _shape(schema: Mapping[str, Any], named: _Definitions, depth: int) -> Shape:
    found = named.resolved(schema)
    options = [named.resolved(one) for one in found.get("anyOf", ())]
    nullable = any(one.get("type") == "null" for one in options)
    options = [one for one in options if one.get("type") != "null"]
    if len(options) == 1:
        found = {**options[0], **{key: value for key, value in found.items() if key != "anyOf"}}
        options = []
    made = _of_options(options) if options else _of_one(found, named, depth)
    examples = found.get("examples") or next((one["examples"] for one in options if "examples" in one), [""])
    told: dict[str, Any] = {"hint": str(found.get("description", "")), "example": str(examples[0])}
    told["default"] = found.get("default", ABSENT)
    return replace(made, label=str(found.get("title", "")), nullable=nullable or made.nullable, **told)


def _of_options(options: list[dict[str, Any]]) -> Shape:
    """Several types: text where a text is admitted, else JSON."""
    kinds = {one.get("type") for one in options}
    if kinds <= {"string", "number", "integer"} and "string" in kinds:
        numeric = kinds & {"number", "integer"}
        return Shape("decimal" if numeric else "text")
    return Shape("number") if kinds <= {"number", "integer"} else Shape("json")


def _of_one(found: Mapping[str, Any], named: _Definitions, depth: int) -> Shape:
    if "const" in found:
        is_flag = isinstance(found["const"], bool)
        return Shape("check") if is_flag else Shape("choice", choices=(found["const"],))
    if "enum" in found:
        return Shape("choice", choices=tuple(found["enum"]))
    match found.get("type"):
        case "boolean":
            return Shape("check")
        case "integer" | "number":
            return Shape("number", whole=found["type"] == "integer")
        case "string":
            return Shape(_text_kind(found))
        case "object" if found.get("properties") and depth < _DEEPEST:
            return _group(found, named, depth)
        case "array" if depth < _DEEPEST:
            return _list(found, named, depth)
        case _:
            return Shape("json")


def _text_kind(found: Mapping[str, Any]) -> Kind:
    if found.get("format") == "date":
        return "date"
    if "decimal" in found:
        return "decimal"
    if _NUMERIC.search(str(found.get("pattern", ""))) and "a-z" not in str(found.get("pattern")).lower():
        return "decimal"
    return "long" if found.get("maxLength", 0) > _LONG and not found.get("pattern") else "text"


def _group(found: Mapping[str, Any], named: _Definitions, depth: int) -> Shape:
    members = {name: _shape(inner, named, depth + 1) for name, inner in found.get("properties", {}).items()}
    labelled = {name: replace(members[name], label=_label(name)) for name in _in_order(found, members)}
    return Shape("group", members=labelled, required=frozenset(found.get("required", ())))


def _in_order(found: Mapping[str, Any], members: Mapping[str, "Shape"]) -> list[str]:
    """As `x-order` says, then what is needed, in the order of `required`; lists stand below."""
    told = [str(name) for name in (*found.get("x-order", ()), *found.get("required", ()))]
    known = [name for name in dict.fromkeys((*told, *members)) if name in members]
    return known if "x-order" in found else sorted(known, key=lambda name: members[name].kind in _BELOW)


def _list(found: Mapping[str, Any], named: _Definitions, depth: int) -> Shape:
    """A table where all that an entry has fits into cells, lines of text, or JSON."""
    items = found.get("items")
    entry = _shape(items, named, depth + 1) if isinstance(items, dict) else Shape("json")
    if entry.kind == "group" and all(one.kind in _LEAVES for one in entry.members.values()):
        return Shape("table", members=entry.members, required=entry.required)
    is_text = entry.kind in {"text", "decimal", "date"} and not entry.nullable
    return Shape("lines") if is_text else Shape("json")


def _label(name: str) -> str:
    """`invoice_number` for people."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def text_of(value: Any) -> str:
    """A JSON value as it stands in a field."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
