"""What is answered on the command line: the proposed answer with `--set FIELD=VALUE`, or a whole one with `--answer`."""

import copy
import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from blocks.base.errors import Misuse
from deployments.console.forms import Form, below, is_decimal, text_of

_MOST_BYTES = 1_000_000
_TRUE, _FALSE = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}


class BadEdit(Misuse):
    """--set {edit!r} cannot be carried out:"""

    safe = "Nothing was decided; the run still waits."
    next = "`holdfast approvals show ID` lists the fields; write --set FIELD=VALUE, or --set line_items.1.amount=12.50."


class BadAnswer(Misuse):
    """The answer from {file} cannot be read:"""

    safe = "Nothing was decided; the run still waits."
    next = "Give one JSON object with all fields; `holdfast approvals show ID --json` shows what is proposed."


def answer_of(
    schema: Mapping[str, Any], proposed: Mapping[str, Any], edits: Sequence[str], file: str | None
) -> dict[str, Any] | None:
    """The answer that *edits* make of what is proposed, or of what *file* holds (`-`: stdin); None: as proposed.

    Raises BadEdit or BadAnswer. Whether the answer fits is checked where it is decided.
    """
    if not edits and file is None:
        return None
    values = copy.deepcopy(dict(proposed)) if file is None else _read(file)
    for edit in edits:
        values = _edited(schema, values, edit)
    return values


def _edited(schema: Mapping[str, Any], values: dict[str, Any], edit: str) -> dict[str, Any]:
    path, sign, text = edit.partition("=")
    parts = path.strip().split(".")
    if not sign or not all(parts):
        raise BadEdit("It is no FIELD=VALUE.", edit=edit)
    return _Edit(Form(schema), edit, text).put(schema, values, parts, "")


class _Edit:
    """One edit on its way down into an answer."""

    def __init__(self, form: Form, edit: str, text: str) -> None:
        self._form, self._edit, self._text = form, edit, text

    def put(self, place: Mapping[str, Any], value: Any, parts: list[str], path: str) -> Any:
        """*value* with the text at *parts* in it."""
        if not parts:
            return self._converted(place, path)
        name, rest = parts[0], parts[1:]
        members, entry = self._form.members(place), self._form.entry(place)
        if members:
            if name not in members:
                self._refuse_name(name, members, path)
            known: dict[str, Any] = value if isinstance(value, dict) else {}
            return {**known, name: self.put(members[name], known.get(name), rest, below(path, name))}
        if entry is None:
            self._refuse(f"{path} holds no fields.")
        return self._put_entry(entry, value if isinstance(value, list) else [], parts, path)

    def _put_entry(
        self, entry: Mapping[str, Any], entries: list[Any], parts: list[str], path: str
    ) -> list[Any]:
        last = len(entries) + 1
        if not re.fullmatch(r"[0-9]{1,6}", parts[0]) or not 1 <= int(parts[0]) <= last:
            has = f"has {last - 1}" if entries else "is empty"
            self._refuse(f"{path} is a list and {has}: name an entry by 1 to {last}; {last} is a new one.")
        index = int(parts[0]) - 1
        before = entries[index] if index < len(entries) else None
        made = self.put(entry, before, parts[1:], below(path, parts[0]))
        return [*entries[:index], made, *entries[index + 1 :]]

    def _converted(self, place: Mapping[str, Any], path: str) -> Any:
        options = self._form.options(place)
        real = [one for one in options if one.get("type") != "null"]
        if not self._text and len(real) < len(options):
            return None
        texts_first = sorted(real, key=lambda one: one.get("type") != "string")
        fit = [value for is_fit, value in (_value(one, self._text) for one in texts_first) if is_fit]
        if not fit:
            choices = self._form.choices(place)
            told = f" {_nearest(self._text, choices)}" if choices else ""
            self._refuse(f"{path} is {self._form.kind(place)}, and {self._text!r} is not.{told}")
        return fit[0]

    def _refuse_name(self, name: str, members: Mapping[str, Any], path: str) -> NoReturn:
        told = _nearest(below(path, name), [below(path, one) for one in members])
        self._refuse(f"there is no field {below(path, name)}. {told}")

    def _refuse(self, why: str) -> NoReturn:
        raise BadEdit(why, edit=self._edit)


def _nearest(text: str, known: Sequence[str]) -> str:
    """The one that was meant, or all that there are."""
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(text.lower(), lower, n=1, cutoff=0.5)
    return f"Did you mean {lower[near[0]]}?" if near else f"There are: {'; '.join(known)}."


def _value(option: Mapping[str, Any], text: str) -> tuple[bool, Any]:
    """Does *text* fit, and the value that it is then."""
    if "enum" in option or "const" in option:
        choices = option["enum"] if "enum" in option else [option["const"]]
        chosen = [one for one in choices if text_of(one).lower() == text.lower()]
        exact = [one for one in chosen if text_of(one) == text]
        return bool(chosen), next(iter(exact or chosen), None)
    match option.get("type"):
        case "string":
            is_line = option.get("format") == "date" or is_decimal(option)
            return True, text.strip() if is_line else text
        case "boolean":
            return text.lower() in _TRUE | _FALSE, text.lower() in _TRUE
        case "integer" | "number" as kind:
            return _number(text.strip(), whole=kind == "integer")
        case _:
            return _json(text)


def _number(text: str, *, whole: bool) -> tuple[bool, int | float]:
    if re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        return True, int(text)
    is_fraction = not whole and re.fullmatch(r"[+-]?[0-9]{1,30}\.[0-9]{1,30}", text) is not None
    return is_fraction, float(text) if is_fraction else 0


def _json(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return False, None


def _read(file: str) -> dict[str, Any]:
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES + 1) if file == "-" else _bytes(Path(file).expanduser())
        if len(data) > _MOST_BYTES:
            raise BadAnswer(f"It is over {_MOST_BYTES} bytes.", file=file)
        values = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or f"It is no JSON ({error})"
        raise BadAnswer(f"{why}.", file=file) from error
    if not isinstance(values, dict):
        raise BadAnswer("It is no JSON object.", file=file)
    return values


def _bytes(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(_MOST_BYTES + 1)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
