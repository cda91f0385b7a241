"""The words beside facts and amounts, in five languages and on Malaysian receipts."""

import pytest

from tasks.offline.amount_labels import role_of
from tasks.offline.labels import find_labels, is_title, legal_form, names_credit_note

ROLES = {
    "gross": "Total TTC|Bruttosumme|Rechnungssumme Brutto (inkl. USt.)|Total incl. VAT|Bedrag incl. BTW|TOTAL RM INCL. OF GST"
    "|Total Sales (Inclusive GST)|Montant total TTC|Gesamtsumme brutto|Net Total Rounded|Total after discount",
    "due": "Zahlbetrag|Amount Due|BALANCE DUE|Net à payer|Solde à payer|Te betalen|Totaal te betalen|Razem do zapłaty"
    "|Total Amount Payable|Zu zahlender Betrag|Offener Betrag|Please pay",
    "total": "Total|Summe|Gesamt EUR|Rechnungsbetrag|Grand Total|Invoice Total|Razem"
    "|Należność ogółem|Totaal|Jumlah|Endbetrag|Totai",
    "net": "Subtotal|Sub-Total|Zwischensumme|Total HT|Total before tax|Rechnungssumme ohne USt.|Summe netto|Subtotaal ex. BTW"
    "|Total Sales (Excluding GST)|Wartość netto|Untaxed Amount|Steuerbasisbetrag|Grondslag|Subtal",
    "tax": "VAT|Umsatzsteuer 19%|TVA 20 %|21% BTW|Kwota VAT|GST 6%"
    "|Sales Tax 8.25%|Total Tax|zzgl. 19 % MwSt.|GST included in total"
    "|davon MwSt|dont TVA|w tym VAT|Steuerbetrag",
    "paid": "CASH|VISA|Amount Paid|Erhaltene Anzahlungen|Bereits bezahlt|Acompte|Zapłacono|Geg. BAR",
    "change": "CHANGE|Change Due|Rückgeld|Reszta|Wisselgeld",
    "discount": "Discount|Rabatt|Gesamtbetrag der Abschläge|Remise|Korting|Skonto",
    "charge": "Shipping|Versandkosten|Frais de port|Service Charge 10%|Gesamtbetrag der Zuschläge",
    "rounding": "Rounding Adj|Rundung|Afronding|Rouuding",
    "other": "Total Qty|Total Savings|Item Count|Total Items|Amount Due After 02/05/2020|Bruttopreis",
    "previous": "Previous Balance|Balance forward|Übertrag",
}


@pytest.mark.parametrize(
    ("role", "label"), [(role, label) for role, labels in ROLES.items() for label in labels.split("|")]
)
def test_the_words_beside_an_amount_tell_what_it_is(role: str, label: str) -> None:
    found = role_of(label)
    assert found is not None, label
    assert found.role == role


@pytest.mark.parametrize("words", ["Hello world", "Musterstraße", "Sony"])
def test_other_words_say_nothing_of_an_amount(words: str) -> None:
    assert role_of(words) is None


NAMES = {
    "number": "Invoice No: 1|INVOICE.NO: X1|InvoiceNo 7|Rechnungsnr. 3|Rechnung Nr. 42|Facture n° 20|Factuurnummer: 1"
    "|Faktura nr: F 1|Nr faktury 3|BILL NO: 1|Slip No.: 2|Receipt #: 9|Doc No. 3|Betaaloverzichtnummer: 1|Avoir N° 7"
    "|Credit note no 5",
    "date": "Invoice Date|Rechnungsdatum|Date de facture|Factuurdatum|Data wystawienia|Belegdatum|INV DATE|Tax Point|Facture du",
    "other_date": "Due Date|Fällig am|Date d'échéance|Vervaldatum|Termin płatności|Lieferdatum|Bestelldatum|Print date",
    "seller": "Verkäufer:|Sprzedawca:|From:|Fournisseur|Leverancier|Remit to|Payable to",
    "buyer": "Bill To:|Käufer:|Nabywca|Facturé à|Klant|Rechnungsempfänger|Sold to|Factuuradres",
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in NAMES.items() for text in texts.split("|")]
)
def test_a_label_is_found_in_its_language(name: str, text: str) -> None:
    assert find_labels(text)[0].name == name


def test_the_longer_label_wins() -> None:
    assert [label.name for label in find_labels("Invoice Date")] == ["date"]
    assert [label.name for label in find_labels("Invoice Number")] == ["number"]


def test_labels_of_neighbouring_columns_do_not_melt_together() -> None:
    assert [label.name for label in find_labels("Date:          Due Date:")] == ["date", "other_date"]


def test_a_title_is_told_from_a_name() -> None:
    assert all(map(is_title, ("TAX INVOICE", "Rechnung", "Facture", "Kopie factuur", "FAKTURA VAT")))
    assert not any(map(is_title, ("Invoice Works Ltd", "Rechnung 42", "Acme")))


def test_legal_forms_are_found_and_small_words_are_not() -> None:
    for name in (
        "Muster GmbH",
        "Moulin SARL",
        "Ketting B.V.",
        "Ogród Sp. z o.o.",
        "KEDAI SDN BHD",
        "Smith Ltd.",
        "Wind GmbH & Co. KG",
    ):
        assert legal_form(name), name
    for text in ("served as ordered", "il se trouve", "AG", "per co"):
        assert not legal_form(text), text


def test_a_credit_note_names_itself() -> None:
    assert all(map(names_credit_note, ("Avoir N° 7", "GUTSCHRIFT", "Credit Note 12", "Creditnota")))
    assert not names_credit_note("Rechnung 7")
