"""`holdfast approvals list`, `show`, `approve` and `reject`: what waits for a person, decided in a terminal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from blocks.base.home import home
from deployments.approval_page import APPROVAL_PAGE
from deployments.console import deciding, question
from deployments.console.asked import all_facts_of, book, facts_of, table
from deployments.console.deciding import Choice, Every
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import history
from deployments.console.screen import out, print_table, say

if TYPE_CHECKING:  # it would import pydantic, for every command
    from blocks.base.asking import Verdict

Ref = Annotated[str, Parameter(help="An approval: its id, or the beginning of it.")]
Gate = Annotated[str | None, Parameter(help="Only those of this gate.")]


def _switch(name: str, help_text: str) -> Parameter:
    return Parameter(name=name, negative="", show_default=False, help=help_text)


@Parameter(name="*")
@dataclass(frozen=True)
class Terms:
    """What approving and rejecting have in common."""

    reason: Annotated[str, Parameter(show_default=False, help="Why; it is recorded with the decision.")] = ""
    by: Annotated[
        str | None,
        Parameter(help="Who decides, instead of HOLDFAST_USER (default: the user of this machine)."),
    ] = None
    every: Annotated[bool, _switch("--all", "Decide all that wait for you; asks first.")] = False
    gate: Annotated[str | None, Parameter(help="With --all: only those of this gate.")] = None
    yes: Annotated[bool, _switch("--yes", "With --all: do not ask first.")] = False
    no_resume: Annotated[bool, _switch("--no-resume", "Decide only; others go on with the run.")] = False
    profile: Profile = None
    json: AsJson = False


TERMS = Terms()


def list_(
    *,
    every: Annotated[bool, _switch("--all", "Also what is decided, expired or void.")] = False,
    gate: Gate = None,
    run: Annotated[
        str | None,
        Parameter(help="Only those of this run: its id, the start of its id, its name, or `last`."),
    ] = None,
    limit: Annotated[int, Parameter(help="Show at most this many, oldest first.")] = 50,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """List what waits for a person, oldest first.

    For example:

        holdfast approvals list
        holdfast approvals list --gate invoice --json
        holdfast approvals list --all --run last
    """
    choose_profile(profile)
    run_id = history().find_run(run).run_id if run else None
    status = None if every else "waiting"
    found = book().list_approvals(status=status, gate=gate, run_id=run_id, limit=max(limit, 0) + 1)
    found, is_cut = found[: max(limit, 0)], len(found) > max(limit, 0)
    if json:
        print_json([facts_of(asked) for asked in found])
    elif not found:
        say("Nothing was asked yet." if every else "Nothing waits for a person.")
    else:
        print_table(table(found, width=out().width, with_status=every))
        more = f"There are more than these {limit:,}: --limit shows more. " if is_cut else ""
        out().print()
        say(f"{more}[place]holdfast approvals show ID[/] shows what is asked, and how to decide it.")
    return DONE


def show(
    approval: Ref,
    /,
    *,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Show all that a person needs to decide, and what to type then.

    For example:

        holdfast approvals show 3f2a91bc
        holdfast approvals show 3f2a91bc --json
    """
    choose_profile(profile)
    asked = book().find_approval(approval)
    page = APPROVAL_PAGE.look(home())
    place = f"http://127.0.0.1:{page.port}/approvals/{asked.approval_id}" if page else ""
    if json:
        print_json(all_facts_of(asked, place))
    else:
        question.show(asked, place)
    return DONE


def approve(
    *approvals: Ref,
    edits: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            negative="",
            show_default=False,
            help="FIELD=VALUE: answer this, not what is proposed; may be repeated.",
        ),
    ] = (),
    answer: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True, help="A file with the whole answer as one JSON object; - reads stdin."
        ),
    ] = None,
    terms: Terms = TERMS,
) -> int:
    """Approve what waits, as proposed or corrected, and go on with its run.

    A run that has a worker goes on there, one that a process waits with goes on
    in it. Every other goes on here, in this process, which ends with the run's
    exit code. Only one decision counts: who comes second is told who was first.

    A field inside another is named with a dot, an entry of a list by its number
    from 1 on. `holdfast approvals show ID` lists the fields.

    For example:

        holdfast approvals approve 3f2a91bc
        holdfast approvals approve 3f2a91bc --set line_items.2.amount=4.00
        holdfast approvals approve 3f2a91bc --answer corrected.json
        holdfast approvals approve --all --gate invoice --no-resume
    """
    return _decide(approvals, "approved", terms, edits, answer)


def reject(*approvals: Ref, terms: Terms = TERMS) -> int:
    """Reject what waits, and go on with its run, which finds out.

    For example:

        holdfast approvals reject 3f2a91bc --reason "not ordered by us"
        holdfast approvals reject --all --gate email --yes
    """
    return _decide(approvals, "rejected", terms)


def _decide(
    refs: tuple[str, ...],
    verdict: "Verdict",
    terms: Terms,
    edits: tuple[str, ...] = (),
    answer: str | None = None,
) -> int:
    choose_profile(terms.profile)
    choice = Choice(verdict, terms.reason, deciding.who(terms.by), edits, answer)
    scope = Every(terms.gate, is_sure=terms.yes) if terms.every else None
    if terms.gate and not terms.every:
        raise deciding.WhichApproval("--gate goes with --all.")
    return deciding.decide(refs, choice, every=scope, resumes=not terms.no_resume, json=terms.json)
