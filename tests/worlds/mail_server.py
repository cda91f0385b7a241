"""A mail server on loopback that does what its script says, keeps each message that it took, and counts."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Step = Literal[
    "accept",
    "refuse recipient",
    "refuse sender",
    "refuse message",
    "busy at recipient",
    "busy at message",
    "drop before message",
    "drop after message",
    "silent after message",
]
"""What becomes of one delivery. `drop after message` takes the message and hangs up without a word."""

_LOCAL = "127.0.0.1"


@dataclass
class MailServerWorld:
    """Each delivery takes the next step of *script*; after the last one all are accepted.

    *refused* are addresses that get a 550 always. From `reserve` on the port is ours; connections are refused until `start`.
    """

    script: Sequence[Step] = ()
    refused: Sequence[str] = ()
    tls: ssl.SSLContext | None = None
    is_tls_at_once: bool = False
    login: tuple[str, str] | None = None
    taken: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, ...]] = field(default_factory=list)
    deliveries: int = 0
    port: int = 0
    _hold: socket.socket | None = None
    _controller: Controller | None = None

    def reserve(self) -> int:
        """Keep a port without listening on it."""
        self._hold = socket.socket()
        self._hold.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._hold.bind((_LOCAL, 0))
        self.port = self._hold.getsockname()[1]
        return self.port

    def start(self) -> "MailServerWorld":
        """Answer from now on."""
        if not self.port:
            self.reserve()
        if self._hold is not None:
            self._hold.close()
            self._hold = None
        self._controller = _Controller(self)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Refuse connections again."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    __enter__ = start

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        return [cast(EmailMessage, message_from_bytes(data, policy=default)) for data in self.taken]

    def step(self) -> Step:
        """What the script says about the delivery that runs."""
        at = self.deliveries - 1
        return self.script[at] if 0 <= at < len(self.script) else "accept"


class _Handler:
    def __init__(self, world: MailServerWorld) -> None:
        self._world = world

    async def handle_MAIL(  # noqa: N802  the name that the server calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._world.deliveries += 1
        if self._world.step() == "refuse sender":
            return "550 5.7.1 this sender is not welcome"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  the name that the server calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        step = self._world.step()
        if address in self._world.refused or step == "refuse recipient":
            return "550 5.1.1 nobody of this name lives here"
        if step == "busy at recipient":
            return "450 4.2.1 come back later"
        if step == "drop before message":
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  the name that the server calls
        step = self._world.step()
        if step == "busy at message":
            return "451 4.3.0 come back later"
        if step == "refuse message":
            return "554 5.6.0 this message is not wanted"
        self._world.taken.append(cast(bytes, envelope.original_content))
        self._world.envelopes.append(tuple(envelope.rcpt_tos))
        if step == "drop after message":
            _hang_up(server)
        if step == "silent after message":
            await asyncio.sleep(30)
        return "250 2.0.0 taken"


def _hang_up(server: SMTP) -> None:
    cast(asyncio.Transport, server.transport).abort()


class _Controller(Controller):
    def __init__(self, world: MailServerWorld) -> None:
        super().__init__(
            _Handler(world),
            hostname=_LOCAL,
            port=world.port,
            ssl_context=world.tls if world.is_tls_at_once else None,
        )
        self._world = world

    def factory(self) -> Any:
        world = self._world
        login = world.login

        def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            given = data if isinstance(data, LoginPassword) else LoginPassword(b"", b"")
            is_right = (given.login.decode(), given.password.decode()) == login
            return AuthResult(success=is_right, handled=False)

        return SMTP(
            self.handler,
            hostname="mail.example.test",
            tls_context=None if world.is_tls_at_once else world.tls,
            authenticator=check if login else None,
            auth_required=bool(login),
            auth_require_tls=False,
        )
