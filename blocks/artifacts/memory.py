"""A dictionary as a shelf, for the profile `memory`."""

from collections.abc import Iterator

from blocks.artifacts.names import is_name


class MemoryShelf:
    """Envelopes in this process; gone with it."""

    def __init__(self) -> None:
        self._envelopes: dict[str, bytes] = {}

    def put_once(self, name: str, envelope: bytes) -> None:
        """Keep *envelope* under *name*; where something stands there already, leave it."""
        self._envelopes.setdefault(name, envelope)

    def read(self, name: str) -> bytes | None:
        """The bytes under *name*, or None."""
        return self._envelopes.get(name)

    def replace(self, name: str, found: bytes, by: bytes | None) -> None:
        """Where *found* stands under *name*, keep it beside and let *by* stand there; None: nothing."""
        if self._envelopes.get(name) == found:
            self._envelopes[f"{name}.damaged-{len(self._envelopes)}"] = self._envelopes.pop(name)
            if by is not None:
                self._envelopes[name] = by

    def names(self) -> Iterator[str]:
        """The names under which envelopes stand."""
        return (name for name in list(self._envelopes) if is_name(name))
