"""The person a paper is about, and when two names are one person's."""

import re
from difflib import SequenceMatcher

from tasks.offline.fold import fold
from tasks.offline.grid import Grid, Row
from tasks.offline.mortgage.beside import LIKELY, SURE, texts
from tasks.schemas.invoice import Fact

_COMPANY = re.compile(
    r"\b(?:llc|inc|corp|corporation|co|company|ltd|bank|banking|group|services?|holdings?|university|department|dept|division"
    r"|credit union|insurance|financial|finance|trust|association|agency|county"
    r"|city|state|united|states|center|medical|school|store|market|gmbh|ag)\b"
)
_NO_NAME = re.compile(
    r"\b(?:page|statement|account|summary|date|number|total|balance|amount|name|address|street|box|form|copy|employee|employer|borrower"
    r"|earnings?|deductions?|taxes|tax|wages|description|details|payment|check|period|sample|document|void|signature|security|social"
    r"|license|driver|class|income|information|application|section|personal|property|title|loan|other|notice|phone|email|zip|suffix|suff"
    r"|initial|irs|use|only|fees?|charged|interest|purchases|credits|adjustments|previous|new|rewards|card|cash|visa|plan|online"
    r"|customer|questions|important|contact|principal|escrow|explanation|due|deposits?|withdrawals?|activity|history|transactions?"
    r"|regular|salary|hours|rate|current|married|single|federal|marital|status|your|of|the|for|and|or|to|not|in|any|first|last|middle)\b"
)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-])*")
_SUFFIX = {"jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "dr", "md", "esq"}
_HOUSE = re.compile(r"^\W*(?:\d{1,6}[a-z]? +\w|p\.? ?o\.? box)", re.IGNORECASE)
_AFTER_NAME = re.compile(r"\s{2,}|,\s*(?:\d|[A-Z]{2}\b)|\b(?:SSN|DOB|Date|Signature)\b|[(/|]")
NAMES_FROM = (
    r"employee(?:'s)?(?: full)? name", "name of employee", "employee", r"account holder(?:s|\(s\))?", "account name",
    r"borrower(?:'s|\(s\))?(?: full)? ?name", r"borrower(?:\(s\))?", "recipient'?s name", "card ?(?:holder|member)(?: name)?",
    "property owner", "owner", r"buyer(?:\(s\)|'s name)?", "purchaser", "applicant(?:'s)?(?: name)?", "customer(?: name)?",
    "primary borrower", "named insured", "member(?: name)?", "taxpayer(?: name)?", "patient", "prepared for", "student(?: name)?",
    "pay to the", "name (?:and address )?of applicant", "full name", "name",
)  # fmt: skip
"""Labels beside which the person of a paper stands, the surest first."""
_GIVEN = (r"fn\b", "first names?", "given names?", "employee's first name")
_FAMILY = (r"ln\b", "last name", "surname", "family name")


def person(grid: Grid, *labels: str) -> Fact[str]:
    """The person beside one of *labels*, else in two fields, else beside any usual label, else over an address."""
    for label in labels:
        if found := _beside(grid, label):
            return found
    if found := _in_two(grid):
        return found
    for label in NAMES_FROM:
        if found := _beside(grid, label):
            return found
    over = _over_address(grid)
    return over if over.value is not None else _only_name(grid)


def person_beside(grid: Grid, *labels: str) -> Fact[str]:
    """The person beside one of *labels*, and nobody else."""
    return next((found for label in labels if (found := _beside(grid, label))), Fact[str]())


def is_word_of_a_form(plain: str) -> bool:
    """Does the folded text hold a word that forms print and names do not?"""
    return _NO_NAME.search(plain) is not None or _COMPANY.search(plain) is not None


def _beside(grid: Grid, label: str) -> Fact[str] | None:
    for found in texts(grid, rf"(?:{label})(?![a-z])", reach=2):
        if name := name_in(found.text):
            return Fact[str](value=name, evidence=found.row.evidence, confidence=SURE)
    return None


def _in_two(grid: Grid) -> Fact[str] | None:
    """A given name and a family name that stand in fields of their own, also as AAMVA numbers them on licenses."""
    given, family = (_first_words(grid, labels) for labels in (_GIVEN, _FAMILY))
    if given and family:
        return Fact[str](value=cased(f"{given[0]} {family[0]}"), evidence=given[1].evidence, confidence=SURE)
    if boxed := _in_boxes(grid):
        return boxed
    numbered = {number: (match[1], row) for number in "12" for row in grid.filled for cell in row.cells
                if (match := re.fullmatch(rf"{number} ([A-Z][A-Z'-]+)", cell.text))}  # fmt: skip
    if len(numbered) == 2:
        return Fact[str](
            value=cased(f"{numbered['1'][0]} {numbered['2'][0]}"),
            evidence=numbered["1"][1].evidence,
            confidence=LIKELY,
        )
    return None


def _in_boxes(grid: Grid) -> Fact[str] | None:
    """The words under boxes for a first and a last name beside each other; what stands left is the given name."""
    for row in grid.filled:
        first = next((cell for cell in row.cells if "first name" in cell.plain), None)
        last = next(
            (
                cell
                for cell in row.cells
                if cell.plain.startswith("last name") and first and cell.start > first.start
            ),
            None,
        )
        if first is None or last is None:
            continue
        under = [
            cell
            for later in grid.below(row, 3)
            for cell in later.cells
            if first.start - 2 <= cell.start < last.end
        ]
        words = sorted(
            (cell.start, cell.text)
            for cell in under
            if all(map(_WORD.fullmatch, cell.text.split()))
            and len(cell.text) > 1
            and cell.text[0].isupper()
            and not _NO_NAME.search(cell.plain)
        )
        if len(words) >= 2:
            return Fact[str](
                value=cased(f"{words[0][1]} {words[1][1]}"), evidence=row.evidence, confidence=LIKELY
            )
    return None


def _first_words(grid: Grid, labels: tuple[str, ...]) -> tuple[str, Row] | None:
    for label in labels:
        for found in texts(grid, label, reach=3):
            words = found.text.split()
            fits = 0 < len(words) <= 3 and all(_WORD.fullmatch(word) for word in words)
            if fits and not _NO_NAME.search(fold(found.text)) and found.text[0].isupper():
                return found.text, found.row
    return None


def _over_address(grid: Grid) -> Fact[str]:
    """The first name that stands right over a house number or a box of the post."""
    for row in grid.filled:
        for cell in row.cells:
            if (name := name_in(cell.text)) and len(cell.text) <= len(name) + 2:
                below = [
                    under
                    for later in grid.below(row, 1)
                    for under in later.cells
                    if under.over(cell, slack=2)
                ]
                if any(_HOUSE.match(under.text) for under in below):
                    return Fact[str](value=name, evidence=row.evidence, confidence=LIKELY)
    return Fact[str]()


def _only_name(grid: Grid) -> Fact[str]:
    """The one name on a page that holds just one."""
    found = {
        name: row
        for row in grid.filled
        for cell in row.cells
        if (name := name_in(cell.text)) and len(cell.text) <= len(name) + 2
    }
    if len(found) != 1:
        return Fact[str]()
    [(name, row)] = found.items()
    return Fact[str](value=name, evidence=row.evidence, confidence=0.5)


def name_in(text: str) -> str | None:
    """The name of a person that *text* begins with, in the usual case; None where it looks like none.

    >>> name_in("JOHN Q. PUBLIC   SSN: 1"), name_in("Acme Company LLC"), name_in("DOE, JANE")
    ('John Q. Public', None, 'Doe, Jane')
    """
    text = _AFTER_NAME.split(text.strip(" :;.*-_"))[0].strip(" :;.*-_")
    words = text.replace(",", " ").split()
    plain = fold(text)
    if not 2 <= len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return None
    if _COMPANY.search(plain) or _NO_NAME.search(plain) or not all(word[0].isupper() for word in words):
        return None
    return cased(text) if any(len(word.strip(".")) > 1 for word in words[1:]) else None


def cased(text: str) -> str:
    """*text* in the usual case, where it is in one case all through."""
    return text.title() if text.isupper() or text.islower() else text


def same_person(one: str, other: str) -> bool:
    """Are the two names one person's, in whatever order, with or without middle names, also where OCR lost a space?

    >>> same_person("DOE, JOHN", "John Q. Doe"), same_person("Johndoe", "John Doe"), same_person("Jane Doe", "John Doe")
    (True, True, False)
    """
    first, second = _parts(one), _parts(other)
    if not first or not second:
        return False
    joined, also = "".join(first), "".join(second)
    if joined == also:
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) >= 2 and set(shorter) <= set(longer):
        return True
    pairs = zip(sorted(first), sorted(second), strict=False)
    return len(first) == len(second) and all(SequenceMatcher(None, a, b).ratio() >= 0.85 for a, b in pairs)


def _parts(name: str) -> list[str]:
    words = (re.sub(r"[^a-z]", "", word) for word in fold(name).split())
    return [word for word in words if len(word) > 1 and word not in _SUFFIX]


def in_usual_order(name: str) -> str:
    """*name* with the given name first."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma else name
