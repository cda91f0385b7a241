"""Wake runs that stand still. No stages: each asking must see the present."""

from blocks.durable import recovery
from blocks.durable.launch import RunUnknownToPrefect, reschedule, tell_prefect

_HALF_AN_HOUR = 1800.0


def runs_to_wake() -> list[str]:
    """The ids of the runs that should go on now, oldest first; each is given to one asker only."""
    return [run.run_id for run in recovery.to_wake()]


def wake(run_id: str) -> bool:
    """Let a worker go on with the run; False where it has no deployment, so that `holdfast runs resume` must."""
    try:
        return reschedule(run_id)
    except RunUnknownToPrefect:
        return False


def tell_the_ends() -> int:
    """Let Prefect show how runs ended whose process died before it could say so; how many there were."""
    return sum(tell_prefect(run) for run in recovery.ended_lately(_HALF_AN_HOUR))
