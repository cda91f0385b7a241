"""What organizations and persons have in common: a name with a place, made of words that are none otherwise."""

from collections import Counter
from dataclasses import dataclass

from tasks.offline.fold import fold
from tasks.offline.party_words import ROLES
from tasks.offline.words import content_words


@dataclass(frozen=True)
class Party:
    """A name as it stands, in its usual spelling, and where."""

    text: str
    name: str
    span: tuple[int, int]


def is_common(word: str, small: Counter[str]) -> bool:
    """Does *word* stand in the text without a capital, or is it a role or a function word? Then it is no name by itself."""
    plain = word.strip(".,’'").lower()
    if len(plain) < 2:
        return False
    return (
        bool(small[plain] or small[f"{plain}s"] or small[plain.removesuffix("s")])
        or fold(plain) in ROLES
        or not content_words(word)
    )


def spelled(name: str) -> str:
    """*name* on one line."""
    return " ".join(name.split())
