"""A form's fields with what is shown on them: the text, doubts, evidence, faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from deployments.approval_page.facts import Reading, Shown
from deployments.approval_page.shapes import Shape, text_of
from deployments.approval_page.typed import Texts, below, rows_of


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the form, and its cells."""

    number: str
    cells: tuple["Field", ...]


@dataclass(frozen=True)
class Field:
    """One field as it is painted."""

    path: str
    shape: Shape
    text: str = ""
    needed: bool = False
    fault: str = ""
    doubts: tuple[str, ...] = ()
    reading: Reading | None = None
    inner: tuple["Field", ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def kind(self) -> str:
        """How it is painted: a long text gets room."""
        if self.shape.kind == "text" and ("\n" in self.text or len(self.text) > 70):
            return "long"
        return self.shape.kind

    @property
    def placeholder(self) -> str:
        """How it is to be written. A date has one form for all, whatever the browser's language."""
        return "YYYY-MM-DD" if self.shape.kind == "date" else self.shape.example

    @property
    def is_read_otherwise(self) -> bool:
        """Does another value stand in the field than the one that was read?"""
        read = self.reading.text if self.reading else "–"
        return read not in {"–", self.text} and not _is_same_number(read, self.text)

    @property
    def options(self) -> list[tuple[str, bool]]:
        """The texts of a choice, and which is chosen; one that is not offered stays as it is."""
        texts = [text_of(choice) for choice in self.shape.choices]
        if self.text not in texts:
            texts = [self.text, *texts]
        elif self.shape.nullable and "" not in texts:
            texts = ["", *texts]
        return [(text, text == self.text) for text in texts]


@dataclass(frozen=True)
class Sheet:
    """All fields of a form; *faults* and *doubts* are of the whole."""

    fields: tuple[Field, ...]
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    has_faults: bool = False
    doubtful: int = 0


def sheet_of(shape: Shape, texts: Texts, shown: Shown, faults: Mapping[str, str]) -> Sheet:
    """The form of *shape* as *texts* fill it."""
    pencil = _Pencil(texts, shown, dict(faults))
    fields = tuple(
        pencil.field(name, member, name in shape.required) for name, member in shape.members.items()
    )
    left = tuple(
        f"{path}: {told}" if path else told for path, told in pencil.faults.items() if path != "reason"
    )
    doubtful = sum(1 for one in fields if one.doubts)
    return Sheet(fields, left, shown.doubts.get("", ()), bool(faults), doubtful)


class _Pencil:
    """Paints fields; *faults* are those that no field has taken yet."""

    def __init__(self, texts: Texts, shown: Shown, faults: dict[str, str]) -> None:
        self._texts, self._shown, self.faults = texts, shown, faults

    def field(self, path: str, shape: Shape, needed: bool, fault_path: str | None = None) -> Field:
        told = path if fault_path is None else fault_path
        painted: dict[str, Any] = {"needed": needed and not shape.nullable}
        if shape.kind == "group":
            members = shape.members.items()
            painted["inner"] = tuple(
                self.field(below(path, name), one, name in shape.required) for name, one in members
            )
        elif shape.kind == "table":
            numbers = enumerate(rows_of(self._texts, path))
            painted["rows"] = tuple(self._row(path, shape, number, place) for place, number in numbers)
        top = "." not in path
        return Field(
            path,
            shape,
            text=self._texts.get(path, ""),
            fault=self.faults.pop(told, ""),
            doubts=self._shown.doubts.get(path, ()) if top else (),
            reading=self._shown.readings.get(path) if top else None,
            **painted,
        )

    def _row(self, path: str, shape: Shape, number: str, place: int) -> Row:
        here, told = below(path, number), below(path, str(place))
        cells = (
            self.field(below(here, name), one, name in shape.required, below(told, name))
            for name, one in shape.members.items()
        )
        return Row(number, tuple(cells))


def _is_same_number(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
