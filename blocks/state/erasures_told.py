"""What the events tell of erased subjects, held against the rows of data keys."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from blocks.state.chain import Finding
from blocks.state.tables import data_keys

_AT_MOST = 5


@dataclass
class ErasuresTold:
    """Collects the data keys that the events of all runs tell to be erased. Memory grows with them."""

    erased: set[str] = field(default_factory=set[str])

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """One event, in its turn."""
        if kind == "subject.erased":
            self.erased.update(str(one) for one in body.get("data_keys", ()))

    def faults(self, connection: Connection) -> list[Finding]:
        """Keys that are gone though no event tells of it, and keys that are there again, from a backup say."""
        found: list[Finding] = []
        for row in connection.execute(select(data_keys).order_by(data_keys.c.data_key_id)):
            is_told, is_gone = row.data_key_id in self.erased, row.wrapped is None
            if is_told != is_gone or is_gone != (row.erased_at is not None):
                why = "was erased, but is there" if is_told else "is gone, but no event tells of it"
                found.append(
                    Finding("", None, f"the data key {row.data_key_id[:12]} of {row.subject!r} {why}")
                )
        return found[:_AT_MOST]
