"""Invoice lines are read from the layout text of tables in five languages, and from receipts without a heading."""

from decimal import Decimal

import pytest

from tasks.offline.line_items import read_line_items

GERMAN = """
Rechnung Nr. 2024-17                                                  Datum: 12.03.2024

Pos.  Art.-Nr.   Bezeichnung                       Menge      Einzelpreis      MwSt.     Gesamtpreis
1     AB-1007    Schreibtischlampe schwarz         2 Stk.         49,50 €        19%        99,00 €
                 SN: 4711-22
2     AB-2001    Aufbau vor Ort                    1,5 Std.       80,00 €        19%       120,00 €

                                                   Zwischensumme                           219,00 €
                                                   zzgl. 19% MwSt.                          41,61 €
                                                   Rechnungsbetrag                         260,61 €
"""

ENGLISH = """
Description                          Hours        Rate          Amount
Consulting in March                  10.5         $120.00       $1,260.00
Travel expenses                      1            $85.40        $85.40
                                     Subtotal                   $1,345.40
                                     Balance Due                $1,345.40
"""

FRENCH = """
                 Désignation                    Qté         P.U. HT         Montant HT
Ramette de papier A4                              20         4,10 €           82,00 €
Remise fidélité                                                               -8,20 €
                                                        Total HT              73,80 €
                                                        TVA 20 %              14,76 €
                                                        Total TTC             88,56 €
"""

DUTCH = """
Aantal    Omschrijving                      Prijs per stuk     BTW      Bedrag
3         Bureaustoel grijs                     € 89,95        21%      € 269,85
1         Bezorgkosten                          €  9,95        21%      €   9,95
                                            Subtotaal                   € 279,80
                                            BTW 21%                     €  58,76
                                            Totaal                      € 338,56
"""

POLISH = """
                                             Cena      Wartość     VAT               Wartość
Lp   Nazwa towaru lub usługi    Jm   Ilość                                Kwota VAT
                                             netto      netto      [%]                brutto
1    Naprawa drukarki           szt.   2     150,00     300,00      23       69,00    369,00
2    Toner czarny               szt.   1      99,00      99,00      23       22,77    121,77
     Razem                                              399,00              91,77     490,77
"""


def lines_of(text: str, **sums: str) -> list[tuple[str, str | None, str | None, str]]:
    """The lines as (description, quantity, unit price, amount), numbers as printed by Decimal."""
    items = read_line_items(text, **{name: Decimal(value) for name, value in sums.items()})
    return [(i.description, shown(i.quantity), shown(i.unit_price), str(i.amount)) for i in items]


