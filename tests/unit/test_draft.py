"""A brief becomes an e-mail: by a model where there is one, by a template that says so where there is none."""

import json
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from blocks.base.canonical import Form
from blocks.providers.language_model import LanguageModel
from blocks.providers.mail_folder import MailFolder
from tasks.draft import TEMPLATE, BriefUnclear, DraftUnusable, draft_email, read_brief
from tasks.schemas.email import Brief, Draft, Email, EmailRequest
from tasks.weigh import stake_of, title_of, weigh_email
from tests.fakes.openai_server import FakeOpenAI

TOLD = "Tell ann@example.com that the delivery of order 4711 is late"


def test_one_sentence_is_a_brief():
    assert read_brief([TOLD]) == Brief(purpose=TOLD, to="ann@example.com")


def test_words_that_a_shell_took_apart_are_one_sentence():
    assert read_brief(TOLD.split()) == read_brief([TOLD])


def test_a_brief_names_recipients_facts_and_tone():
    lines = [
        TOLD,
        "to: bob@example.com; cy@example.com",
        "fact: it comes on 3 May",
        "it costs no more",
        "Tone: FORMAL",
    ]
    wanted = read_brief(lines)
    assert (wanted.to, wanted.tone) == ("bob@example.com, cy@example.com", "formal")
    assert wanted.facts == ("it costs no more", "it comes on 3 May")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "empty"),
        (["", "  "], "empty"),
        (["to: ann@example.com", "tone: formal"], "no purpose"),
        (["Tell Ann that it is late"], "no e-mail address"),
        (["Tell ann@example.com that bob@example.com has left"], "several addresses"),
        (["to: nobody at all", "Say hello"], "'nobody at all' is no e-mail address"),
        ([TOLD, "tone: rude"], "tone"),
        ([TOLD + "\x00"], "purpose"),
    ],
)
def test_a_brief_that_leaves_something_open_is_refused_with_the_reason(lines: list[str], why: str):
    with pytest.raises(BriefUnclear, match=re.escape(why)):
        read_brief(lines)


def offline(*lines: str) -> Draft:
    return draft_email.fn(read_brief(lines), model=LanguageModel())


def test_the_template_repeats_the_brief_and_is_labelled():
    draft = offline(TOLD, "fact: it comes on 3 May")
    assert draft.written_by == TEMPLATE
    assert draft.email == Email(
        to="ann@example.com",
        subject="The delivery of order 4711 is late",
        body="Hello,\n\nThe delivery of order 4711 is late.\n\n- it comes on 3 May\n\nKind regards",
    )


def test_the_template_greets_in_the_tone_that_is_asked_for():
    assert offline(TOLD, "tone: formal").email.body.startswith("Dear Sir or Madam,")
    assert offline(TOLD, "tone: friendly").email.body.startswith("Hi,")


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=600), st.lists(st.text(max_size=100), max_size=3))
def test_every_brief_that_is_read_has_a_draft(purpose: str, facts: list[str]):
    try:
        wanted = read_brief([f"to: ann@example.com {''}", purpose + " ", *facts, "two words"])
    except BriefUnclear:
        return
    draft = draft_email.fn(wanted, model=LanguageModel())
    assert Form(Draft).parse(Form(Draft).dump(draft)) == draft
    jsonschema.validate(draft.email.model_dump(mode="json"), Email.model_json_schema())


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[..., FakeOpenAI]]:
    """Start an endpoint that gives these answers."""
    started: list[FakeOpenAI] = []

    def start(*answers: Any) -> FakeOpenAI:
        server = FakeOpenAI(list(answers)).__enter__()
        started.append(server)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
        return server

    yield start
    for server in started:
        server.__exit__()


def test_a_model_writes_the_text_and_does_not_choose_the_recipient(endpoint: Callable[..., FakeOpenAI]):
    server = endpoint(
        {"subject": "Your order\nBcc: eve@example.com", "body": "Hello,\r\n\r\nit is late.\r\n"}
    )
    draft = draft_email.fn(read_brief([TOLD]), model=LanguageModel("openai:gpt-5-mini"))
    assert draft.written_by == "openai:gpt-5-mini"
    assert draft.email == Email(
        to="ann@example.com", subject="Your order Bcc: eve@example.com", body="Hello,\n\nit is late."
    )
    assert len(server.requests) == 1
    assert TOLD in json.dumps(server.requests[0])


@pytest.mark.parametrize("text", [{"subject": "x", "body": "\n"}, {"subject": "x", "body": "\x00"}])
def test_a_draft_that_could_not_be_sent_is_told(endpoint: Callable[..., FakeOpenAI], text: dict[str, str]):
    endpoint(text)
    with pytest.raises(DraftUnusable):
        draft_email.fn(read_brief([TOLD]), model=LanguageModel("openai:gpt-5-mini"))


def test_a_long_subject_is_cut_between_words(endpoint: Callable[..., FakeOpenAI]):
    endpoint({"subject": "word " * 100, "body": "x"})
    subject = draft_email.fn(read_brief([TOLD]), model=LanguageModel("openai:gpt-5-mini")).email.subject
    assert len(subject) <= 200
    assert subject.endswith("word…")


