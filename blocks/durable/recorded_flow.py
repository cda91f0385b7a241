"""`@flow`: a business process; `each`: its items side by side.

A flow's run is opened and closed in our rows around the plain function; Prefect runs, shows and retries it.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial, update_wrapper
from itertools import count
from typing import Any, ParamSpec, Protocol, TypeVar, overload

import httpx
import prefect
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, Pause
from prefect.logging import get_run_logger
from sqlalchemy import Connection

from blocks.base import clock, faults
from blocks.base.errors import HoldfastError, Parks
from blocks.durable import approvals, carried, page, scope, staying, suspension, world
from blocks.durable.discretion import Concealed, concealed, is_discreet, told
from blocks.durable.lease import is_dead
from blocks.durable.recovery import RunNotTaken
from blocks.durable.scope import Scope
from blocks.durable.task_runners import by_profile
from blocks.durable.watch import ItemFinished, tell
from blocks.state import questions, run_rows, waking
from blocks.state.run_rows import NotTaken, RunOpening

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
I_contra = TypeVar("I_contra", contravariant=True)


_log = logging.getLogger(__name__)


class ItemsFailed(HoldfastError):
    """{failed} of {items} failed; what is finished is recorded."""

    def __init__(self, value: Any, failures: Sequence[Exception], items: int) -> None:
        super().__init__(failed=len(failures), items=items)
        self.value = value
        ours = [error for error in failures if isinstance(error, HoldfastError)]
        kinds: tuple[Parks, ...] = ("outage", "repair", "approval")
        for kind in kinds:  # what goes on by itself is tried first
            if leading := [error for error in ours if error.parks == kind]:
                self.parks, self.safe, self.next = kind, leading[0].safe, leading[0].next
                self.what = f"{self.what} {leading[0].what}"
                break


class ItemsWait(ItemsFailed):
    """{waiting} of {items} wait for a person; the others are through."""

    safe = "Finished stages are recorded, and no process is needed while it waits."
    next = "`holdfast approvals list` shows what waits, and how to answer."
    parks = "approval"

    def __init__(self, value: Any, failures: Sequence[Exception], items: int) -> None:
        HoldfastError.__init__(self, waiting=len(failures), items=items)
        self.value = value


class Named(Protocol):
    """An item with a name for people."""

    @property
    def name(self) -> str:
        """For task runs, logs and pages."""
        ...


N = TypeVar("N", bound=Named)


@dataclass
class Ended:
    """How the plain function of a flow ended in this process, whatever Prefect says afterwards.

    *stays*: the process is to wait for a person itself; *waits_here*: it does so now.
    """

    value: Any = None
    stays: bool = False
    waits_here: bool = False
    is_opened: bool = False
    is_recorded: bool = False
    parked: HoldfastError | None = None
    failed: Exception | None = None
    """What failed it, which Prefect is not always told."""


ended: ContextVar[Ended | None] = ContextVar("ended", default=None)


def flow(fn: Callable[P, R]) -> prefect.Flow[P, R]:
    """Make a plain function a Prefect flow whose run is recorded."""

    def story(*args: P.args, **kwargs: P.kwargs) -> R:
        end = ended.get() or Ended()
        with _concealed(end):
            return _to_its_end(lambda: fn(*args, **kwargs), fn.__name__, end)

    plain = update_wrapper(story, fn)
    return _Flow(plain, name=fn.__name__, persist_result=False, task_runner=by_profile())


class _Flow(prefect.Flow[P, R]):
    """A flow that is carried to another process by its name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return carried.named, (self.fn.__module__, self.fn.__qualname__)


def _to_its_end(work: Callable[[], R], name: str, end: Ended) -> R:
    """Carry out the plain function, again where it waited here for a person, until it is done or stops."""
    while True:
        try:
            with _recorded_run(name, end):
                value = _with_its_own_error(work)
        except RunNotTaken as error:
            raise Abort(f"{error}") from error  # another process runs it: Prefect must not call it failed
        except HoldfastError as error:
            if not _stays(error, end):
                return _stopped(error, end)
        else:
            end.value, end.is_recorded = value, True
            return value


