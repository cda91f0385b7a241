"""What must come of the lives of some runs that share their answers, in plain dicts: the product is held against it.

An answer is told by a number: which time its body ran to give it.
"""

from collections import Counter
from dataclasses import dataclass, field

KILLED, DONE = ("killed", ""), ("done", "")
BODY_RAISES = "the body raises"
STORE_FULL, STORE_GONE = "the store takes nothing", "the store is gone"
COMMIT_REFUSED, CONFIRMATION_LOST = "the commit is refused", "the confirmation of the commit is lost"
DATABASE_GONE, ALL_GONE = "the database goes for good", "database and store go for good"
FOR_GOOD = (DATABASE_GONE, ALL_GONE)
OUTAGES = (STORE_FULL, STORE_GONE, COMMIT_REFUSED, CONFIRMATION_LOST, *FOR_GOOD)

CLAIMED, BODY_DONE, COMMITTED = "stage.claimed", "stage.body.done", "stage.committed"
NEW_FILE, KEPT = ("artifact.written", "artifact.renamed"), "artifact.kept"
IN_THE_COMMIT = ("stage.commit.open", "stage.commit.written")
KILLS = (CLAIMED, BODY_DONE, *NEW_FILE, KEPT, *IN_THE_COMMIT, COMMITTED)

PARKS = {
    "ArtifactCorrupt": "repair",
    "ArtifactMissing": "repair",
    "ResultCorrupt": "repair",
    "DatabaseUnavailable": "outage",
    "StoreUnavailable": "outage",
}

Reply = tuple[str, object]


@dataclass
class Run:
    """A run: how it stands, which worker has it, the answers it has, and those that it met damaged."""

    owner: int | None
    state: str = "running"
    parked_for: str | None = None
    has: dict[str, int] = field(default_factory=dict[str, int])
    told: set[str] = field(default_factory=set[str])

    @property
    def is_going(self) -> bool:
        """A live process has it."""
        return self.state == "running" and self.owner is not None

    @property
    def is_free(self) -> bool:
        """Whoever asks for it gets it."""
        return self.state != "completed" and not self.is_going


@dataclass
class Model:
    """The runs, and their answers: committed, in the row, damaged (by which error), held after an outage, tried, run."""

    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    committed: dict[str, int] = field(default_factory=dict[str, int])
    in_row: set[str] = field(default_factory=set[str])
    damaged: dict[str, str] = field(default_factory=dict[str, str])
    held: dict[str, int] = field(default_factory=dict[str, int])
    tried: set[str] = field(default_factory=set[str])
    ran: Counter[str] = field(default_factory=Counter[str])

    def going(self) -> list[str]:
        """The runs that a live process has."""
        return [name for name, run in self.runs.items() if run.is_going]

    def sound(self) -> list[str]:
        """The answers that are recorded, or held, and can be read."""
        return sorted({*self.committed, *self.held} - self.damaged.keys())

    def stalled(self) -> list[str]:
        """The runs that say they are running and whose process is gone."""
        return [name for name, run in self.runs.items() if run.state == "running" and run.owner is None]

    def starts(self, name: str, owner: int) -> None:
        """A new run of a worker."""
        self.runs[name] = Run(owner)

    def dies(self, owner: int | None) -> None:
        """The process of a worker is gone, and another is in its place."""
        for run in self.runs.values():
            if run.owner == owner:
                run.owner = None

    def taken(self, name: str, owner: int) -> None:
        """A worker goes on with a run."""
        run = self.runs[name]
        run.state, run.parked_for, run.owner = "running", None, owner

    def ends(self, name: str, state: str, parked_for: str | None = None) -> None:
        """A run is completed, failed or parked."""
        run = self.runs[name]
        run.state, run.parked_for, run.owner = state, parked_for, None

    def ask(self, name: str, answer: str, trouble: str = "") -> Reply:
        """What a run is told that asks for an *answer* with *trouble* on the way."""
        run = self.runs[name]
        reply = self._found(run, answer, trouble) or self._worked(run, answer, trouble)
        if reply == KILLED or (reply == ("raised", "DatabaseUnavailable") and trouble in FOR_GOOD):
            self.dies(run.owner)
        elif reply[0] == "raised":
            kind = PARKS.get(str(reply[1]))
            self.ends(name, "parked" if kind else "failed", kind)
        return reply

    def recompute(self, name: str, answer: str) -> Reply:
        """What a person is told who wants an answer of a run anew."""
        run = self.runs[name]
        if answer not in run.told and (answer not in self.committed or answer not in run.has):
            return "raised", "NothingToRecompute"
        for known in (self.committed, self.damaged, self.held):
            known.pop(answer, None)
        self.in_row.discard(answer)
        return "gave", 1

    def _found(self, run: Run, answer: str, trouble: str) -> Reply | None:
        """What is recorded is given; where it cannot be read, nothing runs."""
        if answer not in self.committed:
            return None
        if trouble == STORE_GONE and answer not in self.in_row:
            return "raised", "StoreUnavailable"
        if answer in self.damaged:
            run.told.add(answer)
            return "raised", self.damaged[answer]
        run.has.setdefault(answer, self.committed[answer])
        return "gave", self.committed[answer]

    def _worked(self, run: Run, answer: str, trouble: str) -> Reply:
        """The body runs, unless its answer is held; the answer is committed, unless something stops it."""
        again = answer in self.tried
        self.tried.add(answer)
        if trouble == STORE_GONE and again:
            return "raised", "StoreUnavailable"  # it could hold an answer
        if answer in self.damaged and trouble != CLAIMED:
            run.told.add(answer)
            return "raised", self.damaged[answer]
        path = self._path(answer)
        killed = trouble in path
        raises = trouble == BODY_RAISES and answer not in self.held
        if raises or BODY_DONE in path[: path.index(trouble) + 1 if killed else None]:
            self.ran[answer] += 1
        number = self.held.get(answer, self.ran[answer])
        if raises:
            return "raised", "OSError"
        if (not killed and trouble not in (COMMIT_REFUSED, *FOR_GOOD)) or trouble == COMMITTED:
            self._commit(run, answer, number, trouble)
        if trouble in (COMMIT_REFUSED, CONFIRMATION_LOST, DATABASE_GONE):
            self.held.setdefault(answer, number)
        if killed:
            return KILLED
        lost = trouble in (COMMIT_REFUSED, CONFIRMATION_LOST, *FOR_GOOD)
        return ("raised", "DatabaseUnavailable") if lost else ("gave", number)

    def _path(self, answer: str) -> list[str]:
        """The fault points on the way of an answer. A held one was kept before, so its file is there."""
        body, file = (BODY_DONE,), (*NEW_FILE, KEPT)
        if answer in self.held:
            body, file = (), (KEPT,)
        return [CLAIMED, *body, *(file if answer.startswith("long") else ()), *IN_THE_COMMIT, COMMITTED]

    def _commit(self, run: Run, answer: str, number: int, trouble: str) -> None:
        self.committed[answer] = run.has[answer] = number
        if answer.startswith("short") or trouble in (STORE_FULL, STORE_GONE):
            self.in_row.add(answer)
