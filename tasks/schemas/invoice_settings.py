"""What a user may set for `process_invoices`."""

from decimal import Decimal

from pydantic import Field

from blocks.base.asking import Approvers
from tasks.schemas.check_rules import CheckRules
from tasks.schemas.frozen import Frozen


class IntakeLimits(Frozen):
    """What is received at all."""

    max_bytes: int = Field(default=50 * 2**20, ge=1, description="a larger file is refused")
    max_pages: int = Field(default=300, ge=1, description="a longer document is refused")
    text_suffixes: tuple[str, ...] = Field(
        default=(".txt", ".md"), description="how the names of files end that are taken for plain text"
    )


class InvoiceSettings(Frozen):
    """Limits and rules of one run, and who decides where they leave a doubt."""

    limits: IntakeLimits = IntakeLimits()
    rules: CheckRules = CheckRules()
    ask_above: dict[str, Decimal] = Field(
        default={},
        description="by currency (ISO 4217), the total above which a person decides although nothing is doubtful; where "
        "any is set, totals in other currencies are asked about too",
    )
    approvers: Approvers = Approvers()
