"""What is shown, by the shape of its JSON: documents, doubts, the evidence of fields, and readable facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

_PARTS = {"value", "evidence", "confidence"}


@dataclass(frozen=True)
class Paper:
    """A document among what is shown; its pages are counted on from the papers before it."""

    label: str
    digest: str
    media_type: str
    first: int
    pages: int

    @property
    def numbers(self) -> range:
        """Its pages' numbers."""
        return range(self.first, self.first + self.pages)


@dataclass(frozen=True)
class Reading:
    """How a value was read: as *text*, from the line *evidence*, with *confidence* from 0 to 1 (None: not told)."""

    text: str
    evidence: str
    confidence: float | None


@dataclass(frozen=True)
class Fact:
    """One shown thing: a *text*, or *inner* facts, or a table of *columns* and *rows*."""

    label: str
    text: str = ""
    inner: tuple["Fact", ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Shown:
    """What stands on the page of a request, sorted by how it is shown."""

    papers: tuple[Paper, ...]
    doubts: Mapping[str, tuple[str, ...]]
    readings: Mapping[str, Reading]
    facts: tuple[Fact, ...]


def sorted_out(shown: Mapping[str, Any], fields: frozenset[str]) -> Shown:
    """*shown* for people; doubts and evidence go to the answer's *fields*, doubts about others have the name ""."""
    papers = papers_of(shown)
    rest = {name: value for name, value in shown.items() if not is_paper(value)}
    doubts = _doubts(rest.pop("doubts")) if _are_doubts(rest.get("doubts")) else []
    placed: dict[str, tuple[str, ...]] = {}
    for field, reason in doubts:
        place = field if field in fields else ""
        placed[place] = (*placed.get(place, ()), reason)
    readings: dict[str, Reading] = {}
    for name, value in list(rest.items()):
        found = _readings(value, fields)
        readings |= found
        if found:
            rest[name] = {key: one for key, one in value.items() if key not in found}
    facts = facts_of({name: value for name, value in rest.items() if value != {}})
    return Shown(papers, placed, readings, facts)


def facts_of(values: Mapping[str, Any]) -> tuple[Fact, ...]:
    """JSON values for people, one fact for each name."""
    return tuple(_fact(name, value) for name, value in values.items())


def reasons_of(shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a person is asked: the doubts among what is shown, whatever field they are about."""
    doubts = shown.get("doubts")
    return tuple(reason for _, reason in _doubts(doubts)) if _are_doubts(doubts) else ()


def papers_of(shown: Mapping[str, Any]) -> tuple[Paper, ...]:
    """The documents among what is shown, in order."""
    papers: list[Paper] = []
    first = 1
    for name, value in shown.items():
        if is_paper(value):
            papers.append(Paper(label(name), value["digest"], value["media_type"], first, value["pages"]))
            first += value["pages"]
    return tuple(papers)


def is_paper(value: Any) -> bool:
    """Is it a document?"""
    if not isinstance(value, dict) or value.get("kind") != "document":
        return False
    texts = all(isinstance(value.get(name), str) for name in ("digest", "media_type"))
    return texts and isinstance(value.get("pages"), int) and 0 < value["pages"] <= 10_000


def label(name: str) -> str:
    """`unit_price` for people."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def plain_text(value: Any) -> str:
    """A JSON value that holds no others, for people."""
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _are_doubts(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("reason"), str) for one in value
    )


def _doubts(value: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(one.get("field", "")), one["reason"]) for one in value]


def _readings(value: Any, fields: frozenset[str]) -> dict[str, Reading]:
    """Facts with their evidence, as far as there are fields of their names."""
    if not isinstance(value, dict):
        return {}
    return {
        name: Reading(plain_text(one.get("value")), plain_text(one.get("evidence")), one.get("confidence"))
        for name, one in value.items()
        if name in fields and isinstance(one, dict) and "evidence" in one and set(one) <= _PARTS
    }


def _fact(name: str, value: Any) -> Fact:
    if isinstance(value, dict) and value:
        return Fact(label(name), inner=tuple(_fact(key, one) for key, one in value.items()))
    if isinstance(value, list) and value:
        return _listed(label(name), value)
    return Fact(label(name), text=plain_text(value))


def _listed(name: str, values: list[Any]) -> Fact:
    """A table where the entries are objects, else one text below the other."""
    if not all(isinstance(one, dict) for one in values):
        nested = any(isinstance(one, dict | list) for one in values)
        if not nested:
            return Fact(name, text="\n".join(plain_text(one) for one in values))
        return Fact(name, inner=tuple(_fact(str(place), one) for place, one in enumerate(values, 1)))
    flat = [dict(_cells("", one)) for one in values]
    columns = tuple(dict.fromkeys(key for row in flat for key in row))
    rows = tuple(tuple(row.get(key, "–") for key in columns) for row in flat)
    return Fact(name, columns=tuple(label(key) for key in columns), rows=rows)


def _cells(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [cell for name, one in value.items() for cell in _cells(f"{path} {name}".strip(), one)]
    if isinstance(value, list):
        return [(path, "; ".join(plain_text(one) for one in value) or "–")]
    return [(path, plain_text(value))]
