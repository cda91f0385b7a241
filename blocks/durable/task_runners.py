"""Where the stages of a run are carried out, by the profile: threads of its process, or the processes of a Dask cluster.

`task_runner = "dask"` with a `dask_address` uses the cluster there; without one, a cluster of as many processes as the
profile has `workers` is started with the first stage and ends with the run.
"""

from collections.abc import Callable
from typing import Any, cast

from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from blocks.base.errors import HoldfastError, Misuse
from blocks.base.profiles import setting

_TLS = "tls://"


class NoDask(Misuse):
    """The profile has task_runner "dask", and prefect-dask is not installed."""

    next = "pip install 'holdfast[dask]', or set HOLDFAST_TASK_RUNNER=threads."


class OpenLine(Misuse):
    """The profile encrypts what it keeps, and the Dask cluster at {address} is reached without encryption."""

    next = "Give the cluster certificates (distributed.comm.tls in Dask's settings) and a tls:// address."


class ClusterUnavailable(HoldfastError):
    """The Dask cluster does not carry out what it is given:"""

    next = "When its scheduler and a worker are there, the run goes on by itself."
    parks = "outage"


class _ByProfile(ThreadPoolTaskRunner[Any]):
    """Stands in a flow for the one that the profile names when a run begins."""

    def duplicate(self) -> Any:  # one of Prefect's, not necessarily of this class
        """The task runner of one run. Raises NoDask."""
        return _dask() if setting("task_runner") == "dask" else ThreadPoolTaskRunner[Any]()


def by_profile() -> TaskRunner[PrefectFuture[Any]]:
    """The task runner of a flow."""
    return cast(Any, _ByProfile())


def is_elsewhere() -> bool:
    """Does the run that this code belongs to carry its stages out in other processes?"""
    context = FlowRunContext.get()
    if context is None or context.detached:
        return False
    return not isinstance(context.task_runner, ThreadPoolTaskRunner)


def refuse_open_line(*, is_encrypted: bool) -> None:
    """Raises OpenLine where arguments would go to another machine as they are, though what is kept *is_encrypted*."""
    context = FlowRunContext.get()
    address: str = getattr(context.task_runner if context else None, "address", None) or ""
    if is_encrypted and address and not address.startswith(_TLS):
        raise OpenLine(address=address)


def carried_out(submit: Callable[[], Any]) -> None:
    """Let a task be carried out elsewhere. Raises what its body raised, or ClusterUnavailable."""
    from blocks.durable import dask_runner

    try:
        state = submit().wrapped_future.result()
    except dask_runner.AWAY as error:
        raise ClusterUnavailable(f"{type(error).__name__}: {error}") from error
    if not state.is_completed():
        state.result()


def _dask() -> TaskRunner[Any]:
    try:
        from blocks.durable import dask_runner
    except ImportError as error:
        raise NoDask from error
    address = setting("dask_address")
    return dask_runner.at(address) if address else dask_runner.own(int(setting("workers")))
