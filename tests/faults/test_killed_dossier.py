"""A dossier's run is killed at a random moment, and the credit bureau is away at first: nothing is read or billed twice.

Where a model is paid, each paper costs two requests in all: what it is, and what it says.

The run is then brought to its question by the command, as a person or the sweeper would do it. What the underwriter is shown must
be, byte for byte, what an undisturbed run shows.
"""

import json
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.state.tables import budgets, model_calls
from deployments.capture_proxy import CAPTURE_PROXY
from tests.fakes.credit_bureau import FakeCreditBureau
from tests.fakes.paid_model import PaidModel
from tests.worlds import dossier, place
from tests.worlds.desk import Desk
from tests.worlds.paid import MODEL, OF_MODELS
from tests.worlds.trials import MakeSweep

POINTS = ("stage.claimed", "stage.body.done", "stage.commit.written", "stage.committed")
AFTER_THE_BUREAU = 2
"""Stages that a run does not come to while the bureau is away: the enquiry and what follows."""
CO_APPLICANT = 3
"""Stages more of these where two apply: income, debts and credit of the second."""
PAPERS, ASKED_OF_EACH = 50, 2
"""What is asked of a paper: what it is, and its facts."""

pytestmark = pytest.mark.timeout(3600)  # for the full count, on a busy machine


@pytest.fixture
def bureau() -> Generator[FakeCreditBureau]:
    """A bureau that answers."""
    with FakeCreditBureau() as fake:
        yield fake


def of(bureau: FakeCreditBureau) -> dict[str, str]:
    """The settings that make *bureau* the one that is asked."""
    return {"HOLDFAST_CREDIT_BUREAU_URL": bureau.url, "HOLDFAST_CREDIT_BUREAU_KEY": bureau.key}


@pytest.fixture
def provider(desk: Desk) -> Generator[PaidModel]:
    """A provider that bills, and counts requests by all that they say; the capture proxy in front of it goes with it."""

    def named_by(request: dict[str, Any]) -> str:
        return digest_of(canonical_bytes(request))

    with PaidModel(dossier.read_by_rules, seconds=0.05, named_by=named_by) as fake:
        yield fake
        CAPTURE_PROXY.stop(desk.home)


def paid_by(provider: PaidModel) -> dict[str, str]:
    """The settings that make *provider* the one that is paid."""
    return {"HOLDFAST_MODEL": MODEL, "OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "not-a-key"}


def check_that_every_answer_was_bought_once(desk: Desk, provider: PaidModel) -> None:
    """What the provider counted, and that the rows and the budgets say the same."""
    assert set(provider.billed.values()) == {1}
    assert provider.billed.total() == PAPERS * ASKED_OF_EACH
    assert provider.asked == provider.billed
    with closing(place.record(desk.home)) as state, state.reading() as connection:
        rows = connection.execute(select(model_calls)).all()
        purses = connection.execute(select(budgets)).all()
    states = Counter(row.state for row in rows)
    assert set(states) <= {"settled", "unsent"}, states
    assert states["settled"] == provider.asked.total()
    assert {purse.reserved_nano_usd for purse in purses} == {0}
    [spent] = [purse.spent_nano_usd for purse in purses if purse.name == "tenant"]
    assert spent == sum(row.cost_nano_usd for row in rows) > 0


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


def gone_on(
    desk: Desk,
    bureau: FakeCreditBureau,
    begin: tuple[str, ...],
    fault: str,
    how: str,
    settings: dict[str, str],
) -> dict[str, Any]:
    """Kill a run at *fault*, go on with it while the bureau is away and again when it is back; what it tells then.

    No stage that was finished is done again.
    """
    away(bureau, how)
    killed = desk.holdfast(*begin, HOLDFAST_FAULT=fault, **settings)
    assert killed.returncode == -9, killed.stderr
    before = desk.done()
    told = json.loads(desk.holdfast("runs", "resume", "last", "--json", **settings).stdout)
    assert told["state"] == "parked", told
    bureau.stop()
    bureau.start()
    told = json.loads(desk.holdfast("runs", "resume", "last", "--json", **settings).stdout)
    after = desk.done()
    assert {key: after[key].attempts for key in before} == {key: row.attempts for key, row in before.items()}
    return told


def test_a_killed_dossier_shows_what_an_undisturbed_one_shows(
    desk: Desk, bureau: FakeCreditBureau, tmp_path: Path, sweep: MakeSweep
):
    papers = dossier.write(tmp_path / "dossier", dossier.FAULTY)
    begin = ("run", "underwrite_mortgage", str(papers), "--json")
    desk.clear()
    undisturbed = shown(json.loads(desk.holdfast(*begin, **of(bureau)).stdout))
    stages = len(desk.done())
    for trial in sweep("SIGKILL of a dossier's run, the credit bureau away at first", few=1, many=20):
        with trial:
            desk.clear()
            bureau.billed.clear()
            hit = trial.random.randint(1, stages - AFTER_THE_BUREAU)
            point, how = trial.random.choice(POINTS), trial.random.choice(("down", "busy", "silent"))
            trial.point = f"{point}:{hit}, the bureau is {how}"
            told = gone_on(desk, bureau, begin, f"{point}:{hit}", how, of(bureau))
            assert shown(told) == undisturbed
            assert bureau.enquiries == 1
            assert desk.faults() == []


def test_a_killed_dossier_pays_a_model_once_for_each_paper_and_stage(
    desk: Desk, bureau: FakeCreditBureau, provider: PaidModel, tmp_path: Path, sweep: MakeSweep
):
    papers = dossier.write(tmp_path / "dossier", dossier.FIFTY)
    begin = ("run", "underwrite_mortgage", str(papers), "--json")
    settings = {**of(bureau), **paid_by(provider)}
    desk.clear()
    undisturbed = shown(json.loads(desk.holdfast(*begin, **settings).stdout))
    check_that_every_answer_was_bought_once(desk, provider)
    assert bureau.enquiries == len((dossier.APPLICANT, dossier.CO_APPLICANT))
    stages = len(desk.done())
    for trial in sweep("SIGKILL of a dossier's run with a paid model, the bureau away", few=1, many=20):
        with trial:
            desk.clear()
            for counted in (bureau.billed, provider.billed, provider.asked):
                counted.clear()
            point = trial.random.choice((*POINTS, *sorted(OF_MODELS)))
            reached = (
                PAPERS * ASKED_OF_EACH if point in OF_MODELS else stages - AFTER_THE_BUREAU - CO_APPLICANT
            )
            hit, how = trial.random.randint(1, reached), trial.random.choice(("down", "busy", "silent"))
            trial.point = f"{point}:{hit}, the bureau is {how}"
            told = gone_on(desk, bureau, begin, f"{point}:{hit}", how, settings)
            assert shown(told) == undisturbed
            check_that_every_answer_was_bought_once(desk, provider)
            assert bureau.enquiries == len((dossier.APPLICANT, dossier.CO_APPLICANT))
            assert desk.faults() == []
