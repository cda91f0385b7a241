"""The engine room: stages that are never done twice, and the runs they belong to.

Public face: `stage`, `flow`, `each`, `GIVEN`, `spend`, `show`.

anchor.py   sign heads of the ledger after the commits
call.py     one call of one stage: arguments in canonical form, and the key of the answer
commit.py   the one commit path: look up, claim, run, keep, read back, one transaction
flow.py     `@flow`: a business process; `each`: its items side by side
history.py  what happened: runs, stages, inputs and outputs
launch.py   run a flow in this process, as one Prefect flow run
lease.py    the lease of this process: who may commit the stages it claimed
proof.py    prove that the ledger is as it was written, or export it
receipt.py  what Prefect keeps of a stage: a small receipt, read from our rows
scope.py    which run, and which subject, the running code works for
show.py     show a page for people on the run
stage.py    `@stage`: a typed function becomes a recorded step of a run
watch.py    tell listeners in this process what was settled
world.py    what this process works with: state, artifacts, providers
"""

from blocks.base.meter import spend
from blocks.durable.call import GIVEN
from blocks.durable.flow import each, flow
from blocks.durable.show import show
from blocks.durable.stage import stage

__all__ = ["GIVEN", "each", "flow", "show", "spend", "stage"]
