"""The sweeper: one quiet process per home that wakes runs whose process died, or that an outage parked.

    __main__.py  `python -m deployments.sweeper`
    keeper.py    start, find and stop the one sweeper of a home
    loop.py      what it does every two seconds

It starts `holdfast runs resume RUN` for each of them, at most two at a time, signs the heads that a killed process left
unsigned, and tells Prefect the end of a run whose process died before it could. `holdfast up` starts it; where flows run
on workers, the flow `flows.maintenance.wake_stalled` does its work.
"""

from deployments.sweeper.keeper import Kept, died, ensure, log_file, look, mend, only_one, stop

__all__ = ["Kept", "died", "ensure", "log_file", "look", "mend", "only_one", "stop"]
