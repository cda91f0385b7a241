"""Places: the countries, cities, regions and addresses that a running text names.

A name is known, or its words say that it is a place ("County of ...", "12 ... Street", "8000 ...", "..., Virginia").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.offline.place_names import COUNTRIES, PLACE_NAMES, REGIONS, STATE_CODES

_CAP = r"[A-ZÀ-ÖØ-ÞŁŚŻ][\w’'-]{0,40}"  # bounded, as all is here: a word without an end must not cost its length squared
_CAPS = rf"{_CAP}(?: (?:{_CAP}|of|de|la|am|an der)){{0,4}}"
_WAYS = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Boulevard|Blvd|Lane|Ln|Way|Court|Ct|Place|Pl|Square|Sq|Plaza|Highway|Hwy|Parkway|Pkwy|"
    r"Terrace|Broadway|Circle|Crescent|Close|Row)"
)
_REGION_WORDS = (
    r"(?:County|District|Province|Prefecture|Islands?|Peninsula|Village|Township|Special Administrative Region|Region|Valley|"
    r"Park|River|Bay|Harbou?r|Mountains?|Building|Tower|Street|Avenue|Boulevard|Drive|Road|Square|Plaza|Yard)"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w.,/-])\d{{1,5}}(?: ?[-/] ?\w{{1,4}})? {_CAP}(?: {_CAP}){{0,3}} {_WAYS}\b\.?(?! [a-z]\w* of)",
        r"(?<![\w.,/-])\d{1,5} Broadway\b",
        r"(?<!\w)[A-ZÄÖÜ][\wäöüß-]{0,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|straat|laan|plein|gracht|kade)"
        r" \d{1,4} ?[a-z]?\b",
        r"(?<!\w)\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|quai|chemin|allée|cours|impasse)"
        r" (?:(?:de la|de l’|de l'|de|du|des) ?)?[\w’'-]{1,40}(?: [A-Z][\w’'-]{1,40}){0,4}",
        r"(?<!\w)(?:ul|al|pl)\. [A-ZŁŚŻ][\w-]{1,40}(?: [A-ZŁŚŻ][\w-]{1,40}){0,4} \d{1,4}[a-z]?\b",
        r"(?<!\w)(?:Commonwealth|State|County|City|Province|Republic|Kingdom|District|Town|Isle|Canton|COMMONWEALTH|STATE|COUNTY|CITY)"
        rf" (?:of|OF) (?:the )?(?!State|Company|Loan){_CAP}(?: {_CAP})?",
        rf"(?<![\w.]){_CAP}(?: {_CAP}){{0,2}} {_REGION_WORDS}\b",
        r"(?<!\w)(?:Suite|Room|Floor|Unit|Apt\.?) \d{1,4}\w?\b|(?<!\w)\d{1,2}(?:st|nd|rd|th) (?:F|f)loor\b",
        r"(?<!\w)P\.? ?O\.? ?Box \d+\w*",
        r"(?<![\w-])(?:[A-Z]{1,2}-)?\d{5} [A-ZÄÖÜ][a-zäöüß]{2,}"
        r"(?:[ -](?:am|an der|ob der|im|bei|v\.d\.|[A-ZÄÖÜ][a-zäöüß]+)){0,3}\b",
        r"(?<![\w-])\d{2}-\d{3} [A-ZŁŚŻ][\wąćęłńóśźż-]+|(?<![\w-])\d{4} ?[A-Z]{2} [A-Z][\w’'-]+",
    )
)  # fmt: skip
_BEFORE_REGION = re.compile(rf"(?<![\w&])({_CAPS}), ?(?=({_CAPS}|[A-Z]{{2}}\b))")
_KNOWN = re.compile(
    "(?<![\\w’'-])(?:"
    + "|".join(
        re.escape(name)
        for name in sorted(
            PLACE_NAMES | {name.upper() for name in PLACE_NAMES if len(name) > 3},
            key=lambda name: (-len(name), name),
        )
    )
    + ")(?![\\w-])"
)
_USUAL = {name.upper(): name for name in PLACE_NAMES}
_LARGER = COUNTRIES | REGIONS
_NO_PLACE = frozenset(
    """The This That Any Such Each Said Article Section Date Day Agreement Inc Ltd Corp LLC Limited Company President
    Director Officer Secretary Chairman Manager Attention Attn Esq Jr Sr January February March April May June
    July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday""".split()  # noqa: SIM905
)
_FIRST_WORDS = ("The ", "In ", "At ", "From ", "To ", "Near ", "On ", "Of ", "And ", "By ")


@dataclass(frozen=True)
class Place:
    """A place as it stands, in its usual spelling, and where."""

    text: str
    name: str
    span: tuple[int, int]


def places_in(text: str, taken: Sequence[tuple[int, int]]) -> list[Place]:
    """The places of *text*, in order; none in the spans of other names that are *taken*. One for each mention."""
    found: list[Place] = []
    covered = bytearray(len(text))
    for start, end in taken:
        covered[start:end] = b"x" * (end - start)
    for first, end in _spans(text):
        start = _behind_first_word(text, first)
        if not any(covered[start:end]):
            covered[start:end] = b"x" * (end - start)
            stands = " ".join(text[start:end].split())
            found.append(Place(stands, _USUAL.get(stands.upper(), stands), (start, end)))
    return sorted(found, key=lambda place: place.span)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where places may stand, the surest first."""
    for pattern in _PATTERNS:
        yield from (match.span() for match in pattern.finditer(text) if not _is_no_place(match[0]))
    for match in _BEFORE_REGION.finditer(text):
        if _is_larger(match[2]) and len(match[1].split()) <= 3 and not _is_no_place(match[1]):
            yield match.span(1)
    yield from (match.span() for match in _KNOWN.finditer(text))


def _is_larger(name: str) -> bool:
    """Does *name* begin with a country, a state or its code?"""
    words = name.split()
    firsts = {" ".join(words[:count]) for count in range(1, 4)}
    return words[0] in STATE_CODES or any(_USUAL.get(first.upper(), first) in _LARGER for first in firsts)


def _is_no_place(name: str) -> bool:
    return any(word.strip(".,") in _NO_PLACE for word in name.split())


def _behind_first_word(text: str, start: int) -> int:
    return next((start + len(word) for word in _FIRST_WORDS if text.startswith(word, start)), start)
