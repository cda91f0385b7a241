"""A state database whose runs stand still, because they move to another one: kept by triggers, whoever writes.

At the source nothing starts, goes on or is decided any more. At the target the runs arrive under a state of their own,
`moving:...`, which nobody wakes, until all of them are there. Each function works inside the caller's transaction.
"""

import re
from typing import Literal

from sqlalchemy import Connection, func, select, text, update

from blocks.state.tables import runs

Side = Literal["leaving", "arriving"]
_ARRIVING = "moving:"
_TOLD = re.compile(r"the work (of [\w.-]+ is still moving here|was moved to [\w.-]+)")
_NAMES = ("leaving_insert", "leaving_update", "arriving_insert", "arriving_update")
_WHEN = {"leaving_insert": "", "arriving_insert": f"WHEN (NEW.state NOT LIKE '{_ARRIVING}%')"}
_REFUSE = (
    "CREATE OR REPLACE FUNCTION holdfast_stand_still() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
)
_TRIGGER = {
    "sqlite": "CREATE TRIGGER {name} BEFORE {verb} ON runs {when} BEGIN SELECT RAISE(ABORT, '{told}'); END",
    "postgresql": (
        "CREATE TRIGGER {name} BEFORE {verb} ON runs FOR EACH ROW {when} "
        "EXECUTE FUNCTION holdfast_stand_still('{told}')"
    ),
}
_THERE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'runs'",
    "postgresql": (
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE tgrelid = to_regclass('runs') AND NOT tgisinternal"
    ),
}


def begin(connection: Connection, side: Side, other: str) -> None:
    """Let no run start, end or go on from now on: the work moves to *other* (leaving), or from there (arriving)."""
    if standing(connection):
        return
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text(_REFUSE))
    told = (
        f"the work was moved to {other}" if side == "leaving" else f"the work of {other} is still moving here"
    )
    for name in (name for name in _NAMES if name.startswith(side)):
        verb = name.partition("_")[2].upper()
        said = _TRIGGER[dialect].format(name=name, verb=verb, when=_WHEN.get(name, ""), told=told)
        connection.execute(text(said))


def end(connection: Connection) -> None:
    """Let runs go on: those that arrived are in their own state again."""
    on = " ON runs" if connection.dialect.name == "postgresql" else ""
    for name in _NAMES:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))
    there = runs.c.state.like(f"{_ARRIVING}%")
    connection.execute(update(runs).where(there).values(state=func.substr(runs.c.state, len(_ARRIVING) + 1)))


def standing(connection: Connection) -> tuple[Side, str] | None:
    """Whether the runs stand still, on which side of a move, and the sentence that says so."""
    for name, said in connection.execute(text(_THERE[connection.dialect.name])):
        side: Side = "leaving" if name.startswith("leaving") else "arriving"
        if name in _NAMES and (found := _TOLD.search(said)):
            return side, found[0]
    return None


def told_by(error: Exception) -> str | None:
    """The sentence of a trigger that refused a statement, or None where another one did."""
    found = _TOLD.search(f"{error}")
    return found[0] if found else None


def arriving(state: str) -> str:
    """The state under which a run in *state* arrives."""
    return f"{_ARRIVING}{state}"


def open_runs(connection: Connection) -> list[str]:
    """The runs that are not completed."""
    query = select(runs.c.run_id).where(runs.c.state != "completed").order_by(runs.c.started_at)
    return list(connection.execute(query).scalars())
