"""A paper of a loan dossier: a part of an upload, what it is, and whose it is."""

from typing import Literal

from pydantic import Field

from tasks.schemas.document import PageText
from tasks.schemas.frozen import Frozen

PaperKind = Literal[
    "loan_application",
    "w2",
    "pay_stub",
    "payroll_check",
    "tax_return_1040",
    "1099_misc",
    "1099_nec",
    "1099_div",
    "1099_int",
    "1099_r",
    "1099_g",
    "social_security_benefits",
    "profit_and_loss",
    "employment_verification",
    "bank_statement",
    "account_statement",
    "credit_card_statement",
    "auto_loan_statement",
    "student_loan_statement",
    "personal_loan_statement",
    "mortgage_statement",
    "mortgage_interest_1098",
    "rental_income_statement",
    "lease",
    "purchase_agreement",
    "appraisal",
    "property_tax_bill",
    "homeowners_insurance",
    "borrower_authorization",
    "drivers_license",
    "state_id",
    "passport",
    "social_security_card",
    "gift_letter",
    "explanation_letter",
    "divorce_decree",
    "credit_report",
    "benefit_application",
    "invoice",
    "receipt",
    "utility_bill",
    "other",
]
"""What a paper is. `other`: none of these, or it does not say."""

Owner = Literal["borrower", "co-borrower", "other person", "nobody"]
"""Whose a paper is. `nobody`: it names no person, or it is no paper of a loan."""

OFFLINE_READER = "offline reader (rules, no language model)"
"""What stands in the place of a model's name where rules read a paper."""


class Paper(Frozen):
    """Pages of one upload that belong together. The same pages are the same paper, whatever the file is called."""

    digest: str = Field(description="sha256 of the upload's bytes")
    pages: tuple[PageText, ...]

    @property
    def text(self) -> str:
        """The text of its pages, with form feeds between them."""
        return "\f".join(page.text for page in self.pages)

    @property
    def by_ocr(self) -> bool:
        """Was a page of it read from a picture?"""
        return any(page.source == "ocr" for page in self.pages)


class KindChoice(Frozen):
    """What a reader makes of a paper."""

    kind: PaperKind
    confidence: float = Field(ge=0, le=1)
    evidence: str = Field(description="the words of the paper that say so")


class ClassifiedPaper(Frozen):
    """What a paper is, and who says so."""

    kind: PaperKind
    confidence: float = Field(ge=0, le=1)
    evidence: str
    read_by: str = Field(description="the language model's name, or the offline reader")
