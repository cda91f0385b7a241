"""What a user may set for `process_invoices`."""

from pydantic import Field

from tasks.schemas.check_rules import CheckRules
from tasks.schemas.frozen import Frozen


class IntakeLimits(Frozen):
    """What is received at all."""

    max_bytes: int = Field(default=50 * 2**20, ge=1, description="a larger file is refused")
    max_pages: int = Field(default=300, ge=1, description="a longer document is refused")


class InvoiceSettings(Frozen):
    """Limits and rules of one run."""

    limits: IntakeLimits = IntakeLimits()
    rules: CheckRules = CheckRules()
