"""What a paper of a loan dossier is: the weight of its words, and where they stand."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.offline.fold import fold
from tasks.offline.mortgage.kind_labels import KINDS
from tasks.schemas.paper import KindChoice, PaperKind

TITLE_ROWS = 14
"""Rows with text at the top of a page in which a title is looked for; forms of the tax office have it at the foot."""
FOOT_ROWS = 4
LEAST_WEIGHT = 3.0
"""Lighter than this, a paper does not say what it is."""
TITLE_BONUS = 1.5
_ROOM = 24
"""Letters that may stand beside a title in its cell: a year, a form's number, the name of a state."""
_NOT_KEYS = re.compile(r"[^a-z0-9]+")
_APPLICATION_KEYS = (
    "applicant", "borrower", "applicants", "borrowers", "coborrower", "loanamount", "loanpurpose", "loantype", "annualincome",
    "monthlyincome", "monthlydebt", "propertystreet", "propertyaddress", "occupancytype",
)  # fmt: skip


@dataclass(frozen=True)
class Weighed:
    """One kind with the weight that speaks for it and its heaviest words."""

    kind: PaperKind
    weight: float
    evidence: str
    titled: bool


def classify(text: str) -> KindChoice:
    """The kind that most of the weight speaks for; `other` where too little does. Pure, about 5 ms a page."""
    best, second = _two_best(text)
    if best.weight < LEAST_WEIGHT:
        return KindChoice(kind="other", confidence=0.3, evidence="")
    lead = best.weight / (best.weight + second.weight)
    confidence = min(0.99, lead * min(1.0, 0.55 + best.weight / 20))
    return KindChoice(kind=best.kind, confidence=round(confidence, 2), evidence=best.evidence)


@lru_cache(maxsize=64)
def weigh(text: str) -> tuple[Weighed, ...]:
    """Every kind that anything in *text* speaks for, the heaviest first; those equally heavy by name."""
    if keys := json_keys(text):
        named = [key for key in _APPLICATION_KEYS if key in keys]
        return (Weighed("loan_application", 3.0 * len(named), ", ".join(named), True),) if named else ()
    page = _Page.of(text)
    found = (_weighed(kind, words, page) for kind, words in KINDS.items())
    return tuple(sorted((one for one in found if one.weight), key=lambda one: (-one.weight, one.kind)))


def json_keys(text: str) -> frozenset[str]:
    """The names in a JSON object, however deep, in small letters without marks; none where *text* is none."""
    if not text.lstrip().startswith("{"):
        return frozenset()
    try:
        return frozenset(_keys(json.loads(text.replace("\f", "\n"))))
    except (ValueError, RecursionError):
        return frozenset()


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield squeezed(str(key))
            yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def squeezed(text: str) -> str:
    """*text* in small letters, without spaces and marks.

    >>> squeezed("Form W-2, Wage & Tax")
    'formw2wagetax'
    """
    return _NOT_KEYS.sub("", fold(text))


@dataclass(frozen=True)
class _Page:
    """A text as it is searched: lines, all without spaces, and the cells in which titles stand."""

    folded: str
    joined: str
    titles: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Page":
        folded = "\n".join(fold(line) for line in text.splitlines())
        filled = [line for line in folded.splitlines() if line.strip()]
        ends = {*range(min(TITLE_ROWS, len(filled))), *range(max(len(filled) - FOOT_ROWS, 0), len(filled))}
        cells = [[squeezed(cell) for cell in re.split(r"\s{2,}", line.strip())] for line in filled]
        titles = frozenset(cell for row in ends for cell in cells[row])
        return cls(folded, squeezed(folded), titles)

    def counts(self, word: str, worth: float) -> float:
        """0 where *word* does not stand on the page, 1 where it does, more where a heavy one is a title."""
        if word.startswith("~"):
            return float(re.search(word[1:], self.folded, re.MULTILINE) is not None)
        plain = squeezed(word)
        if word.startswith("^"):
            return TITLE_BONUS * self._is_title(plain, _ROOM // 2)
        titled = worth >= LEAST_WEIGHT and self._is_title(plain, _ROOM)
        return TITLE_BONUS if titled else float(plain in self.joined)

    def told(self, word: str) -> str:
        """*word* as the page has it."""
        match = re.search(word[1:], self.folded, re.MULTILINE) if word.startswith("~") else None
        return match[0].strip() if match else word.lstrip("^")

    def _is_title(self, plain: str, room: int) -> bool:
        return any(plain in cell and len(cell) <= len(plain) + room for cell in self.titles)


def _weighed(kind: PaperKind, words: dict[str, float], page: _Page) -> Weighed:
    hits = [(worth * bonus, told, bonus > 1 and worth >= LEAST_WEIGHT) for word, worth in words.items()
            if (bonus := page.counts(word, worth)) and (told := page.told(word))]  # fmt: skip
    heaviest = [told for weight, told, _ in sorted(hits, key=lambda hit: -hit[0])[:3] if weight >= 1]
    return Weighed(kind, sum(hit[0] for hit in hits), ", ".join(heaviest), any(hit[2] for hit in hits))


def _two_best(text: str) -> tuple[Weighed, Weighed]:
    nothing = Weighed("other", 0.0, "", False)
    found = weigh(text)
    return (*found, nothing, nothing)[0], (*found, nothing, nothing)[1]
