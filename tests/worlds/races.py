"""Processes that go on with one run at the same moment, and one that is stopped while another goes on without it."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

from blocks.base import clock, faults
from blocks.base.errors import HoldfastError
from blocks.durable import recovery, stage
from blocks.durable.lease import Lease
from blocks.durable.recovery import RunNotTaken
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.state.tables import leases
from tests.worlds import oracle, place
from tests.worlds.children import COUNTS, end_of, forks, killed_at, start
from tests.worlds.counting import bodies, body_ran, count_in
from tests.worlds.ground import Ground
from tests.worlds.laptop import RUN, enter
from tests.worlds.ledgers import close_run, sign
from tests.worlds.stages import Page, joined, posted, story

NOT_TAKEN = RunNotTaken.__name__
SHORT_LEASE = 0.6
IN_THE_COMMIT = {"stage.commit.open", "stage.commit.written"}
LONGEST = 60.0

Told = Callable[[Accounting], Page]
Plan = Callable[[str], None]


@stage(version=1, weight="light")
def short_mark() -> Page:
    """Tells which process gave it, in a row."""
    body_ran("short_mark")
    return Page(number=1, text=f"{os.getpid()}")


@stage(version=1, weight="light")
def long_mark() -> Page:
    """Tells which process gave it, in an artifact."""
    body_ran("long_mark")
    return Page(number=2, text=f"{os.getpid()} " * 4000)


def same_for_all(books: Accounting) -> Page:
    """Four stages; the answers are the same whoever gives them."""
    page = story()
    return Page(number=posted(page.number, books=books), text=page.text)


def marked(books: Accounting) -> Page:
    """Four stages; the answers tell who gave them, so that a mix of two processes' answers shows."""
    page = joined(short_mark(), long_mark())
    return Page(number=posted(page.number, books=books), text=page.text)


@contextmanager
def at_work(folder: Path) -> Generator[World]:
    """The world of this process on the record in *folder*, for the run that is there. The run is left as it is."""
    count_in(folder / COUNTS)
    state = place.record(folder)
    made = World("test", "default", state, place.store(folder), {}, 4, state.close)
    sign(made, folder)
    enter(made)
    with working_for(Scope(RUN, "a document")):
        yield made


def begin(folder: Path, tell: Told, plan: Plan) -> None:
    """Take the run and tell it, with *plan* at the fault points."""
    with at_work(folder), faults.planned(plan):
        recovery.take(RUN)
        _note(folder, "first", tell, place.books(folder))


def begin_and_die(folder: Path, tell: Told, point: str, hit: int) -> None:
    """Take the run, tell it, and be killed at a reach of *point*."""
    begin(folder, tell, killed_at(point, hit))


def begin_and_list(folder: Path, tell: Told) -> None:
    """Take the run, tell it to its end, and list the fault points that it reached."""
    seen: list[str] = []
    begin(folder, tell, seen.append)
    (folder / "reached.txt").write_text("\n".join(seen))


def reached(folder: Path) -> list[tuple[str, int]]:
    """Every reach that `begin_and_list` saw: the point, and how often it was reached by then."""
    seen = (folder / "reached.txt").read_text().split()
    return [(point, seen[: place + 1].count(point)) for place, point in enumerate(seen)]


def join_in(folder: Path, name: str, barrier: Barrier, asks: bool) -> None:
    """Wait for all the others, then go on with the run: as its taker, or without asking whose it is."""
    with at_work(folder) as made:
        books = place.books(folder)
        barrier.wait(LONGEST)
        if not asks:
            _note(folder, name, same_for_all, books)
        elif _taken(folder, name):
            _note(folder, name, same_for_all, books)
            close_run(made, RUN, lease_id=made.lease.lease_id)


def all_at_once(folder: Path, asking: Sequence[bool]) -> list[str]:
    """Let one process for each of *asking* go on with the run at one moment; what each said in the end."""
    barrier = forks.Barrier(len(asking))
    with ended_for_sure() as started:
        started += [start(join_in, folder, f"{n}", barrier, asks) for n, asks in enumerate(asking)]
        assert [end_of(process, LONGEST) for process in started] == [0] * len(asking)
    return [said(folder, f"{n}") for n in range(len(asking))]


