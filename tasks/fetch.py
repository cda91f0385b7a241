"""Fetch: what lies in a bucket, on the web or in a place is kept in the artifact store, where every machine finds it."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN, scope, stage, world
from blocks.providers.inbox import Found, Inbox
from blocks.providers.page_reader import media_type_of
from blocks.providers.web import NotFetched, Web
from tasks.schemas.arrival import Arrival, FetchedPage, KeptDocument
from tasks.schemas.document import Refusal
from tasks.schemas.invoice_settings import IntakeLimits
from tasks.schemas.source_file import SourceFile

MOST_BYTES = 2**30
_UNKNOWN = "application/octet-stream"


@stage(version=1, weight="light")
def fetch(arrival: Arrival, *, inbox: Inbox = GIVEN, store: ArtifactStore = GIVEN) -> KeptDocument | None:
    """Keep the bytes of what arrived; None where it is gone or was changed: what lies there now is another arrival.

    Costs one read. Effects: the bytes are in the artifact store. Raises InboxUnavailable or StoreUnavailable.
    """
    found = Found(arrival.url, arrival.name, arrival.version, arrival.size_bytes)
    data = inbox.read(found)
    return None if data is None else _kept(arrival.name, data, store)


def fetched(source: SourceFile, limits: IntakeLimits) -> SourceFile | Refusal:
    """*source* itself where there is nothing to fetch; else what its web address gives, known by its bytes alone."""
    if source.url is None:
        return source
    page = fetch_page(source.url, scope.current().run_id, limits.max_bytes)
    if isinstance(page, Refusal):
        return page
    name = posixpath.basename(source.name) or "page"
    return SourceFile(name=name, digest=page.digest, size_bytes=page.size_bytes)


@stage(version=1)
def fetch_page(
    url: str, run_id: str, max_bytes: int, *, web: Web = GIVEN, store: ArtifactStore = GIVEN
) -> FetchedPage | Refusal:
    """Fetch *url* for the run *run_id*: once, also where the run goes on later; another run sees what is there then.

    A Refusal where the address is not to be fetched or gives too much. Effects: the bytes are in the artifact store. Raises
    WebUnavailable or StoreUnavailable.
    """
    try:
        data = web.get(url, most_bytes=max_bytes)
    except NotFetched as refusal:
        return Refusal(name=refusal.slug, reason=f"{refusal.what} {refusal.next}")
    kept = _kept(posixpath.basename(name_of_url(url)), data, store)
    return FetchedPage(digest=kept.digest, size_bytes=len(data))


def name_of_url(url: str) -> str:
    """What a web address is called: host and path. Nothing of a password or of what stands behind a question mark."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "web address"
    path = unquote(parts.path, errors="replace").rstrip("/")
    return " ".join(f"{parts.netloc.rpartition('@')[2]}{path}".split())[:200] or "web address"


def kept_file(document: KeptDocument) -> SourceFile:
    """A document of the artifact store, as a file to process. Reads every byte once. Raises ArtifactMissing."""
    size = len(world.current().artifacts.get(document.digest))
    return SourceFile(name=document.name, digest=document.digest, size_bytes=size)


def bucket_files(url: str) -> Iterator[SourceFile]:
    """Every object at *url*, `s3://BUCKET/KEY` or `s3://BUCKET/FOLDER/`, kept in the artifact store.

    Reads every byte once. Raises InboxUnavailable or StoreUnavailable.
    """
    here = world.current()
    inbox: Inbox = here.provider(Inbox)
    for found in inbox.look(url):
        if found.size_bytes > MOST_BYTES:
            reason = f"The object has {found.size_bytes:,} bytes; no more than {MOST_BYTES:,} are looked at."
            yield SourceFile(name=found.name, problem=Refusal(name="DocumentTooLarge", reason=reason))
        elif (data := inbox.read(found)) is not None:
            kept = _kept(found.name, data, here.artifacts)
            yield SourceFile(name=kept.name, digest=kept.digest, size_bytes=len(data))


def _kept(name: str, data: bytes, store: ArtifactStore) -> KeptDocument:
    media_type = media_type_of(data, name=name) or _UNKNOWN
    return KeptDocument(digest=store.put(data, media_type), name=name)
