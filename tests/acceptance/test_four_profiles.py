"""One batch, every profile: what is read, asked and posted is the same to the byte, wherever the work is kept."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from blocks import profile
from blocks.base import profiles
from deployments.samples.collection import SAMPLES
from deployments.stack.object_store import ObjectStore
from deployments.stack.postgres import Postgres
from tests.worlds.desk import Desk
from tests.worlds.server_place import place_on
from tests.worlds.trials import MakeSweep

NAMED_AFTER_THE_BOOKS = "post_invoice"  # the key of what is posted holds the name of the books
OF_THE_RUN = {"run_id", "approval_id", "approvals", "seconds", "cost_usd", "id"}
KEYS = {"HOLDFAST_ENCRYPTION_KEYS": f"tests:{base64.b64encode(bytes(range(32))).decode()}"}
AT_A_TIME = 5

Anew = Callable[[], Mapping[str, Mapping[str, str]]]

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def anew(desk: Desk, postgres_server: Postgres, object_store: ObjectStore) -> Anew:
    """Let all profiles start with nothing, and say what each is told by its environment.

    Once for each batch: the profile that forgets has no books in which an earlier batch could stand.
    """

    def start() -> Mapping[str, Mapping[str, str]]:
        desk.clear()
        return {name: place_on(postgres_server, object_store) for name in profiles.known()}

    return start


class Batch:
    """One batch as one profile worked on it."""

    def __init__(self, desk: Desk, name: str, papers: Path, servers: Mapping[str, str]) -> None:
        named = profile.load(name)
        # One after the other, so that what stands in the books first is the same everywhere.
        told = {
            "HOLDFAST_WORKERS": "1",
            **(servers if named.keep == "servers" else {}),
            **(KEYS if named.encrypts else {}),
        }
        ended = desk.holdfast("run", "process_invoices", str(papers), "--json", "--profile", name, **told)
        assert ended.returncode in (0, 3), f"{name}: {ended.stderr}"
        self.answer = json.loads(ended.stdout)
        self.stages: list[dict[str, Any]] = []
        if named.keep != "memory":
            listed = desk.holdfast("stages", self.answer["run_id"], "--json", "--profile", name, **told)
            self.stages = _facts(listed)
            verified = desk.holdfast("ledger", "verify", "--json", "--strict", "--profile", name, **told)
            assert _facts(verified)["ok"], name

    @property
    def result(self) -> bytes:
        """What it came to, but for ids, times and costs."""
        told = {one: self.answer[one] for one in ("state", "documents")}
        stages = {one: self.answer["stages"][one] for one in ("ran", "reused")}
        return json.dumps(_without(told) | {"stages": stages}, sort_keys=True).encode()

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """Each stage with its key and the digest of its output; the postings without their key."""
        return sorted(
            (one["stage"], "" if one["stage"] == NAMED_AFTER_THE_BOOKS else one["key"], one["output_digest"])
            for one in self.stages
        )


def _facts(ended: "subprocess.CompletedProcess[str]") -> Any:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _without(told: Any) -> Any:
    """Without what is a run's own."""
    if isinstance(told, dict):
        return {name: _without(value) for name, value in told.items() if name not in OF_THE_RUN}
    return [_without(one) for one in told] if isinstance(told, list) else told


def same_everywhere(desk: Desk, papers: Path, places: Mapping[str, Mapping[str, str]]) -> None:
    """Let every profile work on the batch, and compare."""
    batches = {name: Batch(desk, name, papers, servers) for name, servers in places.items()}
    first = batches["laptop"]
    assert first.stages
    for name, batch in batches.items():
        assert batch.result == first.result, name
        assert not batch.stages or batch.answers == first.answers, name


@pytest.mark.slow
def test_invented_papers_give_the_same_under_every_profile(desk: Desk, anew: Anew, tmp_path: Path):
    papers = tmp_path / "papers"
    papers.mkdir()
    chosen = [sample for sample in SAMPLES if sample.file.endswith(".pdf")]
    for sample in chosen:
        (papers / sample.file).write_bytes(sample.make())
    assert {sample.ends for sample in chosen} == {"posted", "waiting", "refused"}
    same_everywhere(desk, papers, anew())


@pytest.mark.slow
def test_real_invoices_give_the_same_under_every_profile(
    desk: Desk, anew: Anew, corpus: Path, tmp_path: Path, sweep: MakeSweep
):
    told = json.loads((corpus / "invoices" / "manifest.json").read_text())
    files = sorted(one["file"] for one in told["entries"])
    batches = [files[first : first + AT_A_TIME] for first in range(0, len(files), AT_A_TIME)]
    for trial in sweep("five real invoices give the same under every profile", few=1, over=batches):
        with trial:
            papers = tmp_path / f"papers-{trial.seed}"
            papers.mkdir()
            for file in trial.point:
                shutil.copy(corpus / "invoices" / file, papers)
            same_everywhere(desk, papers, anew())
