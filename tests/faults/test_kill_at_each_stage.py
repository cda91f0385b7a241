"""kill -9 a real run at each fault point and after each stage, and run it again: nothing finished is done again."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from blocks.base.faults import POINTS
from deployments.samples.collection import SAMPLES
from tests.worlds.desk import Desk, documents
from tests.worlds.paid import OF_MODELS

PAPERS = ("harrow-pike.pdf", "locked.pdf", "northgate-wrong-sum.pdf")
WORKED_AT_ONCE = "2"
# This run ends by waiting, and none of its documents is long: test_whole_processes, test_kill_at_a_gate and
# test_kill_in_parts kill where it does not come.
ELSEWHERE = {"part.kept", "run.parked", "run.closed", "run.nudged", "approval.decided", *OF_MODELS}
FIRST = [(point, 1) for point in POINTS if point not in ELSEWHERE]
COMMITS = [("stage.committed", hit) for hit in (3, 5, 7, 9, 11)]
LATER = [("stage.body.done", 6), ("stage.commit.written", 9), ("stage.claimed", 12)]
CLAIMS_AT_ONCE = int(WORKED_AT_ONCE)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invoice that is posted, one with a wrong sum, and a locked one."""
    folder = tmp_path_factory.mktemp("papers")
    for sample in SAMPLES:
        if sample.file in PAPERS:
            (folder / sample.file).write_bytes(sample.make())
    assert len(list(folder.iterdir())) == len(PAPERS)
    return folder


def run(desk: Desk, papers: Path, **environment: str) -> Any:
    """`holdfast run process_invoices` as a process."""
    line = ("run", "process_invoices", str(papers), "--json")
    return desk.holdfast(*line, HOLDFAST_WORKERS=WORKED_AT_ONCE, **environment)


@pytest.fixture(scope="module")
def undisturbed(desk: Desk, papers: Path) -> dict[str, Any]:
    """What a run without a fault comes to."""
    ended = run(desk, papers)
    assert ended.stdout, ended.stderr
    found = {"documents": documents(ended), "books": desk.books(), "stages": set(desk.done())}
    assert {document["status"] for document in found["documents"]} == {"posted", "waiting", "refused"}
    assert len(found["books"]) == 1
    # The name of the books is part of the keys of what is posted, and new books have a new name.
    found["keys"] = {key for key, row in desk.done().items() if row.stage != "post_invoice"}
    desk.clear()
    return found


@pytest.mark.parametrize(("point", "hit"), FIRST + COMMITS + LATER)
def test_a_killed_run_is_finished_by_the_next_one(
    desk: Desk, papers: Path, undisturbed: dict[str, Any], point: str, hit: int
):
    desk.clear()
    killed = run(desk, papers, HOLDFAST_FAULT=f"{point}:{hit}")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    finished, posted = desk.done(), desk.books()

    again = run(desk, papers)

    assert documents(again) == undisturbed["documents"], again.stderr
    assert desk.books() == undisturbed["books"]
    assert posted in ([], undisturbed["books"])
    after = desk.stages()
    assert {key for key, row in after.items() if row.stage != "post_invoice"} == undisturbed["keys"]
    assert len(after) == len(undisturbed["stages"])
    assert {row.state for row in after.values()} == {"done"}
    assert {key: after[key].attempts for key in finished} == {
        key: row.attempts for key, row in finished.items()
    }
    assert sum(row.attempts for row in after.values()) <= len(after) + CLAIMS_AT_ONCE
    reused = json.loads(again.stdout)["stages"]["reused"]
    assert reused >= len(finished)
    assert desk.faults() == []


def test_a_run_that_is_killed_again_and_again_comes_to_its_end(
    desk: Desk, papers: Path, undisturbed: dict[str, Any]
):
    desk.clear()
    kills = 0
    while (ended := run(desk, papers, HOLDFAST_FAULT="stage.committed:3")).returncode == -signal.SIGKILL:
        kills += 1
        assert kills < 10, "it does not come forward"
    assert kills > 2
    assert documents(ended) == undisturbed["documents"]
    assert desk.books() == undisturbed["books"]
    assert (
        max(row.attempts for row in desk.stages().values()) <= kills + 1
    )  # a body may be open at every kill
    assert desk.faults() == []
