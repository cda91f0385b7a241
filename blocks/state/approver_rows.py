"""The rows of approvers, of their sessions and of their webhooks. Each function works inside the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from blocks.state.database import db_now_us, insert_once
from blocks.state.tables import approvers, page_sessions, webhook_calls

WEBHOOKS_KEPT_US = 24 * 3600 * 1_000_000  # an id matters as long as its timestamp is believed: minutes


@dataclass(frozen=True)
class Session:
    """Somebody who signed in, until *expires_at* (microseconds by the database's clock)."""

    name: str
    expires_at: int


@dataclass(frozen=True)
class Credentials:
    """What an approver is known by."""

    password_hash: str
    webhook_secret: str | None


def add(connection: Connection, tenant: str, name: str, password_hash: str) -> bool:
    """Write a new approver; False where there is one of that name."""
    row = {"tenant": tenant, "name": name, "password_hash": password_hash, "added_at": db_now_us()}
    return insert_once(connection, approvers, row)


def remove(connection: Connection, tenant: str, name: str) -> bool:
    """Take an approver away with all sessions; False where there is none of that name."""
    sessions = and_(page_sessions.c.tenant == tenant, page_sessions.c.name == name)
    connection.execute(delete(page_sessions).where(sessions))
    return connection.execute(delete(approvers).where(_is(tenant, name))).rowcount == 1


def names(connection: Connection, tenant: str) -> list[str]:
    """Every approver's name, in order."""
    query = select(approvers.c.name).where(approvers.c.tenant == tenant).order_by(approvers.c.name)
    return list(connection.execute(query).scalars())


def credentials(connection: Connection, tenant: str, name: str) -> Credentials | None:
    """What the approver is known by, or None where there is none of that name."""
    row = connection.execute(select(approvers).where(_is(tenant, name))).first()
    return Credentials(row.password_hash, row.webhook_secret) if row else None


def secrets_of(connection: Connection, tenant: str) -> dict[str, str]:
    """The secret that signs webhooks, by the name of each approver who has one."""
    has_one = and_(approvers.c.tenant == tenant, approvers.c.webhook_secret.is_not(None))
    rows = connection.execute(select(approvers.c.name, approvers.c.webhook_secret).where(has_one))
    return {row.name: row.webhook_secret for row in rows}


def renew(
    connection: Connection,
    tenant: str,
    name: str,
    *,
    password_hash: str | None = None,
    webhook_secret: str | None = None,
) -> bool:
    """Replace what is given; False where there is no such approver."""
    given = {"password_hash": password_hash, "webhook_secret": webhook_secret}
    values = {column: value for column, value in given.items() if value is not None}
    return connection.execute(update(approvers).where(_is(tenant, name)).values(**values)).rowcount == 1


def open_session(connection: Connection, tenant: str, name: str, token_digest: str, seconds: int) -> None:
    """Write a session; those whose time is over are taken away on the way."""
    connection.execute(delete(page_sessions).where(page_sessions.c.expires_at <= db_now_us()))
    row = {"token_digest": token_digest, "tenant": tenant, "name": name}
    times = {"opened_at": db_now_us(), "expires_at": db_now_us() + seconds * 1_000_000}
    connection.execute(insert(page_sessions).values(**row, **times))


def session(connection: Connection, tenant: str, token_digest: str) -> Session | None:
    """The session of a token, or None where there is none or its time is over."""
    current = and_(page_sessions.c.tenant == tenant, page_sessions.c.expires_at > db_now_us())
    query = select(page_sessions).where(page_sessions.c.token_digest == token_digest, current)
    row = connection.execute(query).first()
    return Session(row.name, row.expires_at) if row else None


def close_session(connection: Connection, token_digest: str) -> None:
    """Take a session away; again is harmless."""
    connection.execute(delete(page_sessions).where(page_sessions.c.token_digest == token_digest))


def note_webhook(connection: Connection, tenant: str, name: str, webhook_id: str, call_digest: str) -> bool:
    """Write that the id is used for this call; False where it was used for another one. Again is harmless."""
    connection.execute(
        delete(webhook_calls).where(webhook_calls.c.received_at < db_now_us() - WEBHOOKS_KEPT_US)
    )
    key = {"tenant": tenant, "name": name, "webhook_id": webhook_id}
    insert_once(connection, webhook_calls, {**key, "call_digest": call_digest, "received_at": db_now_us()})
    kept = select(webhook_calls.c.call_digest).filter_by(**key)
    return connection.execute(kept).scalar_one() == call_digest


def _is(tenant: str, name: str) -> ColumnElement[bool]:
    return and_(approvers.c.tenant == tenant, approvers.c.name == name)
