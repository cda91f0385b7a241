"""Wake runs that stand still. No stages: each asking must see the present."""

from blocks.durable import deployed, recovery
from blocks.durable.launch import RunUnknownToPrefect, heed_prefect, nudge, reschedule, tell_prefect
from blocks.durable.recovery import DueRun

_HALF_AN_HOUR = 1800.0


def runs_to_wake() -> list[DueRun]:
    """The runs that should go on now, oldest first; each is given to one asker only.

    What was answered in Prefect's page is taken first.
    """
    heed_prefect(set(recovery.waiting_runs()))
    return recovery.to_wake()


def wake(run: DueRun) -> bool:
    """Let a worker go on with the run; False where it has no deployment, so that `holdfast runs resume` must."""
    try:
        return nudge(run.run_id) if run.state == "waiting" else reschedule(run.run_id)
    except RunUnknownToPrefect:
        return False


def tell_the_ends() -> int:
    """Let Prefect show how runs ended whose process died before it could say so; how many there were."""
    return sum(tell_prefect(run) for run in recovery.ended_lately(_HALF_AN_HOUR))


def start_again() -> list[str]:
    """Let runs begin once more whose process died before they were recorded; their ids."""
    return deployed.start_again()
