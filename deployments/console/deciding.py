"""Decide one request or many, tell who decided, and let the runs go on."""

import getpass
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from blocks.base.errors import HoldfastError, Misuse
from deployments.console.answers import answer_of
from deployments.console.asked import book, facts_of, line_of, short
from deployments.console.failure import DONE, FAILED, WAITING
from deployments.console.forms import counted_from_one
from deployments.console.going_on import Going, go_on, leave_for_later
from deployments.console.jsontext import print_json
from deployments.console.screen import err, say
from deployments.console.wording import count, style_of, visible

if TYPE_CHECKING:  # it would import pydantic, for every command
    from blocks.base.asking import Verdict

_MOST_LISTED = 20
_EVERY = 1_000_000
_VERBS: dict["Verdict", str] = {"approved": "Approve", "rejected": "Reject"}


class WhichApproval(Misuse):
    """It is not said what is decided:"""

    safe = "Nothing was decided."
    next = "Name approvals (`holdfast approvals list`), or decide all with --all, or all of one gate with --all --gate GATE."


class OneByOne(Misuse):
    """An answer with --set or --answer is for one approval:"""

    safe = "Nothing was decided."
    next = "Correct one after the other."


class NotConfirmed(Misuse):
    """This would decide {number} at once, and nobody is there to confirm it."""

    safe = "Nothing was decided."
    next = "Add --yes."


class WhoDecides(Misuse):
    """Nobody is named as the one who decides."""

    safe = "Nothing was decided."
    next = "Say it with --by NAME, or with HOLDFAST_USER."


@dataclass(frozen=True)
class Choice:
    """What is decided of each request; *edits* and *file* change the proposed answer of one."""

    verdict: "Verdict"
    reason: str
    by: str
    edits: tuple[str, ...] = ()
    file: str | None = None


@dataclass(frozen=True)
class Every:
    """All that wait for who decides, or those of one *gate*; *is_sure*: without asking first."""

    gate: str | None
    is_sure: bool


@dataclass(frozen=True)
class Refused:
    """A request that could not be decided."""

    asked: Any
    error: HoldfastError

    @property
    def facts(self) -> dict[str, Any]:
        """For scripts: how it stands now, and why it was not decided."""
        stands = getattr(self.error, "approval", self.asked)
        return {**facts_of(stands), "error": self.error.slug, "why": self.error.what}


def who(by: str | None) -> str:
    """The name that stands in the decision. Raises WhoDecides."""
    try:
        name = by if by is not None else os.environ.get("HOLDFAST_USER") or getpass.getuser()
    except (OSError, KeyError) as error:
        raise WhoDecides from error
    if not name.strip():
        raise WhoDecides
    return name.strip()


def decide(refs: Sequence[str], choice: Choice, *, every: Every | None, resumes: bool, json: bool) -> int:
    """Decide what *refs* name, or *every* one that waits, let the runs go on, and tell what came of it; the exit code."""
    chosen = _chosen(refs, choice, every)
    if every and not (every.is_sure or _is_confirmed(chosen, choice)):
        say("Nothing was decided.")
        return FAILED
    waited, is_alone = _runs_of(chosen), len(refs) == 1
    decided, refused = _decide_each(chosen, choice, is_alone=is_alone)
    if not json:
        _tell(decided, refused, is_alone=is_alone)
    left = _runs_of(decided)
    going = (go_on if resumes else leave_for_later)(left, is_quiet=json)
    if not json:
        _tell_gone([run_id for run_id in waited if run_id not in left], decided)
    else:
        facts = {"decided": [facts_of(one) for one in decided], "refused": [one.facts for one in refused]}
        print_json({**facts, "runs": [one.facts for one in going]})
    return _code(refused, going)


