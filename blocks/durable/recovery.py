"""Find runs whose process is gone, and take one over.

A run belongs to the lease of the process that executes it. It is stalled when that lease is dead. Taking it over is one
compare-and-set: of many who try, one gets it.
"""

from collections.abc import Collection
from itertools import count

from sqlalchemy import Connection

from blocks.base.errors import HoldfastError
from blocks.durable import world
from blocks.durable.lease import is_dead
from blocks.state import decisions, run_rows, waking
from blocks.state.run_rows import NotTaken, TakenRun
from blocks.state.waking import DueRun, EndedRun

GRACE_SECONDS = 10.0
AGAIN_SECONDS, RARELY_SECONDS = 20.0, 3600.0
MOST_WAKES = 5


class KeepsDying(HoldfastError):
    """The run {run} was woken {times} times without finishing a stage; each time its process died."""

    next = "Look for the cause (sweeper.log, memory, a crashing library); then `holdfast runs resume RUN` tries again."
    parks = "repair"


class RunNotTaken(HoldfastError):
    """The run {run} cannot be resumed: {reason}."""

    safe = "Nothing was changed."
    next = "`holdfast runs show RUN` shows how it stands."


def take(run_id: str) -> TakenRun:
    """Let this process be the one that goes on with *run_id*. Raises RunNotTaken."""
    here = world.current()
    lease_id, tries = here.lease.lease_id, count()

    def act(connection: Connection) -> TakenRun | NotTaken:
        return run_rows.take_run(connection, run_id, lease_id, is_dead, again=next(tries) > 0)

    taken = here.state.write(act)
    if isinstance(taken, NotTaken):
        raise RunNotTaken(run=run_id, reason=taken.reason)
    return taken


def to_wake(*, at_most: int = 100, states: Collection[str] = waking.WAKEABLE) -> list[DueRun]:
    """The runs that a sweeper should wake now, of those in *states*, oldest first; each is given to one sweeper only.

    They are those whose process died, those that an outage parked, and those that wait for something that a person, or
    a deadline, has settled. One that died again and again without finishing a stage is parked for a person instead.
    """
    here = world.current()
    here.state.write(decisions.settle_overdue)
    due = here.state.read(lambda connection: waking.due_runs(connection, is_dead, GRACE_SECONDS))
    for run in due:
        if run.keeps_dying(MOST_WAKES):
            _give_up(here, run)
    alive = [run for run in due if not run.keeps_dying(MOST_WAKES) and run.state in states][:at_most]
    return [run for run in alive if _is_mine(here, run)]


def is_kept(run_id: str) -> bool:
    """Does a live process run it, or wait with it?"""
    return world.current().state.read(lambda connection: waking.is_kept(connection, run_id, is_dead))


def waiting_runs() -> list[str]:
    """The runs that wait for a person and that no process keeps, since long enough that Prefect should know it."""
    return world.current().state.read(
        lambda connection: waking.waiting_runs(connection, is_dead, GRACE_SECONDS)
    )


def stands_as(run: EndedRun) -> bool:
    """Does the run still stand as *run* says?"""
    return world.current().state.read(lambda connection: waking.has_ended_as(connection, run))


def ended_lately(within_seconds: float) -> list[EndedRun]:
    """The runs that ended within that time and so long ago that Prefect should know it by now."""
    oldest = within_seconds + GRACE_SECONDS

    def read(connection: Connection) -> list[EndedRun]:
        return waking.ended_runs(connection, from_seconds_ago=oldest, to_seconds_ago=GRACE_SECONDS)

    return world.current().state.read(read)


def _is_mine(here: world.World, run: DueRun) -> bool:
    """One that waits and was woken in vain is woken more and more rarely."""
    seconds = min(AGAIN_SECONDS * 2**run.wakes, RARELY_SECONDS) if run.state == "waiting" else AGAIN_SECONDS
    return here.state.write(lambda connection: waking.put_off(connection, run.run_id, seconds))


def _give_up(here: world.World, run: DueRun) -> None:
    error = KeepsDying(run=run.run_id, times=run.wakes)
    told = f"{error.slug}: {error} {error.next}"

    def park(connection: Connection) -> bool:
        return run_rows.park_run(connection, run.run_id, "repair", told, lease_id=run.lease_id)

    here.state.write(park)
    here.heads.ended(run.run_id)
