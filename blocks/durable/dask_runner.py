"""Prefect's task runner on Dask, as stages of several threads need it."""

import threading
from typing import Any

from prefect_dask.client import PrefectDaskClient
from prefect_dask.task_runners import DaskTaskRunner


class OneCluster(DaskTaskRunner):
    """As Prefect's. Prefect's own starts a cluster for each thread that is among the first to ask for its client."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._asking = threading.Lock()

    @property
    def client(self) -> PrefectDaskClient:
        """The client, made at the first call together with its cluster."""
        with self._asking:
            return super().client


def own(processes: int) -> OneCluster:
    """A cluster on this machine for one run; it has no dashboard, which would be open to all who reach the port."""
    return OneCluster(
        cluster_kwargs={"n_workers": processes, "threads_per_worker": 1, "dashboard_address": None}
    )


def at(address: str) -> OneCluster:
    """The cluster whose scheduler is at *address*."""
    return OneCluster(address=address)
