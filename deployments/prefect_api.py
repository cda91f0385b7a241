"""Which Prefect server this home works with: its own on this machine, or one elsewhere that the profile names."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blocks.base.profiles import setting
from deployments import local_server
from deployments.local_server import Record
from deployments.local_server.record import read_record


@dataclass(frozen=True)
class Elsewhere:
    """A Prefect server that others keep."""

    api_url: str

    @property
    def url(self) -> str:
        """The page for people."""
        return self.api_url.removesuffix("/api")


def elsewhere() -> Elsewhere | None:
    """The server that `HOLDFAST_PREFECT_API_URL` or the profile names; None: this home keeps its own."""
    named = setting("prefect_api_url").rstrip("/")
    return Elsewhere(named) if named else None


def known(home: Path) -> Elsewhere | Record | None:
    """The server elsewhere, or the one of *home* that was started last, alive or not."""
    return elsewhere() or read_record(home)


def kept_alive(home: Path, server: Elsewhere | Record | None, **how: Any) -> AbstractContextManager[None]:
    """Keep *server* alive while the block runs, where it is this home's."""
    return local_server.kept_alive(home, server, **how) if isinstance(server, Record) else nullcontext()
