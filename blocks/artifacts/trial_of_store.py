"""Can an object store be trusted with artifacts? Try the promises that Holdfast stands on, below a prefix of their own.

Writes and deletes about 60 objects, the largest of 20 MB; takes some seconds. Uploads in several parts are not used by
Holdfast and are not tried: an artifact is written by one call.
"""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from os import urandom
from threading import Barrier
from uuid import uuid4

from blocks.base.bucket import Bucket
from blocks.base.bucket_failures import BucketRefused, BucketUnavailable

_WRITERS, _RACES = 16, 3
_LARGE_BYTES = 20_000_000
_LISTED, _PAGE = 7, 3
_ODD_KEYS = ("a b", "ä/ö", "x", "x/y", "100%", "a+b&c=d", "RUN%2E/000001.json", "q?r#s")
_WRONG_CHECKSUM = base64.b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Finding:
    """One promise, and what is wrong with it; nothing where it is kept. *is_needed*: no work is safe without it."""

    promise: str
    fault: str
    is_needed: bool = True


def try_store(bucket: Bucket) -> Iterator[Finding]:
    """Try each promise, in order; what was written is deleted. Where the store is away that is the fault; never raises."""
    trial = _Trial(bucket, f"holdfast-trial-{uuid4().hex[:12]}/")
    try:
        for promise, act, is_needed in _PROMISES:
            yield Finding(promise, _fault(lambda act=act: act(trial)), is_needed)
    finally:
        left = _fault(trial.clean)
    yield Finding("what was written is gone again", left, is_needed=False)


def _fault(act: Callable[[], str]) -> str:
    try:
        return act()
    except BucketUnavailable as error:
        return f"{error}"


@dataclass(frozen=True)
class _Trial:
    """The promises, tried on keys of *bucket* below *prefix*. Each answers what is wrong."""

    bucket: Bucket
    prefix: str

    def writes_once(self) -> str:
        key = f"{self.prefix}once"
        first, second = self.bucket.create(key, b"first"), self.bucket.create(key, b"second")
        kept = self.bucket.read(key)
        if kept != b"first" or (first, second) != (True, False):
            return f"a second write was answered {'yes' if second else 'no'}, and {kept!r} stands there"
        return ""

    def one_writer_wins(self) -> str:
        for race in range(_RACES):
            key, gate = f"{self.prefix}race-{race}", Barrier(_WRITERS)

            def write(number: int, key: str = key, gate: Barrier = gate) -> bytes | None:
                gate.wait(60)
                data = b"%d" % number
                return data if self.bucket.create(key, data) else None

            with ThreadPoolExecutor(_WRITERS) as pool:
                won = [data for data in pool.map(write, range(_WRITERS)) if data is not None]
            if [self.bucket.read(key)] != won:
                return f"of {_WRITERS} writers at one moment {len(won)} were told that they were the first"
        return ""

    def reads_what_was_written(self) -> str:
        for number in range(10):
            key, data = f"{self.prefix}read-{number}", urandom(1000)
            if self.bucket.read(key) is not None:
                return "an object is there that was never written"
            self.bucket.create(key, data)
            if self.bucket.read(key) != data:
                return "what was written is not read at once"
        return ""

    def lists_what_was_written(self) -> str:
        beginning = f"{self.prefix}list/"
        keys = [f"{beginning}{number:03}" for number in range(_LISTED)]
        for key in keys:
            self.bucket.create(key, b"")
        found = list(self.bucket.keys(beginning, at_a_time=_PAGE))
        return (
            ""
            if found == keys
            else f"{len(keys)} objects were written and {len(found)} are listed, or not in order"
        )

    def keeps_odd_keys(self) -> str:
        keys = sorted((f"{self.prefix}odd/{key}" for key in _ODD_KEYS), key=str.encode)
        for key in keys:
            self.bucket.create(key, key.encode())
        wrong = [key for key in keys if self.bucket.read(key) != key.encode()]
        listed = list(self.bucket.keys(f"{self.prefix}odd/"))
        return f"{wrong or set(listed) ^ set(keys)}" if wrong or listed != keys else ""

    def keeps_large_objects(self) -> str:
        key, data = f"{self.prefix}large", urandom(_LARGE_BYTES)
        self.bucket.create(key, data)
        return "" if self.bucket.read(key) == data else f"{_LARGE_BYTES:,} bytes are read as others"

    def refuses_a_wrong_checksum(self) -> str:
        key = f"{self.prefix}bent"
        with suppress(BucketRefused):
            self.bucket.create(key, b"bent on the way", checksum=_WRONG_CHECKSUM)
            return "data that does not match its SHA-256 was taken"
        return "refused, and kept all the same" if self.bucket.read(key) is not None else ""

    def replaces_on_condition(self) -> str:
        key = f"{self.prefix}replaced"
        self.bucket.create(key, b"good")
        for operation, more in (("put_object", {"Body": b"bad"}), ("delete_object", {})):
            with suppress(BucketRefused):
                self.bucket.ask(operation, key, IfMatch='"0123456789abcdef0123456789abcdef"', **more)
            if self.bucket.read(key) != b"good":
                return f"If-Match is ignored by {operation.removesuffix('_object').upper()}"
        return ""

    def clean(self) -> str:
        for key in list(self.bucket.keys(self.prefix)):
            self.bucket.ask("delete_object", key)
        left = len(list(self.bucket.keys(self.prefix)))
        return f"{left} objects are left below {self.prefix}" if left else ""


_PROMISES: tuple[tuple[str, Callable[[_Trial], str], bool], ...] = (
    ("an object is written once (If-None-Match)", _Trial.writes_once, True),
    (f"of {_WRITERS} who write at one moment one is the first", _Trial.one_writer_wins, True),
    ("what was written is read at once", _Trial.reads_what_was_written, True),
    ("what was written is listed at once, page by page", _Trial.lists_what_was_written, True),
    ("keys with spaces, slashes and signs are kept apart", _Trial.keeps_odd_keys, True),
    ("an object of 20 MB, written by one call, is whole", _Trial.keeps_large_objects, True),
    ("data that does not match its checksum is refused", _Trial.refuses_a_wrong_checksum, False),
    (
        "an object is replaced only where it is the expected one (If-Match)",
        _Trial.replaces_on_condition,
        False,
    ),
)
