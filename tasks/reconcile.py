"""Reconcile: what of a dossier contradicts itself, is missing, is there twice, or is somebody else's. By rules."""

from blocks.durable import stage
from tasks.offline.mortgage.contradictions import contradictions
from tasks.offline.mortgage.gaps import gaps
from tasks.offline.mortgage.shelf import Shelf
from tasks.schemas.dossier import Applicants, Finding, OwnedPaper, ReadUpload
from tasks.schemas.underwriting_settings import UnderwritingRules


@stage(version=1)
def reconcile_dossier(
    applicants: Applicants,
    papers: tuple[OwnedPaper, ...],
    uploads: tuple[ReadUpload, ...],
    rules: UnderwritingRules,
) -> tuple[Finding, ...]:
    """Everything that a person should know of a dossier as a whole, in one order whatever came first."""
    shelves = [Shelf.of(applicant, papers) for applicant in applicants.people]
    found = tuple(finding for shelf in shelves for finding in contradictions(shelf, rules))
    return (*found, *gaps(applicants, papers, uploads, rules))
