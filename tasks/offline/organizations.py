"""The organizations that a running text names.

The name of one ends with a legal form, or holds a word that says what it is ("Bank of ..."). A short name that it is given in
brackets is one too, unless that is a role ("the Lender").
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tasks.offline.capitals import Run, runs_in, small_words
from tasks.offline.fold import fold
from tasks.offline.labels import legal_form
from tasks.offline.party import Party, is_common, spelled
from tasks.offline.party_words import HEADS, ROLES
from tasks.offline.words import content_words

_FORM_AFTER = re.compile(
    r", ?(?:Inc|INC|Ltd|LTD|Limited|LIMITED|L\. ?L\. ?C|LLC|L\. ?P|LP|LLP|L\. ?L\. ?P|Corp|CORP|Co|N\. ?A|S\. ?A|plc|PLC|AG)"
    r"\b\.?"
)
_SHORT_NAME = re.compile(
    r"[^()]{0,200}?\((?:the|each an?|collectively,?|hereinafter|im Folgenden|ci-après)?[ ,]*[\"“„'] ?([^\"”“'()]{2,40}?) ?[\"”“']"
)
_FIRST_WORDS = frozenset("& the this that these those such each any all among between by and of for".split())  # noqa: SIM905
_WEAK_FORMS = frozenset(
    ("company", "co", "enterprises", "enterprise", "trading", "holdings", "holding", "se", "limited")
)
_TITLE_LONG, _TOO_LONG = 4, 12  # words: a heading or a list


def organizations_in(text: str) -> list[Party]:
    """The organizations of *text*, in order; one for each mention."""
    small = small_words(text)
    found: list[Party] = []
    for run in runs_in(text):
        for party in _organizations(text, run, small):
            found.append(party)
            found += _short_name(text, party, small)
    return found


def _organizations(text: str, run: Run, small: Counter[str]) -> Iterator[Party]:
    """The organizations of one run: it is cut behind each legal form."""
    start, end = run.start, run.end
    behind = _FORM_AFTER.match(text, end)
    whole = text[start : behind.end() if behind else end]
    for piece, place in _cut(whole):
        name, at = _without_first_words(piece, start + place)
        if name and _is_organization(name, small):
            yield Party(name, spelled(name), (at, at + len(name)))


def _cut(whole: str) -> Iterator[tuple[str, int]]:
    """Pieces of *whole* that end with a legal form, and what is left, with their places."""
    words = list(re.finditer(r"\S+", whole))
    begin = 0
    for word, following in zip(words, [*words[1:], None], strict=True):
        goes_on = following is not None and (
            following[0] == "&" or _ends_with_form(whole[begin : following.end()])
        )
        if following is None or (_ends_with_form(whole[begin : word.end()]) and not goes_on):
            yield whole[begin : word.end()], begin
            begin = following.start() if following else begin


def _ends_with_form(name: str) -> bool:
    form = legal_form(name)
    return form is not None and form.end() >= len(name.rstrip(".,)"))


def _without_first_words(piece: str, at: int) -> tuple[str, int]:
    """*piece* without articles and links before the name."""
    first, _, rest = piece.partition(" ")
    if rest and (first.lower() in _FIRST_WORDS or len(first) == 1):
        return _without_first_words(rest, at + len(first) + 1)
    return piece.rstrip(" ,"), at


def _is_organization(name: str, small: Counter[str]) -> bool:
    """A weak sign, such as "Company" or "Board", makes a name only of words that are none otherwise."""
    words = [fold(word).strip(".,&") for word in name.split()]
    if not 2 <= len(words) <= _TOO_LONG or all(
        word in ROLES or word in _FIRST_WORDS for word in words if word
    ):
        return False
    form = legal_form(name)
    is_formed = form is not None and _ends_with_form(name)
    own = name[: form.start()] if form is not None and is_formed else name
    if _FORM_AFTER.search(name) or (is_formed and words[-1] not in _WEAK_FORMS):
        return any(word not in ROLES for word in content_words(own))
    if not is_formed and name.isupper() and len(words) > _TITLE_LONG:
        return False  # a headline
    names_head = words[0] in HEADS or words[-1] in HEADS or any(word in HEADS for word in _before_of(words))
    return (is_formed or names_head) and any(
        fold(word).strip(".,") not in HEADS and not is_common(word, small) for word in own.split()
    )


def _before_of(words: Sequence[str]) -> list[str]:
    return [word for word, following in pairwise(words) if following in ("of", "for", "de", "fur")]


def _short_name(text: str, party: Party, small: Counter[str]) -> Iterator[Party]:
    """The name in brackets behind it, where that is a name and no role."""
    match = _SHORT_NAME.match(text, party.span[1])
    if match is None:
        return
    name = match[1].strip()
    if name[:1].isupper() and not any(is_common(word, small) for word in name.split()):
        yield Party(name, spelled(name), match.span(1))
