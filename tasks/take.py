"""Take: each document that arrives is taken by one run, and that run starts the processing of it.

Who takes a document is recorded under the digest of its bytes: of two runs that find it one takes it, and a run that is killed
finds what it took when it goes on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from blocks.base.canonical import digest_of
from blocks.durable import GIVEN, deployed, scope, stage
from blocks.providers.inbox import Inbox
from tasks.fetch import MOST_BYTES, fetch
from tasks.schemas.arrival import Arrival, IntakeSettings, KeptDocument, Started, Taken


@dataclass(frozen=True)
class Taker:
    """The run that takes: no part of the key, so that it is asked once for each document who that is."""

    run_id: str
    identity: ClassVar[str] = ""


_NOBODY = Taker("")


def look_into(places: Iterable[str], settings: IntakeSettings) -> tuple[Arrival, ...]:
    """What lies in the *places* and was taken by no run so far; the same again when the run goes on."""
    return _look_into(tuple(places), settings, scope.current().run_id)


@stage(version=1)
def _look_into(
    places: tuple[str, ...], settings: IntakeSettings, run_id: str, *, inbox: Inbox = GIVEN
) -> tuple[Arrival, ...]:
    """Look once for the run *run_id*. Costs two look-ups for each document that still lies there."""
    there = (
        Arrival(url=one.url, name=one.name, version=one.version, size_bytes=one.size_bytes)
        for place in places
        for one in inbox.look(place, at_rest_seconds=settings.at_rest_seconds)
        if 0 < one.size_bytes <= MOST_BYTES
    )
    return tuple(islice((arrival for arrival in there if not _is_taken(arrival)), settings.at_most))


def _is_taken(arrival: Arrival) -> bool:
    """Was it fetched before, and was what it is taken? What was gone when it was to be fetched is done with as well."""
    try:
        fetched = fetch.known(arrival)
        return fetched is None or bool(take_document.known(fetched.digest, taker=_NOBODY))
    except KeyError:
        return False


def take(arrivals: Iterable[Arrival]) -> list[KeptDocument]:
    """Fetch each arrival, and take what no other run took; those that are this run's now, each content once."""
    me = Taker(scope.current().run_id)
    fetched = {kept.digest: kept for arrival in arrivals if (kept := fetch(arrival)) is not None}
    return [kept for kept in fetched.values() if take_document(kept.digest, taker=me).by == me.run_id]


@stage(version=1, weight="light")
def take_document(digest: str, *, taker: Taker) -> Taken:
    """Say which run processes the document; the first that asks."""
    return Taken(by=taker.run_id)


def in_batches(documents: list[KeptDocument], size: int) -> list[tuple[KeptDocument, ...]]:
    """*documents* in order, at most *size* together."""
    return [tuple(documents[start : start + size]) for start in range(0, len(documents), size)]


@stage(version=1)
def start_processing(documents: tuple[KeptDocument, ...], deployment: str) -> Started:
    """Start one run of *deployment* for *documents*, whoever asks and however often.

    One or two calls to the Prefect server. Raises StartUnavailable or NoDeployment.
    """
    key = digest_of("\n".join([deployment, *(one.digest for one in documents)]).encode())
    files = [one.reference for one in documents]
    run_id = deployed.start(deployment, {"files": files}, key=f"holdfast-{key}")
    return Started(run_id=run_id, documents=documents)
