"""Invoices of fictional firms as text, in four layouts, that the rules read without a doubt; and what an honest model says."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

FIRMS = (
    "Harbour Paper",
    "Quillfeather Press",
    "Tern Island Supplies",
    "Oakmoor Stationers",
    "Pebble and Reed",
)
_ENGLISH = """{vendor}
12 Quay Street, Bristol

{title}
Invoice number: {number}
Invoice date: 2025-11-03

Description            Quantity   Unit price     Amount
Copy paper A4                10   {first_each:>10} {first:>10}
Envelopes C5                  4   {second_each:>10} {second:>10}

Net amount                               GBP {net:>10}
VAT 20 %                                 GBP {tax:>10}
Total                                    GBP {total:>10}
"""
_GERMAN = """{vendor}
Hafenweg 12, 20457 Hamburg

{title}
Rechnungsnummer: {number}
Rechnungsdatum: 03.11.2025

Bezeichnung              Menge   Einzelpreis     Betrag
Kopierpapier A4             10   {first_each:>10} {first:>10}
Umschläge C5                 4   {second_each:>10} {second:>10}

Nettobetrag                              EUR {net:>10}
MwSt. 20 %                               EUR {tax:>10}
Gesamtbetrag                             EUR {total:>10}
"""
_FRENCH = """{vendor}
12 rue du Quai, 33000 Bordeaux

{title}
Facture n° {number}
Date de facture : 03/11/2025

Désignation            Quantité   Prix unitaire   Montant
Papier A4                    10   {first_each:>10} {first:>10}
Enveloppes C5                 4   {second_each:>10} {second:>10}

Total HT                                 {net:>10} EUR
TVA 20 %                                 {tax:>10} EUR
Total TTC                                {total:>10} EUR
"""
_RECEIPT = """{vendor}
9 Market Row, Leeds

{title}
Date: 2025-11-03
Receipt no: {number}

Total GBP                                {total:>10}
"""
_LAYOUTS = (
    (_ENGLISH, "Ltd", "GBP", ("Invoice", "Credit note"), ("Copy paper A4", "Envelopes C5")),
    (_GERMAN, "GmbH", "EUR", ("Rechnung", "Gutschrift"), ("Kopierpapier A4", "Umschläge C5")),
    (_FRENCH, "SARL", "EUR", ("Facture", "Avoir"), ("Papier A4", "Enveloppes C5")),
    (_RECEIPT, "Ltd", "GBP", ("Receipt", "Credit note"), ()),
)


@dataclass(frozen=True)
class Page:
    """An invoice: its text, and what is true of it. Amounts are as printed; "" where none is."""

    text: str
    vendor: str
    number: str
    currency: str
    net: str
    tax: str
    total: str
    lines: tuple[tuple[str, str, str, str], ...]

    def answer(self, changes: dict[str, Any] | None = None, evidence: str = "") -> dict[str, Any]:
        """What a model tells of it, sure of everything, with *changes* of bare values for which it shows *evidence*."""
        changes = changes or {}
        facts = {
            name: getattr(self, "number" if name == "invoice_number" else name)
            for name in ("vendor", "invoice_number", "currency", "net", "tax", "total")
        }
        told: dict[str, Any] = {"date": self._fact("2025-11-03")}
        for name, value in facts.items():
            told[name] = self._fact(value or None)
        told["line_items"] = [
            {"description": what, "quantity": many, "unit_price": each, "amount": amount, **_SURE}
            for what, many, each, amount in self.lines
        ]
        for name, value in changes.items():
            told[name] = value if isinstance(value, list) else {**self._fact(value), "evidence": evidence}
        return told

    def times_ten(self, name: str) -> Any:
        """The field *name* with every amount ten times as large; the lines as an answer tells them."""
        if name == "line_items":
            return [
                {
                    "description": what,
                    "quantity": many,
                    "unit_price": _tenfold(each),
                    "amount": _tenfold(amount),
                }
                | _SURE
                for what, many, each, amount in self.lines
            ]
        return _tenfold(getattr(self, name))

    def _fact(self, value: str | None) -> dict[str, Any]:
        if value is None:
            return {}
        shown = (line for line in self.text.splitlines() if value in line)
        return {"value": value, "evidence": next(shown, None), "confidence": 1.0}


_SURE = {"evidence": None, "confidence": 1.0}


def page(dice: random.Random, *, layout: int | None = None, is_credit_note: bool = False) -> Page:
    """An invoice that *dice* make up, in one of the layouts 0 to 3 (English, German, French, a receipt without parts)."""
    wording, form, currency, titles, goods = _LAYOUTS[dice.randrange(4) if layout is None else layout]
    each = [Decimal(dice.randrange(200, 2000)) / 100 for _ in range(2)]
    first, second = each[0] * 10, each[1] * 4
    net = first + second
    tax = (net * 20).quantize(Decimal(1)) / 100
    amounts = {
        "first_each": each[0], "first": first, "second_each": each[1], "second": second,
        "net": net, "tax": tax, "total": net + tax,
    }  # fmt: skip
    printed = {name: f"{amount:.2f}" for name, amount in amounts.items()}
    vendor, number = f"{dice.choice(FIRMS)} {form}", f"HP-{dice.randrange(10**8, 10**9)}"
    text = wording.format(vendor=vendor, title=titles[is_credit_note], number=number, **printed)
    lines = (
        tuple(
            (what, many, printed[f"{name}_each"], printed[name])
            for what, many, name in zip(goods, ("10", "4"), ("first", "second"), strict=True)
        )
        if goods
        else ()
    )
    parts = (printed["net"], printed["tax"]) if goods else ("", "")
    return Page(text, vendor, number, currency, *parts, printed["total"], lines)


def _tenfold(amount: str) -> str | None:
    return f"{Decimal(amount) * 10:.2f}" if amount else None
