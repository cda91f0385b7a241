"""What Prefect keeps of a stage: a small receipt, read from our rows.

Prefect asks its result storage whether a task is done. Ours answers from the state database: there is no second
record to lose or to forge, and Prefect's cache and UI show the truth. The serializer knows one shape and admits no
class names; the value behind a receipt is read through the one commit path.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal

from prefect.filesystems import WritableFileSystem
from prefect.serializers import Serializer
from pydantic import BaseModel, ConfigDict

from blocks.base.errors import HoldfastError
from blocks.base.money import usd
from blocks.durable import world
from blocks.durable.commit import Settled
from blocks.state import stage_rows
from blocks.state.stage_rows import Output

SERIALIZER = "holdfast-receipt"
_MARK = b"recorded"


class NotRecorded(HoldfastError):
    """Prefect offered a result for a stage that is not recorded."""

    safe = "It was not kept; what is recorded in the state database counts."


class Receipt(BaseModel):
    """Stage, key, digest, bytes, seconds and cost of a recorded answer. Never the answer itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    key: str
    output_digest: str
    bytes: int
    seconds: float
    cost_usd: str


Opener = Callable[[Receipt], Any]
_openers: dict[str, Opener] = {}
_homes: dict[str, str] = {}
_found: ContextVar[tuple[str, Settled | None]] = ContextVar("found", default=("", None))


def opened_by(stage: str, home: str, opener: Opener) -> None:
    """Let *opener* give the value behind the receipts of *stage*, which is defined in *home*.

    Raises TypeError where a stage of that name is defined elsewhere: their answers would share keys.
    """
    known = _homes.setdefault(stage, home)
    if known != home:
        raise TypeError(
            f"stage {stage}: there is a stage of that name in {known}; the name is part of every key"
        )
    _openers[stage] = opener


def remember(key: str, settled: Settled | None) -> None:
    """Spare this task a second look-up: *settled* is what it found under *key*, None for nothing."""
    _found.set((key, settled))


def found(key: str) -> Settled | None:
    """What this task found under *key* a moment ago."""
    of, settled = _found.get()
    return settled if of == key else None


class ReceiptSerializer(Serializer):  # pyright: ignore[reportMissingTypeArgument]  Prefect cannot subscript it
    """Values to a mark (the value is recorded already); receipts to the values they speak of."""

    type: str = SERIALIZER

    def dumps(self, obj: Any) -> bytes:
        """A mark: what Prefect writes carries nothing of *obj*."""
        return _MARK

    def loads(self, blob: bytes) -> Any:
        """The recorded value behind the receipt in *blob*; pydantic's ValidationError where it is none."""
        receipt = Receipt.model_validate_json(blob)
        if receipt.stage not in _openers:
            raise NotRecorded(f"The stage {receipt.stage!r} is not imported in this process.")
        return _openers[receipt.stage](receipt)


class ReceiptStore(WritableFileSystem):
    """A Prefect result storage that reads receipts from the state database and writes nothing."""

    _block_type_name = "Holdfast Receipts"
    _block_type_slug = "holdfast-receipts"

    backend: Literal["state database"] = "state database"

    def read_path(  # pyright: ignore[reportIncompatibleMethodOverride]  Prefect calls it with and without a loop
        self, path: str, _sync: bool | None = None
    ) -> bytes:
        """The result record of the stage with key *path*; FileNotFoundError where it is not done."""
        stage, output = _row(path)
        metadata = {"storage_key": path, "serializer": {"type": SERIALIZER}}
        return json.dumps({"metadata": metadata, "result": _receipt(stage, path, output)}).encode()

    def write_path(  # pyright: ignore[reportIncompatibleMethodOverride]  Prefect calls it with and without a loop
        self, path: str, content: bytes, _sync: bool | None = None
    ) -> str:
        """Check that the stage *path* is recorded; there is nothing to write."""
        try:
            _row(path)
        except FileNotFoundError as error:
            raise NotRecorded(f"Its key is {path}.") from error
        return path

    def _resolve_path(self, path: str) -> str | None:
        """Prefect asks where a key lies: where it says."""
        return path or None

    async def aread_path(self, path: str) -> bytes:
        """As `read_path`."""
        return self.read_path(path)

    async def awrite_path(self, path: str, content: bytes) -> str:
        """As `write_path`."""
        return self.write_path(path, content)


def _row(key: str) -> tuple[str, Output]:
    of, settled = _found.get()
    if of == key:
        if settled is None:
            raise FileNotFoundError(key)
        return settled.stage, settled.output
    with world.current().state.reading() as connection:
        row = stage_rows.find_stage(connection, key)
    if row is None:
        raise FileNotFoundError(key)
    return row


def _receipt(stage: str, key: str, output: Output) -> str:
    return Receipt(
        stage=stage,
        key=key,
        output_digest=output.digest,
        bytes=output.size_bytes,
        seconds=output.duration_us / 1_000_000,
        cost_usd=str(usd(output.cost_nano_usd)),
    ).model_dump_json()
