"""Processes that live as long as a test wants: each has a world on one record, and does what it is told."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Connection as Transaction

from blocks.artifacts.store import ArtifactStore, Shelf
from blocks.base import clock, faults
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseUnavailable
from blocks.durable import damage, recorded_flow, recovery, stage, world
from blocks.durable.lease import is_dead
from blocks.durable.recorded_flow import Ended
from blocks.durable.recovery import RunNotTaken
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state import run_rows
from blocks.state.database import StateDatabase
from blocks.state.run_rows import RunOpening
from tests.worlds import children, model, place
from tests.worlds.children import COUNTS
from tests.worlds.counting import body_ran, count_in, times_run
from tests.worlds.ledgers import sign
from tests.worlds.model import Reply

EVERY_EVENTS = 3
LONGEST_SECONDS = 60
_DAY_US = 24 * 3600 * 1_000_000

children.forks.set_forkserver_preload([*children.PRELOAD, __name__])

_trouble = ""


def _body(answer: str) -> str:
    body_ran(answer)
    if _trouble == model.BODY_RAISES:
        raise OSError("no answer")
    return f"{answer} {times_run(answer)} "


@stage(version=1, weight="light")
def short(number: int) -> str:
    """An answer that is kept in the row, and tells which time its body ran."""
    return _body(f"short-{number}")


@stage(version=1, weight="light")
def long(number: int) -> str:
    """An answer that is kept as an artifact, where the store takes it."""
    return _body(f"long-{number}") * 2000


STAGES: dict[str, Callable[[int], str]] = {"short": short, "long": long}


def text_of(answer: str, number: int) -> str:
    """What the body of an *answer* gives the time of that *number*."""
    return f"{answer} {number} " * (2000 if answer.startswith("long") else 1)


class Worker:
    """A process, seen from the test."""

    def __init__(self, folder: Path) -> None:
        self._near, far = children.forks.Pipe()
        self._process = children.start(_serve, folder, far)
        far.close()

    def asked(self, what: str, *arguments: str) -> "Worker":
        """Let the process do something; `reply` waits for what came of it."""
        self._near.send((what, *arguments))
        return self

    def reply(self) -> Reply:
        """What the process says; KILLED where it was killed on the way."""
        assert self._near.poll(LONGEST_SECONDS), "a worker does not answer"
        try:
            return self._near.recv()
        except EOFError:
            assert children.end_of(self._process) == -9
            return model.KILLED

    def tell(self, what: str, *arguments: str) -> Reply:
        """Let the process do something, and wait for it."""
        return self.asked(what, *arguments).reply()

    def kill(self) -> None:
        """End it as power loss does."""
        self._process.kill()
        self._process.join()
        self._near.close()


@dataclass(frozen=True)
class _Shelf:
    """A shelf that a trouble makes full, or takes away."""

    under: Shelf

    def put_once(self, name: str, envelope: bytes) -> None:
        self._is_there(model.STORE_FULL)
        self.under.put_once(name, envelope)

    def read(self, name: str) -> bytes | None:
        self._is_there()
        return self.under.read(name)

    def replace(self, name: str, found: bytes, by: bytes | None) -> None:
        self._is_there()
        self.under.replace(name, found, by)

    def names(self) -> Iterator[str]:
        return self.under.names()

    def _is_there(self, *more: str) -> None:
        if _trouble in (model.STORE_GONE, _GONE[model.ALL_GONE], *more):
            raise OSError("the store is away")


def _may_be_away(state: StateDatabase) -> StateDatabase:
    """Let a trouble take a database away."""
    writing = state.writing

    @contextmanager
    def unless_away(*, lasting: bool = True) -> Generator[Transaction]:
        if _trouble in _GONE.values():
            raise DatabaseUnavailable("it is away")
        with writing(lasting=lasting) as connection:
            yield connection

    state.writing = unless_away
    return state


_GONE = {trouble: f"since a moment, {trouble}" for trouble in model.FOR_GOOD}


def _serve(folder: Path, far: Connection) -> None:
    count_in(folder / COUNTS)
    world.leave()
    world.opened_by(lambda: _opened(folder))
    while True:
        try:
            what, *arguments = far.recv()
        except EOFError:
            return
        far.send(_DOES[what](*arguments))


def _opened(folder: Path) -> World:
    state, store = _may_be_away(place.record(folder)), ArtifactStore(_Shelf(place.shelf(folder)))
    made = World("test", "default", state, store, {}, 4, state.close)
    sign(made, folder, every_events=EVERY_EVENTS)
    return made


def _open(run_id: str) -> Reply:
    here = world.current()
    opening = RunOpening(run_id, f"name of {run_id}", "a_flow", here.tenant, here.profile)
    lease_id = here.lease.lease_id
    seq = here.state.write(lambda connection: run_rows.open_run(connection, opening, lease_id, is_dead))
    assert isinstance(seq, int)
    here.heads.grown(run_id, seq)
    return model.DONE


def _take(run_id: str) -> Reply:
    """Go on with a run, as `holdfast runs resume` does."""
    try:
        recovery.take(run_id)
    except RunNotTaken as error:
        return "raised", error.slug
    return _open(run_id)


def _ask(run_id: str, answer: str, trouble: str) -> Reply:
    """Ask for an answer, with *trouble* on the way; what stops a flow stops the run."""
    global _trouble  # noqa: PLW0603  it meets the bodies, the shelf and the database
    name, number = answer.split("-")
    _trouble = trouble
    try:
        with working_for(Scope(run_id, "a document")), faults.planned(_plan(trouble)):
            text = STAGES[name](int(number))
    except (HoldfastError, OSError) as error:
        if trouble not in model.FOR_GOOD:
            _trouble = ""
        recorded_flow._stop(Scope(run_id), world.current().lease.lease_id, error, Ended())
        return "raised", type(error).__name__
    _trouble = ""
    given = int(text.split()[1])
    assert text == text_of(answer, given)
    return "gave", given


def _plan(trouble: str) -> Callable[[str], None]:
    if trouble in model.KILLS:
        return children.killed_at(trouble)
    fails_at = {model.CONFIRMATION_LOST: model.COMMITTED}
    fails_at |= dict.fromkeys((model.COMMIT_REFUSED, *model.FOR_GOOD), model.IN_THE_COMMIT[0])

    def act(point: str) -> None:
        global _trouble  # noqa: PLW0603  what goes for good is gone from here on
        if point == fails_at.get(trouble):
            _trouble = _GONE.get(trouble, "")
            raise DatabaseUnavailable(trouble)

    return act


def _finish(run_id: str) -> Reply:
    lease_id = world.current().lease.lease_id
    recorded_flow._close(Scope(run_id), lease_id, partial(run_rows.close_run, state="completed", error=None))
    return model.DONE


def _recompute(run_id: str, key: str) -> Reply:
    """Let an answer be made anew, as `holdfast runs resume --recompute` does."""
    here = world.current()
    try:
        found = damage.find(here, run_id, key)
    except HoldfastError as error:
        return "raised", error.slug
    for reopening in found:
        damage.reopen(here, run_id, reopening)
    return "gave", len(found)


def _jump(days: str) -> Reply:
    """Let the clock of this process be wrong, and stand."""
    clock._frozen_us = clock.now_us() + int(days) * _DAY_US
    return model.DONE


def _leave() -> Reply:
    """Give the lease back, as a process does that ends well."""
    world.leave()
    return model.DONE


_DOES: dict[str, Callable[..., Reply]] = {
    "start": _open,
    "take": _take,
    "ask": _ask,
    "finish": _finish,
    "recompute": _recompute,
    "jump": _jump,
    "leave": _leave,
}
