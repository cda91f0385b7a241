"""ROUGE-1, ROUGE-2 and ROUGE-L: how much of a human's summary another one holds.

As defined by Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries": words in lower case, no stemming, nothing left
out. ROUGE-L is that of the whole summary as one sequence of words.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Score(NamedTuple):
    """The share of the human's that was found (*recall*), the share of what was said that is the human's, and their mean."""

    recall: float
    precision: float
    f1: float


def tokens(text: str) -> list[str]:
    """The words of *text* in lower case."""
    return re.findall(r"[a-z0-9]+", text.lower())


def rouge_n(said: Sequence[str], human: Sequence[str], n: int) -> Score:
    """The sequences of *n* words that both have."""
    one, other = _grams(said, n), _grams(human, n)
    return _score(sum((one & other).values()), sum(other.values()), sum(one.values()))


def rouge_l(said: Sequence[str], human: Sequence[str]) -> Score:
    """The longest sequence of words that both have in the same order, with or without gaps."""
    row = [0] * (len(human) + 1)
    for word in said:
        diagonal = 0
        for place, other in enumerate(human, start=1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return _score(row[-1], len(human), len(said))


def rouges(said: str, human: str) -> dict[str, Score]:
    """All three by their names."""
    one, other = tokens(said), tokens(human)
    return {
        "ROUGE-1": rouge_n(one, other, 1),
        "ROUGE-2": rouge_n(one, other, 2),
        "ROUGE-L": rouge_l(one, other),
    }


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[place : place + n]) for place in range(len(words) - n + 1))


def _score(shared: int, wanted: int, given: int) -> Score:
    recall, precision = shared / wanted if wanted else 0.0, shared / given if given else 0.0
    return Score(recall, precision, 2 * recall * precision / (recall + precision) if shared else 0.0)
