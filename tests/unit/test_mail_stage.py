"""What is sent has a name made from what was asked and approved."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from blocks.providers.mail_folder import MailFolder
from tasks.schemas.email import Brief, Email
from tasks.send import rejected, send_email_message, sent

BRIEF = Brief(purpose="Say that it is late", to="ann@example.com")
EMAIL = Email(to="ann@example.com, bob@example.com", subject="Order", body="It is late.")


@pytest.fixture
def mailbox(tmp_path: Path) -> MailFolder:
    """An empty mailbox."""
    return MailFolder(tmp_path / "mailbox", "desk@holdfast.example")


def test_the_same_email_for_the_same_brief_has_one_name(mailbox: MailFolder, tmp_path: Path):
    names = {send_email_message.fn(BRIEF, EMAIL, mail=mailbox).message_id for _ in range(2)}
    [file] = (tmp_path / "mailbox").iterdir()
    letter = message_from_bytes(file.read_bytes(), policy=default)
    assert names == {letter["Message-ID"]}
    assert letter["To"] == "ann@example.com, bob@example.com"


def test_another_brief_another_text_and_another_sender_are_other_emails(mailbox: MailFolder, tmp_path: Path):
    other = MailFolder(tmp_path / "other", "till@holdfast.example")
    names = {
        send_email_message.fn(BRIEF, EMAIL, mail=mailbox).message_id,
        send_email_message.fn(BRIEF.model_copy(update={"facts": ("x",)}), EMAIL, mail=mailbox).message_id,
        send_email_message.fn(BRIEF, EMAIL.model_copy(update={"body": "x"}), mail=mailbox).message_id,
        send_email_message.fn(BRIEF, EMAIL, mail=other).message_id,
    }
    assert len(names) == 4


def test_an_outcome_says_what_became_of_the_email(mailbox: MailFolder):
    message = send_email_message.fn(BRIEF, EMAIL, mail=mailbox)
    done = sent(EMAIL, message, by="ann", reason="")
    assert (done.status, done.message_id, done.route) == ("sent", message.message_id, "offline mailbox")
    not_done = rejected(EMAIL, by="ann", reason="no")
    assert (not_done.status, not_done.message_id, not_done.reason) == ("rejected", None, "no")
