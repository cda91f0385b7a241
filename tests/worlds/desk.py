"""The real command on a desk of its own: a home with one Prefect server, and whole processes that work there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from blocks.base.canonical import digest_of
from blocks.state.audit import audited
from blocks.state.signing import VerifyKeys
from blocks.state.tables import stages
from deployments import local_server
from tests.worlds import place

ROOT = Path(__file__).parents[2]
_COMMAND = "from deployments.console import main; main()"
_TOOK = ("cost_usd", "seconds", "stages")


@dataclass(frozen=True)
class Desk:
    """A home and what stands in it."""

    home: Path

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start `holdfast` with *arguments*."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PREFECT_", "HOLDFAST_"))
        }
        return subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *arguments],
            cwd=ROOT,
            env={**kept, "HOLDFAST_HOME": str(self.home), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def holdfast(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `holdfast` with *arguments* to its end."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def clear(self) -> None:
        """Forget all work, and what became of paid requests; the servers stay."""
        for path in self.home.iterdir():
            if path.name.startswith(("state.", "accounting.")):
                path.unlink()
        for path in (self.home / "captures").glob(f"{'?' * 64}.*"):
            path.unlink()
        for name in ("artifacts", "heads"):
            shutil.rmtree(self.home / name, ignore_errors=True)

    def stages(self) -> dict[str, Any]:
        """All stages by key."""
        with closing(place.record(self.home)) as state, state.reading() as connection:
            return {row.key: row for row in connection.execute(select(stages))}

    def done(self) -> dict[str, Any]:
        """The finished stages by key."""
        return {key: row for key, row in self.stages().items() if row.state == "done"}

    def books(self) -> list[tuple[Any, ...]]:
        """What was posted: file, vendor, number, total and number of lines, in order of the files."""
        query = (
            "SELECT file, vendor, invoice_number, total, (SELECT count(*) FROM invoice_lines AS l "
            "WHERE l.invoice_id = i.invoice_id) FROM invoices AS i ORDER BY file, invoice_number"
        )
        if not (self.home / "accounting.db").exists():
            return []
        with closing(place.tables_of_books(self.home)) as books, books.reading() as connection:
            if not inspect(connection).has_table("invoices"):  # it was killed while it opened them
                return []
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def faults(self) -> list[str]:
        """What is wrong with the record: rows that the ledger tells otherwise, answers that cannot be read."""
        store = place.store(self.home)
        with closing(place.record(self.home)) as state, state.reading() as connection:
            found = [f"{finding}" for finding in audited(connection, {}, VerifyKeys(())).findings]
        for key, row in self.done().items():
            data = row.output if row.output is not None else store.get(row.output_digest)
            if digest_of(data) != row.output_digest:
                found.append(f"{row.stage} {key}: another digest")
        return found


def documents(ended: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    """The documents of a run as JSON, without what differs from run to run."""
    told = json.loads(ended.stdout)["documents"]
    return [{name: value for name, value in document.items() if name not in _TOOK} for document in told]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """A desk whose server goes when the module's tests are through."""
    home = tmp_path_factory.mktemp("desk") / "home"
    local_server.ensure(home)
    yield Desk(home)
    local_server.stop(home)
