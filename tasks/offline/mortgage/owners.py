"""Who applies, and whose a paper is: by names, and by the ends of numbers where a name is missing."""

from collections.abc import Iterable, Sequence
from typing import Any

from tasks.offline.mortgage.people import cased, in_usual_order, same_person
from tasks.schemas.dossier import Applicant, Applicants, OwnedPaper, ReadPaper, spoken
from tasks.schemas.paper import Owner
from tasks.schemas.paper_facts import LoanApplication

NO_LOAN_PAPERS = ("invoice", "receipt", "utility_bill")
LEAST_PAPERS = 3
"""Kinds of papers that somebody must have in a dossier to count as a co-borrower whom no application names."""


def find_applicants(papers: Sequence[ReadPaper], borrower: str = "", co_borrower: str = "") -> Applicants:
    """The borrower and, where there is one, the co-borrower.

    Who is named is taken; else who has an application, the one with the most papers first. A second application counts where it
    is named in the first one, or where that person has several other papers here: an application may be misfiled as well.
    """
    groups = _by_person(papers)
    if borrower:
        names, why = [borrower, *filter(None, [co_borrower])], "as the settings name them"
    else:
        names, why = _as_papers_tell(groups)
    roles = ("borrower", "co-borrower")
    people = tuple(_applicant(role, name, papers) for role, name in zip(roles, names, strict=False))
    return Applicants(people=people, why=why)


def _by_person(papers: Sequence[ReadPaper]) -> list[tuple[str, list[ReadPaper]]]:
    """The papers of each person, those with the most first; of as many by name."""
    groups = list[tuple[str, list[ReadPaper]]]()
    for paper in sorted(papers, key=lambda paper: (paper.person, paper.digest, paper.pages)):
        if not paper.person or paper.kind in NO_LOAN_PAPERS:
            continue
        known = next((group for name, group in groups if same_person(name, paper.person)), None)
        if known is None:
            groups.append((paper.person, [paper]))
        else:
            known.append(paper)
    return sorted(groups, key=lambda group: (-len(group[1]), group[0].casefold()))


def _as_papers_tell(groups: list[tuple[str, list[ReadPaper]]]) -> tuple[list[str], str]:
    applying = [
        (name, papers) for name, papers in groups if any(paper.kind == "loan_application" for paper in papers)
    ]
    if not applying:
        names = [name for name, papers in groups[:1] if len(_kinds(papers)) >= 2]
        return names, "no application is there: who has the most papers" if names else "nobody applies"
    first, papers = applying[0]
    named = next((name for paper in papers if (name := _co_applicant(paper))), None)
    if named:
        return [first, in_usual_order(named)], "as the application names them"
    others = [name for name, papers in applying[1:] if len(_kinds(papers)) >= LEAST_PAPERS]
    return [first, *others[:1]], "who applies by a paper, the most papers first"


def _kinds(papers: Iterable[ReadPaper]) -> set[str]:
    return {paper.kind for paper in papers}


def _co_applicant(paper: ReadPaper) -> str | None:
    facts = paper.read.facts
    return facts.co_applicant.value if isinstance(facts, LoanApplication) else None


def _applicant(role: Any, name: str, papers: Sequence[ReadPaper]) -> Applicant:
    """What the papers tell of a person, the application before the others."""
    own = [paper for paper in papers if paper.person and same_person(paper.person, name)]
    own.sort(key=lambda paper: (paper.kind != "loan_application", paper.digest, paper.pages))

    def first(field: str) -> Any:
        facts = (getattr(paper.read.facts, field, None) for paper in own)
        return next((fact.value for fact in facts if fact is not None and fact.value), None)

    return Applicant(
        role=role,
        name=cased(in_usual_order(name)),
        born=first("born"),
        ssn_end=first("ssn_end") or "",
        address=first("address") or "",
    )


def owner_of(paper: ReadPaper, applicants: Applicants) -> OwnedPaper:
    """Whose *paper* is, and what says so."""
    owner, why = _owner(paper, applicants)
    return OwnedPaper(paper=paper, owner=owner, why=why)


def _owner(paper: ReadPaper, applicants: Applicants) -> tuple[Owner, str]:
    if paper.kind in NO_LOAN_PAPERS:
        return "nobody", f"{_with_article(spoken(paper.kind))} is no paper of a loan"
    for applicant in applicants.people:
        if paper.person and same_person(paper.person, applicant.name):
            return applicant.role, f"it names {paper.person}"
    if paper.person:
        return "other person", f"it names {paper.person}, who does not apply"
    end = getattr(paper.read.facts, "ssn_end", None)
    for applicant in applicants.people:
        if end is not None and end.value and end.value == applicant.ssn_end:
            return (
                applicant.role,
                f"its social security number ends with {end.value}, as that of {applicant.name}",
            )
    if end is not None and end.value:
        return "other person", f"its social security number ends with {end.value}, as nobody's who applies"
    return "nobody", "it names nobody"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
