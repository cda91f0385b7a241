"""Runs of words with capitals: what may be a name in running text."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_LETTER = "A-ZÀ-ÖØ-ÞĄĆĘŁŃÓŚŹŻ"
_DOTTED = r"(?:[A-Z]\. ?)*[A-Z]\.|(?:Mr|Mrs|Ms|Dr|Prof|Hon|Rev|Gen|Col|Capt|Lt|Sgt|Mme|Mlle|St|Jr|Sr|Inc|Ltd|Co|Corp|Bros|Sp)\."
_TOKEN = rf"{_DOTTED}|(?!\w*\d{{3}})[{_LETTER}](?:[\w&-]|[’'](?!s\b))*|&"
_LINK = r"(?:of the|of|the|and|for|de la|de|du|des|der|und|für|van der|van de|van|von|di|la|et)"
_RUN = re.compile(rf"(?<![\w’'])(?:{_TOKEN})(?:(?: {_LINK})? (?:{_TOKEN})){{0,29}}", re.MULTILINE)
_LOWER = re.compile(r"(?<![\w’'])[a-zà-öø-ÿąćęłńóśźż][\w’'-]+")
_BEGINS = re.compile(r"(?:^|[.!?:\n\f(\"“„|]|[.!?][\"”’])\s*$|\s{2}$")
_DETERMINED = re.compile(
    r"\b(?:the|a|an|any|such|each|this|that|these|those|all|its|their|our|no|every|either|said|other|"
    r"der|die|das|den|dem|des|ein|eine|einen|einem|einer|le|la|les|un|une|ce|cette|het|een|de)\s+$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\b(?:name|by|attn|attention|contact|signed|signature|ansprechpartner(?:in)?|kontakt|bearbeiter(?:in)?|geschäftsführer(?:in)?|"
    r"inhaber(?:in)?|gérant|contactpersoon|osoba)\s*:?\s*(?:/ ?s ?/)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Run:
    """Words with capitals, and small ones that link them. *begins*: a sentence, a line or a cell begins with it."""

    text: str
    start: int
    begins: bool
    determined: bool
    """An article or the like stands before it, as before a thing rather than a person."""
    labelled: bool
    """A word stands before it that names of persons stand behind, such as "By:"."""

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.start + len(self.text)

    @property
    def words(self) -> list[str]:
        """Its words as they stand."""
        return self.text.split()


def runs_in(text: str) -> list[Run]:
    """Every run of *text*, in order."""
    return list(_runs(text))


def small_words(text: str) -> Counter[str]:
    """How often each word stands in *text* without a capital: such a word is no name there."""
    return Counter(_LOWER.findall(text))


def _runs(text: str) -> Iterator[Run]:
    for match in _RUN.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        yield Run(
            match[0],
            match.start(),
            begins=match.start() == 0 or bool(_BEGINS.search(before)),
            determined=bool(_DETERMINED.search(before)),
            labelled=bool(_LABELLED.search(text[max(0, match.start() - 30) : match.start()])),
        )
