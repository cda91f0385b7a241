"""Who may decide: approvers, their passwords, their sessions on the approval page, and what signs their webhooks.

A password is kept as an argon2id hash, a session as the digest of its token. Checking a password costs about 50 ms
and 64 MiB, the same for a name that nobody has; two are checked at a time.
"""

import base64
import hashlib
import re
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from blocks.base.errors import HoldfastError, Misuse
from blocks.durable import world
from blocks.state import approver_rows
from blocks.state.approver_rows import Session

SESSION_SECONDS = 12 * 3600
SHORTEST, LONGEST = 8, 512  # characters of a password
NOT_PEOPLE = {"deadline"}  # stands in decisions that nobody made
_NAME = re.compile(r"[^\W_][\w.@+-]{0,99}")
_hasher = PasswordHasher()
_two_at_a_time = threading.Semaphore(2)


class NoSuchApprover(Misuse):
    """There is no approver {name!r}."""

    next = "`holdfast approvers list` shows them; `holdfast approvers add NAME` makes one."


class ApproverExists(Misuse):
    """There is an approver {name!r} already."""

    next = "To give a new password: `holdfast approvers remove NAME`, then `holdfast approvers add NAME`."


class BadName(Misuse):
    """{name!r} cannot be the name of an approver: letters and digits, then also . _ @ + -, at most 100."""

    next = "Choose another name."


class BadPassword(Misuse):
    """A password has {shortest} to {longest} characters."""

    next = "Choose another password."

    def __init__(self) -> None:
        super().__init__(shortest=SHORTEST, longest=LONGEST)


class NoSecret(HoldfastError):
    """The approver {name!r} has no secret for webhooks."""

    safe = "Nothing was done."
    next = "Make one on the approval page, behind your name; it is shown once."


def add(name: str, password: str) -> None:
    """Make *name* an approver. Raises BadName, BadPassword, ApproverExists."""
    name = _checked_name(name)
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword
    hashed, here = _hasher.hash(password), world.current()
    if not here.state.write(lambda connection: approver_rows.add(connection, here.tenant, name, hashed)):
        raise ApproverExists(name=name)


def remove(name: str) -> None:
    """Let *name* decide no more, and end all sessions of that name. Raises NoSuchApprover."""
    here = world.current()
    if not here.state.write(lambda connection: approver_rows.remove(connection, here.tenant, name)):
        raise NoSuchApprover(name=name)


def names() -> list[str]:
    """Every approver's name, in order."""
    here = world.current()
    return here.state.read(lambda connection: approver_rows.names(connection, here.tenant))


def check(name: str, password: str) -> bool:
    """Is it the password of *name*? A name that nobody has takes as long."""
    here = world.current()
    known = here.state.read(lambda connection: approver_rows.credentials(connection, here.tenant, name))
    nobodys = _nobodys_hash()  # made at the first check, whoever it is of
    hashed = known.password_hash if known else nobodys
    with _two_at_a_time:
        fits = _fits(hashed, password[: LONGEST + 1])
    if not known or not fits:
        return False
    if _hasher.check_needs_rehash(hashed):
        newer = _hasher.hash(password)
        here.state.write(
            lambda connection: approver_rows.renew(connection, here.tenant, name, password_hash=newer)
        )
    return True


def open_session(name: str, *, seconds: int = SESSION_SECONDS) -> str:
    """Begin a session of *name*: the token that proves it, which is not kept."""
    here, token = world.current(), secrets.token_urlsafe(32)
    here.state.write(
        lambda connection: approver_rows.open_session(connection, here.tenant, name, _digest(token), seconds)
    )
    return token


def session_of(token: str) -> Session | None:
    """The session that *token* proves; None where there is none, its time is over, or the approver was removed."""
    here = world.current()
    return here.state.read(lambda connection: approver_rows.session(connection, here.tenant, _digest(token)))


def close_session(token: str) -> None:
    """End the session; again is harmless."""
    world.current().state.write(lambda connection: approver_rows.close_session(connection, _digest(token)))


def secret_of(name: str) -> str:
    """The secret that signs the webhooks of *name*. Raises NoSuchApprover, NoSecret."""
    here = world.current()
    known = here.state.read(lambda connection: approver_rows.credentials(connection, here.tenant, name))
    if known is None:
        raise NoSuchApprover(name=name)
    if known.webhook_secret is None:
        raise NoSecret(name=name)
    return known.webhook_secret


def secrets_of_all() -> dict[str, str]:
    """The secrets for webhooks, by approver."""
    here = world.current()
    return here.state.read(lambda connection: approver_rows.secrets_of(connection, here.tenant))


def renew_secret(name: str) -> str:
    """A new secret for the webhooks of *name*, in the form of the Standard Webhooks; the old one is void."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    here = world.current()
    if not here.state.write(
        lambda connection: approver_rows.renew(connection, here.tenant, name, webhook_secret=secret)
    ):
        raise NoSuchApprover(name=name)
    return secret


def note_webhook(name: str, webhook_id: str, call: bytes) -> bool:
    """Use *webhook_id* for *call*; False where it was used for another call within the last day."""
    here, digest = world.current(), hashlib.sha256(call).hexdigest()
    return here.state.write(
        lambda connection: approver_rows.note_webhook(connection, here.tenant, name, webhook_id, digest)
    )


def _checked_name(name: str) -> str:
    normal = unicodedata.normalize("NFC", name)
    if normal != name or not _NAME.fullmatch(name) or name in NOT_PEOPLE:
        raise BadName(name=name)
    return name


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
