"""Assign: who applies, and whose each paper of a dossier is. By rules."""

from blocks.durable import stage
from tasks.offline.mortgage.owners import find_applicants, owner_of
from tasks.schemas.dossier import Applicants, OwnedPaper, ReadPaper


@stage(version=1, weight="light")
def name_applicants(
    papers: tuple[ReadPaper, ...], *, borrower: str = "", co_borrower: str = ""
) -> Applicants:
    """The borrower and the co-borrower of a dossier, as the papers tell or as they are named."""
    return find_applicants(papers, borrower, co_borrower)


@stage(version=1, weight="auto")
def assign_paper(paper: ReadPaper, applicants: Applicants) -> OwnedPaper:
    """Whose *paper* is: the borrower's, the co-borrower's, another person's, or nobody's."""
    return owner_of(paper, applicants)
