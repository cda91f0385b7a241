"""The sweeper: one quiet process per home that wakes runs whose process died, or that an outage parked.

    __main__.py  `python -m deployments.sweeper`
    loop.py      what it does every two seconds

It starts `holdfast runs resume RUN` for each of them, two processes at a time, signs the heads that a killed process left
unsigned, and tells Prefect the end of a run whose process died before it could. It takes what was answered in Prefect's
page, lets deadlines take effect, and goes on with runs whose nudge after a decision was lost. `holdfast up` starts it;
where flows run on workers, the flow `flows.maintenance.wake_stalled` does its work.
"""

from deployments.companion import Companion

SWEEPER = Companion("sweeper", "deployments.sweeper")
