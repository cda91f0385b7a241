"""The rows of budgets: reserve before a request leaves, count what it cost afterwards. Inside the caller's transaction.

A limit is not a row: it is what the profile says now, and what people added to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update

from blocks.state.database import db_now_us, insert_once
from blocks.state.tables import budget_grants, budgets


def reserve(
    connection: Connection, tenant: str, limits: Mapping[str, int | None], nano_usd: int
) -> str | None:
    """Reserve *nano_usd* in every budget of *limits* (billionths; None: no limit); the name of the first that is too
    small, after which the caller must roll back.

    The names are taken in order, so that two who reserve in several never wait for each other in a circle.
    """
    for name, limit in sorted(limits.items()):
        row = {"tenant": tenant, "name": name, "reserved_nano_usd": 0, "spent_nano_usd": 0}
        insert_once(connection, budgets, row)
        taken = budgets.c.reserved_nano_usd + nano_usd
        change = _of(tenant, name).values(reserved_nano_usd=taken)
        if limit is not None:
            most = limit + _granted(tenant, name).scalar_subquery()
            change = change.where(budgets.c.spent_nano_usd + taken <= most)
        if connection.execute(change).rowcount == 0:
            return name
    return None


def count(connection: Connection, tenant: str, names: Iterable[str], reserved: int, cost: int) -> None:
    """Give *reserved* back and count *cost* instead, both in billionths."""
    for name in sorted(names):
        values = {
            "reserved_nano_usd": budgets.c.reserved_nano_usd - reserved,
            "spent_nano_usd": budgets.c.spent_nano_usd + cost,
        }
        connection.execute(_of(tenant, name).values(**values))


def granted(connection: Connection, tenant: str, name: str) -> int:
    """What people added to the limit so far, in billionths."""
    return int(connection.execute(_granted(tenant, name)).scalar_one())


def grant(connection: Connection, tenant: str, name: str, more_nano_usd: int, grant_id: str) -> bool:
    """Add to a limit what a person decided; False where it was added already."""
    row = {"grant_id": grant_id, "tenant": tenant, "name": name, "more_nano_usd": more_nano_usd}
    return insert_once(connection, budget_grants, {**row, "granted_at": db_now_us()})


def _of(tenant: str, name: str) -> Any:
    return update(budgets).where(budgets.c.tenant == tenant, budgets.c.name == name)


def _granted(tenant: str, name: str) -> Any:
    added = func.coalesce(func.sum(budget_grants.c.more_nano_usd), 0)
    return select(added).where(budget_grants.c.tenant == tenant, budget_grants.c.name == name)
