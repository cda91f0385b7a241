"""A process that pays a language model is killed at any moment: what was bought is not bought again.

The provider bills when it finishes, whoever still listens. With the capture proxy no request is repeated; without it one
is at most, and the rows say so.
"""

import json
import os
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from blocks.base import faults
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.model_calls import AnswerElsewhere, Counter, Limits, hand_in
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.providers.capture import CaptureAway, Parcel, look
from blocks.providers.capture_frames import new_key
from blocks.providers.language_model import LanguageModel, ModelAnswerUnusable, ModelUnavailable
from blocks.providers.paid_calls import Fate, NotSent
from blocks.state.tables import budgets, model_calls
from deployments.capture_proxy import CAPTURE_PROXY
from deployments.capture_proxy.records import Records
from tests.fakes.paid_model import ENDLESS, PaidModel
from tests.worlds.children import killed_at
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check
from tests.worlds.paid import MODEL, OF_MODELS, fact_of, open_paid, proxy
from tests.worlds.prefect_worker import until
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Zygote, a_zygote, blank

__all__ = ["a_zygote", "blank"]

ANSWER = {"said": "yes, " * 60}
ON_THE_WAY = (
    *sorted(OF_MODELS),
    "stage.body.done",
    "stage.commit.open",
    "stage.commit.written",
    "stage.committed",
)
SECONDS = 0.06
"""How long the provider takes."""


@contextmanager
def opened(
    folder: Path, base_url: str, *, captures: bool, streams: bool, limits: Limits | None = None
) -> Generator[World]:
    """The world of a child that pays."""
    os.environ |= {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "not-a-key"}
    here = open_paid(folder, captures=captures, streams=streams, limits=limits)
    with working_for(Scope(RUN, "a document")):
        yield here


def bought(folder: Path, base_url: str, text: str, dies_after: float, captures: bool, streams: bool) -> str:
    """Buy an answer; after so many seconds this process is gone, without a word."""
    with opened(folder, base_url, captures=captures, streams=streams):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, dies_after)
        return fact_of(text).said


def bought_on_a_machine_that_dies(
    folder: Path, base_url: str, text: str, dies_after: float, proxy_pid: int, streams: bool
) -> str:
    """Buy an answer; after so many seconds this process and the capture proxy are gone, at one moment."""

    def die(*_: Any) -> None:
        for pid in (proxy_pid, os.getpid()):
            os.kill(pid, signal.SIGKILL)

    with opened(folder, base_url, captures=True, streams=streams):
        signal.signal(signal.SIGALRM, die)
        signal.setitimer(signal.ITIMER_REAL, dies_after)
        return fact_of(text).said


def books(folder: Path) -> dict[str, Any]:
    """Attempts by how they ended, what is reserved and spent, what the calls cost, and what is wrong with the record."""
    here = open_paid(folder, captures=False)
    with here.state.reading() as connection:
        rows = connection.execute(select(model_calls)).all()
        purse = connection.execute(select(budgets).where(budgets.c.name == "tenant")).one()
        return {
            "states": sorted(row.state for row in rows),
            "reserved": purse.reserved_nano_usd,
            "spent": purse.spent_nano_usd,
            "cost": sum(row.cost_nano_usd or 0 for row in rows),
            "faults": check(here).findings,
        }


def kill_at_random(
    sweep: MakeSweep, children: Zygote, folder: Path, what: str, *, captures: bool, few: int
) -> tuple[PaidModel, dict[str, Any]]:
    """Kill a process that pays at random moments, let another go on, and tell what the provider and the rows say."""
    with (
        PaidModel(ANSWER, seconds=SECONDS) as provider,
        opened(folder, provider.base_url, captures=captures, streams=False),
    ):
        buy = partial(children.fork, bought, folder, provider.base_url)
        for trial in sweep(what, few=few, many=10 * few):
            with trial:
                streams = trial.seed % 2 == 1
                text, after = f"order {trial.seed}", trial.random.uniform(0.001, 3 * SECONDS)
                killed = buy(text, after, captures, streams)
                assert killed.code in (0, -signal.SIGALRM), killed.trouble
                assert fact_of(text).said == ANSWER["said"]
                text_sent = f"<document>\n{text}\n</document>"
                extra = 0 if captures else 1
                assert 1 <= provider.billed[text_sent] <= 1 + extra
        return provider, books(folder)


