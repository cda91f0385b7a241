"""ROUGE as it is defined, on examples that can be counted by hand."""

import pytest

from tests.evaluation.analyses import first_words, name_lines, overlap, summary_lines
from tests.evaluation.rouge import rouge_l, rouge_n, rouges, tokens

SAID, HUMAN = tokens("the cat was found under the bed"), tokens("The cat was under the bed.")


def test_single_words_are_counted_as_often_as_both_have_them():
    assert rouge_n(SAID, HUMAN, 1)[:2] == (1.0, pytest.approx(6 / 7))


def test_pairs_of_words_stand_side_by_side():
    assert rouge_n(SAID, HUMAN, 2)[:2] == (pytest.approx(4 / 5), pytest.approx(4 / 6))


def test_the_longest_common_sequence_may_have_gaps_and_keeps_the_order():
    assert rouge_l(SAID, HUMAN).recall == 1.0
    assert rouge_l(tokens("bed under cat"), HUMAN).recall == pytest.approx(1 / 6)


def test_the_mean_of_both_is_harmonic_and_nothing_is_nothing():
    assert rouges("a b", "a c d d")["ROUGE-1"].f1 == pytest.approx(2 * 0.25 * 0.5 / 0.75)
    assert rouges("", "a")["ROUGE-L"] == rouges("x", "a")["ROUGE-2"] == (0.0, 0.0, 0.0)


def test_names_overlap_in_whole_words():
    assert overlap("bank of china", "china")
    assert not overlap("banks", "bank")


def test_the_tables_hold_what_was_measured():
    text = "Acme Ltd. opened a mine in Norway last year. The mine of Acme Ltd. gives work to nine hundred people there."
    truth = {
        "reference_summaries": [text],
        "entities_named": {"ORG": [{"text": "ACME Ltd"}], "LOC": [{"text": "Mars"}]},
    }
    summary = [line.split() for line in summary_lines([(truth, text)], 100)]
    assert ["ROUGE-L", "ours", "100.0", "100.0", "100.0"] in summary
    names = [line.split() for line in name_lines([(truth, text)])]
    assert ["party", "1", "1", "100", "%", "100", "%", "100", "%", "100", "%"] in names
    assert ["place", "1", "1", "0", "%", "0", "%", "0", "%", "0", "%"] in names


def test_the_first_sentences_are_cut_to_length():
    assert first_words("One two. Three four.", 3) == "One two. Three"
