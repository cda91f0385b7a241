"""`server.json`: which server is ours. Written whole or not at all; a stale or broken one does no harm."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from blocks.base.clock import as_datetime, now_us
from deployments.local_server.environment import LOOPBACK
from deployments.local_server.process import Identity, identify, is_alive


@dataclass(frozen=True)
class Record:
    """The server that was started last: its process, where it answers, since when (ISO 8601, UTC).

    *database* is where its state is kept, HOST:PORT/NAME; empty: in a file of the home.
    """

    pid: int
    started: str
    command: str
    port: int
    url: str
    started_at: str
    database: str = ""

    @property
    def identity(self) -> Identity:
        """The process, in full."""
        return Identity(self.pid, self.started, self.command)

    @property
    def api_url(self) -> str:
        """Where clients connect; `url` is the page for people."""
        return f"{self.url}/api"

    @property
    def is_alive(self) -> bool:
        """True while the very process runs that was started."""
        return is_alive(self.identity)


def record_of(pid: int, command: str, port: int, database: str = "") -> Record:
    """What is known of a server that was started this moment."""
    identity = identify(pid)
    return Record(
        pid=pid,
        started=identity.started if identity else "",
        command=command,
        port=port,
        url=f"http://{LOOPBACK}:{port}",
        started_at=as_datetime(now_us()).isoformat(timespec="seconds"),
        database=database,
    )


def read_record(home: Path) -> Record | None:
    """The last server started under *home*, alive or not; None without one, or when it cannot be read."""
    try:
        return Record(**json.loads(_file(home).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_record(home: Path, record: Record) -> None:
    """Replace the file in one step."""
    draft = home / f".server.json.{os.getpid()}"
    draft.write_text(json.dumps(asdict(record), indent=2) + "\n")
    draft.replace(_file(home))


def _file(home: Path) -> Path:
    return home / "server.json"
