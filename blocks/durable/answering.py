"""Check the JSON values of an answer against the schema that was asked with."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType]

_BOUNDS: dict[str, tuple[Callable[[Decimal, Decimal], bool], str]] = {
    "minimum": (operator.ge, "not below"),
    "exclusiveMinimum": (operator.gt, "above"),
    "maximum": (operator.le, "not above"),
    "exclusiveMaximum": (operator.lt, "below"),
}
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})")
_ONLY = FormatChecker(("date", "email", "uuid"))


def _within(validator: Any, bounds: Mapping[str, float], text: Any, schema: Any) -> Iterator[ValidationError]:
    """The keyword `decimal`: bounds of a number that is written as text."""
    if not isinstance(text, str):
        return  # told by its type
    number = _number(text)
    if number is None:
        yield ValidationError(f"{text!r} is no number")
        return
    for name, bound in bounds.items():
        holds, words = _BOUNDS.get(name, (None, ""))
        if holds is not None and not holds(number, Decimal(str(bound))):
            yield ValidationError(f"it must be {words} {bound}")


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


_validator: Any = extend(Draft202012Validator, {"decimal": _within})  # pyright: ignore[reportUnknownVariableType]


def faults_of(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, one sentence a field; "" names the whole. Empty where the answer fits.

    A field that the schema does not name is refused, also where the schema would admit it.
    """
    faults: dict[str, str] = {}
    for name in values:
        if name not in schema.get("properties", {}):
            faults[name] = "There is no such field."
    validator = _validator(dict(schema), format_checker=_ONLY)
    for error in validator.iter_errors(dict(values)):
        for field, fault in _told(error):
            faults.setdefault(field, fault)
    return faults


def _told(error: Any) -> list[tuple[str, str]]:
    where = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        missing: list[str] = [name for name in error.validator_value if name not in error.instance]
        return [(".".join([*where, name]), "It is needed.") for name in missing]
    if error.validator == "additionalProperties" and not where:
        return []  # told by name already
    return [(".".join(where), _sentence(_nearest(error)))]


def _nearest(error: Any) -> Any:
    """Of several forms that a field may have, what is wrong with the one whose type is right."""
    inner = [one for one in error.context or () if one.validator not in {"type", "anyOf"}]
    return inner[0] if error.validator == "anyOf" and inner else error


def _sentence(error: ValidationError) -> str:
    shown = repr(error.instance)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    kind, wanted = error.validator, error.validator_value
    sentences = {
        "anyOf": f"{shown} is not of a type that is admitted.",
        "type": f"{shown} is not of type {wanted}.",
        "enum": f"{shown} is none of {wanted}.",
        "const": f"{shown} is not {wanted!r}.",
        "format": f"{shown} is no {wanted}.",
        "pattern": f"{shown} does not have the right form.",
        "minLength": "It is too short.",
        "maxLength": "It is too long.",
    }
    return sentences.get(str(kind), f"{error.message[:200]}.")
