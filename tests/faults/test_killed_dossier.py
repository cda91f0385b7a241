"""A dossier's run is killed at a random moment, and the credit bureau is away at first: nothing is read or billed twice.

The run is then brought to its question by the command, as a person or the sweeper would do it. What the underwriter is shown must
be, byte for byte, what an undisturbed run shows.
"""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.credit_bureau import FakeCreditBureau
from tests.worlds import dossier
from tests.worlds.desk import Desk
from tests.worlds.trials import MakeSweep

POINTS = ("stage.claimed", "stage.body.done", "stage.commit.written", "stage.committed")
AFTER_THE_BUREAU = 2
"""Stages that a run does not come to while the bureau is away: the enquiry and what follows."""

pytestmark = pytest.mark.timeout(3600)  # for the full count, on a busy machine


@pytest.fixture
def bureau() -> Generator[FakeCreditBureau]:
    """A bureau that answers."""
    with FakeCreditBureau() as fake:
        yield fake


def of(bureau: FakeCreditBureau) -> dict[str, str]:
    """The settings that make *bureau* the one that is asked."""
    return {"HOLDFAST_CREDIT_BUREAU_URL": bureau.url, "HOLDFAST_CREDIT_BUREAU_KEY": bureau.key}


def shown(told: dict[str, Any]) -> str:
    """What the underwriter is shown."""
    assert told["state"] == "waiting", told
    return json.dumps(told["asked"], sort_keys=True)


def away(bureau: FakeCreditBureau, how: str) -> None:
    """Let *bureau* be away: down, busy, or billing without a word."""
    if how == "down":
        bureau.stop()
    else:
        bureau.script = {"busy": [503], "silent": ["drop"]}[how]


def test_a_killed_dossier_shows_what_an_undisturbed_one_shows(
    desk: Desk, bureau: FakeCreditBureau, tmp_path: Path, sweep: MakeSweep
):
    papers = dossier.write(tmp_path / "dossier", dossier.FAULTY)
    begin = ("run", "underwrite_mortgage", str(papers), "--json")
    desk.clear()
    undisturbed = shown(json.loads(desk.holdfast(*begin, **of(bureau)).stdout))
    stages = len(desk.done())
    for trial in sweep("SIGKILL of a dossier's run, the credit bureau away at first", few=2, many=20):
        with trial:
            desk.clear()
            bureau.billed.clear()
            hit = trial.random.randint(1, stages - AFTER_THE_BUREAU)
            point, how = trial.random.choice(POINTS), trial.random.choice(("down", "busy", "silent"))
            trial.point = f"{point}:{hit}, the bureau is {how}"
            away(bureau, how)
            killed = desk.holdfast(*begin, HOLDFAST_FAULT=f"{point}:{hit}", **of(bureau))
            assert killed.returncode == -9, killed.stderr
            before = desk.done()
            told = json.loads(desk.holdfast("runs", "resume", "last", "--json", **of(bureau)).stdout)
            assert told["state"] == "parked", told
            bureau.stop()
            bureau.start()
            told = json.loads(desk.holdfast("runs", "resume", "last", "--json", **of(bureau)).stdout)
            assert shown(told) == undisturbed
            assert bureau.enquiries == 1
            after = desk.done()
            assert {key: after[key].attempts for key in before} == {
                key: row.attempts for key, row in before.items()
            }
            assert desk.faults() == []
