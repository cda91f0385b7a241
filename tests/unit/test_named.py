"""What a text names: dates, money, parties and places, as they stand and in one form; what is no name is left out."""

import pytest

from tasks.find import located
from tasks.offline.named import as_prose, named_in
from tasks.schemas.analysis import NamedEntity
from tasks.schemas.document import PageText

CONTRACT = """SUPPLY AGREEMENT

This agreement is made on the 3rd day of May, 2021 between Northern Docks Ltd., a company under the laws of Scotland
(the "Supplier"), and Weiss & Sohn Maschinenbau GmbH ("Weiss"), Hafenstraße 12, 20457 Hamburg (the "Buyer").
The Supplier lends the Buyer a crane. The Buyer pays the Supplier EUR 1,200.50 a month, $3 million at the end, and the
sum of £40,000 to the Bank of Norway in Bergen, Norway. Payments begin in June 2021 and end on 31/12/2029.
Any notice goes to Mr. Oliver Stone or to Hanna Lindqvist, 14 Market Street, Leith, Scotland.
The Loan Agent and the Board decide. Hanna Lindqvist signs for Weiss.
"""


def values(text: str, kind: str) -> list[str]:
    """The values of one kind, in order."""
    return [one.value for one in named_in(text).entities if one.kind == kind]


def test_the_dates_of_a_contract_are_named():
    assert sorted(values(CONTRACT, "date")) == ["2021-05-03", "2021-06", "2029-12-31"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on 3 May 1999", "1999-05-03"),
        ("on May 3rd, 1999", "1999-05-03"),
        ("am 3. März 2004", "2004-03-03"),
        ("le 1er août 2010", "2010-08-01"),
        ("op 12 maart 2015", "2015-03-12"),
        ("dnia 5 stycznia 2020", "2020-01-05"),
        ("on 2020-01-05", "2020-01-05"),
        ("in March 1999", "1999-03"),
    ],
)
def test_a_date_is_read_in_five_languages(text: str, value: str):
    assert values(text, "date") == [value]


@pytest.mark.parametrize(
    "text", ["Section 4. 1. 10 applies", "in 1999", "May I go", "on 31 February 2020", "page 3 of 12"]
)
def test_what_is_no_date_is_left_out(text: str):
    assert values(text, "date") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("EUR 1.200,50 and 3,20 percent", "EUR 1200.50"),
        ("$43, 160, 000 of bonds", "USD 43160000"),
        ("$3 million", "USD 3000000"),
        ("2,5 Mio. Euro, das sind 2,50 zu viel", "EUR 2500000"),
        ("£1.5bn", "GBP 1500000000"),
        ("1'200 CHF", "CHF 1200"),
        ("12,50 zł", "PLN 12.50"),
        ("USD 0.5", "USD 0.50"),
    ],
)
def test_a_sum_is_a_code_and_a_plain_number(text: str, value: str):
    assert values(text, "money") == [value]


@pytest.mark.parametrize("text", ["Section 12.50", "40 people", "3 million stars", "version 1.200"])
def test_a_number_without_a_currency_is_no_money(text: str):
    assert values(text, "money") == []


def test_the_parties_of_a_contract_are_named_and_their_roles_are_not():
    assert sorted(set(values(CONTRACT, "party"))) == [
        "Bank of Norway",
        "Hanna Lindqvist",
        "Northern Docks Ltd.",
        "Oliver Stone",
        "Weiss",
        "Weiss & Sohn Maschinenbau GmbH",
    ]


def test_the_places_of_a_contract_are_named():
    assert sorted(set(values(CONTRACT, "place"))) == [
        "14 Market Street",
        "20457 Hamburg",
        "Bergen",
        "Hafenstraße 12",
        "Leith",
        "Norway",
        "Scotland",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The Lender and the Borrower sign the Loan Agreement. The loan is paid by a lender to a borrower.",
        "Interest Rate means the rate of interest. Any Interest Rate is fixed.",
        "THE BOARD OF THE COMPANY DECIDES ON THE FEES OF THE COMPANY. The board of a company decides on fees.",
    ],
)
def test_defined_terms_are_no_parties(text: str):
    assert values(text, "party") == []


def test_the_nouns_of_a_form_are_no_persons():
    form = "Kunden Nummer  Netto Betrag\nDie Lieferung ist mit der Zahlung fällig und wird vom Lager verschickt.\n"
    assert values(form, "party") == []
    assert values(f"{form}Ansprechpartner: Ylva Brandt   Gruß von Klaus Meier", "party") == [
        "Ylva Brandt",
        "Klaus Meier",
    ]
    assert values("Gross Weight   Net Weight   Total Tax\nPaid by the end of the month", "party") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("from 12 rue de la Paix we went", "12 rue de la Paix"),
        ("z ul. Długa 7 w mieście", "ul. Długa 7"),
        ("aan de Keizersgracht 100 wonen", "Keizersgracht 100"),
        ("the County of Kent is", "County of Kent"),
        ("in Fengtai District today", "Fengtai District"),
        ("P. O. Box 12 is", "P. O. Box 12"),
        ("lives in Wellesley, MA 02482 now", "Wellesley"),
    ],
)
def test_a_place_is_told_by_the_words_around_it(text: str, place: str):
    assert place in values(text, "place")


def test_lines_that_stand_apart_are_not_read_as_one_name():
    assert "Acme" not in " ".join(values("Lender\nAcme\nBorrower\nBolt", "party"))
    assert as_prose("a " * 30 + "Tom\nFord") == "a " * 30 + "Tom Ford"


def page(number: int, text: str) -> PageText:
    return PageText(number=number, source="text layer", text=text, confidence=1)


def test_what_is_named_has_the_place_where_it_stands_and_the_words_around():
    pages = (
        page(1, "Nothing here."),
        page(2, "It is Acme\n  Ltd. that pays, and ACME LTD alone. Not Acmeology."),
    )
    named = [
        NamedEntity(kind="party", text="Acme Ltd", value="Acme Ltd"),
        NamedEntity(kind="party", text="ACME LTD", value="ACME LTD"),
    ]
    (one,) = located(named, pages)
    assert (one.page, one.start, one.count, one.value) == (2, 6, 2, "Acme Ltd")
    assert one.evidence == "It is Acme Ltd. that pays, and ACME LTD alone. Not Acmeology."


def test_what_does_not_stand_in_the_document_is_not_taken():
    invented = [NamedEntity(kind="money", text=text, value="EUR 5") for text in ("EUR 5", "", "acme")]
    assert located(invented, (page(1, "EUR 50, Acme"),)) == []


def test_what_is_named_comes_in_one_order_whoever_found_it_first():
    text = "Oslo and Riga, then Oslo on 3 May 1999."
    named = list(named_in(text).entities)
    there, back = located(named, (page(1, text),)), located(named[::-1], (page(1, text),))
    assert there == back
    assert [(one.value, one.count) for one in there] == [("Oslo", 2), ("Riga", 1), ("1999-05-03", 1)]


@pytest.mark.parametrize(
    "piece", ["X-", "A ", "THE LOAN OF A BANK ", "Ab\n", "1, ", "A.", "$", '"Acme Ltd. (', "1,2."]
)
def test_a_text_made_to_be_slow_is_read_like_any_other(piece: str):
    assert len(named_in(piece * 20_000).entities) <= 1
