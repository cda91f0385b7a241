"""A question as it is asked at a gate: checked, in canonical form, with its identity."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from blocks.base.asking import Approvers
from blocks.base.canonical import canonical_bytes, digest_of, plain
from blocks.base.errors import Misuse
from blocks.state.approval_rows import Request, identity

MOST_BYTES = 1_000_000
_GATE = re.compile(r"[a-z][a-z0-9_]{0,99}")


class UnfitQuestion(Misuse):
    """The question at gate {gate!r} cannot be asked:"""

    next = "Correct the call of `ask` in the flow."


class _AsAsked(GenerateJsonSchema):
    """A decimal is text in JSON, never a float; its bounds stand beside it (see blocks.durable.answering).

    Canonical JSON sorts its keys: `x-order` keeps the order of the fields, for people. A field that a model does not
    name is refused, also where the model would pass over it.
    """

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """The form of a model."""
        made = super().model_schema(schema)
        return {"additionalProperties": False, **made, "x-order": list(made.get("properties", {}))}

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        """The form of a decimal."""
        number, text = super().decimal_schema(schema)["anyOf"]
        return {**text, "decimal": {name: bound for name, bound in number.items() if name != "type"}}


@dataclass(frozen=True)
class Question:
    """What is asked at one gate; the arguments are those of `ask`."""

    gate: str
    shown: BaseModel
    answer: type[BaseModel]
    proposed: Mapping[str, Any] | BaseModel | None
    title: str
    value: str
    of: Approvers

    def request(self, tenant: str) -> Request:
        """The row to write. Raises UnfitQuestion, or NotCanonical."""
        for why in self._faults():
            raise UnfitQuestion(why, gate=self.gate)
        approvers = canonical_bytes(tiers(self.of)).decode()
        digest = digest_of(self.data)
        return Request(
            approval_id=identity(digest, approvers, tenant),
            tenant=tenant,
            gate=self.gate,
            title=self.line,
            value=self.value,
            request=self.data,
            digest=digest,
            approvers=approvers,
        )

    @cached_property
    def line(self) -> str:
        """The title without line breaks."""
        return " ".join(self.title.split())

    @cached_property
    def _form(self) -> dict[str, Any]:
        return self.answer.model_json_schema(schema_generator=_AsAsked)

    @cached_property
    def data(self) -> bytes:
        """Canonical JSON of exactly what a person sees and may answer."""
        asked = {
            "answer": self._form,
            "gate": self.gate,
            "proposed": plain(self.proposed or {}),
            "shown": plain(self.shown),
            "title": self.line,
            "value": self.value,
        }
        return canonical_bytes(asked)

    def _faults(self) -> list[str]:
        fields = self.answer.model_fields
        names = {field.alias or name for name, field in fields.items()}
        name = self.answer.__name__
        told = (
            (_GATE.fullmatch(self.gate), "a gate is named in lower-case letters, digits and underscores."),
            (0 < len(self.line) <= 500, "its title is one line of at most 500 characters."),
            (len(self.value) <= 100, "what is at stake is told in at most 100 characters."),
            ("properties" in self._form, f"{name} is a part of itself; answer with a model that is not."),
            (any(field.is_required() for field in fields.values()), f"{name} has no required field."),
            (plain(self.proposed or {}).keys() <= names, f"it proposes a field that {name} does not have."),
            (
                len(self.data) <= MOST_BYTES,
                f"it is over {MOST_BYTES} bytes; show documents by their digests.",
            ),
        )
        return [why for is_right, why in told if not is_right]


def tiers(of: Approvers) -> dict[str, Any]:
    """Approvers as the rows keep them: names, seconds, and who comes after them."""
    return {
        "names": list(of.names),
        "otherwise": of.otherwise,
        "seconds": None if of.within is None else of.within.total_seconds(),
        "then": None if of.then is None else tiers(of.then),
    }
