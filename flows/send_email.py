"""Send an e-mail: draft it, ask a person, send what was approved."""

from blocks.durable import ask, flow
from tasks.draft import draft_email, read_brief
from tasks.schemas.email import Email, EmailOutcome
from tasks.schemas.email_settings import EmailSettings
from tasks.send import rejected, send_email_message, sent
from tasks.weigh import stake_of, title_of, weigh_email


@flow
def send_email(brief: tuple[str, ...] = (), settings: EmailSettings = EmailSettings()) -> EmailOutcome:
    """Draft an e-mail from a brief ("Tell ann@example.com that ..."), wait for approval, then send it.

    Args:
        brief: The purpose, then facts, one a line; `to: ADDRESS`, `tone: formal` or `friendly`, and `fact: ...` are labels.
        settings: Who may approve, and which domains are not outside.
    """
    wanted = read_brief(brief)
    draft = draft_email(wanted)
    decision = ask(
        "email",
        weigh_email(wanted, draft, settings.own_domains),
        answer=Email,
        proposed=draft.email,
        title=title_of(draft.email),
        value=stake_of(draft.email),
        of=settings.approvers,
    )
    if decision.answer is None:
        return rejected(draft.email, by=decision.decided_by, reason=decision.reason)
    message = send_email_message(wanted, decision.answer)
    return sent(decision.answer, message, by=decision.decided_by, reason=decision.reason)
