"""Show a page for people on the run, as a Prefect artifact. It is a picture of what is recorded, never the record."""

import logging
import os
import re
import unicodedata
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache

from prefect.artifacts import create_markdown_artifact

from blocks.base.canonical import digest_of
from blocks.durable import scope, world
from blocks.durable.discretion import is_discreet

_pending: dict[str, list[Future[None]]] = {}


@cache
def _painter() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="holdfast-pages")


os.register_at_fork(after_in_child=_painter.cache_clear)  # a forked child has none of its parent's threads


def show(name: str, markdown: str) -> None:
    """Put *markdown* on the current run under *name*, soon: the run waits for its pages when it ends.

    One call to the server, beside the work; where it fails, a warning is logged. Where content is encrypted, no page is
    shown: Prefect's database would hold it as it is.
    """
    if is_discreet(world.current()):
        return
    pages = _pending.setdefault(scope.current().run_id, [])
    pages.append(_painter().submit(copy_context().run, _paint, name, markdown))


def finish(run_id: str) -> None:
    """Wait until the pages of the run are shown, or have failed."""
    wait(_pending.pop(run_id, []))


def _paint(name: str, markdown: str) -> None:
    try:
        create_markdown_artifact(markdown, key=_key(name), description=name)
    except Exception as error:  # a page that cannot be shown must not stop a run
        logging.getLogger(__name__).warning("%s cannot be shown: %s: %s", name, type(error).__name__, error)


def _key(name: str) -> str:
    """Prefect admits lower-case letters, digits and dashes; where that says less than the name, a digest is added."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60]
    if re.fullmatch(r"[a-z0-9-]{1,50}\.[a-z]{3,4}", name):
        return slug
    return f"{slug or 'document'}-{digest_of(name.encode('utf-8', 'surrogateescape'))[:8]}"
