"""One home where everything runs as it does for a person: the Prefect server, the sweeper, and runs as processes.

A run is stopped at a named fault point. There it, the server or the sweeper is killed, and what is left of them goes on.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from blocks.base.clock import monotonic, now_us, sleep
from blocks.state.tables import run_stages, stages
from deployments import local_server
from deployments.local_server.process import Identity, identify, is_alive
from deployments.samples.invent import invent
from deployments.samples.layouts import make_invoice
from deployments.sweeper import SWEEPER
from tests.worlds import oracle, place
from tests.worlds.desk import Desk

Outcome = tuple[list[Any], list[Any]]
WITHIN_SECONDS = 60.0
PATIENCE_SECONDS = "2"  # a run waits no longer for a store that is away
NAMED_AFTER_THE_BOOKS = "post_invoice"  # the key of what is posted holds the name of the books


def write_papers(folder: Path, seeds: Iterable[int]) -> Path:
    """Different invoices, one for each of *seeds*, which is its name."""
    folder.mkdir(parents=True)
    for seed in seeds:
        (folder / f"{seed}.pdf").write_bytes(make_invoice(invent(seed)))
    return folder


def names(folder: Path) -> set[str]:
    """The names of all papers in *folder* and below."""
    return {path.name for path in folder.rglob("*.pdf")}


def until(seconds: float, what: str, ask: Callable[[], Any]) -> Any:
    """What *ask* says as soon as it says anything, looked for twenty times a second; fails after *seconds*."""
    end = monotonic() + seconds
    while not (found := ask()):
        assert monotonic() < end, f"{what}: not within {seconds:.0f} s"
        sleep(0.05)
    return found


def stages_of(home: Path, run_id: str) -> list[Any]:
    """The rows of the stages that a run used, each with the document it was for."""
    state = place.record(home)
    joined = select(stages, run_stages.c.subject).join(run_stages, run_stages.c.key == stages.c.key)
    with state.reading() as connection:
        found = list(connection.execute(joined.where(run_stages.c.run_id == run_id)))
    state.close()
    return found


def outcome(desk: Desk, run_id: str, files: set[str]) -> Outcome:
    """What a run came to for *files*: its answers by document, stage and key, and what is in the books."""
    answers = sorted(
        (row.subject, row.stage, row.key, row.output_digest)
        for row in stages_of(desk.home, run_id)
        if row.subject in files and row.stage != NAMED_AFTER_THE_BOOKS
    )
    return answers, [row for row in desk.books() if row[0] in files]


@dataclass(frozen=True)
class MachineRoom:
    """A home, its server and its sweeper."""

    desk: Desk

    @property
    def home(self) -> Path:
        """Where all of it is kept."""
        return self.desk.home

    def up(self) -> None:
        """`holdfast up`, where something does not run."""
        if self.server() and self.sweeper():
            return
        started = self.desk.holdfast("up", "--json")
        assert started.returncode == 0, started.stderr

    def server(self) -> Identity | None:
        """The server's process, where it answers."""
        state, record = local_server.look(self.home)
        return record.identity if record is not None and state == "running" else None

    def sweeper(self) -> Identity | None:
        """The sweeper's process, where it is alive."""
        return SWEEPER.look(self.home)

    def kill(self, *found: Identity | None) -> None:
        """`kill -9` each of *found*, and see it gone."""
        for victim in found:
            assert victim is not None, "it was not alive"
            os.kill(victim.pid, signal.SIGKILL)
            until(10, f"the end of {victim.command}", lambda victim=victim: not is_alive(victim))

    @contextmanager
    def without_its_store(self) -> Generator[None]:
        """Let nothing be kept or found: a file stands where the folder of artifacts was."""
        store, away = self.home / "artifacts", self.home / "artifacts.away"
        store.mkdir(exist_ok=True)
        store.rename(away)
        store.touch()
        try:
            yield
        finally:
            store.unlink()
            away.rename(store)

    def ask(self, query: str, *values: Any) -> list[Any]:
        """What the record says now, read beside all who work on it."""
        file = f"file:{self.home / 'state.db'}?mode=rw"
        with closing(sqlite3.connect(file, uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def run_ids(self) -> set[str]:
        """All runs there are."""
        if not (self.home / "state.db").exists():
            return set()
        return {row[0] for row in self.ask("SELECT run_id FROM runs")}

    def log(self) -> str:
        """The end of what the sweeper told."""
        log = SWEEPER.log_file(self.home)
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""


@contextmanager
def opened(folder: Path) -> Generator[MachineRoom]:
    """A room in *folder* that is up; at its end both go."""
    room = MachineRoom(Desk(folder / "home"))
    try:
        room.up()
        yield room
    finally:
        room.desk.holdfast("down")
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Job:
    """One run, from `holdfast run` to its end in whatever process."""

    room: MachineRoom
    process: "subprocess.Popen[str]"
    run_id: str
    struck_at: int = 0
    was: str = "completed"
    kills: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def stopped_at(cls, room: MachineRoom, papers: Path, fault: str, *, workers: int) -> "Job":
        """Start `holdfast run` over *papers*, and return when it has stopped at *fault* (point:hit)."""
        before = room.run_ids()
        settings = {
            "HOLDFAST_FAULT": f"{fault}:stop",
            "HOLDFAST_WORKERS": str(workers),
            "HOLDFAST_PATIENCE_SECONDS": PATIENCE_SECONDS,
        }
        process = room.desk.start("run", "process_invoices", str(papers), "--json", **settings)
        came = until(2 * WITHIN_SECONDS, f"{fault} is reached", lambda: _turn_of(process.pid))
        if came != os.CLD_STOPPED:
            raise AssertionError(f"it never came to {fault}: {process.communicate()}")
        (run_id,) = room.run_ids() - before
        return cls(room, process, run_id)

    def go_on(self) -> None:
        """Let the stopped run go on."""
        self.process.send_signal(signal.SIGCONT)
        self.struck()

    def struck(self) -> None:
        """Remember that the last fault was now."""
        self.struck_at = now_us()

    def killed(self) -> None:
        """`kill -9` the process of the run."""
        self.was = self.state()  # how the run stood then
        self.process.kill()
        self.process.communicate()
        self._died()

    def killed_again(self, event: str) -> None:
        """Wait for *event* of the process that goes on with the run, and kill that one too."""
        since = self.struck_at
        until(WITHIN_SECONDS, event, lambda: self.events(event, since))
        pid = self.holder()
        assert pid is not None, "the run was over before it could be killed again"
        os.kill(pid, signal.SIGKILL)
        until(10, "its end", lambda: _is_gone(pid))
        self._died()

    def holder(self) -> int | None:
        """The process that the run belongs to."""
        query = "SELECT l.pid FROM leases AS l JOIN runs AS r ON r.lease_id = l.lease_id WHERE r.run_id = ?"
        return next((row[0] for row in self.room.ask(query, self.run_id)), None)

    def _died(self) -> None:
        self.struck()
        self.kills.append({row.key: row for row in oracle.rows(self.room.home, stages)})

    def ended(self) -> "subprocess.CompletedProcess[str]":
        """How the process that was started first ended, where it was not killed."""
        out, err = self.process.communicate(timeout=WITHIN_SECONDS)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def over(self) -> None:
        """Leave no process behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def events(self, kind: str, since: int = 0) -> list[int]:
        """When there was an event of *kind* after *since* (microseconds)."""
        query = "SELECT at FROM events WHERE run_id = ? AND kind = ? AND at > ? ORDER BY seq"
        return [row[0] for row in self.room.ask(query, self.run_id, kind, since)]

    def state(self) -> str:
        """What the record says of the run."""
        ((state,),) = self.room.ask("SELECT state FROM runs WHERE run_id = ?", self.run_id)
        return str(state)

    def ends(self, *states: str, within: float) -> None:
        """Wait until the run is in one of *states*, at most *within* seconds after the last fault."""
        left = within - (now_us() - self.struck_at) / 1e6
        until(left, f"the run is {' or '.join(states)}", lambda: self.state() in states)

    def seconds_to_end(self) -> float:
        """From the last fault to the end that is in the record."""
        ((ended_at,),) = self.room.ask("SELECT ended_at FROM runs WHERE run_id = ?", self.run_id)
        return max(0.0, (ended_at - self.struck_at) / 1e6)

    def seconds_to_running(self) -> float:
        """From the last kill of its process to the next that goes on with it; 0 where none was needed."""
        if self.was in ("completed", "waiting"):
            return 0.0
        return (self.events("run.taken", self.struck_at)[0] - self.struck_at) / 1e6

    def ran_too_often(self) -> list[str]:
        """Bodies that ran again though they were committed, or more often than they were open at a kill."""
        committed = [{key: row for key, row in kill.items() if row.state == "done"} for kill in self.kills]
        found = [told for before in committed for told in oracle.repeated(before, self.room.home)]
        was_open = Counter(key for kill in self.kills for key, row in kill.items() if row.state != "done")
        for row in stages_of(self.room.home, self.run_id):
            if row.attempts > 1 + was_open[row.key]:
                found.append(f"{row.stage}: {row.attempts} bodies, open at {was_open[row.key]} kills")
        return found


def _turn_of(child: int) -> int:
    """How *child* stopped or ended (si_code); 0 where it goes on."""
    came = os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG)
    return came.si_code if came else 0


def _is_gone(pid: int) -> bool:
    return identify(pid) is None
