"""`@stage`: a typed function becomes a recorded step of a run.

    @stage(version=3)
    def extract_invoice(text: DocumentText, *, model: LanguageModel = GIVEN) -> Invoice: ...

Calling it gives the answer: the recorded one where it is there, else what the body returns, recorded first.
`.submit(...)` and `.map(...)` work as on a Prefect task, with futures as arguments; `.fn` is the plain function.
Raise the version when the same inputs should be answered anew: the source code is not part of the key.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial, update_wrapper, wraps
from typing import Any, Generic, Literal, ParamSpec, TypeVar, cast

from prefect import Task, unmapped
from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext
from prefect.futures import PrefectFuture, PrefectFutureList

from blocks.base import clock
from blocks.base.errors import HoldfastError
from blocks.base.meter import Meter, Unsure, metered, running
from blocks.durable import carried, commit, receipt, scope, task_runners, world
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.call import Call, Shape
from blocks.durable.carried import Carried
from blocks.durable.discretion import Concealed, is_discreet, without_content
from blocks.durable.measuring import Auto

P = ParamSpec("P")
R = TypeVar("R")
Weight = Literal["durable", "light", "volatile", "auto"]

_CARRIED = "holdfast_carried"


class AnswerUnfit(HoldfastError):
    """The recorded answer of stage {stage} does not fit the type that the stage declares:"""

    safe = "Nothing is run again by itself; the answer is kept as it is."
    next = (
        "Where the type was changed, raise the stage's version. Else `holdfast runs resume RUN --recompute K` makes the "
        "answer anew, K being its number in `holdfast stages RUN`."
    )
    parks = "repair"


class _Ready:
    """A call that is bound and keyed, and the microseconds that it took inside its task, where it was made there.

    Prefect looks into collections and models for futures; here it need not.
    """

    __slots__ = ("call", "took_us")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.took_us = 0


class Stage(Generic[P, R]):
    """A stage: call it in a flow. Made by `stage`."""

    def __init__(
        self,
        fn: Callable[P, R],
        *,
        version: int,
        weight: Weight,
        retries: int,
        retry_delay: float,
        unsure: Unsure,
    ) -> None:
        self.fn = fn
        self.name: str = fn.__name__
        self.version = version
        self.weight: Weight = weight
        self._receipts = receipt.ReceiptStore()
        kept_as = "durable" if weight == "auto" else weight
        self._shape = Shape(fn, name=self.name, version=version, weight=kept_as, unsure=unsure)
        is_auto, is_pure = weight == "auto", not self._shape.has_providers
        self._auto = Auto(forgettable=is_pure, retried=retries > 0) if is_auto else None
        self.task = self._prefect_task(self._open_body(), retries, retry_delay)
        self._ready_task = self._prefect_task(self._ready_body, retries, retry_delay)
        receipt.opened_by(self.name, fn.__module__, self._open)
        update_wrapper(self, fn)

    def __reduce__(self) -> tuple[Any, ...]:
        return carried.named, (self.fn.__module__, self.fn.__qualname__)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer for these arguments: recorded, or made and recorded now. Raises what the body raises."""
        here = world.current()
        call = self._shape.call(here, args, kwargs)
        weight = here.measures.weight_of(here.state, call.identity, self._auto) if self._auto else self.weight
        if weight == "durable":
            if task_runners.is_elsewhere() and not commit.is_recorded(here, call):
                return self._carried_out(call, args, kwargs)
            return self._as_task(here, _Ready(call))
        is_new = not self._auto or not scope.current().resumed
        if weight == "volatile" and is_new:  # a run that is taken up again looks for what it recorded
            return self._volatile(here, call)
        call = call.as_light()
        found = commit.look_up(here, scope.current(), call)
        if weight == "sampled":
            here.measures.count(call.identity.name, sampled=1, sampled_again=int(found is not None))
            if found:
                self._compare(call, found)
        return self._parsed(found.data) if found else self._settle(call)

    def _as_task(self, here: world.World, ready: _Ready) -> R:
        started = clock.monotonic()
        try:
            return self._ready_task(ready)
        except Concealed as error:
            raise error.original from None
        finally:
            if ready.took_us:
                here.measures.shown(ready.call.identity.name, _us_since(started) - ready.took_us)

    def _carried_out(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """In a process of the task runner, while this one waits."""
        task: Any = self.task
        going_along = _going_along(call.key)
        sent = partial(task.submit, *args, **kwargs, **{_CARRIED: going_along})
        try:
            task_runners.carried_out(sent)
        except Concealed as error:
            _note_asked(error.original)
            raise error.original from None
        except ApprovalAwaited as error:
            _note_asked(error)
            raise
        return self._parsed(commit.carried_out(world.current(), scope.current(), call).data)

    def known(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The recorded answer for these arguments; KeyError where there is none.

        The run does not rest on it: nothing is entered.
        """
        here = world.current()
        return self._parsed(commit.read_recorded(here, self._shape.call(here, args, kwargs).key))

    def submit(self, *args: Any, **kwargs: Any) -> PrefectFuture[R]:
        """Start the stage on the flow's task runner. Arguments may be futures."""
        task: Any = self.task
        return task.submit(*args, **kwargs, **{_CARRIED: _going_along()})

    def map(self, *args: Any, **kwargs: Any) -> PrefectFutureList[R]:
        """Start the stage once per element of the iterable arguments; see `prefect.unmapped`."""
        task: Any = self.task
        return task.map(*args, **kwargs, **{_CARRIED: unmapped(_going_along())})

    def _open_body(self) -> Callable[..., R]:
        @wraps(self.fn)
        def body(*args: Any, **kwargs: Any) -> R:
            going_along: Carried = kwargs.pop(_CARRIED)

            def act() -> R:
                with going_along.entered():
                    call = self._shape.call(world.current(), args, kwargs)
                    going_along.check(call.key)
                    return self._settle(call)

            return without_content(act, is_encrypted=going_along.facts.is_encrypted)

        signature = inspect.signature(self.fn)
        more = inspect.Parameter(_CARRIED, inspect.Parameter.KEYWORD_ONLY)
        told: Any = body
        told.__signature__ = signature.replace(parameters=[*signature.parameters.values(), more])
        return body

    def _ready_body(self, ready: _Ready) -> R:
        started = clock.monotonic()
        try:
            return without_content(
                partial(self._settle, ready.call), is_encrypted=is_discreet(world.current())
            )
        finally:
            ready.took_us = _us_since(started)

    def _prefect_task(self, body: Callable[..., R], retries: int, retry_delay: float) -> Task[..., R]:
        task: Task[..., R] = _TaskOf(
            self,
            body,
            name=self.name,
            version=str(self.version),
            task_run_name=cast(Any, self._run_name),  # Prefect's type for it is one that no function has
            cache_policy=_RowsDecide(self._look_up),
            persist_result=True,
            result_serializer=receipt.ReceiptSerializer(),
            cache_result_in_memory=False,
            retries=retries,
            retry_delay_seconds=retry_delay,
            retry_jitter_factor=0.5 if retries else None,
        )
        task.result_storage = self._receipts  # nothing of it lives on the server, so it is not saved there
        return task

    def _run_name(self, parameters: Mapping[str, Any]) -> str:
        """For Prefect's pages. Prefect looks for an argument of this name."""
        going_along = parameters.get(_CARRIED)
        subject = (going_along.scope if isinstance(going_along, Carried) else scope.current()).subject
        return f"{self.name} · {subject}" if subject else self.name

    def _look_up(self, arguments: Mapping[str, Any]) -> str:
        ready, going_along = arguments.get("ready"), arguments.get(_CARRIED)
        if isinstance(ready, _Ready):
            return self._found(ready.call)
        if not isinstance(going_along, Carried):
            raise TypeError(f"stage {self.name} was called without its run")
        with going_along.entered():
            return self._found(self._shape.call_with(world.current(), arguments))

    def _found(self, call: Call) -> str:
        """Look the call up, once for all that Prefect asks about it; its key."""
        receipt.remember(call.key, commit.look_up(world.current(), scope.current(), call))
        return call.key

    def _settle(self, call: Call) -> R:
        settled = commit.settle(world.current(), scope.current(), call, self.fn, self._shape.output)
        receipt.remember(settled.key, settled)
        if self._auto and not settled.reused:
            here, name = world.current(), call.identity.name
            if here.measures.wants_another(here.state, name, self._auto, settled.output.duration_us):
                self._compare(call, settled)
        return self._parsed(settled.data)

    def _compare(self, call: Call, settled: commit.Settled) -> None:
        """Make an answer once more that cost nothing, to know whether it always comes out the same."""
        if settled.output.cost_nano_usd:
            return
        here = world.current()
        body: Callable[..., R] = self.fn
        try:
            with metered():
                is_same = self._shape.output.dump(body(**call.arguments)) == settled.data
        except Exception:
            is_same = False
        here.measures.count(call.identity.name, compared=1, unsteady=int(not is_same))

    def _open(self, given: receipt.Receipt) -> R:
        settled = receipt.found(given.key)
        return self._parsed(settled.data if settled else commit.read_recorded(world.current(), given.key))

    def _parsed(self, data: bytes) -> R:
        try:
            return self._shape.output.parse(data)
        except (ValueError, RecursionError) as error:
            raise AnswerUnfit(f"{error}", stage=self.name) from error

    def _volatile(self, here: world.World, call: Call) -> R:
        data = here.memory.get(call.key)
        if data is None:
            body: Callable[..., R] = self.fn
            started, spent = clock.monotonic(), Meter()
            with metered() if self._auto else nullcontext(spent) as spent:
                value = body(**call.arguments)
            if spent.nano_usd or spent.calls:
                return self._recorded_after_all(here, call, value, spent)
            data = self._shape.output.dump(value)
            here.measures.count(call.identity.name, made=1, made_us=_us_since(started))
            if here.cipher is None:  # what is erased must be nowhere
                here.memory.put(call.key, data)
        return self._shape.output.parse(data)

    def _recorded_after_all(self, here: world.World, call: Call, value: R, spent: Meter) -> R:
        """An answer that cost money, for the first time, of a stage that was decided to be volatile."""

        def body(**_: Any) -> R:
            if meter := running():
                meter.nano_usd, meter.calls = spent.nano_usd, spent.calls
            return value

        settled = commit.settle(here, scope.current(), call.as_light(), body, self._shape.output)
        return self._parsed(settled.data)


def stage(
    *,
    version: int,
    weight: Weight = "durable",
    retries: int = 0,
    retry_delay: float = 1.0,
    unsure: Unsure = "auto",
) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Make a typed function a stage.

    Args:
        version: raise it when the same inputs should be answered anew.
        weight: `durable`, the default: a Prefect task run and a row; `light`: the same row without a task run;
            `volatile`: this process's memory only; `auto`: durable at first, then what is measured says
            (blocks.durable.weighing). Only for a function of its arguments alone: some of its answers are made twice.
        retries: how often Prefect runs the task again after an exception (durable only).
        retry_delay: seconds before a retry, with jitter.
        unsure: where nobody knows whether a paid call was billed, `retry` makes it once more, which is recorded; `hold`
            lets a person decide; `auto`: a person decides above the price that the profile names.

    Raises TypeError where an argument or the answer has no canonical form (blocks.base.canonical).
    """

    def decorate(fn: Callable[P, R]) -> Stage[P, R]:
        return Stage(
            fn,
            version=version,
            weight=weight,
            retries=retries,
            retry_delay=retry_delay,
            unsure=unsure,
        )

    return decorate


class _TaskOf(Task[..., R]):
    """A stage's task for Prefect; carried to another process it is the one of the stage there."""

    def __init__(self, stage: Stage[..., R], body: Callable[..., R], **given: Any) -> None:
        super().__init__(body, **given)
        self.stage = stage

    def __reduce__(self) -> tuple[Any, ...]:
        return _task_of, (self.stage,)


def _task_of(stage: Stage[..., R]) -> Task[..., R]:
    return stage.task


class _RowsDecide(CachePolicy):
    """Prefect's cache key is our key, and what is recorded is entered into the run on the way."""

    def __init__(self, look_up: Callable[[Mapping[str, Any]], str]) -> None:
        super().__init__()
        self._look_up = look_up

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str:
        """The stage's key. Where it raises, Prefect runs the body, which raises the same for all to see."""
        going_along = inputs.get(_CARRIED)
        is_carried = isinstance(going_along, Carried)
        is_encrypted = going_along.facts.is_encrypted if is_carried else is_discreet(world.current())
        return without_content(partial(self._look_up, inputs), is_encrypted=is_encrypted)


def _us_since(started: float) -> int:
    return round((clock.monotonic() - started) * 1_000_000)


def _note_asked(error: Exception) -> None:
    """What was asked in another process was asked for this run."""
    if approval_id := getattr(error, "approval_id", ""):
        scope.current().asked.add(approval_id)


def _going_along(key: str = "") -> Carried:
    task_runners.refuse_open_line(is_encrypted=is_discreet(world.current()))
    return carried.here(key)
