"""Page images of documents, drawn in the reader's own process and kept in memory, 64 MiB of them at most."""

import threading
from collections import OrderedDict

from blocks.durable import world
from blocks.providers.page_reader import PageReader
from deployments.approval_page.facts import Paper

DPI = 150
_MOST_BYTES = 64 * 2**20
_AT_A_TIME = threading.Semaphore(2)


class Pictures:
    """Draws pages. Safe to share between threads. About 0.1 s a page, nothing where it was drawn before."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, paper: Paper, number: int) -> bytes:
        """Page *number* of the paper (from 1): a PNG, or the text of a page that has no look, in UTF-8.

        Raises UnreadableDocument, ReaderStopped, and what the artifact store raises.
        """
        key = (paper.digest, number)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with _AT_A_TIME:
            data = _drawn(paper, number)
        with self._lock:
            self._kept[key] = data
            while sum(map(len, self._kept.values())) > _MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return data


def _drawn(paper: Paper, number: int) -> bytes:
    here = world.current()
    data = here.artifacts.get(paper.digest)
    reader = here.provider(PageReader) if PageReader in here.makers else PageReader()
    with reader.open(data, paper.media_type, max_pages=max(paper.pages, 1)) as document:
        if paper.media_type == "text/plain":
            return document.read(number).text.encode()
        return document.render(number, DPI)
