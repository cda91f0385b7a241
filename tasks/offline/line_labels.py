"""The words at the head and at the foot of a table of invoice lines, in German, English, French, Dutch and Polish.

All patterns are regular expressions over folded text (`fold`): lower case, no accents.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Role = Literal[
    "tax_amount", "discount", "unit_price", "net_amount", "gross_amount", "amount", "tax_base", "tax_rate",
    "quantity", "article", "position", "description", "unit", "date",
]  # fmt: skip

_TAX = r"(?:mwst|mw-st|ust|umsatzsteuer|mehrwertsteuer|steuer|vat|tax|gst|sst|hst|tva|taxe|btw|podat(?:ek|ku)|ptu)"
_NO = r"(?:nr|no|num|nummer|numer|number|code|id|#|kod|n)\b\.?"
_MONEY = r"(?:eur|euro|usd|gbp|chf|pln|zl|rm|€|\$|£)"

COLUMNS: tuple[tuple[Role, str], ...] = (
    (
        "tax_amount",
        rf"{_TAX}[-. /]{{0,2}}(?:betrag|amount|amt|bedrag)|kwota {_TAX}|wartosc {_TAX}|"
        rf"montant (?:de la )?{_TAX}|montant de taxe|betrag {_TAX}|{_TAX}[-. ]?wert",
    ),
    (
        "tax_base",
        r"bemessungs\w*|steuerbasis\w*|basis ?betrag|basismenge|grundbetrag|taxable|tax base|"
        r"base (?:ht|imposable)|\bbase\b|grondslag|maatstaf|podstawa",
    ),
    (
        "discount",
        r"rabatt?\w*|disc(?:ount)?s?\b\.?|\bnachlass|skonto|remises?|\brem\b\.?|rabais|korting\w*|"
        r"upust\w*|wartosc rabatu|zu-?/?abschlag|abschlag",
    ),
    (
        "amount",
        r"(?:preis|prix|price|prijs|cena|betrag)[- ]?(?:gesamt|total|totaal|razem)\w*|totaal ?prijs|"
        r"total (?:de la )?ligne",
    ),
    (
        "unit_price",
        r"(?:einzel|stuck|einheits|netto|brutto|vk|listen|grund|verkaufs|basis|tages)-?\s?(?:preis\w*|pr\.)|"
        r"e-?preis|\bep\b|einzel(?:betrag)?\b|"
        r"preis[ /]*(?:pro|je|/)?[ /]*(?:einheit|stuck|stk|st|std|stunde|me|pe)\b\.?|satz\b|"
        r"stundensatz|tagessatz|unit[- ]?(?:price|cost|rate|amount|amt|value|net)\w*|"
        r"price ?[/]? ?(?:per )?(?:each|unit|item|pc|piece|hour|day)\b|price per \w+|per unit|"
        r"u/?\.? ?price|net(?:to)?[- ]price|u\.?/?p\.?\b(?!\w)|hourly rate|daily rate|rate(?! %|%)\b|"
        r"\beach\b|sell(?:ing)? price|list price|unit (?=\$|€|£|rm)|"
        r"prix (?:unit\w*\.?|u\.?)(?: ht| ttc| net)?|p\.? ?u\.?(?: ?h\.?t\.?| ?ttc)?(?![\w])|"
        r"pu(?:ht)?\b|tarif\w*|cout unitaire|taux horaire|"
        r"(?:stuks?|eenheids|verkoop|per stuk)-?\s?prijs|prijs (?:per|p\.?/?) ?\w+|prijs/\w+|"
        r"uurtarief|per stuk|cena(?: jedn\w*\.?| jednostkowa)?(?: netto| brutto)?(?: po rabacie)?|cena",
    ),
    (
        "net_amount",
        r"(?:wartosc|kwota|suma|razem)\W{0,3}netto|montant (?:total )?h\.?t\.?|total h\.?t\.?|"
        r"\bh\.?t\.?\b(?! *%)|"
        r"net(?:to)?[- ]?(?:amount|amt|total|value|worth|betrag|bedrag|wert|summe)|"
        r"(?:gesamt|total|betrag|summe|bedrag|amount)\W{0,3}(?:net(?:to)?|excl\w*|exkl\w*|ohne|zonder)\b|"
        r"nettowert|\bnet(?:to)?\b",
    ),
    (
        "gross_amount",
        r"(?:wartosc|kwota|suma|razem)\W{0,3}brutto|(?:montant |total )?t\.?t\.?c\.?\b|"
        r"gross(?: ?(?:amount|amt|total|value|price|worth))?|brutto(?:betrag|wert|summe|bedrag)?|"
        r"(?:gesamt|total|betrag|summe|bedrag|amount)\W{0,3}(?:gross|brutto|incl\w*|inkl\w*)\b",
    ),
    (
        "amount",
        r"\w*betrag|gesamt\w*|g-?preis|\bgp\b|\bsumme\b|positions\w*|zeilen\w*|entgelt|\bwert\b|"
        r"waren ?wert|nettoentgelt|"
        r"(?:line |ext(?:ended)?\.? |item |net |sub)?-?(?:total|amo?u?nt|amt)\b(?: price| amount| cost| value)?|"
        r"ext(?:ended)?\b\.?(?: price| amount)?|line value|charges?\b|\bcosts?\b|\bvalue\b|\bfees?\b|"
        r"\bsum\b|(?:prix |sous-?)?total\b|montant\w*|prix h\.?t\.?|somme|\w*bedrag\w*|\w*-?totaal\w*|"
        r"zwischensumme|totaalprijs|regeltotaal|\bwartosc\b|\bkwota\b|\brazem\b|\bsuma\b|naleznosc",
    ),
    (
        "unit_price",
        r"\w*preis\w*|\bprices?\b|\bprix\b|\w*prijs\b|\bprijzen\b|\btarieven\b",
    ),
    (
        "date",
        r"\bdatum\b|\bdates?\b|\bdata\b|zeitraum|\bperiod\w*|periode|leistungsdatum|okres",
    ),
    (
        "unit",
        r"(?:meng(?:en)?[-.]+ ?|mengen|mass)einheit|\beinheit\b|\beinh\b\.?|\bme\b|\bunits?\b(?= |$)|"
        r"\bu\.?o?\.?m\b\.?|\bunite\b|\beenheid\b|\beenh\b\.?|\bj\.? ?m\b\.?|jedn\w*\.?(?: miary)?|"
        r"\bvpe\b",
    ),
    (
        "tax_rate",
        rf"{_TAX}\b\W{{0,3}}(?:satz|rate|code|%|in %|percent\w*|proc)?|{_TAX}satz|stawka(?: vat)?|"
        rf"\bsr\b|taux(?: {_TAX})?|^\W*%\W*$",
    ),
    (
        "quantity",
        r"\w*menge\b|anzahl|\banz\b\.?|stuckzahl|stunden\b|\bstd\b\.?|\bstuck\b|\bstk\b\.?|"
        r"q'?[t1i]y\b\.?|\bqt\b|quant\w*|hours?\b|\bhrs\b|\bdays\b|\bno\. of \w+|\bpcs\b|qte\b\.?|"
        r"\bnombre\b|\bnb(?:re?)?\b|heures|jours|aantal|hoeveelheid|\buren\b|\bilosc\b|\bliczba\b|"
        r"godzin\w*|\bszt\b\.?",
    ),
    (
        "article",
        rf"art(?:ikel|icle)?[-. ]{{0,2}}{_NO}(?:[-. ](?:kunde|lief\w*|client|customer)\b\.?)?|"
        rf"artikelnummer|art-nr\S*|item ?(?:{_NO}|number)|"
        rf"(?:code|ref\.?|reference) (?:article|produit|product|client)|product (?:{_NO}|number|code)|"
        rf"article code|artikelcode|artikelnr\.?|bestell-?nr\.?|part (?:{_NO}|number)|\bsku\b|\bean\b|"
        r"\bgtin\b|\bref\b\.?|reference|\bcode\b|(?:unsere )?art\.?nr\.?|produkt-?nr\.?|"
        r"material-?nr\.?|\bindeks\b|\bpkwiu\b|\bsymbol\b|\bcn\b|\bid\b|\bkod\b|stock code",
    ),
    (
        "position",
        r"\bpos(?:ition)?\b\.?(?! ?(?:text|beschr))|\blp\b\.?|\bl\.p\.?|\bs/?n\b\.?|\bsl\b\.?(?: no)?|"
        r"\bline\b|\bnr\b\.?|\bno\b\.?|\bn°|\bn[o]\b|#|\blfd\b\.?(?:[- ]?nr)?\.?|\bposten\b|\bregel\b|"
        r"\bligne\b|\bsr\b\.? ?no",
    ),
    (
        "description",
        r"\w*bezeichnung\w*|\w*beschreibung\w*|leistungs?\w*|leistung|\bartikel\b|\bprodukte?\b|"
        r"\bware\b|\btext\b|positionstext|gegenstand|\btatigkeit\w*|\bmaterial\b|dienstleistung\w*|"
        r"\bposten\b|(?:item |product |service |article )?(?:descriptions?|desc\b\.?|details?)|"
        r"\b[il]tems?\b(?: name)?|\bproducts?\b(?: name)?|\bservices?\b|\barticles?\b|particulars|"
        r"\bgoods\b|activity|\btask\b|\bwork\b|designations?|libelle\w*|prestations?|\bproduits?\b|"
        r"intitule|\bobjet\b|nature|\w*omschrijving\w*|\w*beschrijving\w*|\bproduct\b|\bdienst\w*|"
        r"werkzaamheden|nazwa\w*(?: towaru| uslugi)?(?:[ /,]*(?:lub |i )?(?:uslugi|towaru))?|\bopis\b|"
        r"\btowar\w*|\busluga\w*|wyszczegolnienie",
    ),
)
"""What a column holds and the labels that say so; of two that fit at the same place the earlier one is taken."""

HEADING_WORDS = re.compile(
    rf"ohne|mit|excl\w*\.?|exkl\w*\.?|inkl\w*\.?|incl\w*\.?|{_TAX}\.?|netto|brutto|net|gross|h\.?t\.?|"
    rf"ttc|{_MONEY}|in|per|pro|je|por|po|rabacie|rabatu|einheit|unit|unitaire|jednostkowa|jedn\.?|"
    r"\[?%\]?|\(?%\)?|miary|price|preis|prijs|prix|cena|wartosc|amount|betrag|bedrag|montant|kwota|"
    r"total|gesamt|rate|satz|stawka|menge|qty|no\.?|nr\.?|code|meng\.?-?|positions-|zu-|/abschlag|"
    r"\(\w{2,5}\)|art\S*|unsere|ihre"
)
"""Words that the further rows of a heading are made of, beside the labels themselves."""

_CARRY = (
    r"ubertrag|zwischen-?ubertrag|carried (?:forward|over)|brought forward|c/f|b/f|carry ?over|"
    r"(?:a )?report(?:er|e)?\b|overdracht|transport (?:naar|van) (?:volgende|vorige)|te transporteren|"
    r"do przeniesienia|z przeniesienia|przeniesieni\w+|subtotal (?:page|this page)|page (?:sub)?total|"
    r"balance (?:brought )?forward|previous (?:invoice|balance|bill|statement|amount)|opening balance|"
    r"last (?:bill|payment|invoice)|seitensumme|seiten ?ubertrag|total (?:de la )?page"
)
_TOTALS = (
    r"(?:grand |sub|net |gross |invoice |order |amount |item |items |total |final |balance )*(?:-| )?t[o0]tal(?!ly)(?: .*)?|"
    r"sub ?- ?t[o0]tal.*|balance\b.*|"
    r"amount (?:due|payable|paid|owing|excl|incl|before|after|to pay).*|"
    r"(?:net|gross|taxable)(?: (?:amount|amt|value|price|due|payable).*|\W*$)|totals?\b.*|"
    r"zwischensumme.*|gesamt(?:betrag|summe|preis|netto|brutto)?\b.*|\w*summe\b.*|summe\b.*|"
    r"(?:zwischen|gesamt|end)-?total\b.*|netto(?:betrag|summe|wert)?\b.*|brutto(?:betrag|summe)\b.*|"
    r"rechnungs(?:betrag|summe|endbetrag)\b.*|end(?:betrag|summe)\b.*|zahl(?:ungs)?betrag.*|"
    r"zu zahlen.*|warenwert.*|steuer(?:betrag|basis\w*|summe|satz)?\b.*|warennettowert.*|betrag\b.*|"
    r"sous[- ]?total.*|total .*|montant (?:total|ht|ttc|h\.t|t\.t|net|du|de la|a payer).*|"
    r"net a payer.*|reste a payer.*|solde.*|base (?:ht|tva).*|"
    r"(?:sub|tussen|eind|factuur)? ?-?totaal(?:bedrag|prijs)?\b.*|te betalen.*|bedrag (?:incl|excl).*|"
    r"factuur ?(?:totaal|bedrag).*|netto ?bedrag.*|razem\b.*|suma\b.*|ogolem.*|do zaplaty.*|w tym\b.*|"
    r"wartosc (?:netto|brutto).*|kwota (?:netto|brutto|vat).*|naleznosc.*|kwota (?:do|nalez).*|"
    r"pozostalo.*|"
    rf"(?:\d+(?:[.,]\d+)? ?% ?)?(?:sales |zzgl\.? |plus |inkl\.? |incl\.? |including |excl\.? |add |total |dont |waarvan |davon )*{_TAX}(?:\b|(?=\d)).*|"
    r"zzgl.*|rounding.*|rundung.*|round(?:ed)? (?:off|adj|total|amt).*|cash\b.*|change\b.*|"
    r"(?:amount )?paid\b.*|payments?\b.*|visa\b.*|master ?card.*|bezahlt.*|anzahlung.*|paye\b.*|"
    r"acompte.*|betaald.*|zaplacono.*|prepaid.*|jumlah.*|tunai.*|baki.*|tender.*"
)
CARRIED = re.compile(rf"(?:{_CARRY})")
PAID = re.compile(
    r"(?:amount |total )?(?:paid|payments?(?! due)|cash|change|visa|master ?card|tender|tunai|baki|bezahlt|anzahlung|paye|acompte|betaald|zaplacono|prepaid|rounding|rundung|round(?:ed)?)\b"
)
TOTALS = re.compile(rf"(?:{_TOTALS})")
"""Labels of rows, matched at the start of a folded cell: CARRIED takes a sum to the next page, TOTALS end a table,
and of these PAID are what no lines add up to."""

_COLUMN = re.compile(
    r"(?<![a-z0-9])(?=\S)(?:"
    + "|".join(f"(?P<r{index}>{pattern})" for index, (_, pattern) in enumerate(COLUMNS))
    + ")"
)
_QUALIFIER = re.compile(
    r"(?<![a-z])(?:ohne|mit|zzgl|excl|exkl|inkl|incl|zonder|hors|of|de|des|per|pro|por|w/o)\W{0,2}$|[\[(]$"
)
"""What stands before a word that only explains the label before it: 'Betrag ohne MwSt', 'Qty (pcs)'."""


@dataclass(frozen=True)
class ColumnLabel:
    """A label of a column found in a text: what the column holds, and the span."""

    role: Role
    start: int
    end: int


@lru_cache(maxsize=8192)
def column_labels(plain: str) -> tuple[ColumnLabel, ...]:
    """The column labels in the folded text *plain*, from left to right."""
    return tuple(
        ColumnLabel(COLUMNS[int(match.lastgroup[1:])][0], match.start(), match.end())
        for match in _COLUMN.finditer(plain)
        if match.lastgroup is not None and not _QUALIFIER.search(plain[: match.start()])
    )