def _chosen(refs: Sequence[str], choice: Choice, every: Every | None) -> list[Any]:
    """Raises WhichApproval, OneByOne, or what `find_approval` raises."""
    has_answer = bool(choice.edits) or choice.file is not None
    if has_answer and (every or len(refs) > 1):
        raise OneByOne("several are approved as proposed.")
    if refs and every:
        raise WhichApproval("there are ids, and --all.")
    if every:
        found = book().list_approvals(status="waiting", gate=every.gate, limit=_EVERY)
        return [asked for asked in found if not asked.names or choice.by in asked.names]
    if not refs:
        raise WhichApproval("there is no id.")
    return list({asked.approval_id: asked for asked in map(book().find_approval, refs)}.values())


def _is_confirmed(chosen: list[Any], choice: Choice) -> bool:
    """Show what would be decided, and ask. Raises NotConfirmed where nobody can answer."""
    if not chosen:
        return True
    if not sys.stdin.isatty():
        raise NotConfirmed(number=len(chosen))
    for asked in chosen[:_MOST_LISTED]:
        err().print(f"  {short(asked.approval_id)}  {line_of(asked)}")
    if len(chosen) > _MOST_LISTED:
        err().print(f"  and {len(chosen) - _MOST_LISTED:,} more")
    what = count(len(chosen), "request")
    as_proposed = " as proposed" if choice.verdict == "approved" else ""
    err().print(f"{_VERBS[choice.verdict]} {what}{as_proposed}? \\[y/N] ", end="")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _decide_each(chosen: Iterable[Any], choice: Choice, *, is_alone: bool) -> tuple[list[Any], list[Refused]]:
    """What was decided, and what could not be; what keeps the only one from being decided is raised."""
    decided: list[Any] = []
    refused: list[Refused] = []
    for asked in chosen:
        try:
            decided.append(_decide(asked, choice))
        except HoldfastError as error:
            if is_alone:
                raise
            refused.append(Refused(asked, error))
    return decided, refused


def _decide(asked: Any, choice: Choice) -> Any:
    answer = None
    if choice.verdict == "approved":
        answer = answer_of(asked.answer_schema, asked.proposed, choice.edits, choice.file)
    try:
        return book().decide(
            asked.approval_id,
            verdict=choice.verdict,
            by=choice.by,
            via="command",
            digest=asked.digest,
            answer=answer,
            reason=choice.reason,
        )
    except book().AnswerUnfit as error:
        faults = {counted_from_one(field): fault for field, fault in error.faults.items()}
        unfit = book().AnswerUnfit(faults)
        unfit.next = f"Correct it and decide again; `holdfast approvals show {short(asked.approval_id)}` shows the fields."
        raise unfit from error


def _runs_of(approvals: Iterable[Any]) -> list[str]:
    """The runs that wait for these, each once."""
    return list(dict.fromkeys(run_id for asked in approvals for run_id in book().runs_of(asked.approval_id)))


def _tell(decided: list[Any], refused: list[Refused], *, is_alone: bool) -> None:
    if not decided and not refused:
        say("Nothing waits that you may decide.")
    for asked in decided if len(decided) <= _MOST_LISTED else ():
        by = f" by {escape(visible(asked.decided_by))}" if is_alone else ""
        say(f"[{style_of(asked.status)}]{asked.status}[/]{by}  {short(asked.approval_id)}  {line_of(asked)}")
    if len(decided) > _MOST_LISTED:
        say(f"[{style_of(decided[0].status)}]{decided[0].status}[/]  {count(len(decided), 'request')}")
    for one in refused:
        told = visible(one.error.what)
        err().print(
            f"not decided  {short(one.asked.approval_id)}  {told}",
            markup=False,
            soft_wrap=not err().is_terminal,
        )


def _tell_gone(gone: list[str], decided: list[Any]) -> None:
    """Runs that went on while the decision was being made."""
    if decided:
        for run_id in gone:
            say(f"Run {run_id[:8]} went on already: [place]holdfast runs show {run_id[:8]}[/]")


def _code(refused: list[Refused], going: list[Going]) -> int:
    """1 where something was refused or failed, else 3 where a run waits again, else 0; alone, what the run says."""
    codes = [FAILED] * len(refused) + [one.code for one in going]
    if len(codes) == 1:
        return codes[0]
    return next((code for code in (FAILED, WAITING) if code in codes), FAILED if any(codes) else DONE)
