"""A signed head: how many events a run had, and the Merkle root over them, under an Ed25519 signature.

One head is one line of JSON. It is kept outside the database, so that a chain that was rebuilt, cut or restored
from an old backup is found out. Standard library only; the keys are in `signing`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MARK_DIGITS = 8
_HEX = re.compile(r"[0-9a-f]*")
_DOMAIN = b"holdfast head 1\n"
_TEXTS, _NUMBERS = ("run_id", "root", "head", "key_id", "marks", "signature"), ("size", "at")


class NotAHead(ValueError):
    """A line is no signed head."""


@dataclass(frozen=True)
class Head:
    """The events 1 to *size* of a run, as they stood at *at* (microseconds, the database's clock).

    *root* is the Merkle root, *head* the hash of the last event. *marks* are the first eight digits of the hashes of
    the newest events up to *size*, in order: no proof, but they tell which event differs where the root does.
    """

    run_id: str
    size: int
    root: str
    head: str
    at: int
    key_id: str
    marks: str
    signature: str = ""

    @property
    def first_marked(self) -> int:
        """The sequence number of the first event that *marks* tells of."""
        return self.size - len(self.marks) // MARK_DIGITS + 1

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        facts = {name: value for name, value in asdict(self).items() if name != "signature"}
        return _DOMAIN + _json(facts)

    def line(self) -> bytes:
        """The head as one line, without its end."""
        return _json(asdict(self))


def parse_head(line: bytes) -> Head:
    """The head of *line*; its signature is not checked here. Raises NotAHead."""
    try:
        facts: Any = json.loads(line.decode())
        head = Head(**facts)
        kinds = [(name, str) for name in _TEXTS] + [(name, int) for name in _NUMBERS]
        if not all(type(getattr(head, name)) is kind for name, kind in kinds) or head.size < 1:
            raise NotAHead("a field has a wrong type")
        if head.line() != line.rstrip(b"\n") or not _HEX.fullmatch(head.signature):
            raise NotAHead("it is not written as heads are")
    except (ValueError, TypeError, RecursionError) as error:
        raise NotAHead(f"{error}") from error
    return head


def _json(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
