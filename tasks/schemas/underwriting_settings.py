"""What a user may set for `underwrite_mortgage`."""

from decimal import Decimal

from pydantic import Field

from blocks.base.asking import Approvers
from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice_settings import IntakeLimits


class UnderwritingRules(Frozen):
    """The lender's own numbers. Shares are fractions: 0.43 is 43 %."""

    highest_dti: Decimal = Field(
        default=Decimal("0.43"), description="of debts and home in the income; above it: decline"
    )
    careful_dti: Decimal = Field(default=Decimal("0.36"), description="above it the risk is raised")
    careful_ltv: Decimal = Field(default=Decimal("0.80"), description="above it the risk is raised")
    lowest_score: int = Field(default=620, description="below it: decline")
    careful_score: int = Field(default=700, description="below it the risk is raised")
    assumed_rate: Decimal = Field(
        default=Decimal("0.07"), description="a year, for the payment on the new loan"
    )
    tax_and_insurance: Decimal = Field(default=Decimal("0.0125"), description="of the price, a year")
    rent_counts: Decimal = Field(default=Decimal("0.75"), description="of rents")
    deferred_loan_counts: Decimal = Field(
        default=Decimal("0.01"), description="of the balance, a month, where nothing is paid now"
    )
    tolerance: Decimal = Field(
        default=Decimal("0.05"), description="by which two sources of one amount may differ"
    )
    bank_months: int = Field(default=2, ge=0, description="months of bank statements that are wanted")
    stub_days: int = Field(default=30, ge=0, description="days that pay stubs are to cover")
    oldest_stub_days: int = Field(default=60, ge=0)
    large_deposit: Decimal = Field(
        default=Decimal("0.50"), description="of the monthly income; a deposit above it is asked about"
    )


class DossierLimits(IntakeLimits):
    """What of a dossier is received at all: applications come as data, too."""

    text_suffixes: tuple[str, ...] = (".txt", ".md", ".json")


class UnderwritingSettings(Frozen):
    """Limits and rules of one run, who applies, and who decides."""

    limits: DossierLimits = DossierLimits()
    rules: UnderwritingRules = UnderwritingRules()
    borrower: str = Field(default="", description="the borrower's name; empty: as the papers tell")
    co_borrower: str = Field(default="", description="the co-borrower's name; empty: as the papers tell")
    approvers: Approvers = Approvers()
