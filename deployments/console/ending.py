"""How a run ended in this process: for people, for scripts, and as an exit code."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from blocks.base.errors import HoldfastError, Misuse
from deployments.console import dossier
from deployments.console.analyses import analysis_blocks, shared_table
from deployments.console.asked import awaited_by, awaited_lines
from deployments.console.documents import documents_table, exit_code, reasons, summary
from deployments.console.failure import DONE, FAILED, MISUSED, WAITING, print_parts
from deployments.console.jsontext import json_text
from deployments.console.past import history, late
from deployments.console.progress import Follower
from deployments.console.screen import out, print_table, say
from deployments.console.wording import count
from deployments.local_server import Record
from deployments.prefect_api import Elsewhere

NOT_DONE = ("failed", "parked")
_MOST_AWAITED = 10


@dataclass(frozen=True)
class Ending:
    """A run's *result*, what was heard of it, and the *seconds* that the command took."""

    result: Any
    follower: Follower
    server: Record | Elsewhere
    seconds: float

    @cached_property
    def documents(self) -> list[Any] | None:
        """The outcomes of a flow over documents, those finished where it failed; None for another flow."""
        document_outcome = late("tasks.schemas.outcome").DocumentOutcome
        analysis = late("tasks.schemas.analysis").DocumentAnalysis
        value = self.report.documents if self.report else self.result.value
        values = value if isinstance(value, list | tuple) else self.follower.finished
        are_documents = values and all(isinstance(one, document_outcome | analysis) for one in values)
        return list(values) if are_documents else None

    @cached_property
    def uploads(self) -> list[Any]:
        """What was read of the uploads of a loan dossier; of another flow none."""
        return dossier.uploads_of(self.follower.finished)

    @cached_property
    def report(self) -> Any:
        """The report of a flow that makes one; None for another flow."""
        value = self.result.value
        return value if isinstance(value, late("tasks.schemas.analysis").AnalysisReport) else None

    @cached_property
    def awaited(self) -> list[Any]:
        """What the run waits for, oldest first."""
        try:
            return awaited_by(self.result.run_id)
        except HoldfastError:  # the database is away
            return []

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The run for scripts."""
        result = self.result
        facts: dict[str, Any] = {"run_id": result.run_id, "state": result.state}
        if self.documents is None:
            facts["value"] = None if result.state == "waiting" else result.value
            if self.uploads:
                facts["uploads"] = [dossier.upload_facts(upload) for upload in self.uploads]
                facts["asked"] = [asked.shown for asked in self.awaited]
        else:
            facts["documents"] = [_document(outcome, self.follower) for outcome in self.documents]
        if self.report is not None:
            facts["shared"] = self.report.shared
        if result.state == "waiting" or self.awaited:
            facts["approvals"] = [asked.approval_id for asked in self.awaited]
        facts |= {**_totals(result, self.follower), "seconds": round(self.seconds, 3)}
        if result.error and result.state in NOT_DONE:
            facts["error"] = str(result.error)
        return facts

    @property
    def code(self) -> int:
        """The exit code."""
        result = self.result
        if result.state in NOT_DONE:
            return MISUSED if isinstance(result.error, Misuse) else FAILED
        if result.state == "waiting":
            return WAITING
        return exit_code([outcome.status for outcome in self.documents]) if self.documents else DONE

    def show(self) -> None:
        """Print what came out, what is awaited, and where to look."""
        statuses = [outcome.status for outcome in self.documents or ()]
        if self.documents is not None:
            self._show_documents(statuses)
        elif self.uploads:
            self._show_dossier()
        elif self.facts["value"] is not None:
            out().print(json_text(self.facts["value"]), markup=False)
        took = {name: self.facts["stages"][name] for name in ("ran", "reused")}
        told = summary(statuses, **took, cost_usd=self.facts["cost_usd"], seconds=self.facts["seconds"])
        say(told, style="head")
        show_awaited(self.awaited)
        if self.result.state == "waiting" and not self.awaited:
            out().print()
            say(
                f"What it waited for is decided by now: [place]holdfast runs resume {self.result.run_id[:8]}[/]"
            )
        self._show_where()

    def tell_failure(self) -> None:
        """Where the run failed or is parked: what happened, what is safe, what to type."""
        error = self.result.error
        if self.result.state not in NOT_DONE:
            return
        what = getattr(error, "what", None) or f"The run failed: {error or 'no reason was given'}"
        safe = getattr(error, "safe", "Every finished stage is recorded and is not run again.")
        then = getattr(
            error, "next", "Run the same command again; `holdfast stages last` shows how far it came."
        )
        print_parts(what, safe, then)

    def _show_dossier(self) -> None:
        outcome = self.result.value if self.result.state == "completed" else None
        if outcome is not None:
            shown = late("tasks.submit").review_of(outcome.report).model_dump(mode="json")
            dossier.show_dossier(shown, outcome)
        for asked in self.awaited:
            dossier.show_dossier(asked.shown)

    def _show_documents(self, statuses: list[str]) -> None:
        documents = self.documents or []
        if hasattr(documents[0], "summary"):
            self._show_analyses(documents)
            return
        print_table(documents_table(documents, self.follower.tallies, width=out().width))
        out().print()
        for line in reasons(documents):
            say(line)
        if exit_code(statuses) != DONE:
            out().print()

    def _show_analyses(self, documents: list[Any]) -> None:
        for head, body in analysis_blocks(documents, self.follower.tallies):
            say(head)
            print_table(body)
            out().print()
        if shared := shared_table(self.report.shared if self.report else ()):
            say("In several documents", style="head")
            print_table(shared)
            out().print()

    def _show_where(self) -> None:
        out().print()
        run = self.result.run_id
        out().print(f"page    [place]{self.server.url}/runs/flow-run/{run}[/]", soft_wrap=True)
        out().print(f"run     holdfast runs show {run[:8]}")
        out().print(f"stages  holdfast stages {run[:8]}")


def show_awaited(awaited: list[Any]) -> None:
    """Print what a run waits for and what to type, where it waits."""
    if not awaited:
        return
    out().print()
    say(f"Waits for {count(len(awaited), 'decision')} by a person. Nothing runs meanwhile.", style="head")
    for line in awaited_lines(awaited[:_MOST_AWAITED]):
        say(line)
    if len(awaited) > _MOST_AWAITED:
        say(f"{len(awaited) - _MOST_AWAITED:,} more: [place]holdfast approvals list[/]")


def _totals(result: Any, follower: Follower) -> dict[str, Any]:
    """What the run recorded; what was heard of it where it failed before it could record itself."""
    past = history()
    try:
        row = past.find_run(result.run_id)
    except HoldfastError:  # it was never opened, or the database is away
        return {"cost_usd": follower.cost_usd, "stages": {"ran": follower.ran, "reused": follower.reused}}
    return {"cost_usd": row.cost_usd, "stages": {"ran": row.ran, "reused": row.reused}}


def _document(outcome: Any, follower: Follower) -> dict[str, Any]:
    tally = follower.tallies[outcome.file]
    took = {
        "cost_usd": tally.cost_usd,
        "seconds": round(tally.seconds, 3),
        "stages": {"ran": tally.ran, "reused": tally.reused},
    }
    return {**outcome.model_dump(), **took}
