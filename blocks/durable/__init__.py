"""The engine room: stages that are never done twice, and the runs they belong to.

Public face: `stage`, `flow`, `each`, `in_parts`, `ask`, `GIVEN`, `spend`, `show`. What brings Prefect with it is loaded at
first use, so that reading the history costs a fraction of a second.

anchor.py          sign heads of the ledger after the commits
answering.py       check an answer against the schema that was asked with
approvals.py       what waits for a person, and the one door through which it is decided
asking.py          `ask`: stop until a person has decided
approval_lists.py  approvals at a glance: counts by gate, what was decided lately
approvers.py       who may decide: passwords, sessions, and what signs webhooks
call.py            one call of one stage: arguments in canonical form, and the key of the answer
carried.py         what goes along with a stage that is carried to another process
commit.py          the one commit path: look up, claim, run, keep, read back, one transaction
data_keys.py       the data keys of a tenant: made at first need, kept wrapped in rows
dask_runner.py     Prefect's task runner on Dask, as stages of several threads need it
damage.py          recorded answers that cannot be read: told, and opened again on request
deployed.py        start a run of a deployment once, and those again that died while they started
discretion.py      what may be said of a failure where everybody can read it
erasure.py         erase one subject: forget its data keys
history.py         what happened: runs, stages, inputs and outputs
launch.py          run a flow in this process, or let a worker go on with one
lease.py           the lease of this process: who may commit the stages it claimed
measuring.py       what stages take, counted; what is decided from it
memory.py          the newest answers of volatile stages, in this process's memory
model_calls.py     paid calls: written down before they leave, kept before they are read
model_outage.py    a provider that does not answer: rest, wait, or park
money_gate.py      where money stops a run until a person has decided
moving.py          move all recorded work from one place to another
named_bucket.py    a bucket that a person described in a block of Prefect
page.py            show a page for people on the run
parts.py           parts of a long answer, kept on the way
proof.py           prove that the ledger is as it was written, or export it
question.py        a question as it is asked at a gate
receipt.py         what Prefect keeps of a stage: a small receipt, read from our rows
recovery.py        find runs whose process is gone or that are parked, and take one over
recorded_flow.py   `@flow`: a business process; `each`: its items side by side
recorded_stage.py  `@stage`: a typed function becomes a recorded step of a run
refusals.py        why a decision is not taken
rescue.py          hold an answer whose commit could not be written
rotation.py        wrap the data keys with the current encryption key
savings.py         what recording saved and what it took, stage by stage
scope.py           which run, and which subject, the running code works for
sealed_values.py   values in rows, sealed before they are written and opened after they are read
staying.py         a process that stays while its run waits for a person
suspension.py      a run that stops, as Prefect shows it, and the answer from its form
task_runners.py    where the stages of a run are carried out: threads, or a Dask cluster
watch.py           tell listeners in this process what was settled
weighing.py        how carefully a stage is recorded: decided from what was measured
world.py           what this process works with: state, artifacts, providers
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from blocks.base.meter import spend
from blocks.durable.call import GIVEN

if TYPE_CHECKING:
    from blocks.durable.asking import ask
    from blocks.durable.page import show
    from blocks.durable.parts import in_parts
    from blocks.durable.recorded_flow import each, flow
    from blocks.durable.recorded_stage import stage

__all__ = ["GIVEN", "ask", "each", "flow", "in_parts", "show", "spend", "stage"]

_LATE = {
    "ask": "asking",
    "each": "recorded_flow",
    "flow": "recorded_flow",
    "in_parts": "parts",
    "show": "page",
    "stage": "recorded_stage",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
