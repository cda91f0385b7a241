"""An e-mail from the brief to its end: what is wanted, what is drafted, what is asked, what may be answered."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from tasks.schemas.frozen import Frozen

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = rf"{_ATOM}(?:\.{_ATOM}){{0,7}}@(?:localhost|{_LABEL}(?:\.{_LABEL}){{1,7}})"
"""One address in plain ASCII, as a pattern that Python, Rust and JSON Schema read alike."""

_ADDRESSES = rf"^ *{ADDRESS}(?: ?[,;] ?{ADDRESS}){{0,19}} *$"
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
NOT_IN_A_LINE = (
    _CONTROLS + r"\t\r\n\x85\u2028\u2029\u202a-\u202e\u2066-\u2069"
)  # breaks, and what turns the text round
_LINE = rf"^ *[^{NOT_IN_A_LINE} ][^{NOT_IN_A_LINE}]*$"
_TEXT = rf"^[ \t\r\n]*[^{_CONTROLS} \t\r\n][^{_CONTROLS}]*$"


def _trimmed(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n") if isinstance(value, str) else value


def _listed(value: str) -> str:
    """The addresses once each, in one spelling of the list."""
    return ", ".join(dict.fromkeys(re.split(r" ?[,;] ?", value)))


# The limits stand next to `str`, so that the JSON schema has them: a form is checked by the schema alone.
Addresses = Annotated[
    str, Field(pattern=_ADDRESSES, max_length=2000), BeforeValidator(_trimmed), AfterValidator(_listed)
]
Line = Annotated[str, Field(pattern=_LINE, max_length=200), BeforeValidator(_trimmed)]
Text = Annotated[str, Field(pattern=_TEXT, max_length=20_000), BeforeValidator(_trimmed)]
Purpose = Annotated[str, Field(pattern=_TEXT, max_length=4000), BeforeValidator(_trimmed)]
FactText = Annotated[str, Field(pattern=_TEXT, max_length=500), BeforeValidator(_trimmed)]
Tone = Literal["neutral", "formal", "friendly"]
EmailField = Literal["to", "subject", "body"]


class Brief(Frozen):
    """What an e-mail is wanted for, in a person's words."""

    purpose: Purpose = Field(description="what it is to say, or bring about")
    to: Addresses = Field(description="who receives it")
    facts: tuple[FactText, ...] = Field(
        default=(), max_length=20, description="what it may state beside the purpose"
    )
    tone: Tone = "neutral"


class Email(Frozen):
    """An e-mail in plain text; what an approver may change, and what is sent."""

    to: Addresses = Field(description="who receives it; several addresses with commas between them")
    subject: Line = Field(description="one line")
    body: Text = Field(description="the text as it is sent; no attachment goes with it")

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses one by one."""
        return tuple(self.to.split(", "))


class DraftText(Frozen):
    """What a language model writes; to whom it goes is not its choice."""

    subject: str = Field(description="one line, without the words Re or Fwd")
    body: str = Field(description="the whole text with greeting and closing, as plain text")


class Draft(Frozen):
    """An e-mail that nobody has approved."""

    email: Email
    written_by: str = Field(description="the language model's name, or that a template wrote it")


class EmailDoubt(Frozen):
    """One reason why a person should look at a field before the e-mail goes out."""

    rule: str
    field: EmailField
    reason: str


class EmailRequest(Frozen):
    """What the approver sees beside the draft."""

    brief: Brief
    sender: str = Field(description="the address that it comes from")
    route: str = Field(description="how it leaves: SMTP, or the offline mailbox, from which nobody gets it")
    written_by: str
    doubts: tuple[EmailDoubt, ...]


class SentEmail(Frozen):
    """A message that was taken."""

    message_id: str
    route: str


class EmailOutcome(Frozen):
    """How one request for an e-mail ends. *email* is what was sent, or the draft that was rejected."""

    status: Literal["sent", "rejected"]
    email: Email
    message_id: str | None = None
    route: str | None = Field(default=None, description="`offline mailbox`: nobody received it")
    decided_by: str
    reason: str = ""
