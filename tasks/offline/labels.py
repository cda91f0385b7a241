"""The words printed beside facts, in German, English, French, Dutch, Polish and on Malaysian receipts: data, and how it is matched.

All patterns are regular expressions over folded text (`fold`): lower case, no accents. A blank in a pattern stands for one
blank and any punctuation, also for none, since OCR loses blanks: 'invoice no' finds 'INVOICE.NO' and 'InvoiceNo'.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from tasks.offline.fold import fold

_NO = r"(?:numbers?|numb|num|nummer|numer|numero|nbr|nr|no|n[or°]?|#|id|code)"

FIELDS: dict[str, tuple[tuple[float, str], ...]] = {
    "number": (
        (1.0, rf"(?:tax |vat |sales |commercial |proforma |pro forma )?(?:invoice|inv)(?: ref(?:erence)?)? {_NO}"),
        (1.0, rf"(?:handels|miet|schluss|abschlags|teil|sammel|korrektur)?rechnungs? {_NO}|r[eg] {_NO}|{_NO} der rechnung"),
        (1.0, rf"{_NO} (?:de (?:la )?)?facture|facture {_NO}|fact {_NO}|{_NO} fact"),
        (1.0, rf"(?:verkoop)?fact(?:uur|\.)? {_NO}|nummer factuur|betaaloverzicht {_NO}"),
        (1.0, rf"faktura(?: vat)? {_NO}|{_NO} (?:faktury|dokumentu|rachunku)"),
        (1.0, rf"credit (?:note|memo) {_NO}|gutschrifts? {_NO}|avoir {_NO}|{_NO} d'?avoir|ref(?:erence)? (?:de (?:la )?)?facture|credit ?nota {_NO}|nota kredyt\w* {_NO}"),
        (1.0, rf"(?:invoice|rechnung|facture|factuur|faktura) (?:dated|of|vom|du|van|d\.d\.|z dnia) [\d./-]+,? {_NO}"),
        (0.9, rf"beleg {_NO}|(?:bill|billing|statement|receipt|rcpt|resit|slip|document|doc|bon|ticket|paragon|rachunek) {_NO}"),
        (0.9, rf"(?:cash|tax) (?:receipt|bill|sales?) {_NO}|{_NO} (?:resit|invois)|invois {_NO}|bukti {_NO}"),
        (0.7, r"(?:sales |commercial |tax )?invoice|(?:handels|miet|schluss|teil)?rechnung|facture(?: de vente)?|(?:verkoop)?factuur|avoir|credit note|gutschrift|faktura(?: vat| sprzedazy)?"),
        (0.65, r"(?<![a-z]\s)(?:numero|nummer|numer|number)(?=\s?:|\s\s|$)"),
        (0.65, rf"(?:trans(?:action)?|trx|chk|check|cb|cs|order|ref|reference|referenz) {_NO}"),
        (0.3, rf"(?:account|acct|a/c|contract|vertragskonto|kundenkonto|compte|contrat|konto) {_NO}|account"),
    ),
    "date": (
        (1.0, r"invoice date|date of (?:the )?invoice|inv(?:oice)? (?:date|dt)|date (?:of )?issued?|issue date|date of issue|bill(?:ing)? date|statement date"),
        (1.0, r"rechnungs ?datum|ausstellungs ?datum|beleg ?datum|datum der rechnung|rechnung vom|rg datum|gutschrift vom"),
        (1.0, r"date (?:de (?:la )?)?factur\w*|date d'? ?emission|facture du|date (?:de l'?)?avoir|emise? le|etablie? le|date du document|tax point(?: date)?"),
        (1.0, r"factuur ?datum|datum factuur|betaaloverzicht ?datum|factuur d\.?d"),
        (1.0, r"data (?:wystawienia|faktury|dokumentu)|wystawion[oay] (?:w )?dni[au]?"),
        (0.7, r"dated?|datum|data|tarikh|dt|tgl|le(?= \d)|vom(?= \d)|den(?= \d)|dnia"),
    ),
    "other_date": (
        (1.0, r"due(?: date)?|date due|payment date|pay(?:able)? by|deliver\w* (?:date|on)|ship\w* date|order date|date (?:of )?order\w*|print\w* (?:date|on)"),
        (1.0, r"service (?:date|period|from|to)|period|from(?= \d)|valid (?:until|to)|expir\w*|birth|dob|registered|member since|d\.?o\.?b|p\.?o\.? date|start date|end date|date of supply|supply date|check ?(?:in|out)|next \w+ (?:date|reading)|meter read\w*|last payment|received"),
        (1.0, r"fallig\w*|zahlbar|zahlung(?:s\w*)?|bis(?: zum)?|liefer\w*|leistungs\w*|bestell\w*|auftrag\w*|skonto|valuta|zeitraum|gultig|einzug|abbuchung|geboren|geb|gedruckt|druckdatum|lieferschein\w*|stand|version|fassung|abgebucht"),
        (1.0, r"(?:date )?(?:d'? ?)?echeance|date limite|livr\w*|command\w*|prestation|periode|du(?= \d)|au(?= \d)|jusqu\w*|avant le|prelev\w*|reglement|paiement|imprim\w*|releve|prochain\w*|naissance"),
        (1.0, r"verval\w*|lever(?:datum|tijd|ing\w*)|geleverd|bestel\w*|betaal ?(?:datum|termijn)|voor(?= \d)|uiterlijk|periode|geboorte\w*|order ?datum|aankoop ?datum"),
        (1.0, r"termin\w*|platn\w*|data (?:sprzedazy|dostawy|zamowienia|wykonania|zaplaty|wydruku)|sprzedaz\w*|zaplat\w*|zamowien\w*|okres\w*|waznosc\w*"),
    ),
    "seller": (
        (1.0, r"seller|vendor|supplier|sold by|from|issued by|issuer|billed by|invoice from|merchant|provider"),
        (0.6, r"remit (?:payment )?to|pay(?:able)? to|payee|make (?:all )?che(?:ck|que)s? payable to|account (?:name|holder)|beneficiary"),
        (1.0, r"verkaufer|lieferant|rechnungs(?:steller|ersteller|aussteller)|leistungserbringer|auftragnehmer|absender|verkauft (?:von|durch)"),
        (0.6, r"konto(?:inhaber|name)|zahlungsempfanger|empfanger der zahlung|begunstigter"),
        (1.0, r"vendeur|fournisseur|prestataire|emetteur|expediteur|vendu par|emis par"),
        (0.6, r"titulaire(?: du compte)?|beneficiaire|(?:a l')?ordre de"),
        (1.0, r"verkoper|leverancier|afzender|verkocht door"),
        (0.6, r"ten name van|t n v|rekeninghouder|begunstigde"),
        (1.0, r"sprzedawca|sprzedajacy|wystawca|dostawca|uslugodawca"),
        (0.6, r"odbiorca przelewu|wlasciciel rachunku"),
    ),
    "buyer": (
        (1.0, r"bill(?:ed)? to|billing address|ship(?:ped)? to|shipping address|deliver(?:y|ed)? (?:to|address)|sold to|invoice(?:d)? (?:to|for)|buyer|customer|client|attn|attention|to|for|tenant|patient(?: name)?|guest(?: name)?|service (?:address|for)|account of|recipient|mr|mrs|ms|m/s|messrs"),
        (1.0, r"kaufer|kunde|kundin|(?:rechnungs|leistungs|waren)?empfanger|rechnungsadresse|rechnungsanschrift|lieferadresse|lieferanschrift|auftraggeber|besteller|herrn?|frau|firma|an|steuerbevollmachtigter|abweichender"),
        (1.0, r"client|acheteur|facture a|adresse (?:de )?(?:factur\w*|livraison)|destinataire|livre a|titulaire du contrat|monsieur|madame|m\. ou mme|mme|a l'attention de"),
        (1.0, r"klant|koper|factuuradres|afleveradres|aflever ?adres|verzend ?adres|bezorgadres|debiteur|t ?a ?v|ter attentie van|afnemer|aan"),
        (1.0, r"nabywca|kupujacy|odbiorca|klient|adresat|zamawiajacy|platnik"),
        (1.0, r"pelanggan|kepada"),
    ),
    "currency": (
        (1.0, r"currency|amounts? in|all (?:amounts|prices) (?:are )?in|wahrung|(?:rechnungs|beleg)wahrung|betrage in|alle (?:betrage|preise) in|devise|montants? (?:exprimes? )?en|valuta|bedragen in|waluta"),
    ),
}  # fmt: skip
"""Field to its labels, each with how surely it names the field (0 to 1)."""

TITLES = (
    r"(?:tax |simplified tax |commercial |sales |vat |proforma |pro forma |original |copy |duplicate |final )*(?:invoice|receipt|bill|statement|credit note|credit memo|cash (?:receipt|sales?|bill))s?(?: copy| original)?",
    r"(?:original|kopie|duplikat|schluss|sammel|handels|miet|teil|abschlags)?[ -]?(?:rechnung|gutschrift|quittung|beleg|kassenbon|kassenbeleg|mahnung|stornorechnung|rechnungskopie)",
    r"(?:facture|avoir|recu|ticket|ticket de caisse|note|devis|releve|duplicata|facture d'acompte|facture pro ?forma)(?: client| originale?)?",
    r"(?:kopie |verkoop)?(?:factuur|creditnota|bon|kassabon|nota|bonnetje|betaaloverzicht)",
    r"(?:faktura(?: vat)?(?: korygujaca)?|paragon(?: fiskalny)?|rachunek|nota|oryginal|kopia)",
    r"invois(?: cukai)?|resit(?: rasmi)?",
)  # fmt: skip
"""What a page calls itself: never a vendor."""

CREDIT_NOTE = r"credit (?:note|memo)|gutschrift|storno ?rechnung|rechnungskorrektur|avoir(?= |$)|credit ?nota|creditfactuur|nota kredytowa|faktura korygujaca|refund (?:note|receipt)"
"""What names a paper that gives money back."""

LEGAL_FORMS = (
    r"gmbh(?: ?& ?co\.?(?: ?(?:kgaa|kg|ohg))?)?|mbh|ag(?: ?& ?co\.? ?(?:kgaa|kg))?|kgaa|kg|ohg|gbr|ug(?: ?\(haftungsbeschrankt\))?|e\. ?k\.|e\.? ?v\.|eg|se",
    r"ltd|limited|llc|l\.l\.c\.?|inc|incorporated|corp|corporation|plc|llp|co|company|pty|pte|pllc",
    r"sarl|s\.a\.r\.l\.?|sasu|sas|s\.a\.s\.?|sa|s\.a\.?|eurl|sci|snc|scop",
    r"b\. ?v\.?|bv|n\. ?v\.?|nv|v\. ?o\. ?f\.?|vof|bvba|srl|s\.r\.l\.?|s\.p\.a\.?|a/s|aps|ab|oy",
    r"sp\.? ?z ?o\.? ?o\.?|spolka z o\.? ?o\.?|sp\. ?j\.?|sp\. ?k\.?|spolka akcyjna",
    r"(?:\(m\) ?)?(?:sdn\.? ?)?bhd|s/b|plt|enterprises?|trading|holdings?",
)
"""The ends of company names."""


@dataclass(frozen=True)
class Label:
    """A label found in a text: which field it names, how surely, and its span."""

    name: str
    strength: float
    start: int
    end: int


@lru_cache(maxsize=8192)
def find_labels(text: str, *names: str) -> tuple[Label, ...]:
    """The labels of the fields *names* (all of them when none is given) in *text*, the longest where two overlap, left to right."""
    plain = fold(text)
    if not _any_of(names or tuple(FIELDS)).search(plain):
        return ()
    hits = [
        Label(name, strength, match.start(), match.end())
        for name in names or tuple(FIELDS)
        for strength, pattern in _compiled(name)
        for match in pattern.finditer(plain)
        if match.end() > match.start()
    ]
    kept: list[Label] = []
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -hit.strength, hit.start)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def is_title(text: str) -> bool:
    """Whether *text* is nothing but what the page calls itself ('Tax Invoice', 'RECHNUNG')."""
    return bool(_titles().fullmatch(fold(text).strip(" .:*-=#_")))


def names_credit_note(text: str) -> bool:
    """Whether *text* says that it is a credit note."""
    return bool(_spelled(CREDIT_NOTE).search(fold(text)))


@lru_cache(maxsize=8192)
def legal_form(text: str) -> re.Match[str] | None:
    """The last legal form in *text* ('GmbH', 'Sdn Bhd'), or None. The span is that of *text*.

    A short one is a word too ('co', 'se', 'ag'), so it is taken in capitals or with a point, after a name.
    """
    matches = [match for match in _forms().finditer(fold(text)) if _is_form(text, match)]
    return matches[-1] if matches else None


def _is_form(text: str, match: re.Match[str]) -> bool:
    printed = text[match.start() : match.end()]
    named = bool(re.search(r"\w{2,}\W*$", text[: match.start()]))
    ends = not re.match(r"\.?\w|[@]", text[match.end() :])
    short = len(re.sub(r"\W", "", printed)) <= 3
    capital = printed != printed.lower() or "." in printed or text[match.end() : match.end() + 1] == "."
    return named and ends and (capital or not short)


@cache
def _compiled(name: str) -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((strength, _spelled(pattern)) for strength, pattern in FIELDS[name])


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all labels of the fields *names*: most rows hold none, and one search says so."""
    return _spelled("|".join(pattern for name in names for _, pattern in FIELDS[name]))


@cache
def _spelled(pattern: str) -> re.Pattern[str]:
    gaps = re.sub(r"(?<!\\) (?!\?)", r"[.:/_*-]*[ ]?[.:/_*-]*", pattern)
    return re.compile(rf"(?<![a-z0-9])(?=\S)(?:{gaps})(?![a-z])")  # the look ahead keeps blanks cheap


@cache
def _titles() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{title})" for title in TITLES))


@cache
def _forms() -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(LEGAL_FORMS)})(?![a-z0-9])")
