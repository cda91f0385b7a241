"""Let runs go on after a decision, beside the request that brought it. What fails is logged: the sweeper does it too."""

import logging
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

from blocks.base.home import home
from blocks.durable import approvals
from deployments.local_server import Record, use_client_environment
from deployments.prefect_api import known


def after(approval_ids: Iterable[str]) -> None:
    """Nudge every run that waits for one of these, soon."""
    for approval_id in approval_ids:
        _thread().submit(_nudge_all, approval_id)


def warm_up() -> None:
    """Import what a nudge takes, which is slow the first time, before somebody waits for it."""
    _thread().submit(_launch)


def _nudge_all(approval_id: str) -> None:
    try:
        launch = _launch()
        for run_id in approvals.runs_of(approval_id) if launch else ():
            launch.nudge(run_id)
    except Exception as error:  # the decision stands; the sweeper looks every 2 s
        _log.warning("no run was nudged for %s: %s: %s", approval_id, type(error).__name__, error)


def _launch() -> Any:
    """What nudges, or None while there is no Prefect server to tell: Prefect would start one of its own."""
    if not os.environ.get("PREFECT_API_URL"):
        server = known(home())
        if server is None or (isinstance(server, Record) and not server.is_alive):
            return None
        use_client_environment(home(), server.api_url)
    return import_module("blocks.durable.launch")


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="holdfast-nudge")


_log = logging.getLogger(__name__)
