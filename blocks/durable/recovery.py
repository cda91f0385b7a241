"""Find runs whose process is gone, and take one over.

A run belongs to the lease of the process that executes it. It is stalled when that lease is dead. Taking it over is one
compare-and-set: of many who try, one gets it.
"""

from blocks.base.errors import HoldfastError
from blocks.durable import world
from blocks.durable.lease import is_dead
from blocks.state import run_rows
from blocks.state.run_rows import NotTaken, TakenRun


class RunNotTaken(HoldfastError):
    """The run {run} cannot be resumed: {reason}."""

    safe = "Nothing was changed."
    next = "`holdfast runs show RUN` shows how it stands."


def stalled() -> list[str]:
    """The ids of the runs that say they are running and whose process is gone, oldest first."""
    with world.current().state.reading() as connection:
        return run_rows.stalled_runs(connection, is_dead)


def take(run_id: str) -> TakenRun:
    """Let this process be the one that goes on with *run_id*. Raises RunNotTaken."""
    here = world.current()
    lease_id = here.lease.lease_id
    with here.state.writing() as connection:
        taken = run_rows.take_run(connection, run_id, lease_id, is_dead)
    if isinstance(taken, NotTaken):
        raise RunNotTaken(run=run_id, reason=taken.reason)
    return taken
