"""The i-th call of an object store goes wrong: once, or from there on for ever. Artifacts and signed heads are in a bucket.

The call is refused, cut before or after it was carried out, answered late, short, bent, or with nonsense. The run
must end with the right answer or with an error that has a name; taken up again it comes to the end of a run that nothing
disturbed, each body having run and cost once.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3.session  # that the children need not import it, each for itself
import pytest

from deployments.stack.object_store import ObjectStore
from tests.worlds.laptop import blank_state
from tests.worlds.store_proxy import BENT, NONSENSE, Fault, StoreProxy, between, faults_at
from tests.worlds.tale import Elsewhere, at_home, end_of, resumed, told
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Zygote, a_zygote, blank, copied

__all__ = ["a_zygote", "blank", "blank_state", "boto3"]

ANSWERS_WITHIN_SECONDS = 3.0
pytestmark = pytest.mark.timeout(7200)  # for the full count, on a busy machine


@pytest.fixture
def proxy(object_store: ObjectStore) -> Generator[StoreProxy]:
    """A proxy in front of the server."""
    with between(object_store) as one:
        yield one


def attempted(folder: Path, elsewhere: Elsewhere) -> list[str]:
    """How a run ends."""
    at_home(folder, elsewhere)
    return told(folder)


def calls_of_a_story(folder: Path, elsewhere: Elsewhere, proxy: StoreProxy, children: Zygote) -> list[Any]:
    """How the story ends where nothing fails, the calls it makes in order, and what is there at its end."""
    proxy.aim()
    ended = children.fork(attempted, folder, elsewhere).answer()
    calls = list(proxy.seen)
    return [ended, calls, children.fork(end_of, folder, elsewhere).answer()]


def unlike(fault: Fault, first: list[str], left: list[str]) -> list[str]:
    """What is wrong with the way a run ended that met *fault*."""
    if first[0] == "answer":
        return []
    if not fault.for_ever:
        return [f"one failure was not waited out: {first}"]
    parks = ("outage", "repair") if fault.kind in (BENT, NONSENSE) else ("outage",)
    return (
        []
        if (first[0], left) == ("parked", ["parked"]) and first[2] in parks
        else [f"{first}, left as {left}"]
    )


def test_a_call_that_goes_wrong_stops_nothing_for_good(
    sweep: MakeSweep,
    blank: Path,
    children: Zygote,
    object_store: ObjectStore,
    bucket_url: str,
    proxy: StoreProxy,
):
    def elsewhere(number: int) -> Elsewhere:
        return Elsewhere(proxy.endpoint_url, proxy.key, f"{bucket_url}/{number}", ANSWERS_WITHIN_SECONDS)

    ended, calls, undisturbed = calls_of_a_story(copied(blank, "undisturbed"), elsewhere(-1), proxy, children)
    assert (ended[0], undisturbed["wrongs"]) == ("answer", [])
    what = "the i-th call of an object store goes wrong, once and for ever"
    for trial in sweep(what, few=12, over=faults_at(calls)):
        with trial:
            folder, place = copied(blank, "trial"), elsewhere(trial.seed)
            proxy.aim(trial.point)
            first = children.fork(attempted, folder, place).answer()
            assert proxy.wrong == ""
            proxy.aim()
            then = children.fork(resumed, folder, place).answer()
            assert then["wrongs"] == []
            assert then["again"] == {"ended": ended, **undisturbed}
            assert max(then["bodies"].values()) == 1
            assert unlike(trial.point, first, then["left"]) == []