def _with_its_own_error(work: Callable[[], R]) -> R:
    """What *work* returns; the future of a submitted stage raises what Prefect was told."""
    try:
        return work()
    except Concealed as error:
        raise error.original from None


@contextmanager
def _concealed(end: Ended) -> Generator[None]:
    """Where content is encrypted, Prefect is told the name of what failed the flow, and no more; *end* has the rest."""
    try:
        yield
    except (Abort, Pause):
        raise
    except Exception as error:
        end.failed = error
        if not is_discreet(world.current()):
            raise
        raise concealed(error) from None


@overload
def each(
    items: Iterable[N],
    function: Callable[[N], R],
    *,
    failed: Callable[[N, Exception], R],
    progress: str = "",
) -> list[R]: ...


@overload
def each(
    items: Iterable[N],
    function: Callable[[N], R],
    *,
    failed: Callable[[N, Exception], R],
    then: Callable[[list[R]], T],
    progress: str = "",
) -> T: ...


def each(
    items: Iterable[N],
    function: Callable[[N], R],
    *,
    failed: Callable[[N, Exception], R],
    then: Callable[[list[R]], Any] = list,
    progress: str = "",
) -> Any:
    """Run *function* on every item side by side, as many at a time as the profile allows.

    Returns the values in the order of the items, or what *then* makes of them. An item whose `after` names an earlier one
    waits for it. An item that raises does not stop the others: *failed* makes its value, and after the last item
    `ItemsFailed` is raised with what would have been returned. With a name for its *progress*, a bar of that name on the run's
    page says how many are done.
    """
    everything = list(items)
    run, workers = scope.current(), world.current().workers
    failures: list[Exception] = []
    log, bar = get_run_logger(), page.Bar(progress, len(everything))
    bar.begin()

    def one(item: N) -> R:
        started = clock.monotonic()
        with scope.about(item.name):
            try:
                value = function(item)
            except Exception as error:
                failures.append(error)
                if _parks(error) == "outage":
                    run.stopping.set()  # the other items would meet it as well
                value = failed(item, error)
        log.info("%s: %s", item.name, getattr(value, "status", "done"))
        bar.step()
        tell(ItemFinished(run.run_id, item.name, value, clock.monotonic() - started))
        return value

    value = then(_side_by_side(everything, one, workers))
    if failures:
        only_wait = all(_parks(error) == "approval" for error in failures)
        raise (ItemsWait if only_wait else ItemsFailed)(value, failures, len(everything)) from failures[0]
    return value


def _side_by_side(items: list[N], one: Callable[[N], R], workers: int) -> list[R]:
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="holdfast-item")
    stopping = scope.current().stopping
    try:
        futures: list[Future[R]] = []
        named: dict[str, Future[R]] = {}  # two items may have one name
        for item in items:
            before = named.get(getattr(item, "after", None) or "")
            named[item.name] = pool.submit(copy_context().run, _after, before, one, item)
            futures.append(named[item.name])
        for future in as_completed(futures):
            future.result()
        return [future.result() for future in futures]
    except BaseException:
        stopping.set()  # stages that run may end; none is begun
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _after(before: Future[Any] | None, one: Callable[[N], R], item: N) -> R:
    if before is not None:
        wait([before])  # it was submitted earlier, so a worker has it
    return one(item)


def _stays(error: HoldfastError, end: Ended) -> bool:
    """Wait here for a person, where this process is to, and say True when there is something new."""
    if error.parks != "approval" or not end.waits_here:
        return False
    return staying.stay(str(_flow_run().id), told(world.current(), error), is_patient=end.stays)


def _stopped(error: HoldfastError, end: Ended) -> Any:
    """Let Prefect show that the run is parked, or waits; what is no reason to stop is raised."""
    if not error.parks:
        raise error
    if not end.is_opened:  # there is no row that could be parked
        error.next = "Nothing was begun. When it is back (`holdfast doctor`), run the same command again."
        raise error
    end.parked = error
    flow_run = _flow_run()
    why = told(world.current(), error) if is_discreet(world.current()) else f"{error.what} {error.next}"
    return suspension.stop(str(flow_run.id), why, has_deployment=flow_run.deployment_id is not None)


