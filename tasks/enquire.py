"""Enquire: what a credit bureau says of an applicant."""

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.durable import GIVEN, stage
from blocks.providers.credit_bureau import CreditBureau
from tasks.schemas.dossier import Applicant, OwnedPaper
from tasks.schemas.underwriting import CreditAccount, CreditCheck

_PERMITS = ("loan_application", "borrower_authorization")
_SOURCE = "HOLDFAST_CREDIT_BUREAU_URL names none"


def check_credit(applicant: Applicant, papers: tuple[OwnedPaper, ...]) -> CreditCheck:
    """The credit of *applicant*; not asked for where neither an application nor an authorization of that person is there."""
    if not any(entry.owner == applicant.role and entry.paper.kind in _PERMITS for entry in papers):
        reason = "neither an application nor an authorization of this person is there"
        return CreditCheck(name=applicant.name, status="not made", reason=reason)
    return enquire(applicant)


@stage(version=1)
def enquire(applicant: Applicant, *, bureau: CreditBureau = GIVEN) -> CreditCheck:
    """One enquiry about *applicant*; the same person is asked about once, and the bureau is told so by the key.

    A process that dies between the bureau's answer and the commit asks again, under the same key. Effects: the bureau bills and
    marks one enquiry. Raises what `CreditBureau.ask` raises: CreditBureauUnavailable parks the run until the bureau is back.
    """
    if not bureau.is_there:
        return CreditCheck(
            name=applicant.name, status="not made", reason=f"no credit bureau is asked: {_SOURCE}"
        )
    enquiry = {
        "name": applicant.name,
        "date_of_birth": applicant.born.isoformat() if applicant.born else "",
        "ssn_last4": applicant.ssn_end,
        "address": applicant.address,
        "purpose": "mortgage",
    }
    key = digest_of(canonical_bytes(["holdfast credit enquiry 1", bureau.identity, enquiry]))
    told = bureau.ask(enquiry, key=key)
    if told is None:
        return CreditCheck(
            name=applicant.name, status="unknown person", reason="the bureau knows nobody like that"
        )
    accounts = tuple(CreditAccount(**entry) for entry in told["accounts"])
    return CreditCheck(
        name=applicant.name,
        status="checked",
        reference=told["reference"],
        score=told["score"],
        bankruptcies=told["bankruptcies"],
        accounts=accounts,
    )
