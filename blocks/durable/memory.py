"""The newest answers of volatile stages, in this process's memory and nowhere else."""

import threading
from collections import OrderedDict

MOST_BYTES = 32 * 2**20


class Memory:
    """Canonical bytes of answers by their keys, together at most `MOST_BYTES`; what was used least lately goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """The answer of *key*, where it is still there."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Keep the answer of *key* for a while."""
        with self._lock:
            self._bytes += len(data) - len(self._answers.pop(key, b""))
            self._answers[key] = data
            while self._bytes > MOST_BYTES:
                _, gone = self._answers.popitem(last=False)
                self._bytes -= len(gone)
