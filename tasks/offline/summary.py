"""A summary made of the text's own sentences: the most central ones, without saying a thing twice.

Centrality is that of continuous LexRank (Erkan and Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text
Summarization", JAIR 22): sentences are the nodes of a graph, tf-idf cosines its weights, and the score is that of PageRank,

    p(u) = (1 - d) / N + d * sum over v of sim(u, v) / sum over z of sim(z, v) * p(v)

A sentence at the beginning counts more (Edmundson 1969, "New Methods in Automatic Extracting", JACM 16). Sentences are taken
one by one, each against its likeness to those that are taken (maximal marginal relevance, Carbonell and Goldstein 1998).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.offline.sentences import Sentence, sentences_of
from tasks.offline.words import content_words
from tasks.schemas.analysis import SummaryText

_DAMPING, _ROUNDS, _STILL = 0.85, 100, 1e-9
_EARLY = 0.5  # what the first sentence gains by its place; it halves with each twentieth of the text
_NOVELTY = 0.5  # what likeness to a sentence that is taken costs
_FEWEST_WORDS, _MOST_WORDS = 6, 60  # of a sentence that can be taken
_MOST_SENTENCES = 1500


@dataclass(frozen=True)
class _Node:
    sentence: Sentence
    length: int
    weights: dict[str, float]
    """Words and their tf-idf, of length 1 together."""


def by_centrality(text: str, *, words: int) -> SummaryText:
    """Sentences of *text* with about *words* words together, in the order of the text.

    Pure and deterministic; about 0.1 s for 400 sentences. Of a text of more than 1,500 sentences the first are looked at.
    """
    nodes = _nodes(list(sentences_of(text))[:_MOST_SENTENCES])
    likeness = _likeness(nodes)
    scores = _with_position(_ranks(likeness), nodes, len(text))
    taken = sorted(_taken(nodes, scores, likeness, words))
    return SummaryText(sentences=tuple(nodes[place].sentence.text for place in taken))


def _nodes(sentences: Sequence[Sentence]) -> list[_Node]:
    """The sentences that can be taken: no headings, no rows of tables, each wording once."""
    once = {sentence.text: sentence for sentence in reversed(sentences) if _is_prose(sentence.text)}
    kept = sorted(once.values(), key=lambda sentence: sentence.start)
    counted = [Counter(content_words(sentence.text)) for sentence in kept]
    spread = Counter(word for words in counted for word in words)
    weights = [
        {word: times * math.log(1 + len(kept) / spread[word]) for word, times in words.items()}
        for words in counted
    ]
    return [
        _Node(sentence, len(sentence.text.split()), _of_length_one(weight))
        for sentence, weight in zip(kept, weights, strict=True)
    ]


def _is_prose(text: str) -> bool:
    words = text.split()
    letters = sum(character.isalpha() for character in text)
    is_sentence = text.rstrip("\"'”’»)]")[-1:] in {".", "!", "?", "…"}
    return is_sentence and _FEWEST_WORDS <= len(words) <= _MOST_WORDS and letters > 0.6 * len(text)


def _of_length_one(weights: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _likeness(nodes: Sequence[_Node]) -> list[dict[int, float]]:
    """The cosine of each pair that shares a word."""
    holders: dict[str, list[int]] = defaultdict(list)
    pairs: list[dict[int, float]] = [defaultdict(float) for _ in nodes]
    for place, node in enumerate(nodes):
        for word, weight in node.weights.items():
            for other in holders[word]:
                pairs[place][other] += weight * nodes[other].weights[word]
            holders[word].append(place)
    for place, row in enumerate(pairs):
        for other, cosine in list(row.items()):
            pairs[other][place] = cosine
    return [dict(row) for row in pairs]


def _ranks(likeness: Sequence[dict[int, float]]) -> list[float]:
    count = len(likeness)
    sums = [sum(row.values()) for row in likeness]
    ranks = [1 / count] * count if count else []
    for _ in range(_ROUNDS):
        shares = [rank / total if total else 0.0 for rank, total in zip(ranks, sums, strict=True)]
        lost = (
            sum(rank for rank, total in zip(ranks, sums, strict=True) if not total) / count if count else 0.0
        )
        following = [
            (1 - _DAMPING) / count
            + _DAMPING * (lost + sum(cosine * shares[other] for other, cosine in row.items()))
            for row in likeness
        ]
        moved = sum(abs(one - other) for one, other in zip(ranks, following, strict=True))
        ranks = following
        if moved < _STILL:
            break
    return ranks


def _with_position(ranks: Sequence[float], nodes: Sequence[_Node], length: int) -> list[float]:
    """Ranks from 0 to 1, raised at the beginning of the text."""
    highest = max(ranks, default=1.0)
    return [
        rank / highest * (1 + _EARLY * 0.5 ** (20 * node.sentence.start / max(length, 1)))
        for rank, node in zip(ranks, nodes, strict=True)
    ]


def _taken(
    nodes: Sequence[_Node], scores: Sequence[float], likeness: Sequence[dict[int, float]], words: int
) -> list[int]:
    taken: list[int] = []
    left, open_ = words, set(range(len(nodes)))
    while open_:

        def worth(place: int) -> tuple[float, int]:
            nearest = max((likeness[place].get(other, 0.0) for other in taken), default=0.0)
            return round(scores[place] * (1 - _NOVELTY * nearest), 12), -place

        best = max(open_, key=worth)
        open_.remove(best)
        if nodes[best].length <= left or not taken:
            taken.append(best)
            left -= nodes[best].length
        open_ = {place for place in open_ if nodes[place].length <= left}
    return taken
