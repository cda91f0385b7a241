"""Parties: the organizations and persons that a running text names.

An organization ends with a legal form, or its name holds a word that says what it is ("Bank of ..."). A short name that it
is given in brackets is one too, unless that is a role ("the Lender"). A person has a title, or two or three words with
capitals that stand nowhere in the text without them, and never behind an article.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.offline.capitals import Run, runs_in, small_words
from tasks.offline.fold import fold
from tasks.offline.labels import legal_form
from tasks.offline.party_words import HEADS, ROLES, TITLES
from tasks.offline.place_names import PLACE_NAMES
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


@dataclass(frozen=True)
class Party:
    """A name as it stands, in its usual spelling, and where."""

    text: str
    name: str
    span: tuple[int, int]


def organizations_in(text: str) -> list[Party]:
    """The organizations of *text*, in order; one for each mention."""
    small = small_words(text)
    found: list[Party] = []
    for run in runs_in(text):
        for party in _organizations(text, run, small):
            found.append(party)
            found += _short_name(text, party, small)
    return found


def people_in(text: str, taken: Sequence[tuple[int, int]]) -> list[Party]:
    """The persons of *text*, in order, where nothing else is named (*taken*); one for each mention."""
    small, free = small_words(text), text
    for start, end in taken:
        free = f"{free[:start]}{',' * (end - start)}{free[end:]}"
    runs = runs_in(free)
    things = {run.text for run in runs if run.determined}
    return [party for run in runs for party in _person(run, things, small)]


def _organizations(text: str, run: Run, small: Counter[str]) -> Iterator[Party]:
    """The organizations of one run: it is cut behind each legal form."""
    start, end = run.start, run.end
    behind = _FORM_AFTER.match(text, end)
    whole = text[start : behind.end() if behind else end]
    for piece, place in _cut(whole):
        name, at = _without_first_words(piece, start + place)
        if name and _is_organization(name, small):
            yield Party(name, _spelled(name), (at, at + len(name)))


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
    if first.lower() in _FIRST_WORDS:
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
        fold(word).strip(".,") not in HEADS and not _is_common(word, small) for word in own.split()
    )


def _before_of(words: Sequence[str]) -> list[str]:
    return [word for word, following in pairwise(words) if following in ("of", "for", "de", "fur")]


def _short_name(text: str, party: Party, small: Counter[str]) -> Iterator[Party]:
    """The name in brackets behind it, where that is a name and no role."""
    match = _SHORT_NAME.match(text, party.span[1])
    if match is None:
        return
    name = match[1].strip()
    if name[:1].isupper() and not any(_is_common(word, small) for word in name.split()):
        yield Party(name, _spelled(name), match.span(1))


def _person(run: Run, things: set[str], small: Counter[str]) -> Iterator[Party]:
    """The persons in one run: words that are no names, and "and", stand between them."""
    for piece in _pieces(run, small):
        words = piece[0].split()
        title = fold(words[0]).rstrip(".") in TITLES
        named = words[1:] if title else words
        name = " ".join(named).rstrip(",")
        fits = 1 <= len(named) <= 3 if title else 2 <= len(named) <= 3 and run.text not in things
        if fits and _is_personal(name, small):
            at = run.start + piece.start() + piece[0].find(name)
            yield Party(name, _spelled(name), (at, at + len(name)))


def _pieces(run: Run, small: Counter[str]) -> Iterator[re.Match[str]]:
    begin = 0
    words = list(re.finditer(r"\S+", run.text))
    for word in [*words, None]:
        is_title = word is not None and fold(word[0]).rstrip(".") in TITLES
        if word is None or is_title or word[0] in ("and", "und", "et", "&") or _is_common(word[0], small):
            end = word.start() if word else len(run.text)
            if piece := re.compile(r"\S.*\S").search(run.text[:end], begin):
                yield piece
            begin = word.start() if word and is_title else word.end() if word else end


def _is_personal(name: str, small: Counter[str]) -> bool:
    words = name.split()
    if len(words[-1]) < 3 or len(set(words)) < len(words):
        return False
    shaped = all(
        re.fullmatch(r"[A-ZÀ-ÖØ-ÞŁŚŻ][a-zà-öø-ÿąćęłńóśźż’'-]+|[A-Z]\.?|Mc[A-Z]\w+|O['’][A-Z]\w+", word)
        for word in words
    )
    long = sum(len(word.rstrip(".")) > 1 for word in words)
    return (
        shaped
        and long >= 1
        and name not in PLACE_NAMES
        and not any(_is_common(word, small) for word in words)
    )


def _is_common(word: str, small: Counter[str]) -> bool:
    plain = word.strip(".,’'").lower()
    if len(plain) < 2:
        return False
    return (
        bool(small[plain] or small[f"{plain}s"] or small[plain.removesuffix("s")])
        or fold(plain) in ROLES
        or not content_words(word)
    )


def _spelled(name: str) -> str:
    return " ".join(name.split())