def shown(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def test_a_german_table_gives_name_quantity_price_and_amount() -> None:
    assert lines_of(GERMAN) == [
        ("Schreibtischlampe schwarz", "2", "49.5", "99.00"),
        ("Aufbau vor Ort", "1.5", "80", "120.00"),
    ]


def test_an_english_table_of_hours_and_rates_is_read() -> None:
    assert lines_of(ENGLISH) == [
        ("Consulting in March", "10.5", "120", "1260.00"),
        ("Travel expenses", "1", "85.4", "85.40"),
    ]


def test_a_discount_in_a_french_table_is_a_line_without_quantity() -> None:
    assert lines_of(FRENCH)[1] == ("Remise fidélité", None, None, "-8.20")


def test_a_dutch_table_that_begins_with_the_quantity_is_read() -> None:
    assert lines_of(DUTCH) == [
        ("Bureaustoel grijs", "3", "89.95", "269.85"),
        ("Bezorgkosten", "1", "9.95", "9.95"),
    ]


def test_of_net_and_gross_the_amount_is_the_one_that_quantity_times_price_makes() -> None:
    assert lines_of(POLISH) == [
        ("Naprawa drukarki", "2", "150", "300.00"),
        ("Toner czarny", "1", "99", "99.00"),
    ]


def test_a_heading_over_three_rows_is_one_heading() -> None:
    gross = (
        POLISH.replace("netto      netto", "brutto     netto")
        .replace("150,00", "184,50")
        .replace("99,00      99", "121,77     99")
    )
    assert [line[3] for line in lines_of(gross)] == ["369.00", "121.77"]


def test_a_table_goes_on_over_a_page_break_and_carried_sums_are_no_lines() -> None:
    head = "Menge    Bezeichnung                    Einzelpreis       Betrag\n"
    text = (
        f"{head}2        Bleistift                           1,00          2,00\n"
        "         Übertrag                                          2,00\n"
        "Bank Muster   IBAN DE00 0000   Seite 1\f"
        f"Muster GmbH                                         Seite 2\n{head}"
        "         Übertrag                                          2,00\n"
        "4        Radiergummi                         0,50          2,00\n"
        "         Gesamtbetrag                                      4,00\n"
    )
    assert [line[0] for line in lines_of(text)] == ["Bleistift", "Radiergummi"]


def test_a_page_without_a_second_heading_goes_on_in_the_same_columns() -> None:
    text = (
        "Qty      Item                           Unit price        Amount\n"
        "2        Pencil                               1.00          2.00\n\f"
        "4        Eraser                               0.50          2.00\n"
        "         Total                                              4.00\n"
    )
    assert [line[0] for line in lines_of(text)] == ["Pencil", "Eraser"]


def test_a_name_cut_by_a_narrow_column_is_mended() -> None:
    text = (
        "Description    Qty     Unit price     Amount\n"
        "Adjustable     1       22.50          22.50\n"
        "standing\n"
        "desk\n"
        "Pen            2        1.00           2.00\n"
        "               Total                  24.50\n"
    )
    assert lines_of(text)[0][0] == "Adjustable standing desk"


def test_a_word_divided_at_the_end_of_a_row_is_one_word() -> None:
    text = (
        "Bezeichnung       Menge   Preis    Betrag\n"
        "Personen-         2       7,98     15,96\n"
        "Unfallversicherung\n"
        "Grundkonzep-      1       5,00      5,00\n"
        "tion\n"
        "                  Summe            20,96\n"
    )
    assert [line[0] for line in lines_of(text)] == ["Personen-Unfallversicherung", "Grundkonzeption"]


def test_notes_under_a_line_are_not_its_name() -> None:
    text = (
        "Item                                 Quantity      Rate      Amount\n"
        "Service A                                  12     10.00      120.00\n"
        "Notes: replaced a capacitor\n"
        "Service B                                   5      1.50        7.50\n"
        "                                     Total                   127.50\n"
    )
    assert [line[0] for line in lines_of(text)] == ["Service A", "Service B"]


def test_names_printed_over_their_numbers_belong_to_them() -> None:
    text = (
        "Description\n"
        "Unit price    Qty       Amount\n"
        "Boiled egg\n"
        "3.20          2           6.40\n"
        "Toasted bread\n"
        "4.30          1           4.30\n"
        "Total                    10.70\n"
    )
    assert [line[0] for line in lines_of(text)] == ["Boiled egg", "Toasted bread"]


def test_a_receipt_without_a_heading_is_read_from_the_rows_that_add_up() -> None:
    text = (
        "CORNER SHOP\n12 High Street   Tel 020 555 123\n\n"
        "2 x Mineral water            1.20      2.40 A\n"
        "Sandwich                               4.60 A\n"
        "SUBTOTAL                               7.00\n"
        "VISA                                   7.00\n"
    )
    assert [(line[0], line[3]) for line in lines_of(text)] == [
        ("Mineral water", "2.40"),
        ("Sandwich", "4.60"),
    ]


def test_rows_that_add_up_to_nothing_are_not_lines() -> None:
    text = "Account  12.00\nLast reading  14.00\nTotal due  99.00\n"
    assert read_line_items(text) == ()


def test_a_summary_without_lines_gives_none() -> None:
    text = (
        "Invoice Number       Invoice Date       Charges              VAT ID\n"
        "454376               1/22/2024              $210,023.34      BT\n"
    )
    assert read_line_items(text, total=Decimal("210023.34")) == ()


def test_charges_of_the_whole_document_after_the_table_are_not_lines() -> None:
    text = (
        "Bezeichnung                 Menge     Preis      Betrag\n"
        "Kunststoffbox                  10     10,00      100,00\n"
        "Zu- und Abschläge:\n"
        "Art           %    Basisbetrag     Steuer        Betrag\n"
        "Zuschlag Versand        100,00       19 %          5,00\n"
        "Summe ohne USt.                                  105,00\n"
        "Positionssumme                                   100,00\n"
    )
    assert [line[0] for line in lines_of(text, net="105.00")] == ["Kunststoffbox"]


def test_lines_after_a_subtotal_count_where_only_they_make_the_total() -> None:
    text = (
        "Description                  Qty     Price      Amount\n"
        "Cable                          2     10.00       20.00\n"
        "Subtotal hardware                                20.00\n"
        "Installation                   1     50.00       50.00\n"
        "Total                                            70.00\n"
    )
    assert [line[3] for line in lines_of(text, total="70.00")] == ["20.00", "50.00"]


def test_a_line_called_total_something_is_still_a_line() -> None:
    text = GERMAN.replace("Schreibtischlampe schwarz", "Total-Reinigungsset      ")
    assert lines_of(text)[0][0] == "Total-Reinigungsset"


def test_a_missing_quantity_is_none_and_never_one() -> None:
    text = (
        "Leistung                         Menge       Einzelpreis      Gesamt\n"
        "Transport                        Pauschal         120,00      120,00\n"
        "Summe                                                         120,00\n"
    )
    assert lines_of(text) == [("Transport", None, "120", "120.00")]


def test_a_credit_note_printed_negative_has_the_sign_of_the_total() -> None:
    text = (
        "Description              Quantité       Prix unitaire         Prix HT\n"
        "Huile d'olive                  10             19,80 €       -198,00 €\n"
        "                                             Total HT       -198,00 €\n"
    )
    assert read_line_items(text, total=Decimal("198.00"))[0].amount == Decimal("198.00")
    assert read_line_items(text, total=Decimal("-198.00"))[0].amount == Decimal("-198.00")


def test_one_misread_amount_is_put_right_where_the_sum_proves_it() -> None:
    text = ENGLISH.replace("$85.40 \n", "$85.40\n").replace("$85.40        $85.40", "$85.40        $85")
    mended = read_line_items(text)[1]
    assert (mended.amount, mended.confidence < 0.8) == (Decimal("85.40"), True)


def test_confidence_follows_the_arithmetic() -> None:
    agreeing, contradicting = (
        read_line_items(ENGLISH)[0],
        read_line_items(ENGLISH.replace("10.5 ", "11.5 "))[0],
    )
    assert agreeing.confidence > 0.9
    assert contradicting.confidence < 0.5


def test_every_line_says_where_it_was_read() -> None:
    assert read_line_items(DUTCH)[0].evidence == "3  Bureaustoel grijs  € 89,95  21%  € 269,85"


@pytest.mark.parametrize("text", ["", "\f\f", "Hello", "Description   Amount", "1,00\n" * 50, "€ " * 400])
def test_text_without_lines_gives_none(text: str) -> None:
    assert read_line_items(text) == ()
