"""What approvals there are, at a glance: counts by gate, and what was decided lately. Nothing large is read for it."""

from sqlalchemy import func, select

from blocks.durable import world
from blocks.state.tables import approvals


def waiting_by_gate() -> dict[str, int]:
    """How many requests wait at each gate, in the order of the names."""
    here = world.current()
    waiting = (approvals.c.tenant == here.tenant, approvals.c.state == "waiting")
    query = select(approvals.c.gate, func.count()).where(*waiting).group_by(approvals.c.gate)
    rows = here.state.read(lambda connection: connection.execute(query).all())
    return dict(sorted((str(gate), int(number)) for gate, number in rows))


def decided_lately(limit: int = 50) -> list[str]:
    """The ids of what was decided, by a person or by its deadline, the latest first."""
    here = world.current()
    over = (approvals.c.tenant == here.tenant, approvals.c.decided_at.is_not(None))
    query = select(approvals.c.approval_id).where(*over).order_by(approvals.c.decided_at.desc()).limit(limit)
    return here.state.read(lambda connection: list(connection.execute(query).scalars()))
