"""One request on its way: its answer is read to the end, on disk piece by piece, whoever listens."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx2

from blocks.providers.capture import BROKEN, UNSENT
from blocks.providers.capture_frames import frame, head
from blocks.providers.model_line import CONNECT_SECONDS, NEVER_LEFT
from blocks.providers.paid_calls import MOST_BYTES
from deployments.capture_proxy.records import Records

LONGEST_SECONDS = 1800.0


class Broke(Exception):
    """The answer ended before its end."""


@dataclass(frozen=True)
class Outgoing:
    """A request as it leaves, and the key that its answer is sealed with, if any. A silence of *seconds* ends it."""

    call_id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    key: bytes | None = None


@dataclass
class Exchange:
    """A request and what came of it so far: status and media type; its *fate* until the answer is whole, and why."""

    outgoing: Outgoing
    records: Records
    client: httpx2.AsyncClient
    handle: int
    status: int = 0
    media_type: str = ""
    retry_after: str = ""
    fate: str = BROKEN
    why: str = ""
    pieces: list[bytes] = field(default_factory=list[bytes])
    is_over: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _frames: int = 0

    async def carry_out(self) -> None:
        """Send the request and read its answer to the end."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._exchange()
        except NEVER_LEFT as error:
            self._failed(UNSENT, error)
            self.records.forget(self.outgoing.call_id)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
            self._failed(BROKEN, error)
        finally:
            os.close(self.handle)
            await self._tell(over=True)

    async def begun(self) -> None:
        """Wait until the answer begins, or does not come."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.status or self.is_over)

    async def listen(self) -> AsyncIterator[bytes]:
        """The body of the answer, each piece once it is on disk. Raises Broke."""
        heard = 0
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda have=heard: len(self.pieces) > have or self.is_over)
            for piece in self.pieces[heard:]:
                heard += 1
                yield piece
            if self.is_over and heard == len(self.pieces):
                if self.fate:
                    raise Broke(self.why)
                return

    async def _exchange(self) -> None:
        out = self.outgoing
        timeout = httpx2.Timeout(out.seconds, connect=CONNECT_SECONDS)
        async with self.client.stream(
            out.method, out.url, headers=dict(out.headers), content=out.body, timeout=timeout
        ) as answer:
            media_type = answer.headers.get("content-type", "")
            await self._keep(head(answer.status_code, media_type))
            self.retry_after = answer.headers.get("retry-after", "")
            self.status, self.media_type = answer.status_code, media_type
            await self._tell()
            length = 0
            async for piece in answer.aiter_bytes():
                await self._keep(piece)
                self.pieces.append(piece)
                await self._tell()
                length += len(piece)
                if length > MOST_BYTES:  # whoever reads it sees that it was cut off
                    break
        await asyncio.to_thread(self.records.done, out.call_id)
        self.fate = ""

    async def _keep(self, content: bytes) -> None:
        data = frame(content, self._frames, self.outgoing.key)
        self._frames += 1
        await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        with memoryview(data) as rest:
            written = 0
            while written < len(data):
                written += os.write(self.handle, rest[written:])
        os.fsync(self.handle)

    def _failed(self, fate: str, error: BaseException) -> None:
        self.fate, self.why = fate, f"{type(error).__name__}: {error}"

    async def _tell(self, *, over: bool = False) -> None:
        async with self.changed:
            self.is_over = self.is_over or over
            self.changed.notify_all()
