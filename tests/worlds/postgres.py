"""A PostgreSQL cluster of its own, on a socket in a temporary folder; skipped where none is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


def _program(name: str) -> str | None:
    """Where *name* is installed: on the path, or where Debian keeps it."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _run(folder: Path, *command: str) -> None:
    """Run *command* as somebody whom PostgreSQL accepts: it refuses root."""
    owner = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, check=True, user=owner, cwd=folder, stdout=subprocess.DEVNULL, timeout=60)


def start(folder: Path) -> None:
    """Start the server of the cluster in *folder*, and wait until it answers."""
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    _pg_ctl(folder, "-w", "-l", f"{folder}/log", "-o", options, "start")


def stop(folder: Path) -> None:
    """Stop the server of the cluster in *folder* as a crash does."""
    _pg_ctl(folder, "-m", "immediate", "stop")


def _pg_ctl(folder: Path, *words: str) -> None:
    _run(folder, _program("pg_ctl") or "pg_ctl", "-D", str(folder / "data"), *words)


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """The address of an empty database."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("no PostgreSQL is installed here")
    folder = Path(tempfile.mkdtemp(prefix="holdfast-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    _run(folder, initdb, "-D", data, "-U", "holdfast", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
    start(folder)
    yield f"postgresql+psycopg://holdfast@/postgres?host={folder}"
    stop(folder)
    shutil.rmtree(folder)
