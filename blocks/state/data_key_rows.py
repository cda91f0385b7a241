"""The rows of data keys. Each function works inside the caller's transaction."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from blocks.state.approval_rows import WAITING
from blocks.state.database import db_now_us, insert_into
from blocks.state.tables import approvals, data_key_uses, data_keys, run_approvals, run_stages, runs

CONTENT, NAMES = "content", "names"


def are_there(connection: Connection, tenant: str) -> bool:
    """Has the tenant data keys, so that its content is encrypted?"""
    query = select(data_keys.c.data_key_id).where(data_keys.c.tenant == tenant).limit(1)
    return connection.execute(query).first() is not None


def find(connection: Connection, tenant: str, data_key_id: str) -> Row[Any] | None:
    """The key of that id, if the tenant has it."""
    mine = (data_keys.c.data_key_id == data_key_id, data_keys.c.tenant == tenant)
    return connection.execute(select(data_keys).where(*mine)).first()


def newest(connection: Connection, tenant: str, purpose: str, subject: str) -> Row[Any] | None:
    """The last key that was made for *subject*, erased or not."""
    mine = (data_keys.c.tenant == tenant, data_keys.c.purpose == purpose, data_keys.c.subject == subject)
    return connection.execute(
        select(data_keys).where(*mine).order_by(data_keys.c.number.desc()).limit(1)
    ).first()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Write a new key; where another process wrote one of that number meanwhile, that one stays."""
    statement = insert_into(connection, data_keys).values(**row, made_at=db_now_us())
    connection.execute(statement.on_conflict_do_nothing())


def note_use(connection: Connection, data_key_id: str, subject: str) -> bool:
    """Note that *subject* works with content under that key; False where the key was erased meanwhile."""
    query = select(data_keys.c.erased_at).where(data_keys.c.data_key_id == data_key_id)
    if connection.execute(query.with_for_update()).scalar_one() is not None:
        return False
    row = {"data_key_id": data_key_id, "subject": subject, "noted_at": db_now_us()}
    connection.execute(insert_into(connection, data_key_uses).values(**row).on_conflict_do_nothing())
    return True


def under_others(connection: Connection, tenant: str, kek_id: str, at_most: int) -> list[Row[Any]]:
    """Keys that another encryption key than *kek_id* wraps."""
    mine = (data_keys.c.tenant == tenant, data_keys.c.wrapped.is_not(None), data_keys.c.kek_id != kek_id)
    query = select(data_keys).where(*mine).order_by(data_keys.c.data_key_id).limit(at_most)
    return list(connection.execute(query))


def rewrap(connection: Connection, old: Row[Any], wrapped: bytes, kek_id: str) -> bool:
    """Keep the key wrapped anew; False where it was erased, or wrapped anew, since *old* was read."""
    same = (data_keys.c.data_key_id == old.data_key_id, data_keys.c.wrapped == old.wrapped)
    return (
        connection.execute(update(data_keys).where(*same).values(wrapped=wrapped, kek_id=kek_id)).rowcount
        == 1
    )


def live_keys(connection: Connection, tenant: str, subjects: Collection[str]) -> list[Row[Any]]:
    """The content keys of *subjects* that are not erased, locked until the transaction ends."""
    mine = (data_keys.c.tenant == tenant, data_keys.c.purpose == CONTENT, data_keys.c.subject.in_(subjects))
    query = select(data_keys).where(*mine, data_keys.c.erased_at.is_(None))
    return list(connection.execute(query.order_by(data_keys.c.data_key_id).with_for_update()))


def sharers(connection: Connection, tenant: str, subjects: Collection[str]) -> set[str]:
    """Who else works with content of *subjects*, and whose content they work with."""
    joined = data_key_uses.join(data_keys, data_keys.c.data_key_id == data_key_uses.c.data_key_id)
    pairs = select(data_keys.c.subject.label("owner"), data_key_uses.c.subject.label("user"))
    live = (data_keys.c.tenant == tenant, data_keys.c.erased_at.is_(None))
    touching = or_(data_keys.c.subject.in_(subjects), data_key_uses.c.subject.in_(subjects))
    rows = connection.execute(pairs.select_from(joined).where(*live, touching)).all()
    return {one for row in rows for one in (row.owner, row.user)} - set(subjects)


def erase(connection: Connection, keys: Collection[Row[Any]]) -> None:
    """Delete the wrapped keys, for ever."""
    ids = [row.data_key_id for row in keys]
    mine = data_keys.c.data_key_id.in_(ids)
    connection.execute(update(data_keys).where(mine).values(wrapped=None, erased_at=db_now_us()))
    connection.execute(delete(data_key_uses).where(data_key_uses.c.data_key_id.in_(ids)))


def runs_of(connection: Connection, subject: str, keys: Collection[Row[Any]]) -> list[str]:
    """The runs that worked for *subject*, in the order in which they are locked."""
    first = {row.run_id for row in keys if row.subject == subject}
    staged = select(run_stages.c.run_id).where(run_stages.c.subject == subject)
    asked = select(run_approvals.c.run_id).where(run_approvals.c.subject == subject)
    named = select(runs.c.run_id).where(
        or_(runs.c.run_id == subject, runs.c.run_id.in_(first), runs.c.run_id.in_(staged.union(asked)))
    )
    return list(connection.execute(named.order_by(runs.c.run_id)).scalars())


def open_questions(connection: Connection, subjects: Collection[str]) -> list[tuple[str, str]]:
    """What still waits for a person about *subjects*: pairs of run and approval, in the order of locks."""
    joined = run_approvals.join(approvals, approvals.c.approval_id == run_approvals.c.approval_id)
    query = select(run_approvals.c.run_id, approvals.c.approval_id).select_from(joined)
    of_a_run = (approvals.c.subject == "") & approvals.c.run_id.in_(subjects)
    about = or_(approvals.c.subject.in_(subjects), of_a_run)
    waiting = query.where(about, approvals.c.state == WAITING, run_approvals.c.voided_at.is_(None))
    rows = connection.execute(waiting.order_by(approvals.c.approval_id, run_approvals.c.run_id))
    return [(row.run_id, row.approval_id) for row in rows]
