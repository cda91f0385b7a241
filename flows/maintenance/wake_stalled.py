"""Wake stalled runs: what a dead process or an outage left, or a person has decided, goes on, on any worker."""

import prefect

from tasks.wake import runs_to_wake, start_again, tell_the_ends, wake


@prefect.flow(persist_result=False)
def wake_stalled() -> list[str]:
    """Schedule the runs again whose process died, that an outage parked, or whose nudge after a decision was lost.

    What died before it was recorded begins once more.

    Returns the ids of those that a worker will take.

    Not recorded in the ledger itself: it decides nothing that is not an event of the runs it wakes.
    """
    tell_the_ends()
    return [run.run_id for run in runs_to_wake() if wake(run)] + start_again()
