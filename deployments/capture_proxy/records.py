"""The files of the capture proxy: one for each call, and what their names say.

CALL.part    its request may have left; the answer is being written, or its end was never seen
CALL.done    its whole answer
CALL.gone    the same as .part: what was there was forgotten after a week
CALL.void    somebody was told that it did not leave: it never will

The last two are empty and stay: only a request of which nothing is known did not leave.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from secrets import token_hex, token_urlsafe

from blocks.base import clock
from blocks.base.folders import sync_folder, write_once

KEEP_SECONDS = 7 * 86_400.0
_CALL = re.compile(r"[0-9a-f]{64}")


class Records:
    """The captures of one home. One process writes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = folder / "proxy.json"
        write_once(known, json.dumps({"identity": token_hex(16), "token": token_urlsafe(32)}).encode())
        self.token: str = json.loads(known.read_text())["token"]

    def begin(self, call_id: str) -> int | None:
        """A file for the call's answer, open for writing and on disk; None where the call is known already.

        After it the request may leave.
        """
        if not _CALL.fullmatch(call_id) or self.state(call_id):
            return None
        handle = os.open(
            self._path(call_id, "part"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        sync_folder(self._folder)
        return handle

    def done(self, call_id: str) -> None:
        """The answer is whole, and on disk."""
        self._path(call_id, "part").replace(self._path(call_id, "done"))
        sync_folder(self._folder)

    def forget(self, call_id: str) -> None:
        """Its answer is kept elsewhere, or the request did not leave."""
        for kind in ("part", "done"):
            self._path(call_id, kind).unlink(missing_ok=True)

    def void(self, call_id: str) -> None:
        """Let a call of which nothing is known never leave."""
        if _CALL.fullmatch(call_id):
            write_once(self._path(call_id, "void"), b"")

    def state(self, call_id: str) -> str:
        """`part`, `done`, `gone` or `void`; empty where nothing is known."""
        if not _CALL.fullmatch(call_id):
            return ""
        return next(
            (kind for kind in ("done", "part", "gone", "void") if self._path(call_id, kind).exists()), ""
        )

    def read(self, call_id: str) -> bytes:
        """A whole answer."""
        return self._path(call_id, "done").read_bytes()

    def clear(self) -> None:
        """Forget what nobody asked for in a week, but not that it was there."""
        oldest = clock.now_us() / 1_000_000 - KEEP_SECONDS
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if path.suffix in (".part", ".done") and path.stat().st_mtime < oldest:
                    write_once(path.with_suffix(".gone"), b"")
                    path.unlink()

    def _path(self, call_id: str, kind: str) -> Path:
        return self._folder / f"{call_id}.{kind}"