ANSWER = {"to": "ann@example.com", "subject": "Order", "body": "It is late."}
UNFIT = [
    {"to": "ann"},
    {"to": "ann@example.com\r\nBcc: eve@example.com"},
    {"to": ""},
    {"to": ", ".join(["ann@example.com"] * 21)},
    {"subject": ""},
    {"subject": "a\nBcc: eve@example.com"},
    {"subject": "x" * 201},
    {"subject": "pay\u202eelif"},
    {"body": ""},
    {"body": " \n "},
    {"body": "a\x00b"},
    {"body": "x" * 20_001},
    {"cc": "eve@example.com"},
]


@pytest.mark.parametrize("change", UNFIT)
def test_an_answer_that_is_no_email_is_refused_by_the_form_and_by_the_model(change: dict[str, str]):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**ANSWER, **change}, Email.model_json_schema())
    with pytest.raises(ValidationError):
        Email.model_validate({**ANSWER, **change})


@settings(max_examples=500, deadline=None)
@given(
    to=st.from_regex(r"[a-z.@,; -]{1,20}", fullmatch=True) | st.just("ann@example.com"),
    subject=st.text(max_size=20),
    body=st.text(max_size=40),
)
def test_what_the_form_admits_the_model_admits(to: str, subject: str, body: str):
    answer = {"to": to, "subject": subject, "body": body}
    try:
        jsonschema.validate(answer, Email.model_json_schema())
    except jsonschema.ValidationError:
        return
    Email.model_validate(answer)


def test_an_answer_from_a_form_in_a_browser_is_the_same_answer():
    filled = {
        "to": " ann@example.com;bob@example.com ,ann@example.com",
        "subject": " Order ",
        "body": "\r\nIt\r\nis late.\r\n",
    }
    jsonschema.validate(filled, Email.model_json_schema())
    assert Email.model_validate(filled) == Email(
        to="ann@example.com, bob@example.com", subject="Order", body="It\nis late."
    )


def weighed(
    body: str, *, to: str = "ann@holdfast.example", subject: str = "Order", brief: str = "Say hello 4711"
) -> dict[str, str]:
    """The reasons for care by rule."""
    wanted = Brief(purpose=brief, to=to)
    draft = Draft(email=Email(to=to, subject=subject, body=body), written_by="a model")
    request = weigh_email.fn(wanted, draft, mail=MailFolder(Path("nowhere"), "desk@holdfast.example"))
    return {doubt.rule: f"{doubt.field}: {doubt.reason}" for doubt in request.doubts}


def test_an_email_without_risks_has_no_doubts():
    assert weighed("All is well with order 4711.") == {}


@pytest.mark.parametrize(
    ("rule", "told", "body"),
    [
        ("money", "body: It names money: EUR 1,200.00.", "Pay EUR 1,200.00 now"),
        ("money", "body: It names money: 12 €.", "Pay 12 € now"),
        ("bank", "body: It names a bank account.", "Pay to DE89 3704 0044 0532 0130 00"),
        (
            "attachment",
            'body: It speaks of an attachment ("attached"), and none is sent.',
            "See the attached list",
        ),
        ("link", "body: It holds a link: https://example.com/x.", "Click https://example.com/x now"),
        ("figures", "body: The brief does not state: 17.5.", "Order 4711 comes on 17.5"),
    ],
)
def test_what_makes_an_email_a_risk_is_told_at_its_field(rule: str, told: str, body: str):
    assert weighed(body)[rule].replace(" now.", ".") == told


def test_a_recipient_outside_is_told_and_several_are():
    both = weighed("Hello.", to="ann@holdfast.example, eve@example.com")
    assert both["outside"] == "to: It leaves the house: eve@example.com."
    assert both["several"].startswith("to: It goes to 2 addresses")


def test_a_domain_of_ones_own_is_not_outside():
    draft = offline("Say hello to ann@sister.example")
    mail = MailFolder(Path("nowhere"), "desk@holdfast.example")
    wanted = Brief(purpose="x", to="ann@sister.example")
    rules = [
        [doubt.rule for doubt in weigh_email.fn(wanted, draft, own, mail=mail).doubts]
        for own in ((), ("Sister.example",))
    ]
    assert rules == [["outside", "template"], ["template"]]


def test_the_approver_sees_who_sends_and_how():
    request = weigh_email.fn(
        read_brief([TOLD]), offline(TOLD), mail=MailFolder(Path("nowhere"), "desk@holdfast.example")
    )
    assert (request.sender, request.route, request.written_by) == (
        "desk@holdfast.example",
        "offline mailbox",
        TEMPLATE,
    )
    assert Form(EmailRequest).parse(Form(EmailRequest).dump(request)) == request


def test_the_title_and_what_is_at_stake_fit_their_places():
    many = ", ".join(f"{n}{'a' * 60}@{'b' * 60}.example.com" for n in range(14))
    email = Email(to=many, subject="x" * 200, body=" and ".join(f"EUR {n}00.00" for n in range(1, 40)))
    assert len(title_of(email)) <= 500
    assert "and 13 more" in title_of(email)
    assert len(stake_of(email)) <= 100
    assert stake_of(email).startswith("EUR 100.00, EUR 200.00, ")
    assert stake_of(Email(to="a@example.com", subject="x", body="Nothing.")) == ""


def test_the_longest_brief_has_a_draft():
    lines = ["to: ann@example.com", "x" + "\n" * 3998 + "y", *(["fact: " + "x\n" * 249 + "y"] * 20)]
    assert len(offline(*lines).email.body) < 20_000
