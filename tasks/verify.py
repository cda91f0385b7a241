"""Verify: what an applicant earns and owes, as the papers document it. By rules; what is only declared counts for nothing."""

from blocks.durable import stage
from tasks.offline.mortgage import income, obligations
from tasks.offline.mortgage.shelf import Shelf
from tasks.schemas.dossier import Applicant, OwnedPaper
from tasks.schemas.underwriting import VerifiedDebts, VerifiedIncome
from tasks.schemas.underwriting_settings import UnderwritingRules


@stage(version=1)
def verify_income(
    applicant: Applicant, papers: tuple[OwnedPaper, ...], rules: UnderwritingRules
) -> VerifiedIncome:
    """The income of *applicant* for a month: W-2s, pay stubs, tax returns and rents, and where they differ."""
    return income.verify(Shelf.of(applicant, papers), rules)


@stage(version=1)
def verify_debts(
    applicant: Applicant, papers: tuple[OwnedPaper, ...], rules: UnderwritingRules
) -> VerifiedDebts:
    """The debts of *applicant* by statements, what counts of each a month, and what does not fit."""
    return obligations.verify(Shelf.of(applicant, papers), rules)
