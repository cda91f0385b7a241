"""An e-mail is written from any text without a way out of its fields, and kept once in the offline mailbox."""

import datetime as dt
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from blocks.base import clock
from blocks.base.errors import HoldfastError
from blocks.profile import BadProfile, load, open_world
from blocks.providers.mail import (
    BadAddress,
    BadMessage,
    Mail,
    MailUnavailable,
    Message,
    checked_address,
    compose,
)
from blocks.providers.mail_folder import MailFolder
from blocks.providers.mail_server import MailServer
from tasks.schemas.email import Addresses

SENDER = "desk@holdfast.example"
MESSAGE = Message("ab" * 32, ("ann@example.com",), "Order 4711", "It is late.")
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
WORDS = st.text(st.characters(codec="utf-8"), max_size=300)


@settings(max_examples=300, deadline=None)
@given(subject=WORDS, body=WORDS)
@example(subject="\n", body="")
def test_no_text_makes_a_header_or_a_recipient(subject: str, body: str):
    try:
        data = compose(Message("ab" * 32, MESSAGE.to, subject, body), SENDER).as_bytes()
    except BadMessage:
        assert any(category(character) in ("Cc", "Zl", "Zp") for character in subject)
        return
    letter = message_from_bytes(data, policy=default)
    assert set(letter.keys()) == HEADERS
    assert (len(letter.keys()), letter["To"], letter["From"]) == (len(HEADERS), "ann@example.com", SENDER)
    assert not letter.is_multipart()
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")


@given(body=st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=2000))
@settings(max_examples=200, deadline=None)
def test_the_text_arrives_as_it_was_written(body: str):
    data = compose(Message("ab" * 32, MESSAGE.to, "Order", body), SENDER).as_bytes()
    arrived = message_from_bytes(data, policy=default).get_content()
    assert arrived.replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")


@pytest.mark.parametrize(
    "subject",
    ["Order\r\nBcc: eve@example.com", "Order\nX: y", "Order\rX: y", "a\u2028b", "\n", "Order\n", "a\x00"],
)
def test_a_subject_of_two_lines_is_refused(subject: str):
    with pytest.raises(BadMessage):
        compose(Message("ab" * 32, MESSAGE.to, subject, "x"), SENDER)


NO_ADDRESSES = [
    "",
    "ann",
    "ann@",
    "@example.com",
    "ann@example.com\r\nBcc: eve@example.com",
    "ann@example.com, eve@example.com",
    "Ann <ann@example.com>",
    "ann@exämple.com",
    '"a b"@example.com',
    "ann@[127.0.0.1]",
    "ann(comment)@example.com",
    "ann@example.com ",
    "ann@@example.com",
    "ann@exam\tple.com",
    "ann\x00@example.com",
    "ann@example.com\n",
    "a" * 250 + "@example.com",
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_refused_at_the_door(address: str):
    with pytest.raises(BadAddress):
        checked_address(address)


@given(st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~@ ,;<>\"-]{1,30}", fullmatch=True) | st.emails())
@settings(max_examples=200, deadline=None)
def test_every_address_that_a_form_admits_passes_the_door(text: str):
    try:
        listed = TypeAdapter(Addresses).validate_python(text)
    except ValidationError:
        return
    for address in listed.split(", "):
        assert checked_address(address) == address


@given(st.text(max_size=30) | st.emails().map(lambda one: one + "\n"))
@settings(max_examples=200, deadline=None)
def test_what_passes_the_door_is_one_word_of_plain_characters(text: str):
    try:
        address = checked_address(text)
    except BadAddress:
        return
    assert re.fullmatch(r"[!-~]+@[!-~]+", address)
    assert not set(address) & set(' "()<>,;:[]\\')


def test_a_message_to_nobody_is_refused():
    with pytest.raises(BadMessage, match="nobody"):
        compose(Message("ab" * 32, (), "a", "b"), SENDER)


def test_the_offline_mailbox_keeps_each_message_once(tmp_path: Path):
    mailbox = MailFolder(tmp_path / "mailbox", SENDER)
    with clock.frozen(dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)):
        first = mailbox.send(MESSAGE)
    [file] = (tmp_path / "mailbox").iterdir()
    kept = file.read_bytes()
    assert mailbox.send(MESSAGE) == first
    assert ([file], kept) == (list((tmp_path / "mailbox").iterdir()), file.read_bytes())
    letter = message_from_bytes(kept, policy=default)
    assert (letter["Message-ID"], letter["Date"]) == (first.message_id, "Sun, 03 May 2026 12:00:00 +0000")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_mailbox_that_cannot_be_written_is_away(tmp_path: Path):
    (tmp_path / "mailbox").write_text("a file stands here")
    with pytest.raises(MailUnavailable) as told:
        MailFolder(tmp_path / "mailbox", SENDER).send(MESSAGE)
    assert told.value.parks == "outage"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def mail_of_the_profile() -> Mail:
    made = open_world(load())
    try:
        return made.provider(Mail)
    finally:
        made.leave()


def test_a_laptop_writes_to_the_mailbox_in_its_home(home: Path):
    mail = mail_of_the_profile()
    mail.send(MESSAGE)
    assert isinstance(mail, MailFolder)
    assert (mail.sender, len(list((home / "mailbox").glob("*.eml")))) == ("holdfast@localhost", 1)


def test_a_mail_url_makes_a_server_and_its_user_the_sender(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_MAIL_URL", "smtp://ann@example.com@mail.example.com")
    mail = mail_of_the_profile()
    assert isinstance(mail, MailServer)
    assert (mail.sender, mail.identity) == ("ann@example.com", "SMTP as ann@example.com")
    monkeypatch.setenv("HOLDFAST_MAIL_FROM", "desk@example.com")
    assert mail_of_the_profile().sender == "desk@example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_URL", "smtp://mail.example.com"),
        ("MAIL_URL", "http://ann@example.com@mail.example.com"),
        ("MAIL_URL", "smtp://ann:hidden@mail.example.com"),
        ("MAIL_FROM", "Ann <ann@example.com>"),
    ],
)
def test_a_mail_setting_that_makes_no_sense_is_refused_at_once(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"HOLDFAST_{name}", value)
    with pytest.raises(BadProfile, match="mail_") as told:
        load()
    assert "hidden" not in str(told.value)


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_MAIL_PASSWORD", "hidden")
    assert "hidden" not in repr(load())


def test_every_error_of_the_mail_says_what_to_type_next():
    kinds = [kind for kind in HoldfastError.__subclasses__() if kind.__module__ == "blocks.providers.mail"]
    assert len(kinds) == 7
    assert all(kind.next != HoldfastError.next and kind.safe != HoldfastError.safe for kind in kinds)
