"""A small invoice as text: what it says is what a test gives it."""

_PAPER = """{vendor}
12 Quay Street, Bristol

Invoice number: {number}
Invoice date: 2025-11-03

Description            Quantity   Unit price     Amount
Copy paper A4, 5 reams       10        24.00     240.00
Envelopes C5                  4        15.00      60.00

Net amount                                  GBP 300.00
VAT 20 %                                    GBP  60.00
Total                                       GBP {total}
"""


def paper(number: str, *, vendor: str = "Harbour Paper Ltd", total: str = "360.00") -> str:
    """The text of an invoice; with another *total* than 360.00 it does not add up."""
    return _PAPER.format(number=number, vendor=vendor, total=total)
