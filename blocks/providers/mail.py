"""E-mails: the one door, behind which stands a mail server or a folder.

`send` is one attempt. It promises *at least once*, not exactly once: a process that dies after the server has
taken the message and before the stage is committed will send it again. The second copy has the same Message-ID, so
that people and mail programs can recognise it. A message is refused as a whole or taken as a whole.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from unicodedata import category

from blocks.base.clock import as_datetime, now_us
from blocks.base.errors import HoldfastError

_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # every server takes it
_MOST_ADDRESS_CHARACTERS = 254
_NOT_IN_A_HEADER = ("Cc", "Zl", "Zp")


class BadAddress(HoldfastError):
    """{address!r} is no e-mail address that can be sent to or from."""

    safe = "Nothing was sent."
    next = "Begin again with the address corrected, as in ann@example.com."


class BadMessage(HoldfastError):
    """The message cannot be written as an e-mail:"""

    safe = "Nothing was sent."
    next = "Begin again with the text corrected."


class MailRefused(HoldfastError):
    """The mail server {server} refused {what}:"""

    safe = "Nothing was sent to anybody."
    next = "Run the same command again to try once more; where the address or the text is wrong, begin with another brief."

    def __init__(self, detail: str, *, server: object, what: str, recipients: tuple[str, ...] = ()) -> None:
        super().__init__(detail, server=server, what=what)
        self.said, self.recipients = detail, recipients


class MailUnavailable(HoldfastError):
    """{server} does not take e-mails now:"""

    safe = "Nothing was sent; what was approved stays approved."
    next = "It is sent when the server answers again; `holdfast runs resume RUN` tries at once."
    parks = "outage"


class MailUncertain(HoldfastError):
    """The mail server {server} got the message {message_id} and did not say whether it took it:"""

    safe = "It is not sent again by itself."
    next = (
        "Look for this Message-ID at the recipient or in the server's log. `holdfast runs resume RUN` sends it again, "
        "under the same Message-ID."
    )
    parks = "repair"


class MailNotSecure(HoldfastError):
    """The mail server {server} cannot be spoken to in private:"""

    safe = "Nothing was sent, neither the message nor the password."
    next = (
        "Let the server offer TLS with a certificate for its name (SSL_CERT_FILE names who is trusted). Plain text is "
        "spoken to this machine only."
    )


class MailLoginRefused(HoldfastError):
    """The mail server {server} does not let {user!r} in:"""

    safe = "Nothing was sent."
    next = "Correct the user in HOLDFAST_MAIL_URL or HOLDFAST_MAIL_PASSWORD, then run the same command again."


@dataclass(frozen=True)
class Message:
    """One e-mail in plain text. *key* (hex digits) names it: the same key is the same e-mail, sent again."""

    key: str
    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True)
class Sent:
    """A message that was taken, under *message_id*, `<...>` included."""

    message_id: str


class Mail(ABC):
    """Where e-mails go to. *sender* is the address that they come from."""

    route: str
    """For people: how messages leave."""

    def __init__(self, sender: str) -> None:
        self.sender = checked_address(sender)

    @property
    def identity(self) -> str:
        """The way and the sender. Not the host: what was sent is not sent again because the server moved."""
        return f"{self.route} as {self.sender}"

    @abstractmethod
    def send(self, message: Message) -> Sent:
        """Hand *message* over, in one attempt; see the module for what a crash can do.

        Raises BadAddress, BadMessage, MailRefused, MailNotSecure or MailLoginRefused (nothing was sent),
        MailUnavailable (nothing was sent, later it may) or MailUncertain.
        """


def checked_address(address: str) -> str:
    """*address* where it is one plain ASCII `local@domain`. Raises BadAddress."""
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise BadAddress(address=address) from error
    plain = address.isascii() and not any(character in address for character in ' "()<>,;:\\[]')
    if (
        not plain
        or not parsed.domain
        or parsed.addr_spec != address
        or len(address) > _MOST_ADDRESS_CHARACTERS
    ):
        raise BadAddress(address=address)
    return address


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the message *key*: the same in every attempt."""
    return f"<{key[:32]}@{sender.rpartition('@')[2]}>"


def compose(message: Message, sender: str) -> EmailMessage:
    """*message* as it goes over the wire: five headers and a text, whatever stands in its fields.

    Raises BadAddress or BadMessage: nobody to receive it, a line break in a subject, text that is no Unicode.
    """
    to = [checked_address(address) for address in message.to]
    if not to:
        raise BadMessage("nobody is to receive it.")
    if any(category(character) in _NOT_IN_A_HEADER for character in message.subject):
        raise BadMessage("its subject holds a line break or another control character.")
    letter = EmailMessage(policy=_SEVEN_BIT)
    try:
        letter["From"], letter["To"] = sender, ", ".join(to)
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(as_datetime(now_us()))
        letter["Message-ID"] = message_id(message.key, sender)
        letter.set_content(message.body)
        letter.as_bytes()
    except (ValueError, MessageError) as error:
        raise BadMessage(f"{error}.") from error
    return letter
