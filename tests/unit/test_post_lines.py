"""What stands in the books of an invoice: its lines, and after them the charges and discounts of the whole."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine, text

from blocks.providers.accounting import Accounting
from tasks import post
from tasks.offline.categories import categorize_lines
from tasks.schemas.chart_of_accounts import default_chart
from tasks.schemas.document import Document
from tasks.schemas.invoice import Fact, Invoice, LineItem

INVOICE = Invoice(
    vendor=Fact[str](value="Acme Ltd"),
    invoice_number=Fact[str](value="7"),
    date=Fact[date](value=date(2025, 3, 1)),
    currency=Fact[str](value="GBP"),
    total=Fact[Decimal](value=Decimal("95.00")),
    line_items=(LineItem(description="Copy paper", amount=Decimal("100.00")),),
    adjustments=(LineItem(description="Discount", amount=Decimal("-5.00")),),
)


def test_charges_and_discounts_are_booked_after_the_lines_and_shown_among_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'accounting.db'}"
    books, coded = Accounting(url), categorize_lines(INVOICE, default_chart())
    document = Document(digest="d" * 64, media_type="application/pdf", size_bytes=1, pages=1)
    outcome = post.post_invoice.fn("a.pdf", document, coded, books=books)
    books.close()
    with create_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT description, amount, category FROM invoice_lines")).all()
    assert [row[0] for row in rows] == ["Copy paper", "Discount"]
    assert {row[2] for row in rows} == {coded.main.name}
    assert [line.description for line in outcome.line_items] == ["Copy paper"]
