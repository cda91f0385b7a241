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

    def set_aside(self, name: str) -> None:
        """Let nothing stand under *name* any more; what stood there is kept beside it."""
        if name in self._envelopes:
            self._envelopes[f"{name}.damaged-{len(self._envelopes)}"] = self._envelopes.pop(name)

    def names(self) -> Iterator[str]:
        """The names under which envelopes stand."""
        return (name for name in list(self._envelopes) if is_name(name))
