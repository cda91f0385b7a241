"""The persons that a running text names.

A person has a title or a common first name, or is two or three words with capitals that stand nowhere in the text without them,
somewhere inside of a sentence, and never behind an article.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tasks.offline.capitals import Run, runs_in, small_words
from tasks.offline.fold import fold
from tasks.offline.locale import language_of
from tasks.offline.party import Party, is_common, spelled
from tasks.offline.party_words import FIRST_NAMES, TITLES
from tasks.offline.place_names import PLACE_NAMES


def people_in(text: str, taken: Sequence[tuple[int, int]]) -> list[Party]:
    """The persons of *text*, in order, where nothing else is named (*taken*); one for each mention."""
    small, free = small_words(text), list(text)
    for start, end in taken:
        free[start:end] = "," * (end - start)
    runs = runs_in("".join(free))
    things = {run.text for run in runs if run.determined}
    inside = {run.text for run in runs if run.labelled or not run.begins}
    all_nouns = language_of(text) == "de"
    free_runs = {run.text for run in runs if run.labelled} if all_nouns else inside - things
    return [party for run in runs for party in _person(run, small, is_free=run.text in free_runs)]


def _person(run: Run, small: Counter[str], *, is_free: bool) -> Iterator[Party]:
    """The persons in one run: words that are no names, and "and", stand between them.

    Without a title or a common first name it is one only where it *is_free*: inside of a sentence somewhere, nowhere behind an
    article; in German, where all nouns have capitals, behind a label.
    """
    for piece in _pieces(run, small):
        words = piece[0].split()
        title = fold(words[0]).rstrip(".") in TITLES
        named = words[1:] if title else words
        name = " ".join(named).rstrip(",")
        fits = (
            1 <= len(named) <= 3
            if title
            else 2 <= len(named) <= 3 and (is_free or fold(words[0]) in FIRST_NAMES)
        )
        if fits and _is_personal(name, small):
            at = run.start + piece.start() + piece[0].find(name)
            yield Party(name, spelled(name), (at, at + len(name)))


def _pieces(run: Run, small: Counter[str]) -> Iterator[re.Match[str]]:
    begin = 0
    words = list(re.finditer(r"\S+", run.text))
    for word in [*words, None]:
        is_title = word is not None and fold(word[0]).rstrip(".") in TITLES
        if word is None or is_title or word[0] in ("and", "und", "et", "&") or is_common(word[0], small):
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
        shaped and long >= 1 and name not in PLACE_NAMES and not any(is_common(word, small) for word in words)
    )
