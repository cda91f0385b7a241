"""The i-th call of an object store goes wrong: once, or from there on for ever. Artifacts and signed heads are in a bucket.

The call is refused, cut before or after it was carried out, answered late, short, bent, or with nonsense. The run
must end with the right answer or with an error that has a name; taken up again it comes to the end of a run that nothing
disturbed, each body having run and cost once.
"""

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3.session  # that the children need not import it, each for itself
import pytest

from deployments.stack.object_store import ObjectStore
from tests.worlds import place
from tests.worlds.store_proxy import BENT, NONSENSE, Fault, StoreProxy, between, faults_at
from tests.worlds.tale import at_home, end_of, resumed, told
from tests.worlds.trials import MakeSweep
from tests.worlds.zygote import Zygote, a_zygote, blank

__all__ = ["a_zygote", "blank", "boto3"]

ANSWERS_WITHIN_SECONDS = 3.0
PATIENCE_SECONDS = 4.0  # one call that is cut off for its slowness leaves time for another
pytestmark = [
    pytest.mark.timeout(7200),  # for the full count, on a busy machine
    pytest.mark.files_only("the state database is a file here, so that the object store alone can fail"),
]


@pytest.fixture
def proxy(object_store: ObjectStore) -> Generator[StoreProxy]:
    """A proxy in front of the server."""
    with between(object_store) as one:
        yield one


def attempted(folder: Path) -> list[str]:
    """How a run ends."""
    at_home(folder, PATIENCE_SECONDS)
    return told(folder)


def taken_up_again(folder: Path) -> dict[str, Any]:
    """How it was left, and how it ends then."""
    return resumed(folder, PATIENCE_SECONDS)


def calls_of_a_story(folder: Path, proxy: StoreProxy, children: Zygote) -> list[Any]:
    """How the story ends where nothing fails, the calls it makes in order, and what is there at its end."""
    proxy.aim()
    ended = children.fork(attempted, folder).answer()
    calls = list(proxy.seen)
    return [ended, calls, children.fork(end_of, folder).answer()]


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
    sweep: MakeSweep, blank: Path, children: Zygote, bucket_url: str, proxy: StoreProxy
):
    def home(name: str) -> Path:
        """A home whose artifacts and heads are behind the proxy, below a prefix of their own."""
        folder = blank.with_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(blank, folder)
        state, books = (f"sqlite:///{folder / file}" for file in ("state.db", "accounting.db"))
        kept = {one: f"{bucket_url}/{name}/{one}" for one in ("artifacts_url", "heads_url")}
        keys = {"s3_access_key_id": proxy.key, "s3_secret_access_key": proxy.key}
        named = {"state_url": state, "accounting_url": books, "s3_endpoint_url": proxy.endpoint_url}
        named["s3_answers_within_seconds"] = str(ANSWERS_WITHIN_SECONDS)
        place.name_servers(folder, named | keys | kept)
        return folder

    ended, calls, undisturbed = calls_of_a_story(home("undisturbed"), proxy, children)
    assert (ended[0], undisturbed["wrongs"]) == ("answer", [])
    what = "the i-th call of an object store goes wrong, once and for ever"
    for trial in sweep(what, few=8, over=faults_at(calls)):
        with trial:
            folder = home(f"trial-{trial.seed}")
            proxy.aim(trial.point)
            first = children.fork(attempted, folder).answer()
            assert proxy.wrong == ""
            proxy.aim()
            then = children.fork(taken_up_again, folder).answer()
            assert then["wrongs"] == []
            assert then["again"] == {"ended": ended, **undisturbed}
            assert max(then["bodies"].values()) == 1
            assert unlike(trial.point, first, then["left"]) == []
