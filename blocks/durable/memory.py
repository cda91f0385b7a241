"""The newest answers of volatile stages, in this process's memory and nowhere else."""

import threading
from collections import OrderedDict

MOST = 1000


class Memory:
    """The canonical bytes of at most `MOST` answers by their keys; the one that was used least lately goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """The answer of *key*, where it is still there."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Keep the answer of *key* for a while."""
        with self._lock:
            self._answers[key] = data
            self._answers.move_to_end(key)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
