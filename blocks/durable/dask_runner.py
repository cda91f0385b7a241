"""Prefect's task runner on Dask, as stages of several threads need it."""

import threading
from typing import Any

from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker
from prefect_dask.client import PrefectDaskClient
from prefect_dask.task_runners import DaskTaskRunner

AWAY = (OSError, TimeoutError, KilledWorker, FutureCancelledError)
"""What calls raise where a cluster, or all that works in it, is gone."""
_A_WORKER_COMES_WITHIN_SECONDS = 60


class OneCluster(DaskTaskRunner):
    """As Prefect's. Prefect's own starts a cluster for each thread that is among the first to ask for its client."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._asking = threading.Lock()

    @property
    def client(self) -> PrefectDaskClient:
        """The client, made at the first call together with its cluster. Raises one of `AWAY` where nobody works there."""
        with self._asking:
            known, client = self._client, super().client
            if known is None:
                client.wait_for_workers(1, timeout=_A_WORKER_COMES_WITHIN_SECONDS)
            return client


def own(processes: int) -> OneCluster:
    """A cluster on this machine for one run. Nobody else gets in: certificates of a moment, and no dashboard."""
    alone = {"n_workers": processes, "threads_per_worker": 1, "dashboard_address": None, "security": True}
    return OneCluster(cluster_kwargs=alone)


def at(address: str) -> OneCluster:
    """The cluster whose scheduler is at *address*."""
    return OneCluster(address=address)
