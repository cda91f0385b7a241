"""What the words beside an amount make of it: total, net, tax, paid, discount ... in five languages and on Malaysian receipts.

Labels of amounts are too many to list, but they are made of few ideas: 'Total', 'before', 'tax'. Each idea has its words (data);
`role_of` reads which ideas a label holds and decides.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Literal

from tasks.offline.fold import fold

Role = Literal[
    "gross",
    "due",
    "total",
    "net",
    "tax",
    "paid",
    "change",
    "discount",
    "charge",
    "rounding",
    "previous",
    "other",
    "amount",
]

IDEAS: dict[str, str] = {
    "total": r"t[o0]ta[l1i|](?!ly)|totaal|totalen|summe(?!r)|gesamt|insgesamt|end ?betrag|rechnungs ?betrag|somme|razem|ogolem|suma\b|jumlah|rechnungs ?summe|facturen?bedrag|factuur ?bedrag|naleznosc",
    "plus": r"total includes|inclu(?:des|ding|s) (?:\d|gst|vat|tax|tva|btw|mwst)|zzgl|\bplus\b|\bof which|davon|darin|enthalt|\bdont\b|w tym|waarvan|(?:gst|vat|tax|tva|btw|mwst|ust)\w* (?:amount )?(?:incl?u?d?e?d?|inkl\w*|inbegr\w*|compris\w*|inclu\w*|inbegrepen)\.? (?:in|im|dans)\b",
    "amount": r"amount|\bamt|betrag|montant|bedrag|kwota|wartosc|charges?\b|entgelt|\bsum\b",
    "invoice": r"invoice|\binv\b|bill\b|rechnung|facture|factuur|faktur|grand|\bfinal|end ?betrag|general|totaalbedrag|gesamt ?betrag|purchase",
    "sub": r"sub ?-? ?t[o0]ta[l1i|]|sub ?totaal|sous ?-? ?total|zwischen|positions ?summe|warenwert|tussen ?totaal|merchandise|items? total|goods|lines? total|suma posredn|goederen|marchandises|pozycji|artikelsumme|summe positionen",
    "tax": r"\bvat|mwst|mw-st|m\.w\.st|\bust\b|\bu\.? ?st\.?\b|umsatzsteuer|mehrwertsteuer|steuer(?!ber|nummer)|\btva\b|t\.v\.a|\btaxe?s?\b|taxes?(?=\d)|\bbtw|b\.t\.w|omzetbelasting|\bgst|\bsst\b|\bhst\b|\bqst\b|podat(?:ek|ku)|\bptu\b|cukai|\btps\b|\btvq\b|salestax|\bcgst|\bsgst|\bigst",
    "net": r"\bnett?\b|netto|\bht\b|h\.t\b|hors (?:tax|tva)|excl|exkl|\bexc\b|exempt|untaxed|pre-?tax|before|without|ohne|zonder|taxable|bemessung|basis|\bbase\b|grondslag|maatstaf|podstaw|w/o",
    "gross": r"brutto|\bgross|\bttc\b|t\.t\.c|inc[l1i]|ink[l1i]|\binc\b|toutes taxes|after tax|after rounding|after adj|after disc|after gst|with tax|mit mwst|rounded|w/ ?tax|\bz vat",
    "rate": r"\d ?%|suppl(?:y|ies)\b",
    "price": r"price|preis|\bprix\b|\bcena\b|\bprijs\b|\btarif",
    "nettotal": r"\bnett? total",
    "due": r"amount due|balance due|total due|\bdue\b(?! to\b)|payable|pay this|please pay|to pay\b|to be paid|\bowed\b|\bowing\b|zahl(?:ungs)?betrag|zu zahlen|zahlender|zahlen sie|uberweisen|fallig|offener|restbetrag|noch offen|a pa[yv]er|a regler|\bsolde\b|reste a|montant du\b|te betalen|te voldoen|openstaand|do zaplaty|pozostal|perlu dibayar|outstanding|remaining|\bbalance\b|saldo\b",
    "paid": r"\bpaid\b|payments?\b|prepa|deposit|bezahlt|anzahlung|gezahlt|geleistet|erhalten|acompte|deja (?:paye|regle|verse)|\bregle\b|\bpaye\b|avance|betaald|voldaan|aanbetaling|zaplacono|zaliczk|wplacon|\bcash\b|\btunai|\bvisa\b|master ?card|\bamex\b|debit|credit ?card|\bcard\b|girocard|tender|gegeben|\bkarte\b|\bkarta\b|gotowk|\bbar\b|especes|\bcb\b|carte (?:bancaire|bleue)|contant|\bpin\b|received|cheque|check\b|\bvir(?:ement)?\b|\bsepa\b|uberweisung|voucher|touch ?n ?go|\bnets\b|e-?wallet",
    "change": r"\bchange|ruckgeld|zuruck|wechselgeld|\brendu\b|monnaie|wisselgeld|reszta|\bbaki\b",
    "discount": r"disc(?:ount)?\b|discount|rabatt|skonto|nachlass|abschlag|abschlage|remise|rabais|escompte|korting|\brabat|upust|diskaun|rebate|adjustment|promo|coupon|ermassigung|gutschein|reduction|deduct",
    "less": r"\bless\b|\babzgl|abzuglich|\bmoins\b",
    "charge": r"shipping|freight|carriage|packing|expedition|verpackung|delivery|versand|porto\b|fracht|zuschlag|frais|livraison|verzend|transport|dostaw|service charge|serv\.? ?ch|\bsvc\b|handling|postage|surcharge|gratuity|\btips?\b|trinkgeld|pourboire|gebuhr",
    "rounding": r"r[o0]und(?:ing)?\b|r[o0]unding|rundung|arrondi|afronding|zaokragl|pembulatan|penggenapan|\brnd|\bround adj",
    "late": r"after \d|due after|after (?:the )?due|if paid|\blate\b|\bby \d|before \d|instal+ment|\brate of",
    "terms": r"bei zahlung|przy platnosci|bij betaling|pour (?:tout )?paiement|if paid|within \d|innerhalb|w ciagu|binnen \d|sous \d|\d+ (?:days|tage[n]?|jours|dagen|dni)\b",
    "previous": r"previous|prior|last (?:bill|invoice|month|payment)|forward\b|b/f|carried|opening|vorherig|ubertrag|vorjahr|precedent|anterieur|\breport\b|vorige|poprzedni|past due|deductible|insurance|year to date|\bytd\b|per (?:month|unit|day|hour)|capital",
    "other": r"tax invoice|(?:vat|tax|btw|tva|ust|gst|mwst|sst)[ .-]*(?:reg\b|regist|id\b|ident|no\b|nr\b|num)|\bn[o.]? ?tva\b|\bnip\b|invois cukai|\bqty|quantit|\bitem(?!s? total)|\bsaving|saved|you save|points?\b|\bpts\b|anzahl\b|\bmenge\b|stuck|\bpage|\bseite|weight|gewicht|\bhours?\b|\bkm\b|no\.? of|number of|\bcount|\bpcs\b|\bunits?\b|litres?\b|articles?\b|artikel|aantal|\bilosc|sztuk|poids|volume|bonus|loyalty|kwh|summary|\bid\b|reg\.? ?no|reg ?nr|nummer|id-?nr|idnr|\bnr\b|numer|rate\b|exchange|kurs\b|\biban|phone|\btel\b|limit|penalt|penalite|indemnite|mahngebuhr|average|\bblz\b|\bkonto(?!name)|per unit|kaution",
}  # fmt: skip
"""Idea to its words: regular expressions over folded text."""


@dataclass(frozen=True)
class AmountLabel:
    """What a label makes of the amount beside it, and how surely (0 to 1)."""

    role: Role
    strength: float


@lru_cache(maxsize=8192)
def role_of(text: str) -> AmountLabel | None:
    """What *text* makes of the amount beside it, or None where it says nothing about it.

    >>> role_of("Total Before Tax").role, role_of("Gesamtbetrag inkl. MwSt.").role, role_of("Zwischensumme").role
    ('net', 'gross', 'net')
    """
    plain = _MISREAD.sub(lambda match: _mended(match.group()), fold(text))
    ideas = {idea for idea, pattern in _compiled() if pattern.search(plain)}
    return _decide(ideas) if ideas else None


def _decide(ideas: set[str]) -> AmountLabel | None:
    if {"terms", "discount"} <= ideas:
        return AmountLabel("other", 0.9)
    if "less" in ideas and "discount" not in ideas:
        return AmountLabel("paid" if "paid" in ideas else "discount", 0.9)
    for role in _FIRST:
        if role in ideas and not (role in _PARTS and {"gross", "total"} <= ideas):
            return AmountLabel(role, 0.9)
    if "late" in ideas:
        return AmountLabel("other", 0.9)
    if "price" in ideas and "total" not in ideas:
        return AmountLabel("other", 0.7)
    if {"plus", "tax"} <= ideas:
        return (
            AmountLabel("net", 0.8) if "total" in ideas and "gross" not in ideas else AmountLabel("tax", 0.9)
        )
    if {"nettotal", "gross"} <= ideas:
        return AmountLabel("gross", 0.95)
    if "nettotal" in ideas and not ideas & {"due", "tax", "gross"}:
        return AmountLabel("total", 0.7)
    if "due" in ideas and ("tax" not in ideas or ideas & {"gross", "net", "total"}):
        return AmountLabel("due", 0.9)
    if "paid" in ideas and not ideas & {"gross", "invoice"}:
        return AmountLabel("paid", 0.9)
    return _taxed(ideas) if ideas & {"tax", "net", "gross", "sub"} else _plain(ideas)


def _taxed(ideas: set[str]) -> AmountLabel | None:
    """Labels that speak of tax, net or gross."""
    whole = bool(ideas & {"total", "amount", "invoice"})
    if "sub" in ideas:
        return AmountLabel("net", 0.7)
    if "gross" in ideas and "net" not in ideas:
        tax = "tax" in ideas and not whole
        return AmountLabel("tax", 0.6) if tax else AmountLabel("gross", 0.95 if whole else 0.7)
    if "net" in ideas and "gross" not in ideas:
        return AmountLabel("net", 0.9 if whole else 0.6)
    return AmountLabel("tax", 0.9) if "tax" in ideas and "gross" not in ideas else None


def _plain(ideas: set[str]) -> AmountLabel | None:
    """Labels that name only a total or an amount."""
    if {"total", "rate"} <= ideas:
        return AmountLabel("net", 0.5)
    if "total" in ideas:
        return AmountLabel("total", 0.9 if "invoice" in ideas else 0.75)
    if {"invoice", "amount"} <= ideas:
        return AmountLabel("total", 0.8)
    return AmountLabel("amount", 0.4) if "amount" in ideas else None


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    """A long word that OCR has misread by a letter, as it should be: 'rouuding' is 'rounding'."""
    near = [known for known in _LONG_WORDS if known[0] == word[0] and abs(len(known) - len(word)) <= 2]
    return next(iter(get_close_matches(word, near, n=1, cutoff=0.85)), word)


_MISREAD = re.compile(r"[a-z]{6,}")
_LONG_WORDS = (
    *("subtotal", "rounding", "discount", "inclusive", "excluding", "exclusive", "payable"),
    *("zwischensumme", "gesamtbetrag", "rechnungsbetrag", "umsatzsteuer", "mehrwertsteuer", "zahlbetrag"),
    *("totaal", "subtotaal"),
)
_PARTS = ("discount", "rounding", "charge")
_FIRST: tuple[Role, ...] = ("other", "previous", "rounding", "change", "discount", "charge")


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((idea, re.compile(pattern)) for idea, pattern in IDEAS.items())