@contextmanager
def _recorded_run(name: str, end: Ended) -> Generator[None]:
    here, flow_run = world.current(), _flow_run()
    lease_id = here.lease.lease_id
    opening = RunOpening(str(flow_run.id), flow_run.name, name, here.tenant, here.profile, here.model)
    seq = here.state.write(lambda connection: run_rows.open_run(connection, opening, lease_id, is_dead))
    if isinstance(seq, NotTaken):
        raise RunNotTaken(run=opening.run_id, reason=seq.reason)
    end.is_opened = True
    here.heads.grown(opening.run_id, seq)
    faults.reach("run.opened")
    turn = Scope(opening.run_id, resumed=seq > 1)
    try:
        if seq > 1:
            _take_answers(opening.run_id)
        with scope.working_for(turn):
            try:
                yield
            finally:
                page.finish(opening.run_id)
                _write_measures(opening.run_id, lease_id)
    except BaseException as error:
        _stop(turn, lease_id, error, end)
        raise
    _close(turn, lease_id, partial(run_rows.close_run, state="completed", error=None), is_whole=True)
    faults.reach("run.closed")


def _write_measures(run_id: str, lease_id: str) -> None:
    """Where the database is away the run ends all the same: measures are no records."""
    here = world.current()
    with suppress(Exception):
        if seq := here.measures.write(here.state, run_id, lease_id):
            here.heads.grown(run_id, seq)


def _take_answers(run_id: str) -> None:
    """A run that is taken up again may have been answered in Prefect's page, where it waits for an answer."""
    if not approvals.waiting_for(run_id):
        return
    try:
        suspension.take_answers(run_id)
    except httpx.HTTPError as error:  # the sweeper looks again
        _log.warning("Prefect could not be asked for answers to run %s: %s", run_id, error)


def _stop(turn: Scope, lease_id: str, error: BaseException, end: Ended) -> None:
    """Record that the run waits, is parked, or failed. Where it cannot be recorded, the end of the lease tells it."""
    here = world.current()
    if not isinstance(error, HoldfastError) or not error.parks:
        _close(turn, lease_id, partial(run_rows.close_run, state="failed", error=told(here, error)))
        return
    parks, why = error.parks, told(here, error, error.next)
    try:
        if parks == "approval":
            _close(turn, lease_id, partial(_let_wait, end=end, error=why), is_whole=True)
            faults.reach("run.waits")
            return
        _close(turn, lease_id, partial(run_rows.park_run, parked_for=parks, error=why))
        faults.reach("run.parked")
    except RunNotTaken:
        raise
    except HoldfastError as second:
        _log.warning("run %s could not be parked: %s", turn.run_id, told(here, second))


def _let_wait(connection: Connection, *, end: Ended, run_id: str, **given: Any) -> bool:
    """Write that the run waits. The process stays where it is to, and where something was decided meanwhile."""
    end.waits_here = end.stays or waking.has_news(connection, run_id) or staying.is_short(connection, run_id)
    return run_rows.let_wait(connection, run_id, stays=end.waits_here, **given)


def _close(turn: Scope, lease_id: str, act: Callable[..., bool], *, is_whole: bool = False) -> None:
    """Raises RunNotTaken where another process took the run over meanwhile: its end is that process's.

    After a *whole* turn, what the run asked before and did not ask in it is void.
    """
    tries = count()

    def close(connection: Connection) -> bool:
        if is_whole and run_rows.holds(connection, turn.run_id, lease_id):
            questions.void_unasked(connection, turn.run_id, turn.asked)
        return act(connection, run_id=turn.run_id, lease_id=lease_id, again=next(tries) > 0)

    if not world.current().state.write(close):
        raise RunNotTaken(run=turn.run_id, reason="another process took it over")
    world.current().heads.ended(turn.run_id)


def _parks(error: BaseException) -> Parks:
    return error.parks if isinstance(error, HoldfastError) else ""


def _flow_run() -> Any:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("a Holdfast flow runs as a Prefect flow run")
    return context.flow_run
