"""What a rule is not sure of."""

from typing import Literal

from tasks.schemas.frozen import Frozen

Field = Literal[
    "vendor", "invoice_number", "date", "currency", "net", "tax", "total", "line_items", "document"
]


class Doubt(Frozen):
    """One reason why a person should look before anything is posted."""

    rule: str
    field: Field
    reason: str