def test_with_the_capture_proxy_no_killed_process_pays_twice(sweep: MakeSweep, children: Zygote, blank: Path):
    what = "SIGKILL while a model is paid, with the capture proxy"
    with proxy(blank):
        provider, told = kill_at_random(sweep, children, blank, what, captures=True, few=500)
    assert told["faults"] == []
    assert (told["reserved"], told["spent"]) == (0, told["cost"])
    assert set(told["states"]) <= {"settled", "unsent"}
    assert provider.billed.total() == told["states"].count("settled")
    assert provider.asked.total() == provider.billed.total()


def test_without_it_one_more_request_is_the_most_and_it_is_told(
    sweep: MakeSweep, children: Zygote, blank: Path
):
    what = "SIGKILL while a model is paid, without the capture proxy"
    provider, told = kill_at_random(sweep, children, blank, what, captures=False, few=40)
    assert told["faults"] == []
    assert (told["reserved"], told["spent"]) == (0, told["cost"])
    assert set(told["states"]) <= {"settled", "ambiguous"}
    assert provider.asked.total() <= len(told["states"])
    assert provider.billed.total() - told["states"].count("settled") <= told["states"].count("ambiguous")


def test_where_the_machine_dies_one_more_request_is_the_most_and_it_is_told(
    sweep: MakeSweep, children: Zygote, blank: Path
):
    with PaidModel(ANSWER, seconds=SECONDS) as provider, proxy(blank):
        for trial in sweep("SIGKILL of worker and capture proxy together", few=12, many=200):
            with trial:
                streams = trial.seed % 2 == 1
                text, after = f"order {trial.seed}", trial.random.uniform(0.001, 3 * SECONDS)
                known = CAPTURE_PROXY.ensure(blank)
                buy = bought_on_a_machine_that_dies
                died = children.fork(buy, blank, provider.base_url, text, after, known.pid, streams)
                assert died.code in (0, -signal.SIGKILL), died.trouble
                CAPTURE_PROXY.ensure(blank)
                with opened(blank, provider.base_url, captures=True, streams=streams):
                    assert fact_of(text).said == ANSWER["said"]
                assert 1 <= provider.billed[f"<document>\n{text}\n</document>"] <= 2
        told = books(blank)
    assert told["faults"] == []
    assert (told["reserved"], told["spent"]) == (0, told["cost"])
    assert set(told["states"]) <= {"settled", "unsent", "ambiguous"}
    assert provider.billed.total() - told["states"].count("settled") <= told["states"].count("ambiguous")


def killed_on_the_way(folder: Path, base_url: str, point: str, captures: bool) -> None:
    """Buy an answer, and be killed at a fault point."""
    with faults.planned(killed_at(point)), opened(folder, base_url, captures=captures, streams=False):
        fact_of("a")


@pytest.mark.parametrize("captures", [True, False])
@pytest.mark.parametrize("point", ON_THE_WAY)
def test_a_kill_at_every_named_point_on_the_way_of_an_answer(
    children: Zygote, blank: Path, point: str, captures: bool
):
    with PaidModel(ANSWER) as provider, proxy(blank) if captures else nullcontext():
        killed = children.fork(killed_on_the_way, blank, provider.base_url, point, captures)
        assert killed.code == -signal.SIGKILL
        with opened(blank, provider.base_url, captures=captures, streams=False) as here:
            assert fact_of("a").said == ANSWER["said"]
            stood = states(here)
        paid_twice = point == "model_call.received" and not captures
        assert provider.billed.total() == (2 if paid_twice else 1)
        unknown = {
            "model_call.asked": "unsent" if captures else "ambiguous",
            "model_call.received": "ambiguous",
        }
        lost = point in unknown and (point == "model_call.asked" or not captures)
        assert stood == ([unknown[point], "settled"] if lost else ["settled"])
        assert books(blank)["faults"] == []


