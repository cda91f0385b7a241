"""Weigh: why an e-mail is a risk, by pure rules, told to whoever approves it."""

import re
from collections.abc import Iterator

from blocks.durable import GIVEN, stage
from blocks.providers.mail import Mail
from tasks.draft import TEMPLATE
from tasks.schemas.email import Brief, Draft, Email, EmailDoubt, EmailRequest

_MONEY = re.compile(
    r"(?:\b(?:EUR|USD|GBP|CHF|JPY|PLN)|[€$£¥])\s?\d(?:[\d.,' ]*\d)?|\d(?:[\d.,' ]*\d)?\s?(?:(?:EUR|USD|GBP|CHF|JPY|PLN)\b|[€$£¥])"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_ATTACHED = re.compile(
    r"\b(?:attach(?:ed|ment|ments)|enclosed|enclosure|anbei|anlagen?|anhang|beigefügt|ci-joint|pièces? jointes?)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")


@stage(version=1, weight="light")
def weigh_email(
    brief: Brief, draft: Draft, own_domains: tuple[str, ...] = (), *, mail: Mail = GIVEN
) -> EmailRequest:
    """What an approver should know of *draft*: the brief, the sender, the way it leaves, and each reason for care."""
    domains = {domain.lower().lstrip("@") for domain in (*own_domains, mail.sender.rpartition("@")[2])}
    return EmailRequest(
        brief=brief,
        sender=mail.sender,
        route=mail.route,
        written_by=draft.written_by,
        doubts=tuple(_doubts(brief, draft, domains)),
    )


def title_of(email: Email) -> str:
    """What is asked about *email*, in one line of at most 500 characters."""
    first, *others = email.recipients
    more = f" and {len(others)} more" if others else ""
    return f"E-mail to {first}{more}: {email.subject}"[:500]


def stake_of(email: Email) -> str:
    """The sums of money that *email* names, as many as 100 characters hold; "" where it names none."""
    told = ""
    for amount in _amounts(email):
        longer = f"{told}, {amount}" if told else amount
        told = longer if len(longer) <= 100 else told
    return told


def _doubts(brief: Brief, draft: Draft, domains: set[str]) -> Iterator[EmailDoubt]:
    email = draft.email
    outside = [one for one in email.recipients if one.rpartition("@")[2].lower() not in domains]
    if outside:
        yield EmailDoubt(rule="outside", field="to", reason=f"It leaves the house: {', '.join(outside)}.")
    if len(email.recipients) > 1:
        reason = f"It goes to {len(email.recipients)} addresses, and each sees the others."
        yield EmailDoubt(rule="several", field="to", reason=reason)
    if amounts := _amounts(email):
        yield EmailDoubt(rule="money", field="body", reason=f"It names money: {', '.join(amounts)}.")
    if _IBAN.search(email.body):
        yield EmailDoubt(rule="bank", field="body", reason="It names a bank account.")
    if named := _ATTACHED.search(email.body):
        reason = f'It speaks of an attachment ("{named[0]}"), and none is sent.'
        yield EmailDoubt(rule="attachment", field="body", reason=reason)
    if links := _LINK.findall(email.body):
        yield EmailDoubt(rule="link", field="body", reason=f"It holds a link: {', '.join(links[:3])}.")
    if invented := _invented(brief, email):
        reason = f"The brief does not state: {', '.join(invented)}."
        yield EmailDoubt(rule="figures", field="body", reason=reason)
    if draft.written_by == TEMPLATE:
        reason = "A template wrote it from the brief, no language model: read it as a first draft."
        yield EmailDoubt(rule="template", field="body", reason=reason)


def _invented(brief: Brief, email: Email) -> list[str]:
    """Figures of the draft that stand nowhere in the brief."""
    stated = set(_FIGURE.findall("\n".join((brief.purpose, brief.to, *brief.facts))))
    written = dict.fromkeys(_FIGURE.findall(f"{email.subject}\n{email.body}"))
    return [figure for figure in written if figure not in stated][:10]


def _amounts(email: Email) -> tuple[str, ...]:
    """The sums of money that *email* names, as written, each once."""
    found = (" ".join(match.split()) for match in _MONEY.findall(f"{email.subject}\n{email.body}"))
    return tuple(dict.fromkeys(found))