def begin_and_stop(folder: Path, point: str, hit: int, stopping: Event, tried: Event) -> None:
    """Take the run under a short lease, tell it, and be stopped at a reach of *point*.

    *tried* is set when this process, awake again, has tried to commit a stage.
    """
    with at_work(folder) as made:
        made._lease = Lease(made.state, SHORT_LEASE)
        with faults.planned(_stopped_at(point, hit, made, stopping, tried)):
            recovery.take(RUN)
            _note(folder, "first", marked, place.books(folder))


def go_on_without(folder: Path, asks: bool, there: Event, go_on: Event) -> None:
    """Wait for the lease of the first process to pass, and finish the run.

    *there* is set when a stage is claimed or nothing is left to claim; what follows waits for *go_on*.
    """

    def act(point: str) -> None:
        if point == "stage.claimed" and not there.is_set():
            there.set()
            assert go_on.wait(LONGEST)

    with at_work(folder), faults.planned(act):
        if asks:
            _take_when_free()
        _note(folder, "second", marked, place.books(folder))
    there.set()


def said(folder: Path, name: str) -> str:
    """What a process said in the end: its answer, or the name of its error."""
    return (folder / f"{name}.txt").read_text()


def who_gave(folder: Path, row: Any) -> str:
    """The number of the process that gave the recorded answer of a mark, the stage in *row*."""
    data = row.output or place.store(folder).get(row.output_digest)
    return Page.model_validate_json(data).text.split()[0]


def times_run(folder: Path) -> Counter[str]:
    """How often the body of each stage ran in *folder*."""
    ran: Counter[str] = Counter()
    for name, count in bodies(folder / COUNTS).items():
        ran[name.partition("-")[0]] += count
    return ran


def end_of_lease(folder: Path) -> int:
    """When the newest lease in *folder* passes, in microseconds by the database's clock."""
    return max(row.expires_at for row in oracle.rows(folder, leases))


def wait_past(folder: Path, end: int) -> None:
    """Wait until the database's clock is past *end*."""
    state = place.record(folder)
    while (now := state.now_us()) <= end:
        clock.sleep((end - now) / 1_000_000 + 0.001)
    state.close()


@contextmanager
def ended_for_sure() -> Generator[list[BaseProcess]]:
    """A list for processes, of which none is left afterwards, stopped ones included."""
    started: list[BaseProcess] = []
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.join()


@contextmanager
def folder_for(ground: Ground, parent: Path, seed: int, record: Path) -> Generator[Path]:
    """A folder for one round, with a copy of the world *record* in it."""
    folder = ground.copied(record, parent / f"{seed}")
    try:
        yield folder
    finally:
        ground.cleared(folder)


def _stopped_at(point: str, hit: int, made: World, stopping: Event, tried: Event) -> Plan:
    left = hit

    def act(name: str) -> None:
        nonlocal left
        if left == 0 and name == "stage.committed":
            tried.set()
        elif left and name == point:
            left -= 1
            if left == 0:
                _stop(point, made, stopping)

    return act


def _stop(point: str, made: World, stopping: Event) -> None:
    """Stop this process, with the database in its hands only where *point* itself lies in a transaction.

    The lease is renewed by another thread, so its transaction is kept out first.
    """
    renewal = nullcontext() if point in IN_THE_COMMIT else made.state._write_lock
    with renewal:
        stopping.set()
        os.kill(os.getpid(), signal.SIGSTOP)


def _take_when_free() -> None:
    """Ask for the run again and again, as a sweeper does, until its lease has passed."""
    until = clock.monotonic() + LONGEST
    while True:
        try:
            recovery.take(RUN)
        except RunNotTaken:
            assert clock.monotonic() < until
            clock.sleep(0.05)
        else:
            return


def _taken(folder: Path, name: str) -> bool:
    try:
        recovery.take(RUN)
    except RunNotTaken:
        (folder / f"{name}.txt").write_text(NOT_TAKEN)
        return False
    return True


def _note(folder: Path, name: str, tell: Told, books: Accounting) -> None:
    """Write down what *tell* gives, or the name of the error that it ends in."""
    try:
        text = tell(books).model_dump_json()
    except HoldfastError as error:
        text = error.slug
    (folder / f"{name}.txt").write_text(text)
