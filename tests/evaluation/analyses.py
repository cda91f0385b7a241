"""Score the offline reader of `analyze_documents` on labelled texts: summaries against those of humans, names against labels.

    python -m tests.evaluation.analyses [--words N ...]

Reads `texts/` of the folder that `HOLDFAST_DATA` names (default `../shared/data`), and asks the rules as the stages do.

Summaries: ROUGE (tests.evaluation.rouge) against each human summary, the mean over all of them, in percent; beside it the same
for the first sentences of the text, cut to the same number of words. At the length that the flow writes by default, and at
about that of the humans.

Names: each spelling counts once for each document, without case, punctuation and legal form. *exact* is the whole name,
*overlapping* also a part of it or more. Labelled are organizations and persons (party) and places; role words such as
"Borrower" are left out, and dates and money are not labelled.
"""

import argparse
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from tasks.offline.labels import legal_form
from tasks.offline.named import named_in
from tasks.offline.sentences import sentences_of
from tasks.offline.summary import by_centrality
from tasks.schemas.analysis_settings import AnalysisSettings
from tests.evaluation.rouge import Score, rouges

ROOT = Path(__file__).parents[2]
LABELS = {"party": ("ORG", "PER"), "place": ("LOC",)}
AS_LONG_AS_HUMANS = 450


class Counts(NamedTuple):
    """How many names are labelled, found, and how many of each the other side has as well."""

    labelled: int
    found: int
    exact: int
    labelled_overlapping: int
    found_overlapping: int


def main(arguments: Sequence[str] | None = None) -> int:
    """0 measured, 2 no labelled texts here."""
    parser = argparse.ArgumentParser(description="Score the offline summaries and names.")
    default = [AnalysisSettings().summary_words, AS_LONG_AS_HUMANS]
    parser.add_argument("--words", type=int, nargs="+", default=default)
    words = parser.parse_args(arguments).words
    folder = Path(os.environ.get("HOLDFAST_DATA") or ROOT.parent / "shared" / "data") / "texts"
    if not (folder / "manifest.json").exists():
        print("no labelled texts here (HOLDFAST_DATA names their folder)", file=sys.stderr)
        return 2
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["entries"]
    documents = [
        (entry["ground_truth"], (folder / entry["file"]).read_text(encoding="utf-8")) for entry in entries
    ]
    for count in words:
        print("\n".join(summary_lines(documents, count)) + "\n")
    print("\n".join(name_lines(documents)))
    return 0


def summary_lines(documents: Sequence[tuple[dict[str, Any], str]], words: int) -> Iterator[str]:
    """The table of summaries of about *words* words."""
    told = [
        (truth["reference_summaries"], text) for truth, text in documents if truth.get("reference_summaries")
    ]
    scores: dict[tuple[str, str], list[Score]] = defaultdict(list)
    lengths: list[int] = []
    for humans, text in told:
        ours = " ".join(by_centrality(text, words=words).sentences)
        lengths.append(len(ours.split()))
        for who, said in (("ours", ours), ("first sentences", first_words(text, lengths[-1]))):
            for name, score in (
                (name, score) for human in humans for name, score in rouges(said, human).items()
            ):
                scores[name, who].append(score)
    humans = sum(len(humans) for humans, _ in told)
    yield f"summaries of {round(mean(lengths))} words: {len(told)} texts, {humans} human summaries"
    yield ""
    yield f"{'':<9}{'':<16}{'recall':>8}{'precision':>11}{'F1':>7}"
    for (name, who), found in sorted(scores.items(), key=lambda one: (one[0][0], one[0][1] != "ours")):
        recall, precision, f1 = (100 * mean(column) for column in zip(*found, strict=True))
        yield f"{name:<9}{who:<16}{recall:>8.1f}{precision:>11.1f}{f1:>7.1f}"


def first_words(text: str, count: int) -> str:
    """The first *count* words of the sentences of *text*."""
    words = [word for sentence in sentences_of(text) for word in sentence.text.split()]
    return " ".join(words[:count])


def name_lines(documents: Sequence[tuple[dict[str, Any], str]]) -> Iterator[str]:
    """The table of names."""
    told = [(truth["entities_named"], text) for truth, text in documents if truth.get("entities_named")]
    yield f"names: {len(told)} texts"
    yield ""
    yield f"{'':<8}{'labelled':>9}{'found':>7}{'exact recall':>14}{'precision':>11}{'overlapping recall':>20}{'precision':>11}"
    for kind, labels in LABELS.items():
        counts = Counts(
            *(
                sum(column)
                for column in zip(*(_counts(truth, text, kind, labels) for truth, text in told), strict=True)
            )
        )
        shares = (
            counts.exact / counts.labelled,
            counts.exact / counts.found,
            counts.labelled_overlapping / counts.labelled,
            counts.found_overlapping / counts.found,
        )
        one, two, three, four = (f"{100 * share:.0f} %" for share in shares)
        yield f"{kind:<8}{counts.labelled:>9}{counts.found:>7}{one:>14}{two:>11}{three:>20}{four:>11}"


def _counts(truth: dict[str, Any], text: str, kind: str, labels: Sequence[str]) -> Counts:
    labelled = {bare(name["text"]) for label in labels for name in truth.get(label, ())}
    found = {bare(one.text) for one in named_in(text).entities if one.kind == kind}
    return Counts(
        labelled=len(labelled),
        found=len(found),
        exact=len(labelled & found),
        labelled_overlapping=sum(any(overlap(name, other) for other in found) for name in labelled),
        found_overlapping=sum(any(overlap(name, other) for other in labelled) for name in found),
    )


def overlap(one: str, other: str) -> bool:
    """Is one of two names a part of the other, in whole words?"""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def bare(name: str) -> str:
    """*name* without case, punctuation and the legal form at its end."""
    form = legal_form(name)
    own = name[: form.start()] if form and form.end() >= len(name.rstrip(".,)")) else name
    return " ".join(re.findall(r"\w+", own.lower())) or name.lower()


if __name__ == "__main__":
    sys.exit(main())
