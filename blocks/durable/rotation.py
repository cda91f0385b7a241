"""Wrap the data keys with the current encryption key. No content is encrypted anew, and no run need stop.

Each key is one short transaction: a rotation that was interrupted is repeated, and goes on where it stopped.
"""

from dataclasses import dataclass

from blocks.artifacts.locked import NothingEncrypted
from blocks.durable.world import World
from blocks.state import data_key_rows

_AT_A_TIME = 200


@dataclass(frozen=True)
class Rotation:
    """What was done: how many keys were wrapped anew, with which encryption key, and which ones are needed no more."""

    key_id: str
    rewrapped: int
    retired: tuple[str, ...]


def rotate(world: World) -> Rotation:
    """Let the current encryption key wrap every data key of the tenant. Costs two calls to the holder for each.

    Every process must have the new key beside the old one before, and may lose the old one after. Raises Locked,
    DatabaseUnavailable.
    """
    keys = world.data_keys
    if keys is None:
        raise NothingEncrypted
    current, rewrapped, retired = keys.holder.current, 0, set[str]()
    while True:
        rows = world.state.read(
            lambda connection: data_key_rows.under_others(connection, keys.tenant, current, _AT_A_TIME)
        )
        if not rows:
            return Rotation(current, rewrapped, tuple(sorted(retired)))
        for row in rows:
            secret = keys.holder.unwrap(row.wrapped, row.kek_id, keys.binding(row))
            wrapped = keys.holder.wrap(secret, keys.binding(row))
            rewrapped += world.state.write(
                lambda connection, row=row, wrapped=wrapped: data_key_rows.rewrap(
                    connection, row, wrapped, current
                )
            )
            retired.add(str(row.kek_id))
