"""Labels, dates and amounts as five languages write them."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

from deployments.samples.invoice import Language, Manner, SampleInvoice
from deployments.samples.more_labels import MORE_LABELS

NBSP = "\N{NO-BREAK SPACE}"

MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": (
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
    ),
}

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "PLN": "zł"}

# Each label with the variants that invoices use; `wording` of the sample picks one.
LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "invoice": ("Rechnung",),
        "number": ("Rechnungsnummer", "Rechnung Nr.", "Rechnungs-Nr."),
        "date": ("Rechnungsdatum", "Datum"),
        "due": ("Zahlbar bis", "Fällig am"),
        "customer": ("Kundennummer", "Kunden-Nr."),
        "seller": ("Verkäufer",),
        "buyer": ("Rechnung an", "Käufer"),
        "item": ("Bezeichnung", "Beschreibung", "Leistung"),
        "quantity": ("Menge", "Anzahl"),
        "price": ("Einzelpreis", "Preis"),
        "amount": ("Betrag", "Gesamtpreis"),
        "rate": ("USt.", "MwSt."),
        "base": ("Netto",),
        "net": ("Nettobetrag", "Zwischensumme", "Summe netto"),
        "tax": ("Umsatzsteuer", "zzgl. MwSt."),
        "total": ("Gesamtbetrag", "Rechnungsbetrag", "Zu zahlender Betrag"),
        "vat_id": ("USt-IdNr.",),
        "please": ("Bitte überweisen Sie den Betrag ohne Abzug auf das unten genannte Konto.",),
        "thanks": ("Vielen Dank für Ihren Auftrag.",),
    },
    "en": {
        "invoice": ("Invoice", "Tax invoice"),
        "number": ("Invoice number", "Invoice no.", "Invoice #"),
        "date": ("Invoice date", "Date of issue", "Date"),
        "due": ("Due date", "Payment due"),
        "customer": ("Customer no.", "Account"),
        "seller": ("From",),
        "buyer": ("Bill to", "Billed to"),
        "item": ("Description", "Item"),
        "quantity": ("Qty", "Quantity"),
        "price": ("Unit price", "Rate"),
        "amount": ("Amount", "Line total"),
        "rate": ("VAT",),
        "base": ("Net",),
        "net": ("Subtotal", "Net amount", "Total excl. VAT"),
        "tax": ("VAT", "Value added tax"),
        "total": ("Total due", "Amount due", "Invoice total"),
        "vat_id": ("VAT no.",),
        "please": ("Please pay by bank transfer and quote the invoice number.",),
        "thanks": ("Thank you for your business.",),
    },
    "fr": {
        "invoice": ("Facture",),
        "number": ("Facture n°", "Numéro de facture", "N° de facture"),
        "date": ("Date de facture", "Date d'émission", "Date"),
        "due": ("Date d'échéance", "À régler avant le"),
        "customer": ("N° client", "Référence client"),
        "seller": ("Vendeur",),
        "buyer": ("Facturé à", "Client"),
        "item": ("Désignation", "Description"),
        "quantity": ("Quantité", "Qté"),
        "price": ("Prix unitaire HT", "P.U. HT"),
        "amount": ("Montant HT", "Total HT"),
        "rate": ("TVA",),
        "base": ("Base HT",),
        "net": ("Total HT", "Montant HT"),
        "tax": ("TVA", "Montant TVA"),
        "total": ("Net à payer", "Total TTC", "Montant TTC"),
        "vat_id": ("N° TVA",),
        "please": ("Règlement par virement bancaire à réception de la facture.",),
        "thanks": ("Nous vous remercions de votre confiance.",),
    },
    "nl": {
        "invoice": ("Factuur",),
        "number": ("Factuurnummer", "Factuurnr.", "Factuur nr."),
        "date": ("Factuurdatum", "Datum"),
        "due": ("Vervaldatum", "Te betalen vóór"),
        "customer": ("Klantnummer", "Debiteurnummer"),
        "seller": ("Verkoper",),
        "buyer": ("Factuuradres", "Aan"),
        "item": ("Omschrijving",),
        "quantity": ("Aantal",),
        "price": ("Prijs per stuk", "Prijs"),
        "amount": ("Bedrag", "Totaal excl."),
        "rate": ("Btw",),
        "base": ("Grondslag",),
        "net": ("Subtotaal", "Totaal excl. btw"),
        "tax": ("Btw", "Btw-bedrag"),
        "total": ("Totaal te betalen", "Totaal incl. btw", "Te betalen"),
        "vat_id": ("Btw-nummer",),
        "please": ("Wij verzoeken u het bedrag binnen de termijn over te maken.",),
        "thanks": ("Bedankt voor uw opdracht.",),
    },
    "pl": {
        "invoice": ("Faktura VAT", "Faktura"),
        "number": ("Faktura nr", "Numer faktury", "Nr faktury"),
        "date": ("Data wystawienia",),
        "due": ("Termin płatności",),
        "customer": ("Numer klienta",),
        "seller": ("Sprzedawca",),
        "buyer": ("Nabywca",),
        "item": ("Nazwa towaru lub usługi", "Nazwa"),
        "quantity": ("Ilość",),
        "price": ("Cena netto", "Cena jedn. netto"),
        "amount": ("Wartość netto",),
        "rate": ("VAT", "Stawka VAT"),
        "base": ("Wartość netto",),
        "net": ("Razem netto", "Wartość netto"),
        "tax": ("Kwota VAT", "Razem VAT"),
        "total": ("Do zapłaty", "Razem do zapłaty", "Razem brutto"),
        "vat_id": ("NIP",),
        "please": ("Prosimy o wpłatę na podany rachunek bankowy.",),
        "thanks": ("Dziękujemy za zakupy.",),
    },
}


@dataclass(frozen=True)
class Wording:
    """How one invoice words its labels, dates and amounts."""

    language: Language
    currency: str
    choice: int = 0
    manner: Manner = field(default_factory=Manner)

    @classmethod
    def of(cls, invoice: SampleInvoice) -> "Wording":
        """The wording of *invoice*."""
        return cls(invoice.language, invoice.currency, invoice.wording, invoice.manner)

    def __getitem__(self, label: str) -> str:
        """The word for *label*, as this invoice words it."""
        variants = LABELS[self.language].get(label, ())
        if self.manner.wild:
            found = (*variants, *MORE_LABELS[self.language].get(label, ()))
            draw = random.Random(f"{self.manner.arrangement} {label}")  # noqa: S311 - variety, not secrecy
            return draw.choice(found)
        return variants[self.choice % len(variants)]

    def number(self, value: Decimal, places: int = 2) -> str:
        """*value* with the language's marks: 1.234,56 or 1,234.56 or 1 234,56."""
        plain = f"{value:,.{places}f}"
        thousands, point = self.manner.marks or {"en": (",", "."), "fr": (NBSP, ","), "pl": (NBSP, ",")}.get(
            self.language, (".", ",")
        )
        return plain.translate(str.maketrans({",": thousands, ".": point}))

    def money(self, value: Decimal) -> str:
        """*value* with the currency's sign where the language, or the paper, puts it."""
        sign, text = SIGNS[self.currency], self.number(abs(value))
        usual = {"en": f"{sign}{text}", "nl": f"{sign}{NBSP}{text}"}.get(self.language, f"{text}{NBSP}{sign}")
        placed = {
            "before": f"{sign} {text}",
            "after": f"{text} {sign}",
            "code before": f"{self.currency} {text}",
            "code after": f"{text} {self.currency}",
            "none": text,
        }
        shown = placed[self.manner.sign] if self.manner.sign else usual
        return f"-{shown}" if value < 0 else shown

    @property
    def total(self) -> str:
        """The label of the total; where the amounts bear no currency it does."""
        return f"{self['total']} {self.currency}" if self.manner.sign == "none" else self["total"]

    def count(self, quantity: Decimal) -> str:
        """A quantity: whole numbers bare, the rest with as many decimals as they have."""
        places = 0 if quantity == quantity.to_integral_value() else 2
        return self.number(quantity, places)

    def percent(self, rate: Decimal) -> str:
        """A tax rate: 19 %, 5.5 %."""
        places = 0 if rate == rate.to_integral_value() else 1
        gap = "" if self.language in ("en", "nl", "pl") else NBSP
        return f"{self.number(rate, places)}{gap}%"

    def day(self, date: dt.date) -> str:
        """A date as such an invoice prints it, by digits or with the month's name."""
        month = MONTHS[self.language].split()[date.month - 1]
        digits = {
            "de": f"{date:%d.%m.%Y}",
            "en": f"{date:%d %b %Y}",
            "fr": f"{date:%d/%m/%Y}",
            "nl": f"{date:%d-%m-%Y}",
            "pl": f"{date:%Y-%m-%d}",
        }[self.language]
        named = {"de": f"{date.day}. {month} {date.year}"}.get(
            self.language, f"{date.day} {month} {date.year}"
        )
        forms = {
            "iso": f"{date:%Y-%m-%d}",
            "slashes": f"{date:%d/%m/%Y}",
            "short": f"{date:%d/%m/%y}",
            "american": f"{date:%m/%d/%Y}",
            "named": named,
            "abbreviated": f"{date.day:02d}-{month[:3]}-{date.year}",
            "dots": f"{date:%d.%m.%Y}",
        }
        return forms.get(self.manner.date_form or "", named if self.choice % 3 == 1 else digits)
