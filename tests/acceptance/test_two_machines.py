"""Two machines share a database server, a bucket and a Prefect server, and nothing else: what one leaves the other ends."""

import json
import os
import signal
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from prefect.client.orchestration import get_client
from sqlalchemy import create_engine, make_url, text

from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice
from deployments.stack.object_store import ObjectStore
from tests.worlds.machines import Machine, machine
from tests.worlds.object_store import access_of, new_bucket
from tests.worlds.prefect_server import using
from tests.worlds.prefect_worker import is_stopped, processes_of, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FLOW = "process_invoices/holdfast"
DOCUMENTS = 3


class Office:
    """Two machines with one state, one store and one Prefect server."""

    def __init__(self, first: Machine, second: Machine, objects: ObjectStore) -> None:
        self.first, self.second, self._objects = first, second, objects
        self._seeds = iter(range(1000))

    def letters(self) -> str:
        """The address of a new bucket with documents in it that nobody has seen before."""
        url = new_bucket(self._objects)
        for number in range(DOCUMENTS):
            paper = make_invoice(invent(next(self._seeds)))
            bucket = url.removeprefix("s3://")
            access_of(self._objects).client.put_object(Bucket=bucket, Key=f"post/{number}.pdf", Body=paper)
        return f"{url}/post/"

    def begin(self, letters: str, *, until_stage: int) -> str:
        """The id of a run that the first machine began, and that stands still after so many stages."""
        self.first.start(HOLDFAST_FAULT=f"stage.committed:{until_stage}:stop")
        with get_client(sync_client=True) as client:
            deployment = client.read_deployment_by_name(FLOW)
            run = client.create_flow_run_from_deployment(deployment.id, parameters={"files": [letters]})
        until(lambda: any(map(is_stopped, processes_of(str(run.id)))), 240)
        return str(run.id)

    def stages(self, run_id: str) -> dict[str, Any]:
        """The stages of a run that are done, as the second machine tells them."""
        rows = json.loads(self.second.holdfast("stages", run_id, "--json"))
        return {row["key"]: row for row in rows if row["state"] == "done"}

    def ends(self, run_id: str) -> dict[str, Any]:
        """Wait until the run is completed; what is told of it then."""
        until(lambda: self.run(run_id)["state"] == "completed", 400)
        return self.run(run_id)

    def run(self, run_id: str) -> dict[str, Any]:
        """The run, as the second machine tells it."""
        [told] = json.loads(self.second.holdfast("runs", "show", run_id, "--json"))
        return told


@pytest.fixture(scope="module")
def state_url(postgres: str) -> str:
    """A database beside Prefect's: where its user is called like our schema, Prefect would find our tables for its own."""
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE machines"))
    engine.dispose()
    return make_url(postgres).set(database="machines").render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def office(
    server_on_postgres: str,
    state_url: str,
    object_store: ObjectStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Office]:
    """Both machines, where everything is deployed."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    given = {
        "HOLDFAST_PROFILE": "production",
        "HOLDFAST_STATE_URL": state_url,
        "HOLDFAST_ACCOUNTING_URL": state_url,
        "HOLDFAST_ARTIFACTS_URL": f"{new_bucket(object_store)}/artifacts",
        "HOLDFAST_HEADS_URL": new_bucket(object_store),
        "HOLDFAST_S3_ENDPOINT_URL": object_store.endpoint_url,
        "HOLDFAST_S3_ACCESS_KEY_ID": object_store.secret,
        "HOLDFAST_S3_SECRET_ACCESS_KEY": object_store.secret,
        "HOLDFAST_LEDGER_KEY": key.decode(),
        "HOLDFAST_PREFECT_API_URL": server_on_postgres,
    }
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as both, using(server_on_postgres):
        first, second = (
            both.enter_context(machine(name, folder / name, given)) for name in ("first", "second")
        )
        first.holdfast("deploy")
        yield Office(first, second, object_store)


@pytest.fixture(autouse=True)
def quiet(office: Office) -> Generator[None]:
    """No worker runs before a test, and none after it."""
    yield
    office.first.die()
    office.second.die()


def test_a_run_whose_machine_dies_ends_on_another_and_no_finished_stage_runs_again(office: Office):
    run_id = office.begin(office.letters(), until_stage=5)
    office.first.die()
    done = office.stages(run_id)
    assert len(done) >= 5

    office.second.start()  # nobody does more: the scheduled flow wake_stalled finds the run

    told = office.ends(run_id)
    after = office.stages(run_id)
    assert {key: after[key]["attempts"] for key in done} == {
        key: row["attempts"] for key, row in done.items()
    }
    assert len(after) > len(done)
    assert told["name"]
    office.second.holdfast("ledger", "verify")
    homes = [path.name for one in (office.first, office.second) for path in one.home.iterdir()]
    assert {"state.db", "accounting.db", "artifacts", "heads"} & set(homes) == set()


def test_a_run_whose_worker_is_told_to_stop_ends_on_another(office: Office):
    """Prefect alone would show it as running for ever."""
    run_id = office.begin(office.letters(), until_stage=3)
    worker = office.first.worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait(60)
    office.first.die()
    done = office.stages(run_id)

    office.second.start()

    office.ends(run_id)
    after = office.stages(run_id)
    assert {key: after[key]["attempts"] for key in done} == {
        key: row["attempts"] for key, row in done.items()
    }
