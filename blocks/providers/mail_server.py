"""A mail server, spoken to by SMTP: in private, in one attempt, with a named end for every reply."""

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from blocks.base.errors import HoldfastError
from blocks.providers.mail import (
    Mail,
    MailLoginRefused,
    MailNotSecure,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    Message,
    Sent,
    compose,
    message_id,
)

_PORTS = {"smtp": 587, "smtps": 465}
_GO_ON, _DONE, _REFUSED = 354, range(200, 300), range(500, 600)
_MOST_TOLD = 300
_GOODBYE_SECONDS = 5.0


@dataclass(frozen=True)
class ServerAddress:
    """`smtp://user@host:587` (STARTTLS) or `smtps://user@host:465` (TLS from the first byte)."""

    scheme: Literal["smtp", "smtps"]
    host: str
    port: int
    user: str = ""

    @classmethod
    def parse(cls, url: str) -> "ServerAddress":
        """The address in *url*; a user that is an e-mail address may be written as it is. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("an address such as smtp://user@mail.example.com:587 or smtps://... is needed")
        if parts.password is not None:
            raise ValueError("the password must not stand in it: it has a setting of its own, mail_password")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("nothing may stand behind host and port")
        scheme: Literal["smtp", "smtps"] = "smtps" if parts.scheme == "smtps" else "smtp"
        return cls(scheme, parts.hostname, parts.port or _PORTS[scheme], unquote(parts.username or ""))

    @property
    def is_here(self) -> bool:
        """Is it this machine, to which plain text may be spoken?"""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class MailServer(Mail):
    """The server at one address. It is asked for TLS with a valid certificate, but where it is this machine.

    *timeout_seconds* is the longest silence before the message is handed over, *answer_seconds* the longest wait for
    what the server says to it. Nothing is tried twice in here.
    """

    route = "SMTP"

    def __init__(
        self,
        address: ServerAddress,
        sender: str,
        password: str = "",
        *,
        timeout_seconds: float = 30.0,
        answer_seconds: float = 300.0,
    ) -> None:
        super().__init__(sender)
        self._address, self._password = address, password
        self._timeout, self._answer_timeout = timeout_seconds, answer_seconds

    def send(self, message: Message) -> Sent:
        """Hand *message* over; all recipients are accepted, or none gets it. Costs one connection.

        Between the server's "250 taken" and the commit of the stage that calls this, a process that dies leaves a
        message that was sent and is not recorded: it is sent again, under the same Message-ID. Raises as `Mail.send` does.
        """
        letter, named = compose(message, self.sender), message_id(message.key, self.sender)
        with self._told("the connection"):
            client = self._connect()
        try:
            self._secure(client)
            self._log_in(client)
            self._announce(client, message.to)
            self._hand_over(client, letter.as_bytes(), named)
        finally:
            _leave(client)
        return Sent(named)

    def _connect(self) -> smtplib.SMTP:
        host, port, own_name = self._address.host, self._address.port, self.sender.rpartition("@")[2]
        if self._address.scheme == "smtp":
            return smtplib.SMTP(host, port, local_hostname=own_name, timeout=self._timeout)
        return smtplib.SMTP_SSL(
            host, port, local_hostname=own_name, timeout=self._timeout, context=ssl.create_default_context()
        )

    def _secure(self, client: smtplib.SMTP) -> None:
        with self._told("the greeting"):
            client.ehlo_or_helo_if_needed()
            if self._address.scheme == "smtps" or self._address.is_here:
                return
            if not client.has_extn("starttls"):
                raise MailNotSecure("it offers no STARTTLS.", server=self._address)
            client.starttls(context=ssl.create_default_context())
            client.ehlo()

    def _log_in(self, client: smtplib.SMTP) -> None:
        if not self._address.user:
            return
        try:
            with self._told("the login"):
                client.login(self._address.user, self._password)
        except MailRefused as error:
            raise MailLoginRefused(error.said, server=self._address, user=self._address.user) from error

    def _announce(self, client: smtplib.SMTP, to: Sequence[str]) -> None:
        """Say who sends and who is to receive. One recipient refused, or told to come later: nobody gets it."""
        with self._told(f"the sender {self.sender}"):
            self._expect(*client.mail(self.sender), what=f"the sender {self.sender}")
        replies: dict[str, tuple[int, bytes]] = {}
        for address in to:
            with self._told(f"the recipient {address}"):
                replies[address] = client.rcpt(address)
        refused = {address: reply for address, reply in replies.items() if reply[0] in _REFUSED}
        if refused:
            told = "; ".join(f"{address}: {_text(*reply)}" for address, reply in refused.items())
            raise MailRefused(told, server=self._address, what="recipients", recipients=tuple(refused))
        for address, reply in replies.items():
            self._expect(*reply, what=f"the recipient {address}")

    def _hand_over(self, client: smtplib.SMTP, letter: bytes, named: str) -> None:
        with self._told("the message"):
            code, reply = client.docmd("DATA")
            if code != _GO_ON:
                self._expect(code, reply, what="the message")
        try:
            if client.sock:
                client.sock.settimeout(self._answer_timeout)
            client.send(_stuffed(letter))
            code, reply = client.getreply()
        except OSError as error:
            raise MailUncertain(f"{error}.", server=self._address, message_id=named) from error
        self._expect(code, reply, what="the message")

    def _expect(self, code: int, reply: bytes, *, what: str) -> None:
        if fault := self._fault(code, reply, what):
            raise fault

    def _fault(self, code: int, reply: bytes, what: str) -> HoldfastError | None:
        if code in _REFUSED:
            return MailRefused(_text(code, reply), server=self._address, what=what)
        return None if code in _DONE else self._away(_text(code, reply))

    def _away(self, why: str) -> MailUnavailable:
        return MailUnavailable(why, server=f"The mail server {self._address}")

    @contextmanager
    def _told(self, what: str) -> Generator[None]:
        """Let what goes wrong under it have our names; the message was not handed over yet."""
        try:
            yield
        except OSError as error:  # smtplib's and ssl's errors are OSErrors
            raise self._named(error, what) from error

    def _named(self, error: OSError, what: str) -> HoldfastError:
        if isinstance(error, smtplib.SMTPResponseException):
            reply = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
            return self._fault(error.smtp_code, reply, what) or self._away(f"{error}.")
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | smtplib.SMTPServerDisconnected):
            return self._away(f"{error}.")
        if isinstance(error, ssl.SSLError):
            return MailNotSecure(f"{error}.", server=self._address)
        if isinstance(error, smtplib.SMTPException):  # it knows no way to log in, say
            return MailRefused(f"{error}", server=self._address, what=what)
        return self._away(f"{error}.")


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye, and wait no longer than a moment for the answer: the message's fate is decided by now."""
    with suppress(OSError):
        if client.sock:
            client.sock.settimeout(_GOODBYE_SECONDS)
        client.docmd("QUIT")
    client.close()


def _stuffed(letter: bytes) -> bytes:
    """*letter* as the DATA command carries it: a line that begins with a dot gets a second one."""
    return re.sub(rb"(?m)^\.", b"..", letter) + b".\r\n"


def _text(code: int, reply: bytes) -> str:
    """What a server said, as one line; it is a stranger's text."""
    said = " ".join(reply.decode("ascii", "replace").split())
    return f"{code} {''.join(c for c in said if c.isprintable())[:_MOST_TOLD]}"
