"""What happens while a flow runs: a live line on a terminal, plain lines in a pipe; always on stderr."""

import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from deployments.console.asked import book, line_of, short
from deployments.console.screen import err
from deployments.console.wording import STATUS_WORDS, count, duration, money, style_of

TO_ANSWER = "to answer"


@dataclass
class Tally:
    """What one document took: stages that ran, stages reused, US dollars, seconds."""

    ran: int = 0
    reused: int = 0
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0


@dataclass
class Follower:
    """Listens to a run (from any thread) and shows each document as it is finished; a *calm* one counts alone."""

    is_calm: bool = False
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    finished: list[Any] = field(default_factory=list)
    # One console for all: while the bar is shown, stderr is another object.
    _console: Console = field(default_factory=err)
    _counted: set[tuple[str, str]] = field(default_factory=set)
    _told: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _progress: Progress | None = None
    _bar: TaskID | None = None

    def __call__(self, news: Any) -> None:
        """Take one StageSettled, ItemFinished or RunWaits."""
        with self._lock:
            if hasattr(news, "approval_ids"):
                self._await(news.approval_ids)
            elif hasattr(news, "stage"):
                self._count(self.tallies[news.subject], news)
            else:
                self.tallies[news.subject].seconds = news.seconds
                self.finished.append(news.value)
                self._print(news.value, news.seconds)

    @property
    def ran(self) -> int:
        """Stages that ran, over all documents."""
        return sum(tally.ran for tally in self.tallies.values())

    @property
    def reused(self) -> int:
        """Stages that were reused, over all documents."""
        return sum(tally.reused for tally in self.tallies.values())

    @property
    def cost_usd(self) -> Decimal:
        """US dollars spent, over all documents."""
        return sum((tally.cost_usd for tally in self.tallies.values()), Decimal(0))

    @contextmanager
    def shown(self) -> Generator["Follower"]:
        """Show the live line inside this block, where stderr is a terminal."""
        if self.is_calm or not self._console.is_terminal:
            yield self
            return
        with _live(self._console) as self._progress:
            self._bar = self._progress.add_task("", total=None, of="")
            yield self
        self._progress = self._bar = None

    def expect(self, total: int | None) -> None:
        """Say how many documents there will be, where that is known."""
        with self._lock:
            if self._progress is not None and self._bar is not None:
                self._progress.update(self._bar, total=total, of=f" of {total}" if total else "")

    def say(self, text: str) -> None:
        """Say what is going on: beside the bar on a terminal, a line in a pipe."""
        if self._progress is None and not self.is_calm:
            self._console.print(text, markup=False)
        self._describe(text)

    def _count(self, tally: Tally, news: Any) -> None:
        """Count a stage once: after a wait, a process that stayed meets what it did before."""
        if (news.subject, news.key) in self._counted:
            return
        self._counted.add((news.subject, news.key))
        if news.reused:
            tally.reused += 1
        else:
            tally.ran += 1
            tally.cost_usd += news.cost_usd
        self._describe(f"{news.stage}  {news.subject}")

    def _await(self, approval_ids: tuple[str, ...]) -> None:
        """The process stays: say what is awaited. All items come once more after that."""
        self.finished.clear()
        if self._progress is not None and self._bar is not None:
            self._progress.update(self._bar, completed=0)
        for approval_id in approval_ids:
            asked = book().find_approval(approval_id)
            what, answer = line_of(asked), f"holdfast approvals approve {short(approval_id)}"
            if self._console.is_terminal:
                line = f"[ask]{TO_ANSWER:<14}[/]  {what}  [place]{answer}[/]"
                self._console.print(line, soft_wrap=True)
            else:
                self._console.print(f"{TO_ANSWER}: {what}: {answer}", soft_wrap=True)
        self._describe("waits for a person")

    def _describe(self, text: str) -> None:
        if self._progress is not None and self._bar is not None:
            self._progress.update(self._bar, description=escape(text))

    def _print(self, value: Any, seconds: float) -> None:
        if self._progress is not None and self._bar is not None:
            self._progress.update(self._bar, advance=1)
        name, status = str(getattr(value, "file", "")), str(getattr(value, "status", "done"))
        if self.is_calm or (name and self._told.get(name) == status):
            return
        self._told[name] = status
        console = self._console
        line = _line(value, seconds, styled=console.is_terminal)
        console.print(line, overflow="ellipsis", no_wrap=console.is_terminal, crop=console.is_terminal)


def _line(value: Any, seconds: float, *, styled: bool) -> str:
    status = str(getattr(value, "status", "done"))
    name = escape(str(getattr(value, "file", "")))
    word = STATUS_WORDS.get(status, status)
    told = ", ".join(part for part in (escape(_gist(value)).rstrip("."), duration(seconds)) if part)
    if not styled:
        return f"{word}: {name}: {told}"
    return f"[{style_of(status)}]{word:<14}[/]  {name}  [quiet]{told}[/]"


def _gist(value: Any) -> str:
    """Why it stopped, or what was read."""
    if hasattr(value, "gist"):
        return str(value.gist)
    reason = getattr(value, "reason", None)
    if reason and getattr(value, "status", "") != "posted":
        return str(reason)
    words = getattr(value, "words", 0)
    parts = (
        getattr(value, "vendor", None),
        money(getattr(value, "total", None), getattr(value, "currency", None)),
        count(words, "word") if words else "",
    )
    return ", ".join(str(part) for part in parts if part)


def _live(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(style="place"),
        TextColumn("{task.completed}{task.fields[of]} done", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=16),
        TimeElapsedColumn(),
        TextColumn(
            "[quiet]{task.description}[/]", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
        ),
        console=console,
        transient=True,
        expand=True,
        redirect_stdout=False,
    )
