"""Take flow runs from one Prefect database to another under the ids that they have.

The API of Prefect's server gives each run an id of its own, and ours are those ids. So this speaks to the databases
themselves with the server's own library, each in a process that is told by its environment which one:

    python -m deployments.prefect_runs read   ids as JSON on stdin, what is known of them on stdout
    python -m deployments.prefect_runs write  that on stdin, how many were not known yet on stdout
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from blocks.base.errors import HoldfastError
from deployments.local_server.environment import LOOPBACK, client_environment, prefect_home
from deployments.local_server.seed import seed_database

_NOWHERE = f"http://{LOOPBACK}:4200/api"
_FIELDS = {
    *(
        "id",
        "name",
        "parameters",
        "context",
        "empirical_policy",
        "tags",
        "labels",
        "run_count",
        "flow_version",
    ),
    *("expected_start_time", "start_time", "end_time", "total_run_time", "created_by", "job_variables"),
}
_WITHIN_SECONDS = 300


class PrefectRunsNotMoved(HoldfastError):
    """What Prefect knows of the open runs could not be taken along:"""

    safe = "The target is not in use; the source has all that it had, and its runs stand still."
    next = "See that both databases of Prefect can be reached (HOLDFAST_PREFECT_DATABASE_URL), then run the same command again."


def carry(run_ids: Sequence[str], home: Path, source_url: str, target_url: str) -> int:
    """Let the target's Prefect know these runs; how many it did not know. "" is the file of the local server of *home*.

    Runs that the source's Prefect does not know are left out. Where the target has no tables yet, they are made, in
    about 10 s. Raises PrefectRunsNotMoved.
    """
    if source_url == target_url or not run_ids:
        return 0
    if not source_url and not (prefect_home(home) / "prefect.db").exists():
        return 0
    if not target_url:
        prefect_home(home).mkdir(mode=0o700, parents=True, exist_ok=True)
        seed_database(prefect_home(home) / "prefect.db")
    known = _asked("read", home, source_url, json.dumps(list(run_ids)))
    return int(_asked("write", home, target_url, known))


def _asked(verb: str, home: Path, url: str, told: str) -> str:
    environment = client_environment(home, _NOWHERE)
    if url:
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = url
    ended = subprocess.run(
        [sys.executable, "-m", "deployments.prefect_runs", verb],
        input=told,
        env=environment,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_SECONDS,
    )
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise PrefectRunsNotMoved(f"{last}.")
    return ended.stdout


async def _read(run_ids: Sequence[str]) -> list[dict[str, Any]]:
    from prefect.server.database import provide_database_interface

    async with provide_database_interface().session_context() as session:
        found = [await _known(session, UUID(run_id)) for run_id in run_ids]
    return [known for known in found if known is not None]


async def _known(session: Any, run_id: UUID) -> dict[str, Any] | None:
    from prefect.server import models, schemas

    row = await models.flow_runs.read_flow_run(session, run_id)
    if row is None:
        return None
    run = schemas.core.FlowRun.model_validate(row, from_attributes=True)
    flow = await models.flows.read_flow(session, run.flow_id)
    deployed = run.deployment_id and await models.deployments.read_deployment(session, run.deployment_id)
    typed = await models.flow_run_input.filter_flow_run_input(
        session=session, flow_run_id=run_id, prefix="", limit=1000, exclude_keys=[]
    )
    return {
        "run": run.model_dump(mode="json", include=_FIELDS),
        "state": run.state.model_dump(mode="json", exclude={"id"}) if run.state else None,
        "flow": flow.name if flow else run.name,
        "deployment": deployed.name if deployed else None,
        "inputs": [{"key": one.key, "value": one.value, "sender": one.sender} for one in typed],
    }


async def _write(found: Sequence[Mapping[str, Any]]) -> int:
    from prefect.server.database import provide_database_interface

    database = provide_database_interface()
    await database.create_db()
    new = 0
    for known in found:
        async with database.session_context(begin_transaction=True) as session:
            new += await _created(session, known)
    return new


async def _created(session: Any, known: Mapping[str, Any]) -> bool:
    """One run with its form, in the caller's transaction; False where it is there already."""
    from prefect.server import models, schemas

    run_id = UUID(known["run"]["id"])
    if await models.flow_runs.read_flow_run(session, run_id) is not None:
        return False
    flow = await models.flows.create_flow(session=session, flow=schemas.core.Flow(name=known["flow"]))
    deployed = known["deployment"] and await models.deployments.read_deployment_by_name(
        session=session, name=known["deployment"], flow_name=known["flow"]
    )
    state = schemas.states.State.model_validate(known["state"]) if known["state"] else None
    if state is not None and not deployed:
        state.state_details.pause_reschedule = False  # there is no worker who would take it up
    place = {"deployment_id": deployed.id, "work_queue_id": deployed.work_queue_id} if deployed else {}
    run = schemas.core.FlowRun.model_validate({**known["run"], **place, "flow_id": flow.id, "state": state})
    await models.flow_runs.create_flow_run(session=session, flow_run=run)
    for typed in known["inputs"]:
        given = schemas.core.FlowRunInput(flow_run_id=run_id, **typed)
        await models.flow_run_input.create_flow_run_input(session=session, flow_run_input=given)
    return True


def main(verb: str) -> None:
    """Answer one of the two questions."""
    told = json.load(sys.stdin)
    answer = json.dumps(asyncio.run(_read(told) if verb == "read" else _write(told)))
    os.write(1, answer.encode())


if __name__ == "__main__":
    main(sys.argv[1])