def states(here: World) -> list[str]:
    """How the attempts stand, in their order."""
    with here.state.reading() as connection:
        return list(connection.execute(select(model_calls.c.state).order_by(model_calls.c.attempt)).scalars())


def lost_on_the_way(provider: PaidModel, restart: Callable[[], None]) -> None:
    """Ask, and let the capture proxy die while the answer is on its way."""
    asked = Thread(target=copy_context().run, args=(pytest.raises, ModelUnavailable, fact_of, "a"))
    asked.start()
    until(lambda: provider.asked.total() == 1)
    restart()
    asked.join(20)


def test_where_the_proxy_dies_as_well_one_more_request_is_the_most_and_it_is_told(blank: Path):
    with PaidModel(ANSWER, seconds=1.0) as provider, proxy(blank) as restart:
        with opened(blank, provider.base_url, captures=True, streams=False) as here:
            lost_on_the_way(provider, restart)
            assert fact_of("a").said == ANSWER["said"]
            assert states(here) == ["ambiguous", "settled"]
        assert provider.asked.total() == 2


def test_where_the_proxy_dies_as_well_a_person_is_asked_above_the_price(blank: Path):
    with PaidModel(ANSWER, seconds=1.0) as provider, proxy(blank) as restart:
        with opened(blank, provider.base_url, captures=True, streams=False, limits=Limits(hold=0)) as here:
            lost_on_the_way(provider, restart)
            for _ in range(2):
                with pytest.raises(ApprovalAwaited):
                    fact_of("a")
            assert states(here) == ["asked"]
        assert provider.asked.total() == 1


def test_an_answer_without_an_end_is_cut_off_by_the_proxy_too_whoever_listens(children: Zygote, blank: Path):
    with PaidModel(ANSWER, acts=[ENDLESS]) as provider, proxy(blank):
        killed = children.fork(killed_on_the_way, blank, provider.base_url, "model_call.received", True)
        assert killed.code == -signal.SIGKILL
        with opened(blank, provider.base_url, captures=True, streams=False) as here:
            with pytest.raises(ModelAnswerUnusable, match="cut off"):
                fact_of("a")
            assert states(here) == ["spoiled"]
            assert fact_of("a").said == ANSWER["said"]
        assert provider.asked.total() == 2
        assert books(blank)["faults"] == []


def test_a_request_that_waits_in_front_of_the_proxy_never_leaves_after_it_was_asked_for(blank: Path):
    with PaidModel(ANSWER) as provider, proxy(blank):
        capture = look(blank)
        assert capture is not None
        call_id = "a" * 64
        assert capture.recall(call_id, None) is Fate.UNSENT
        late = Parcel("POST", f"{provider.base_url}/chat/completions", {}, b"{}", 5.0)
        with pytest.raises(NotSent):
            capture.send(call_id, late, None)
        assert provider.asked.total() == 0


def test_nobody_without_the_token_may_send_or_read(blank: Path):
    with PaidModel(ANSWER) as provider, proxy(blank):
        capture = look(blank)
        assert capture is not None
        for path in ("/captures/" + "a" * 64, "/send"):
            told = httpx.get(f"http://127.0.0.1:{capture.port}{path}", headers={"holdfast-token": "x" * 43})
            assert told.status_code == httpx.codes.FORBIDDEN
        stranger = replace(capture, token="x" * 43)
        with pytest.raises(CaptureAway):
            stranger.recall("a" * 64, None)
        with pytest.raises(CaptureAway):
            stranger.send("a" * 64, Parcel("POST", f"{provider.base_url}/chat", {}, b"{}", 5.0), None)
        assert provider.asked.total() == 0


