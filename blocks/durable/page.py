"""Show a page for people on the run, as a Prefect artifact. It is a picture of what is recorded, never the record.

A page may have a chart, and a run of many items a bar that says how many are done.
"""

import base64
import logging
import os
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cache, partial
from threading import Lock
from typing import Any

from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)

from blocks.base.canonical import digest_of
from blocks.durable import scope, world
from blocks.durable.discretion import is_discreet

_pending: dict[str, list[Future[None]]] = {}


@cache
def _painter() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="holdfast-pages")


os.register_at_fork(after_in_child=_painter.cache_clear)  # a forked child has none of its parent's threads


def show(name: str, markdown: str, *, picture: str = "") -> None:
    """Put *markdown* on the current run under *name*, soon: the run waits for its pages when it ends.

    *picture* is a chart beside it, as SVG. One call to the server for each of the two, beside the work; where it fails, a
    warning is logged. Where content is encrypted, nothing is shown: Prefect's database would hold it as it is.
    """
    _soon(name, partial(create_markdown_artifact, markdown, key=_key(name), description=name))
    if picture:
        url = f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
        _soon(name, partial(create_image_artifact, url, key=f"{_key(name)}-chart", description=name))


@dataclass
class Bar:
    """How many of the *items* of a run are done, as a bar under *name*; without a name nothing is shown."""

    name: str
    items: int
    _done: int = 0
    _shown: int = 0
    _artifact: list[Any] = field(default_factory=list[Any])
    _lock: Lock = field(default_factory=Lock)

    def begin(self) -> None:
        """Show it empty. One call to the server, beside the work."""
        if self.name:
            _soon(self.name, self._create)

    def step(self) -> None:
        """One more is done. At most a hundred calls to the server, whatever the number of items."""
        with self._lock:
            self._done += 1
            percent = self._done * 100 // max(self.items, 1)
            if not self.name or percent == self._shown:
                return
            self._shown = percent
            _soon(self.name, partial(self._update, float(percent)))  # in this order: the last one stays

    def _create(self) -> None:
        self._artifact.append(create_progress_artifact(0.0, key=_key(self.name), description=self.name))

    def _update(self, percent: float) -> None:
        if self._artifact:
            update_progress_artifact(self._artifact[0], percent)


def finish(run_id: str) -> None:
    """Wait until the pages of the run are shown, or have failed."""
    wait(_pending.pop(run_id, []))


def _soon(name: str, paint: Callable[[], object]) -> None:
    if is_discreet(world.current()):
        return
    pages = _pending.setdefault(scope.current().run_id, [])
    pages.append(_painter().submit(copy_context().run, _paint, name, paint))


def _paint(name: str, paint: Callable[[], object]) -> None:
    try:
        paint()
    except Exception as error:  # a page that cannot be shown must not stop a run
        logging.getLogger(__name__).warning("%s cannot be shown: %s: %s", name, type(error).__name__, error)


def _key(name: str) -> str:
    """Prefect admits lower-case letters, digits and dashes; where that says less than the name, a digest is added."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60]
    if re.fullmatch(r"[a-z0-9-]{1,50}\.[a-z]{3,4}", name):
        return slug
    return f"{slug or 'document'}-{digest_of(name.encode('utf-8', 'surrogateescape'))[:8]}"
