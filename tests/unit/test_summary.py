"""The offline summary: whole sentences of the text, the central ones, each once, in the order of the text."""

import pytest

from tasks.offline.sentences import sentences_of
from tasks.offline.summary import by_centrality

HARBOUR = [
    "The town council decided on Monday to deepen the harbour of Westhaven.",
    "Ships of the new class cannot enter the harbour because the water is too shallow.",
    "A cat slept on the stairs of the town hall during the whole debate.",
    "The council will borrow money for the harbour and repay it from the fees of the ships.",
    "Fishermen fear that the deeper harbour brings larger ships and higher fees.",
    "The weather was warm for the season, and most windows stood open.",
]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One here. Two there! Three?", ["One here.", "Two there!", "Three?"]),
        ("Dr. Weiss of Acme Inc. met J. R. Cole. He left.", ["Dr. Weiss of Acme Inc. met J. R. Cole.", "He left."]),
        ("They met at 3 p.m. Monday was warm. It was the end.", ["They met at 3 p.m. Monday was warm.", "It was the end."]),
        ("The rate is 3.5 percent. See Section 2.1 of it.", ["The rate is 3.5 percent.", "See Section 2.1 of it."]),
        ("Das kostet z. B. 5 Euro. Dann ca. 7 Mio. Euro mehr.", ["Das kostet z. B. 5 Euro.", "Dann ca. 7 Mio. Euro mehr."]),
        ("A HEADING\n\nA line that\nis wrapped. Another.", ["A HEADING", "A line that is wrapped.", "Another."]),
        ("He said: “Go.” She went.", ["He said: “Go.”", "She went."]),
        ("Page one ends here\fand page two begins.", ["Page one ends here", "and page two begins."]),
        ("  \n\n ", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]):
    assert [sentence.text for sentence in sentences_of(text)] == sentences


def test_a_sentence_says_where_it_begins():
    text = "First one.\n\n  Second one. Third."
    assert [text[sentence.start :][:5] for sentence in sentences_of(text)] == ["First", "Secon", "Third"]


def test_what_the_text_is_about_is_taken_and_what_is_beside_it_is_not():
    summary = by_centrality(" ".join(HARBOUR), words=45).sentences
    assert HARBOUR[0] in summary
    assert HARBOUR[2] not in summary
    assert HARBOUR[5] not in summary


def test_sentences_are_those_of_the_text_in_its_order_and_few_enough():
    text = " ".join(HARBOUR)
    summary = by_centrality(text, words=60).sentences
    assert list(summary) == sorted(summary, key=text.index)
    assert all(sentence in HARBOUR for sentence in summary)
    assert 30 <= sum(len(sentence.split()) for sentence in summary) <= 60


def test_nothing_is_said_twice():
    text = " ".join([HARBOUR[0], HARBOUR[1], HARBOUR[0], HARBOUR[3], HARBOUR[0]])
    assert sorted(by_centrality(text, words=200).sentences) == sorted({HARBOUR[0], HARBOUR[1], HARBOUR[3]})


def test_headings_and_rows_of_figures_are_no_summary():
    text = (
        "ANNUAL REPORT OF THE HARBOUR BOARD TO THE TOWN\n\n1,200 3,400 5,600 7,800 9,000 1,200 3,400.\n\n"
        + HARBOUR[0]
    )
    assert by_centrality(text, words=100).sentences == (HARBOUR[0],)


def test_a_text_without_sentences_has_no_summary():
    assert by_centrality("", words=50).sentences == by_centrality("Total 5", words=50).sentences == ()


def test_the_same_text_gives_the_same_summary_whatever_words_share_a_hash():
    text = " ".join(HARBOUR * 3)
    assert by_centrality(text, words=50) == by_centrality(text, words=50)
