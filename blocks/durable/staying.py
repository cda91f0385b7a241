"""A process that stays while its run waits for a person: for `--wait`, and where the time to decide is short."""

import logging
from collections.abc import Callable
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Running
from sqlalchemy import Connection, select

from blocks.base import clock
from blocks.durable import approvals, suspension, world
from blocks.durable.watch import RunWaits, tell
from blocks.state import approval_rows, waking
from blocks.state.database import db_now_us

SHORT_SECONDS = 30.0
_LOOK_EVERY_SECONDS, _ASK_PREFECT_EVERY_SECONDS = 0.3, 2.0
_log = logging.getLogger(__name__)


def is_short(connection: Connection, run_id: str) -> bool:
    """Is everything that the run waits for decided within half a minute, by a person or by its deadline?"""
    soon = connection.execute(select(db_now_us())).scalar_one() + int(SHORT_SECONDS * 1_000_000)
    awaited = approval_rows.waiting_of(connection, run_id)
    return bool(awaited) and all(row.expires_at is not None and row.expires_at <= soon for row in awaited)


def stay(run_id: str, why: str, *, is_patient: bool) -> bool:
    """Return when something is settled that the run waits for; until then Prefect shows it as paused.

    False where it would take long now, and the process is not *patient*. Costs a few looks at the state database each
    second, and a call to the server every two.
    """
    if _has_news(run_id):
        return True
    with get_client(sync_client=True) as client:
        _safely(lambda: _show(client, run_id, why))
        tell(RunWaits(run_id, tuple(approvals.waiting_for(run_id))))
        asked = clock.monotonic()
        while not (has_news := _has_news(run_id)) and (is_patient or _is_short(run_id)):
            clock.sleep(_LOOK_EVERY_SECONDS)
            if clock.monotonic() - asked > _ASK_PREFECT_EVERY_SECONDS:
                asked = clock.monotonic()
                _safely(lambda: _heed(client, run_id, why))
        _safely(lambda: client.set_flow_run_state(UUID(run_id), Running(), force=True))
    return has_news


def _is_short(run_id: str) -> bool:
    return world.current().state.read(lambda connection: is_short(connection, run_id))


def _has_news(run_id: str) -> bool:
    """Is something settled, or is nothing asked any more?"""
    approvals.settle_overdue()

    def read(connection: Connection) -> bool:
        return waking.has_news(connection, run_id) or not approval_rows.waiting_of(connection, run_id)

    return world.current().state.read(read)


def _heed(client: SyncPrefectClient, run_id: str, why: str) -> None:
    """Somebody pressed the button in Prefect's page: take the answer, or ask again."""
    state = client.read_flow_run(UUID(run_id)).state
    if state is not None and state.is_running() and not suspension.take_answers(run_id):
        _show(client, run_id, why)


def _show(client: SyncPrefectClient, run_id: str, why: str) -> None:
    state, asked = suspension.suspended(run_id, why, has_deployment=False)
    suspension.show(client, run_id, state, asked)


def _safely(act: Callable[[], object]) -> None:
    """The server may be away meanwhile: our rows decide."""
    try:
        act()
    except httpx.HTTPError as error:
        _log.warning("Prefect does not answer: %s", error)
