"""A credit bureau is asked once for each key; each of its answers has a name."""

from collections.abc import Generator
from decimal import Decimal
from typing import Any

import pytest

from blocks.profile import BadProfile, load
from blocks.providers.credit_bureau import (
    CreditBureau,
    CreditBureauRefused,
    CreditBureauUnavailable,
    CreditKeyRefused,
    NoCreditBureau,
    checked_url,
)
from tasks.enquire import check_credit, enquire
from tasks.schemas.dossier import Applicant
from tests.fakes.credit_bureau import FakeCreditBureau, Step

ENQUIRY = {"name": "Nora Winterfeld", "purpose": "mortgage"}
NORA = Applicant(role="borrower", name="Nora Winterfeld", ssn_end="4410")


@pytest.fixture
def fake() -> Generator[FakeCreditBureau]:
    """A bureau that answers."""
    with FakeCreditBureau() as bureau:
        yield bureau


def door(fake: FakeCreditBureau, key: str = "secret") -> CreditBureau:
    """Our side, with little patience."""
    return CreditBureau(fake.url, key, timeout_seconds=0.5)


def test_what_the_bureau_knows_comes_back_as_amounts(fake: FakeCreditBureau):
    account = {"creditor": "Ocean State", "kind": "auto", "balance": 9450, "monthly_payment": "310.00"}
    fake.people["Nora Winterfeld"] = {"score": 731, "accounts": [account]}
    told = door(fake).ask(ENQUIRY, key="a" * 64)
    assert told is not None
    assert (told["score"], told["reference"]) == (731, "ref-aaaaaaaa")
    assert told["accounts"][0]["monthly_payment"] == Decimal("310.00")
    assert fake.requests == [ENQUIRY]


def test_somebody_whom_the_bureau_does_not_know_is_an_answer(fake: FakeCreditBureau):
    fake.people["Nora Winterfeld"] = None
    assert door(fake).ask(ENQUIRY, key="k") is None
    check = enquire.fn(NORA, bureau=door(fake))
    assert (check.status, check.score) == ("unknown person", None)


@pytest.mark.parametrize("step", [500, 503, 429, 408, "drop", "silent"])
def test_a_bureau_that_does_not_answer_now_is_an_outage(fake: FakeCreditBureau, step: Step):
    fake.script = [step]
    with pytest.raises(CreditBureauUnavailable) as told:
        door(fake).ask(ENQUIRY, key="k")
    assert told.value.parks == "outage"


def test_a_bureau_that_refuses_connections_is_an_outage(fake: FakeCreditBureau):
    fake.stop()
    with pytest.raises(CreditBureauUnavailable):
        door(fake).ask(ENQUIRY, key="k")


@pytest.mark.parametrize("step", [400, 422, 302, "garbage"])
def test_what_a_bureau_refuses_waits_for_a_person(fake: FakeCreditBureau, step: Step):
    fake.script = [step]
    with pytest.raises(CreditBureauRefused) as told:
        door(fake).ask(ENQUIRY, key="k")
    assert told.value.parks == "repair"


@pytest.mark.parametrize(
    "file",
    [
        {"score": float("inf")},
        {"accounts": [{"creditor": "x", "balance": "NaN"}]},
        {"accounts": {"a": 1}},
        {"accounts": [3]},
    ],
)
def test_an_answer_of_another_form_is_refused(fake: FakeCreditBureau, file: dict[str, Any]):
    fake.people["Nora Winterfeld"] = file
    with pytest.raises(CreditBureauRefused, match="agreed form"):
        door(fake).ask(ENQUIRY, key="k")


def test_a_wrong_key_has_a_name_of_its_own_and_is_in_no_message(fake: FakeCreditBureau):
    with pytest.raises(CreditKeyRefused) as told:
        door(fake, key="wrong-word").ask(ENQUIRY, key="k")
    assert "wrong-word" not in f"{told.value} {told.value.next}"
    assert fake.enquiries == 0


def test_an_answer_that_was_lost_is_billed_once_when_it_is_asked_for_again(fake: FakeCreditBureau):
    fake.script = ["drop"]
    with pytest.raises(CreditBureauUnavailable):
        enquire.fn(NORA, bureau=door(fake))
    check = enquire.fn(NORA, bureau=door(fake))
    assert (check.status, check.score) == ("checked", 712)
    assert (len(fake.requests), fake.enquiries) == (2, 1)


def test_two_people_are_two_enquiries(fake: FakeCreditBureau):
    enquire.fn(NORA, bureau=door(fake))
    enquire.fn(NORA.model_copy(update={"name": "Piet Bakker"}), bureau=door(fake))
    assert fake.enquiries == 2


def test_without_a_bureau_nothing_is_asked_and_the_check_says_so():
    with pytest.raises(NoCreditBureau):
        CreditBureau().ask(ENQUIRY, key="k")
    check = enquire.fn(NORA, bureau=CreditBureau())
    assert (check.status, "no credit bureau" in check.reason) == ("not made", True)


def test_nobody_is_asked_about_who_neither_applied_nor_allowed_it():
    check = check_credit(NORA, ())
    assert (check.status, "authorization" in check.reason) == ("not made", True)


@pytest.mark.parametrize(
    "url",
    ["ftp://bureau.example", "https://user:word@bureau.example", "http://bureau.example", "https://bureau.example?x=1", "bureau"],
)  # fmt: skip
def test_an_address_that_would_leak_is_refused(url: str):
    with pytest.raises(ValueError, match=r"."):
        checked_url(url)
    with pytest.raises(BadProfile):
        load("laptop", credit_bureau_url=url)


def test_one_bureau_is_not_another():
    assert (
        len(
            {
                CreditBureau().identity,
                CreditBureau("https://a.example").identity,
                CreditBureau("https://b.example/").identity,
            }
        )
        == 3
    )
