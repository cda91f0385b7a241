"""The capture proxy: what a provider of language models answers is on disk before a worker sees it.

A small process of its own on loopback. A worker that is killed while it waits costs no second request: the proxy reads
the answer to its end, and whoever goes on with the run asks for it (blocks.providers.capture).

    __main__.py  start it
    app.py       what it answers: send a request, tell what became of one, forget one
    exchange.py  one request on its way, read to its end whoever listens
    records.py   the files: one for each call, and what their names say

Its files are in `captures/` in the home; where content is encrypted they are sealed with a key that the caller sends along
and the proxy does not keep. It asks for a token that is kept there, and goes nowhere by itself.
"""

from importlib import import_module
from pathlib import Path

from deployments.companion import Companion

CAPTURE_PROXY = Companion("capture-proxy", "deployments.capture_proxy", has_profile=False)


def keep_capturing(home: Path) -> None:
    """Start the proxy of *home* where there is none and the profile has a paid model. Raises CompanionDied."""
    if import_module("blocks.profile").load().captures:  # it takes a while, and most commands need none
        CAPTURE_PROXY.ensure(home)
