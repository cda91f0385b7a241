"""Send: an approved e-mail goes out."""

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.durable import GIVEN, stage
from blocks.providers.mail import Mail, Message
from tasks.schemas.email import Brief, Email, EmailOutcome, SentEmail


@stage(version=1)
def send_email_message(brief: Brief, email: Email, *, mail: Mail = GIVEN) -> SentEmail:
    """Send *email*, which a person approved for *brief*; the same two are sent once.

    The Message-ID is made from them. A process that dies between the mail server's answer and the commit sends again, under
    the same Message-ID; the offline mailbox keeps the first. Raises what `Mail.send` raises: MailUnavailable parks the
    run until the server is back, MailUncertain until a person has looked.
    """
    key = digest_of(canonical_bytes(["holdfast e-mail 1", brief, email, mail.sender]))
    sent = mail.send(Message(key=key, to=email.recipients, subject=email.subject, body=email.body))
    return SentEmail(message_id=sent.message_id, route=mail.route)


def sent(email: Email, message: SentEmail, *, by: str, reason: str) -> EmailOutcome:
    """The outcome of an e-mail that was approved and sent."""
    return EmailOutcome(
        status="sent",
        email=email,
        message_id=message.message_id,
        route=message.route,
        decided_by=by,
        reason=reason,
    )


def rejected(draft: Email, *, by: str, reason: str) -> EmailOutcome:
    """The outcome of an e-mail that is not sent."""
    return EmailOutcome(status="rejected", email=draft, decided_by=by, reason=reason)