def test_an_answer_of_another_machine_is_waited_for_and_used_when_it_is_handed_in(
    children: Zygote, blank: Path, tmp_path: Path
):
    with PaidModel(ANSWER, seconds=0.4) as provider, proxy(blank), proxy(tmp_path):
        killed = children.fork(bought, blank, provider.base_url, "a", 0.25, True, False)
        assert killed.code == -signal.SIGALRM
        with opened(blank, provider.base_url, captures=True, streams=False) as here:
            theirs = LanguageModel(MODEL, till=Counter(), capture=lambda: look(tmp_path))
            here.makers = {**here.makers, LanguageModel: lambda: theirs}
            with pytest.raises(AnswerElsewhere):
                fact_of("a")
            capture = look(blank)
            assert capture is not None
            until(lambda: hand_in(capture) == 1)
            assert fact_of("a").said == ANSWER["said"]
            assert states(here) == ["settled"]
        assert provider.asked.total() == 1


def test_what_is_captured_is_sealed_where_content_is_encrypted(blank: Path):
    key = new_key()
    with PaidModel(ANSWER) as provider, proxy(blank):
        capture = look(blank)
        assert capture is not None
        request = {"model": "m", "messages": [{"content": "a"}], "tools": [{"function": {"name": "f"}}]}
        parcel = Parcel(
            "POST", f"{provider.base_url}/chat/completions", {}, json.dumps(request).encode(), 5.0
        )
        answer = capture.send("b" * 64, parcel, key)
        assert b"yes, yes" in answer.body
        [kept] = (blank / "captures").glob("*.done")
        assert b"yes, yes" not in kept.read_bytes()
        assert capture.recall("b" * 64, key) == answer
        assert capture.recall("b" * 64, new_key()) is Fate.LOST


def test_a_request_that_is_asked_for_while_it_arrives_goes_and_is_seen_or_does_not_go(blank: Path):
    with PaidModel(ANSWER) as provider, proxy(blank), ThreadPoolExecutor(2) as pool:
        capture = look(blank)
        assert capture is not None
        request = {"model": "m", "messages": [{"content": "a"}], "tools": [{"function": {"name": "f"}}]}
        parcel = Parcel(
            "POST", f"{provider.base_url}/chat/completions", {}, json.dumps(request).encode(), 5.0
        )
        told = []
        for number in range(60):
            call_id = f"{number:064x}"
            sending = pool.submit(capture.send, call_id, parcel, None)
            asking = pool.submit(capture.recall, call_id, None)
            has_left = not isinstance(sending.exception(), NotSent)
            told.append((has_left, asking.result() is Fate.UNSENT))
        assert (True, True) not in told
        assert provider.billed.total() == sum(has_left for has_left, _ in told)


def test_what_the_proxy_forgot_after_a_week_is_not_said_to_have_stayed_here(tmp_path: Path):
    records = Records(tmp_path)
    for call_id in (letter * 64 for letter in "ab"):
        handle = records.begin(call_id)
        assert handle is not None
        os.close(handle)
    records.done("b" * 64)
    for path in tmp_path.glob("?" * 64 + ".*"):
        os.utime(path, (0, 0))
    records.clear()
    assert [records.state(letter * 64) for letter in "abc"] == ["gone", "gone", ""]
    assert records.begin("a" * 64) is None


def test_a_stranger_on_the_port_of_a_dead_proxy_is_told_nothing(blank: Path):
    with PaidModel(ANSWER) as stranger, proxy(blank):
        known = look(blank)
        assert known is not None
        capture = replace(known, port=int(stranger.base_url.rpartition(":")[2].partition("/")[0]))
        with pytest.raises(CaptureAway):
            capture.send("a" * 64, Parcel("POST", f"{stranger.base_url}/chat", {}, b"{}", 5.0), None)
        with pytest.raises(CaptureAway):
            capture.recall("a" * 64, None)
        assert stranger.asked.total() == 0


def test_one_proxy_serves_every_profile_of_a_home(blank: Path, monkeypatch: pytest.MonkeyPatch):
    with proxy(blank):
        first = CAPTURE_PROXY.look(blank)
        monkeypatch.setenv("HOLDFAST_PROFILE", "production")
        assert CAPTURE_PROXY.ensure(blank) == first
