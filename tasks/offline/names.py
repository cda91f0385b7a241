"""What a name of a company or a person looks like on a page, and when two are the same."""

import re

from tasks.offline.dates import find_dates
from tasks.offline.fold import fold
from tasks.offline.grid import Grid
from tasks.offline.labels import find_labels, is_title, legal_form
from tasks.offline.numbers import find_amounts

_CUT = re.compile(r"\s[-–—|·•*/]\s|[|·•]|,\s|\s{2,}|\t")
_REG_NO = re.compile(
    r"\s*[(\[]?\s*(?:co\.?|company|reg)?\.? ?(?:reg\.? ?)?(?:no\.?:? ?)?\d{5,}\s?(?:-\s?\w|[A-Z]\b)\s*[)\]]?.*$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"@|www\.|https?:|\.(?:com|de|fr|nl|pl|net|org|my)\b(?! ?[a-z])|"
    r"^(?:tel|fax|phone|telefon|mobil|email|e-mail|mail|internet|web)\b|"
    r"^(?:page|seite|pagina|strona|p\.)\b|\b(?:thank|danke|merci|bedankt|dziekuj|welcome|copy|original|kopie|duplicate)|"
    r"^(?:date|datum|data|time|table|cashier|staff|served|counter|pos|terms|notes?|address|adresse|adres|name|number|nummer)\b|"
    r"^(?:lot|no\.?|nr\.?) ?\d|\b(?:jalan|jln|taman|street|road|avenue|blvd|suite|floor|p\.?o\.? box|postfach|cedex)\b|"
    r"strasse\b|straße|str\.|\b(?:rue|chemin|place|allee|weg|laan|straat|ul\.)\b(?! gmbh)|"
    r"\b(?:version|stylesheet|urn|goods sold|not returnable|please|bitte|veuillez|powered)\b|"
    r"^(?:invoice|rechnung|facture|factuur|faktura|receipt|bill|tax|gst|vat|ust|tva|btw|nip|item|description|qty|total)\b|"
    r"^(?:deutschland|germany|osterreich|schweiz|nederland|the netherlands|belgie|france|polska|poland|malaysia|singapore|usa|"
    r"united states|united kingdom|great britain|espana|italia)$"
)
_EDGES = " :;,*-=|·•>\"'"
_ADDRESS = re.compile(r"^\d{4,6}\b|\b\d{5}\b|\b\d{4} ?[A-Z]{2}\b|^\D{4,} \d{1,4} ?[a-zA-Z]?$|^\d+[,/ ]")
_CLOSING_TITLE = re.compile(
    r"(?<=\w)\s+(?:tax )?(?:invoice|statement|receipt|bill|rechnung|facture|factuur|faktura)$", re.IGNORECASE
)
_FREE_MAIL = {"gmail", "yahoo", "hotmail", "outlook", "gmx", "web", "icloud", "live", "aol", "orange", "wanadoo", "free",
              "tonline", "example", "mail", "googlemail", "proton", "protonmail", "facebook", "instagram", "twitter"}  # fmt: skip
_DOMAIN = re.compile(
    r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.[a-z]{2,}|\b([a-z0-9-]{3,})\.(?:com|de|fr|nl|pl|net|eu|my|co)\b"
)


def clean_name(text: str) -> str:
    """*text* cut down to the name: nothing after a separator, a register number, or an address behind the legal form.

    >>> clean_name("Muster AG - Weg 4 - 12345 Ort"), clean_name("KEDAI SDN BHD (12345-X)")
    ('Muster AG', 'KEDAI SDN BHD')
    """
    head = _CUT.split(_REG_NO.sub("", text.strip(_EDGES)), maxsplit=1)[0].strip(_EDGES)
    head = _CLOSING_TITLE.sub("", head) or head
    head = head.strip("()[]") if head.count("(") != head.count(")") else head
    form = legal_form(head)
    if form is None:
        return head.rstrip(". ")
    rest = head[form.end() :]
    dot = re.match(r"[.)]*", rest)
    after = rest[dot.end() if dot else 0 :].strip()
    short = 0 < len(after.split()) <= 2 and re.fullmatch(r"[\w .-]+", after) and not re.search(r"\d", after)
    return head if short else head[: form.end() + (dot.end() if dot else 0)]


def is_name(text: str) -> bool:
    """Whether *text* may be the name of a company or a person: words, no label, title, address, date, amount or contact."""
    plain = fold(text)
    letters = sum(letter.isalpha() for letter in text)
    if ":" in text or (_ADDRESS.search(text) and not legal_form(text)):
        return False
    if letters < 3 or len(text) > 70 or len(text.split()) > 9 or letters < 0.6 * len(text.replace(" ", "")):
        return False
    if _NOT_A_NAME.search(plain) and not legal_form(text):
        return False
    if is_title(text) or find_dates(text) or find_amounts(text):
        return False
    labels = find_labels(text, "number", "date", "other_date", "buyer", "seller", "currency")
    return not any(label.start == 0 and label.end >= len(text.rstrip(" .:")) for label in labels)


def name_key(name: str) -> str:
    """The name for comparing: letters and digits only, without legal form.

    >>> name_key("Muster-Bau GmbH & Co. KG") == name_key("MUSTER BAU")
    True
    """
    form = legal_form(name)
    bare = name[: form.start()] if form and form.end() >= len(name.rstrip(" .)")) else name
    first = legal_form(bare)
    bare = bare[: first.start()] if first and first.end() >= len(bare.rstrip(" .&()")) else bare
    return re.sub(r"[^a-z0-9]", "", fold(bare))


def domains_of(grid: Grid) -> set[str]:
    """The names in the web and mail addresses of the document, free mail services left out."""
    found: set[str] = set()
    for row in grid.filled:
        for match in _DOMAIN.finditer(row.plain):
            parts = (match.group(1) or match.group(2)).split(".")
            name = parts[-2] if len(parts) > 1 and parts[-1] in ("co", "com", "org") else parts[-1]
            name = re.sub(r"[^a-z0-9]", "", name)
            if name not in _FREE_MAIL:
                found.add(name)
    return found
