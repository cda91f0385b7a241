"""A new server database without the wait: the empty tables that Prefect's own migrations make.

Prefect's migrations take 4 to 8 s on an empty SQLite file. `prefect_schema.sql` is their result up to the
migration in its `alembic_version` row. It is used only when the installed Prefect knows that migration, and
Prefect goes on from there; otherwise nothing is laid down and Prefect migrates from the start.

Remake it after a change of Prefect: `python -m deployments.local_server.seed PREFECT_DB`.
"""

import contextlib
import os
import re
import sqlite3
import sys
from importlib.util import find_spec
from pathlib import Path

SCHEMA = Path(__file__).with_name("prefect_schema.sql")


def seed_database(database: Path) -> bool:
    """Lay down the empty tables at *database*, whole or not at all, where no file is; True when it did."""
    if database.exists() or not _is_known(_revision()):
        return False
    draft = database.with_name(f".{database.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.executescript(SCHEMA.read_text())
    except sqlite3.Error:  # an SQLite that does not know all of it: Prefect's own migrations may
        draft.unlink(missing_ok=True)
        return False
    draft.replace(database)
    return True


def dump_schema(database: Path) -> str:
    """The tables of a migrated, unused *database* as SQL, with the name of its last migration."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _revision() -> str:
    found = re.search(r"INTO \"?alembic_version\"? VALUES\('(\w+)'\)", SCHEMA.read_text())
    return found[1] if found else ""


def _is_known(revision: str) -> bool:
    """True when the installed Prefect has *revision* among its migrations. Does not import Prefect."""
    found = find_spec("prefect")
    folders = (found.submodule_search_locations or []) if found and revision else []
    versions = "server/database/_migrations/versions/sqlite"
    return any(any((Path(f) / versions).glob(f"*_{revision}_*.py")) for f in folders)


if __name__ == "__main__":
    SCHEMA.write_text(dump_schema(Path(sys.argv[1])))
