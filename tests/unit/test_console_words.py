"""What the command prints: exact JSON, short sentences, tables that fit."""

import datetime as dt
import doctest
import io
import json
from decimal import Decimal

import pytest
from rich.console import Console

from deployments.console import forms, jsontext, wording
from deployments.console.documents import documents_table, exit_code, reasons, summary
from deployments.console.jsontext import json_text
from deployments.console.progress import Follower, Tally
from deployments.console.screen import THEME
from tasks.schemas.outcome import DocumentOutcome

POSTED = DocumentOutcome(
    file="a rather long name of a scanned document [final].pdf",
    status="posted",
    vendor="Brückenbau und Söhne Gesellschaft mit beschränkter Haftung",
    invoice_number="RE-2026-0001234567",
    date=dt.date(2026, 3, 1),
    currency="EUR",
    total=Decimal("1234567.89"),
    category="Furniture, tools and small equipment",
)
WAITING = DocumentOutcome(file="b.pdf", status="waiting", reason="Net 10 and tax 2 make 12, not 13.")
REFUSED = DocumentOutcome(file="c.pdf", status="refused", reason="EncryptedDocument: locked with a password")
TALLIES = {POSTED.file: Tally(ran=6, reused=1, cost_usd=Decimal("0.0031"), seconds=75.2)}


@pytest.mark.parametrize("module", [forms, jsontext, wording])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("amount", ["0.10", "1234567890123456789.01", "-3.50", "0", "1E+3", "0.000000001"])
def test_money_is_written_exactly_and_as_a_number(amount: str):
    text = json_text({"total": Decimal(amount)})
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal)["total"] == Decimal(amount)


def test_every_outcome_is_valid_json():
    value = {
        "documents": [POSTED.model_dump(), WAITING.model_dump()],
        "text": 'quote " and \\ and\nline',
        "none": (),
    }
    parsed = json.loads(json_text(value))
    assert parsed["documents"][0]["date"] == "2026-03-01"
    assert parsed["documents"][0]["vendor"] == POSTED.vendor
    assert parsed["documents"][1]["total"] is None
    assert parsed["text"] == 'quote " and \\ and\nline'
    assert parsed["none"] == []


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ([], 0),
        (["posted"], 0),
        (["posted", "waiting"], 3),
        (["waiting", "refused"], 1),
        (["posted", "failed"], 1),
    ],
)
def test_a_refusal_weighs_more_than_a_wait_and_a_wait_more_than_none(statuses: list[str], code: int):
    assert exit_code(statuses) == code


def test_the_summary_counts_every_end():
    told = summary(
        ["posted", "posted", "waiting", "refused"], ran=31, reused=0, cost_usd=Decimal(0), seconds=4.21
    )
    assert told == "2 posted, 1 needs a person, 1 refused. 31 stages ran, 0 reused, USD 0.00, 4.2 s."


def test_a_run_that_did_nothing_again_says_so():
    told = summary(["posted"], ran=0, reused=7, cost_usd=Decimal(0), seconds=1)
    assert told.endswith("Nothing was computed again and nothing was posted twice.")


def test_a_run_that_did_something_does_not_say_that_it_did_not():
    assert "again" not in summary(["posted"], ran=1, reused=7, cost_usd=Decimal(0), seconds=1)


def test_two_documents_need_a_person_in_good_english():
    assert summary(["waiting"] * 2, ran=1, reused=0, cost_usd=Decimal(0), seconds=1).startswith(
        "2 need a person."
    )


@pytest.mark.parametrize("width", [60, 80, 100, 132, 140, 200])
def test_no_line_of_the_table_is_wider_than_the_screen(width: int):
    lines = printed(width)
    assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_holds_every_fact_whole(width: int):
    seen = "".join("".join(printed(width)).split())
    for fact in ("2026-03-01", "1,234,567.89EUR", "posted", "needsaperson", "refused", "1:15min"):
        assert fact in seen


def test_the_wide_table_shows_every_column():
    head = printed(140)[0]
    for name in [
        "File",
        "Vendor",
        "Number",
        "Date",
        "Total",
        "Category",
        "Status",
        "Cost",
        "Time",
        "Ran",
        "Reused",
    ]:
        assert name in head.split()


def test_each_document_that_was_not_posted_has_its_reason():
    told = list(reasons([POSTED, WAITING, REFUSED]))
    assert len(told) == 2
    assert WAITING.reason is not None
    assert WAITING.reason in told[0]


def test_a_document_that_waits_for_an_answer_is_told_with_its_approval():
    asked = WAITING.model_copy(update={"approval_id": "1a2b3c4d" * 8})
    told = list(reasons([POSTED, asked, REFUSED]))
    assert "(approval 1a2b3c4d)" in told[0]
    assert "approval" not in told[1]


def test_square_brackets_in_names_are_text_and_not_markup():
    assert "[final].pdf" in "".join("".join(printed(200)).split())


def test_the_follower_counts_what_ran_and_what_was_reused():
    follower = Follower()
    for key, reused in (("1", False), ("2", True), ("3", True)):
        follower(News(stage="read", subject="a.pdf", key=key, reused=reused, cost_usd=Decimal("0.5")))
    assert (follower.ran, follower.reused, follower.cost_usd) == (1, 2, Decimal("0.5"))


def test_a_stage_that_a_staying_process_meets_again_is_counted_once():
    follower = Follower()
    for reused in (False, True):
        follower(News(stage="read", subject="a.pdf", key="1", reused=reused, cost_usd=Decimal("0.5")))
    assert (follower.ran, follower.reused) == (1, 0)


def test_a_document_that_is_through_is_told_once_and_one_that_waited_again(capsys):
    follower = Follower()
    for status in ("waiting", "waiting", "posted"):
        value = DocumentOutcome(file="a.pdf", status=status, reason="Why.")
        follower(News(subject="a.pdf", value=value))
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "needs a person",
        "posted",
    ]


class News:
    """One piece of news, as the engine room tells it."""

    def __init__(self, **facts: object) -> None:
        self.__dict__.update(facts)
        self.seconds = 0.1


def printed(width: int) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, theme=THEME)
    console.print(documents_table([POSTED, WAITING, REFUSED], TALLIES, width=width))
    return stream.getvalue().splitlines()
