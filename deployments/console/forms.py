"""The form of an answer as a terminal needs it: each field with its value, what may stand there, and how to name it.

A field is named by its path: names with dots between them, and the entries of a list by their number from 1 on, as in
`line_items.2.amount`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_CHOICES = 6
_WORDS = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "array": "list, as JSON",
    "object": "object, as JSON",
}


@dataclass(frozen=True)
class Field:
    """One place of the answer: *kind* says what may stand there, *hint* what it means."""

    path: str
    text: str
    kind: str
    hint: str


@dataclass(frozen=True)
class Form:
    """The JSON schema of an answer; `options` and the others look at one place of it."""

    schema: Mapping[str, Any]

    def options(self, place: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The types that *place* admits, references followed; null is among them where it may be empty."""
        found, hops = dict(place), 0
        while "$ref" in found and hops < 10:
            name = str(found.pop("$ref")).removeprefix("#/$defs/")
            found, hops = {**self.schema.get("$defs", {}).get(name, {}), **found}, hops + 1
        inner = found.pop("anyOf", None)
        if inner is None:
            return [found]
        return [{**found, **option} for one in inner for option in self.options(one)]

    def members(self, place: Mapping[str, Any]) -> dict[str, Any]:
        """The fields inside *place*, what is needed first and lists last; none where it holds none."""
        found = next((one for one in self.options(place) if one.get("properties")), {})
        known = found.get("properties", {})
        needed = [name for name in (*found.get("x-order", ()), *found.get("required", ())) if name in known]
        names = sorted(dict.fromkeys((*needed, *known)), key=lambda name: self.entry(known[name]) is not None)
        return {name: known[name] for name in names}

    def entry(self, place: Mapping[str, Any]) -> dict[str, Any] | None:
        """What stands in each entry of *place*, where that is a list."""
        lists = (one for one in self.options(place) if one.get("type") == "array")
        return next((one.get("items", {}) for one in lists), None)

    def kind(self, place: Mapping[str, Any]) -> str:
        """What may be typed there, in a few words."""
        options = self.options(place)
        words = dict.fromkeys(_words(one) for one in options if one.get("type") != "null")
        may_be_empty = ", may be empty" if len(words) < len(options) else ""
        return " or ".join(words) + may_be_empty

    def choices(self, place: Mapping[str, Any]) -> list[str]:
        """What may be chosen, where that is all that may stand there."""
        return [text_of(one) for option in self.options(place) for one in option.get("enum", ())]

    def fields(self, values: Mapping[str, Any]) -> list[Field]:
        """Every field with its value among *values*; a list of *n* entries as its entries' fields."""
        return list(self._fields("", self.schema, values))

    def _fields(self, path: str, place: Mapping[str, Any], value: Any) -> Iterator[Field]:
        members, entry = self.members(place), self.entry(place)
        if members and (isinstance(value, Mapping) or not path):
            known: Mapping[str, Any] = value or {}
            for name, inner in members.items():
                yield from self._fields(below(path, name), inner, known.get(name))
        elif entry is not None and isinstance(value, list) and value:
            for number, one in enumerate(value, 1):
                yield from self._fields(below(path, str(number)), entry, one)
        else:
            hint = str(place.get("description") or self.options(place)[0].get("description", ""))
            yield Field(path, text_of(value), self.kind(place), hint)


def below(path: str, name: str) -> str:
    """The path of *name* in *path*."""
    return f"{path}.{name}" if path else name


def text_of(value: Any) -> str:
    """A JSON value as it is typed."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def counted_from_one(path: str) -> str:
    """A path whose list entries are counted from 0, as people count.

    >>> counted_from_one("line_items.0.amount")
    'line_items.1.amount'
    """
    return ".".join(str(int(part) + 1) if part.isdecimal() else part for part in path.split("."))


def _words(option: Mapping[str, Any]) -> str:
    if "const" in option:
        return f"only {text_of(option['const'])}"
    if "enum" in option:
        choices = [text_of(one) for one in option["enum"]]
        return f"one of {len(choices)}" if len(choices) > _MOST_CHOICES else f"one of: {', '.join(choices)}"
    kind = str(option.get("type", ""))
    if kind == "string":
        return "date, YYYY-MM-DD" if option.get("format") == "date" else _text_word(option)
    return _WORDS.get(kind, "JSON")


def _text_word(option: Mapping[str, Any]) -> str:
    return "number" if is_decimal(option) else "text"


def is_decimal(option: Mapping[str, Any]) -> bool:
    """Is it a number that is written as text, so that no digit is lost?"""
    pattern = str(option.get("pattern", ""))
    has_digits = "[0-9]" in pattern or "\\d" in pattern
    return "decimal" in option or (has_digits and "a-z" not in pattern.lower())
