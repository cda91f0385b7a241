"""Lines go to accounts by the words of the chart; what no rule places stays unassigned."""

from decimal import Decimal

import pytest

from tasks.categorize import chosen
from tasks.offline.categories import categorize_lines, category_of
from tasks.schemas.category_choice import CategoryChoice, CategoryChoices
from tasks.schemas.chart_of_accounts import Account, ChartOfAccounts, Keywords, default_chart
from tasks.schemas.invoice import Fact, Invoice, LineItem

OPEN = Account(code="0", name="Open", unassigned=True)
SMALL = ChartOfAccounts(
    accounts=(
        OPEN,
        Account(code="1", name="Travel", keywords=Keywords(de=("*fahrt", "reise*"), en=("train ticket",))),
        Account(code="2", name="Paper", keywords=Keywords(en=("paper",), fr=("papier",)), weak=("sheet*",)),
        Account(code="3", name="Music", keywords=Keywords(en=("sheet music",)), weak=("sheet*",)),
    )
)


def invoice_of(*lines: tuple[str, str | None], vendor: str | None = None) -> Invoice:
    items = tuple(
        LineItem(description=text, amount=None if amount is None else Decimal(amount))
        for text, amount in lines
    )
    return Invoice(vendor=Fact[str](value=vendor), line_items=items)


def codes_of(invoice: Invoice) -> list[str]:
    return [line.category.code for line in categorize_lines(invoice, SMALL).lines]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Stadtfahrt zum Flughafen", "Travel"),
        ("Reisekosten März", "Travel"),
        ("Train ticket London", "Travel"),
        ("Papier A4", "Paper"),
        ("PAPER, white", "Paper"),
        ("Newspaper", "Open"),
        ("Training", "Open"),
        ("", "Open"),
    ],
)
def test_words_are_found_whole_cut_or_as_a_phrase_and_never_inside_others(text: str, name: str) -> None:
    assert category_of(text, SMALL).name == name


def test_weak_words_count_only_where_no_other_word_is_found() -> None:
    assert category_of("Sheet music", SMALL).name == "Music"
    assert not category_of("Sheets", SMALL).assigned


def test_two_accounts_that_fit_equally_well_place_nothing_and_are_named() -> None:
    category = category_of("sheet protector", SMALL)
    assert (category.assigned, category.confidence) == (False, 0.0)
    assert category.reason == "these fit equally well: Paper and Music"


def test_a_line_without_known_words_takes_the_account_of_the_vendor_with_half_the_confidence() -> None:
    invoice = invoice_of(("Order 4711", "10"), vendor="Reisebüro Muster")
    (line,) = categorize_lines(invoice, SMALL).lines
    assert (line.category.code, line.category.reason) == ("1", "the vendor's name: found: reiseburo")
    assert line.category.confidence == round(category_of("Reisebüro", SMALL).confidence / 2, 2)


def test_the_words_of_a_line_come_before_those_of_the_vendor() -> None:
    assert codes_of(invoice_of(("Paper", "10"), vendor="Reisebüro Muster")) == ["2"]


def test_unknown_lines_go_to_the_unassigned_account_with_a_reason_and_no_confidence() -> None:
    (line,) = categorize_lines(invoice_of(("Xyzzy", "10")), SMALL).lines
    assert (line.category.code, line.category.name, line.category.confidence) == ("0", "Open", 0.0)
    assert line.category.reason == "no word of it is in the chart"


def test_the_main_category_is_that_of_the_largest_amount_not_of_the_most_lines() -> None:
    main = categorize_lines(invoice_of(("Paper", "5"), ("Papier", "5"), ("Reise", "90")), SMALL).main
    assert (main.code, main.reason, main.assigned) == ("1", "90% of the amount", True)


def test_the_main_category_is_unassigned_where_the_largest_part_is() -> None:
    main = categorize_lines(invoice_of(("Paper", "5"), ("Xyzzy", "90")), SMALL).main
    assert (main.code, main.confidence, main.assigned) == ("0", 0.0, False)


def test_lines_count_alike_where_none_has_an_amount() -> None:
    main = categorize_lines(invoice_of(("Paper", None), ("Papier", None), ("Reise", None)), SMALL).main
    assert main.code == "2"


def test_an_invoice_without_lines_goes_by_its_vendor() -> None:
    assert categorize_lines(invoice_of(vendor="Reisebüro Muster"), SMALL).main.code == "1"
    assert not categorize_lines(invoice_of(), SMALL).main.assigned


def test_the_lines_stay_in_order_and_the_invoice_is_unchanged() -> None:
    invoice = invoice_of(("Reise", "1"), ("Paper", "2"), ("Xyzzy", "3"))
    done = categorize_lines(invoice, SMALL)
    assert done.invoice == invoice
    assert [line.line for line in done.lines] == list(invoice.line_items)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Monatliche Büromiete Mai", "Rent and premises"),
        ("Bürostuhl ergonomisch", "Furniture, tools and small equipment"),
        ("Webhosting Paket L", "Software, cloud and hosting"),
        ("Haftpflichtversicherung 2024", "Insurance"),
        ("Wireless keyboard", "Computers and electronic devices"),
        ("Legal advice, 3 hours", "Legal, tax and accounting"),
        ("Gazole station 12", "Vehicle fuel"),
        ("Ramette de papier A4", "Office supplies"),
        ("Nettoyage des locaux", "Cleaning and hygiene"),
        ("Schoonmaak kantoor", "Cleaning and hygiene"),
        ("Verzendkosten", "Freight, shipping and customs"),
        ("Usługi doradcze", "Consulting and development"),
        ("Nocleg w hotelu", "Accommodation"),
        ("Qwertz 500", "Unassigned"),
    ],
)
def test_the_chart_of_the_project_places_everyday_lines(text: str, name: str) -> None:
    assert category_of(text, default_chart()).name == name


def test_a_models_unknown_account_is_unassigned():
    """A code that the chart does not have, or that is missing, books nothing to it."""
    line = LineItem(description="Something")
    invoice = Invoice(line_items=(line, line))
    known = next(account for account in default_chart().accounts if not account.unassigned)
    choices = CategoryChoices(
        lines=(CategoryChoice(code="no such code", reason="guess", confidence=0.9),),
        main=CategoryChoice(code=known.code, reason="fits", confidence=0.8),
    )
    coded = chosen(invoice, choices, default_chart())
    assert [entry.category.assigned for entry in coded.lines] == [False, False]
    assert (coded.main.code, coded.main.confidence) == (known.code, 0.8)
