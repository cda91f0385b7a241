"""The texts of a form to JSON values, and back.

A text that was not touched is the value that it was made from, so what a form cannot show exactly is not changed by it.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from deployments.approval_page.shapes import ABSENT, Shape, text_of

ROWS = "#"
"""The name of the hidden fields that number the rows of a table."""
DEEPEST = 30
"""How deep a JSON value may be nested."""
_MOST_ROWS = 2000

Texts = Mapping[str, str]


class _Unfit(Exception):
    """The text is no value of its kind."""


def texts_of(shape: Shape, value: Any, path: str = "") -> dict[str, str]:
    """What stands in the fields for *value*, by path; for one that is not there, what it is by default."""
    if value is ABSENT:
        value = shape.default
    match shape.kind:
        case "group":
            known = value if isinstance(value, dict) else {}
            return {
                inner: text
                for name, member in shape.members.items()
                for inner, text in texts_of(member, known.get(name, ABSENT), below(path, name)).items()
            }
        case "table":
            rows = value if isinstance(value, list) else []
            entry = Shape("group", members=shape.members)
            texts = {below(path, ROWS): "\n".join(str(number) for number in range(len(rows)))}
            for number, row in enumerate(rows):
                texts |= texts_of(entry, row, below(path, str(number)))
            return texts
        case "check":
            return {path: "true"} if value is True else {}
        case _:
            return {path: _leaf_text(shape, value)}


def values_of(shape: Shape, texts: Texts, before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer that the texts make, and what is wrong with it by path; *before* is what the form started with."""
    faults: dict[str, str] = {}
    values = _group(shape, texts, before, "", faults)
    return values, faults


def rows_of(texts: Texts, path: str) -> list[str]:
    """The numbers of the rows of a table, in their order."""
    numbers = texts.get(below(path, ROWS), "").split("\n")
    return list(dict.fromkeys(number for number in numbers if re.fullmatch(r"[0-9]{1,5}", number)))[
        :_MOST_ROWS
    ]


def knows(shape: Shape, path: str) -> bool:
    """Does the form of *shape* have a field at *path*?"""
    name, _, rest = path.partition(".")
    if shape.kind == "table" and name == ROWS:
        return not rest
    if shape.kind == "table":
        return name.isdigit() and knows(Shape("group", members=shape.members), rest)
    inner = shape.members.get(name)
    if inner is None:
        return False
    return knows(inner, rest) if rest else inner.kind not in {"group", "table"}


def is_sound(value: Any, deepest: int = DEEPEST) -> bool:
    """Is the JSON value nested no deeper than a page can show, and is every number in it finite?"""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return deepest > 0 and all(is_sound(one, deepest - 1) for one in inner)
    return not isinstance(value, float) or math.isfinite(value)


def below(path: str, name: str) -> str:
    """The path of *name* in *path*."""
    return f"{path}.{name}" if path else name


def _group(shape: Shape, texts: Texts, before: Any, path: str, faults: dict[str, str]) -> dict[str, Any]:
    known: Mapping[str, Any] = before if isinstance(before, dict) else {}
    values: dict[str, Any] = {}
    for name, member in shape.members.items():
        given = _value(
            member, texts, known.get(name, ABSENT), below(path, name), faults, needed=name in shape.required
        )
        if given is not ABSENT:
            values[name] = given
    return values


def _value(
    shape: Shape, texts: Texts, before: Any, path: str, faults: dict[str, str], *, needed: bool
) -> Any:
    if shape.kind == "table":
        return _table(shape, texts, before, path, faults)
    if shape.kind == "group":
        inside = any(text for name, text in texts.items() if name.startswith(f"{path}."))
        if not inside and not isinstance(before, dict):
            return None if shape.nullable else ({} if needed else ABSENT)
        return _group(shape, texts, before, path, faults)
    if path not in texts and shape.kind != "check" and before is not ABSENT:
        return before
    text = texts.get(path, "")
    is_told = before is not ABSENT or shape.default is not ABSENT
    if is_told and text == texts_of(shape, before, path).get(path, ""):
        return before
    try:
        return _leaf(shape, text, needed=needed)
    except _Unfit as unfit:
        faults[path] = str(unfit)
        return text


def _table(shape: Shape, texts: Texts, before: Any, path: str, faults: dict[str, str]) -> Any:
    known = before if isinstance(before, list) else []
    entry = Shape("group", members=shape.members, required=shape.required)
    rows = rows_of(texts, path)
    if below(path, ROWS) not in texts and before is not ABSENT:
        return before
    if not rows and not known:
        return before if before is not ABSENT else ([] if not shape.nullable else None)
    values: list[Any] = []
    for place, number in enumerate(rows):
        start = known[int(number)] if int(number) < len(known) else {}
        inner: dict[str, str] = {}
        values.append(_group(entry, texts, start, below(path, number), inner))
        faults |= _moved(inner, path, number, place)
    return values


def _moved(faults: Mapping[str, str], path: str, number: str, place: int) -> dict[str, str]:
    """Faults are named by the place of the row in the answer, not by its number in the form."""
    old, new = below(path, number), below(path, str(place))
    return {f"{new}{name.removeprefix(old)}": told for name, told in faults.items()}


def _leaf_text(shape: Shape, value: Any) -> str:
    if value is ABSENT:
        return ""
    if shape.kind == "lines":
        return _as_sent("\n".join(map(text_of, value)) if isinstance(value, list) else text_of(value))
    if shape.kind == "json":
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _as_sent(text_of(value))


def _as_sent(text: str) -> str:
    """*text* as a browser sends it back where nobody touched it: it has one kind of line end, and no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _leaf(shape: Shape, text: str, *, needed: bool) -> Any:
    if shape.kind == "check":
        return text == "true" if text or needed or shape.default is not ABSENT else ABSENT
    if not text.strip():
        return _nothing(shape, needed=needed)
    match shape.kind:
        case "number":
            return _number(text.strip(), whole=shape.whole)
        case "choice":
            chosen = [choice for choice in shape.choices if text_of(choice) == text]
            return chosen[0] if chosen else text
        case "lines":
            return [line for line in text.split("\n") if line.strip()]
        case "json":
            return _json(text)
        case "decimal" | "date":
            return text.strip()
        case _:
            return text


def _nothing(shape: Shape, *, needed: bool) -> Any:
    if shape.nullable:
        return None
    if shape.kind == "lines":
        return []
    if needed:
        raise _Unfit("It is needed.")
    return ABSENT


def _number(text: str, *, whole: bool) -> int | float:
    if re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        return int(text)
    if not whole and re.fullmatch(r"[+-]?[0-9]{1,30}\.[0-9]{1,30}", text):
        return float(text)
    raise _Unfit("It is not a whole number." if whole else "It is not a number such as 1190.50.")


def _json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _Unfit("It is not JSON.") from error
    if not is_sound(value):
        raise _Unfit("It is nested too deep, or holds a number that is too large.")
    return value


def _refuse(name: str) -> Any:
    raise ValueError(name)
