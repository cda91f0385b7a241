"""Language and currency of a document."""

import re
from collections import Counter
from decimal import Decimal

from tasks.offline.currencies import CODES, CURRENCY_PATTERN, currency_code
from tasks.offline.fold import fold
from tasks.offline.grid import Grid
from tasks.offline.near import beside
from tasks.offline.numbers import find_numbers
from tasks.schemas.invoice import Fact

LANGUAGE_WORDS = {
    "de": "rechnung der die und von mit fur betrag summe mwst ust steuer datum zahlbar menge kunde bitte wir ihre",
    "en": "invoice the and of to date amount total due tax thank you please payment receipt item qty price for cash change",
    "fr": "facture de la le les et du des montant tva ttc ht date prix quantite client vous nous par paiement total",
    "nl": "factuur de het en van bedrag btw datum aantal prijs klant totaal wij uw voor omschrijving betalen",
    "pl": "faktura nr data sprzedawca nabywca razem kwota wartosc netto brutto nip ilosc cena zaplaty do wystawienia",
}
"""Language to a few of its most usual words on invoices, folded."""

COUNTRY_SIGNS = {
    "MYR": r"\bsdn\.? ?bhd|\bbhd\b|malaysia|kuala ?lumpur|selangor|\bjohor"
    r"|pulau pinang|\bjalan\b|\bjln\b|\btaman\b|petaling|\bs/b\b",
    "PLN": r"\bnip\b|sp\. ?z ?o\.? ?o|\bul\. ",
    "GBP": r"\bgb ?\d{9}\b|united kingdom|\bvat reg(?:istration)? no\.? ?gb",
    "CHF": r"\bche-?\d{3}|schweiz|\bsuisse\b",
    "USD": r"\b[a-z]{2},? \d{5}(?:-\d{4})?\b(?=\s*$|  )|\busa\b|united states|sales tax"
    r"|(?<!\d)\(\d{3}\) ?\d{3}-\d{4}",
    "EUR": r"\b(?:de ?\d{9}|fr ?[0-9a-z]{2} ?\d{9}|nl ?\d{9} ?b|atu ?\d{8}|be ?0\d{9})"
    r"|\biban:? ?(?:de|fr|nl|at|be|it|es|ie|lu|fi)\d\d"
    r"|deutschland|nederland|\bsiret\b|\bkvk\b|\bust-?id|\bhrb\b",
}  # fmt: skip
"""Currency to the signs of the countries that pay in it: companies, taxes, places. Folded; used where no currency is printed."""

DOLLARS = {"SGD": r"singapore", "AUD": r"australia|\babn\b", "CAD": r"canada|\bhst\b|\bqst\b|ontario|quebec",
           "NZD": r"new zealand", "HKD": r"hong kong"}  # fmt: skip
"""Whose dollar a bare $ is, where the page names the country and nothing American."""


def language_of(text: str) -> str | None:
    """The language with the most of its usual words in *text*, or None where there are fewer than three."""
    words = Counter(re.findall(r"[a-z]{2,}", fold(text)))
    scores = {name: sum(words[word] > 0 for word in known.split()) for name, known in LANGUAGE_WORDS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 3 else None


def read_currency(grid: Grid, style: str | None, total: Decimal | None) -> Fact[str]:
    """The currency: named by a label, else printed beside the total or other amounts, else known by the country (least sure)."""
    return (
        _labelled(grid) or _printed(grid, style, total) or _in_heads(grid) or _by_country(grid) or Fact[str]()
    )


def _labelled(grid: Grid) -> Fact[str] | None:
    for hit in beside(grid, "currency", reach=1):
        match = re.search(rf"(?<![A-Za-z])(?:{CURRENCY_PATTERN})(?![A-Za-z])", hit.text)
        if match and (code := currency_code(match.group())):
            return Fact[str](value=code, evidence=hit.row.evidence, confidence=0.98)
    return None


def _printed(grid: Grid, style: str | None, total: Decimal | None) -> Fact[str] | None:
    """The currency most often printed beside amounts; the one beside the total counts most."""
    votes: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for row in grid.filled:
        for number in find_numbers(row.text, style):
            if number.currency is not None:
                votes[number.currency] += 5 if abs(number.value) == total else 1
                shown.setdefault(number.currency, row.evidence)
    if not votes:
        return None
    code, count = votes.most_common(1)[0]
    sure = 0.95 if count > 0.7 * votes.total() else 0.75
    own = _own_dollar(grid) if code == "USD" and "$" in shown[code] else None
    return Fact[str](value=own or code, evidence=shown[code], confidence=min(sure, 0.75) if own else sure)


def _own_dollar(grid: Grid) -> str | None:
    text = fold("\n".join(row.text for row in grid.filled))
    if re.search(r"us\$|\busd\b|\busa\b|united states|\b[a-z]{2},? \d{5}\b", text):
        return None
    return next((code for code, sign in DOLLARS.items() if re.search(sign, text)), None)


def _in_heads(grid: Grid) -> Fact[str] | None:
    """A code or sign that stands in a label or a table head: 'Total (RM)', 'Betrag in EUR', 'Einzel/€'."""
    signs = "|".join([*CODES, "RM", "€", "£", "zł"])
    for row in grid.filled:
        match = re.search(rf"(?:^|[\s(/\[:])({signs})(?=$|[\s)/\]:.,])", row.text)
        if match and (code := currency_code(match.group(1))):
            return Fact[str](value=code, evidence=row.evidence, confidence=0.9)
    return None


def _by_country(grid: Grid) -> Fact[str] | None:
    votes: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for row in grid.filled:
        for code, sign in COUNTRY_SIGNS.items():
            if re.search(sign, row.plain):
                votes[code] += 1
                shown.setdefault(code, row.evidence)
    if not votes:
        return None
    code, count = votes.most_common(1)[0]
    return Fact[str](
        value=code, evidence=shown[code], confidence=0.8 if count > 1 and len(votes) == 1 else 0.7
    )
