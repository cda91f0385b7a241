"""Signed heads in a bucket: one object for each head, created once and never written again.

Give the writers a bucket with object lock, or keys that may not delete, and no database's owner can take a head away.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, unquote

from blocks.base.bucket import Bucket
from blocks.state.head_shelf import Kept, head_in
from blocks.state.heads import Head

_SIZE_DIGITS = 12
_READERS = 8


@dataclass(frozen=True)
class HeadBucket:
    """`RUN/SIZE-DIGEST.json` for each head, `KEY_ID.pub` for each key. All of it raises OSError."""

    bucket: Bucket

    def append(self, head: Head) -> None:
        """Keep *head*; the same head once more is the same object."""
        line = head.line()
        name = f"{head.size:0{_SIZE_DIGITS}}-{hashlib.sha256(line).hexdigest()[:16]}.json"
        self.bucket.create(f"{_folder(head.run_id)}{name}", line + b"\n")

    def publish(self, key_id: str, public_key: bytes) -> None:
        """Put the public key (PEM) beside the heads."""
        self.bucket.create(f"{key_id}.pub", public_key)

    def read(self, run_id: str) -> Kept:
        """All heads of a run, by size. A call for each head (each 100 events), eight side by side; one for the list."""
        with ThreadPoolExecutor(_READERS) as pool:
            heads = list(pool.map(self._head, self.bucket.keys(_folder(run_id))))
        known = tuple(head for head in heads if head is not None)
        return Kept(known, damaged=len(heads) - len(known))

    def last(self, run_id: str) -> Head | None:
        """The newest head of a run. Two calls, and one for each thousand heads."""
        keys = list(self.bucket.keys(_folder(run_id)))
        return next((head for key in reversed(keys) if (head := self._head(key))), None)

    def run_ids(self) -> list[str]:
        """The runs that have heads."""
        return sorted(unquote(folder) for folder in self.bucket.folders())

    def _head(self, key: str) -> Head | None:
        """The head in an object. What is none is read once more: it may have been bent on the way only."""
        return head_in(self.bucket.read(key) or b"") or head_in(self.bucket.read(key) or b"")


def _folder(run_id: str) -> str:
    """Without dots: a folder `..` is refused by some stores."""
    return f"{quote(run_id, safe='').replace('.', '%2E')}/"
