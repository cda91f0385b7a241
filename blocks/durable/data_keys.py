"""The data keys of a tenant: made at first need, kept wrapped in rows, unwrapped by the holder of the keys.

One for each subject (a document, or the run itself where it works for none), so that forgetting it erases what was
kept for that subject. A process looks again after a minute. Where the service that unwraps is away then, it works on with
what it has for up to an hour, so that an answer that was paid for is kept.
"""

import secrets
import threading
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from blocks.artifacts.cipher import DataKey
from blocks.artifacts.key_holder import KEY_BYTES, KeyHolder, NoHolder
from blocks.artifacts.locked import DataKeyMissing, Erased, KeysUnavailable
from blocks.base import clock
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.durable import scope
from blocks.state import data_key_rows
from blocks.state.data_key_rows import CONTENT, NAMES
from blocks.state.database import StateDatabase

FRESH_SECONDS, HELD_SECONDS = 60.0, 3600.0


class WrappedKeys:
    """Data keys as rows. Safe to share between threads; costs a read and an unwrapping a minute for each key in use.

    Must not be asked inside a write transaction.
    """

    def __init__(self, state: StateDatabase, holder: KeyHolder, tenant: str) -> None:
        self.tenant = tenant
        self.holder = holder
        self._state = state
        self._held: dict[tuple[str, str], tuple[float, Any]] = {}
        self._unwrapped_at: dict[str, tuple[float, DataKey]] = {}
        self._noted: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def to_seal(self) -> DataKey:
        """The key of what the running code works for, made where there is none. Raises Locked, DatabaseUnavailable.

        The one of names is at hand then as well: what keeps an answer is there before its body runs.
        """
        self.of_names()
        owner = scope.owner()
        found = self._remembered(CONTENT, owner)
        return found or self._hold(CONTENT, owner, self._newest(CONTENT, owner))

    def to_open(self, data_key_id: str) -> DataKey:
        """The key of that id; that the running code works with it is noted where it is another subject's.

        Raises DataKeyMissing, Erased and what the holder raises.
        """
        found = self._remembered("id", data_key_id)
        key, owner = found or self._hold("id", data_key_id, self._read(data_key_id))
        self._note_use(data_key_id, owner)
        return key

    def of_names(self) -> bytes:
        """The key that makes public names, one for the tenant; it is never erased."""
        found: DataKey = self._remembered(NAMES, "") or self._hold(NAMES, "", self._newest(NAMES, ""))
        return found.secret

    def forget(self) -> None:
        """Hold no unwrapped key any more."""
        with self._lock:
            self._held.clear()
            self._unwrapped_at.clear()

    def binding(self, row: Any) -> str:
        """What a wrapped key is bound to: it unwraps only in its own row."""
        return digest_of(
            canonical_bytes(["holdfast data key 1", row.tenant, row.purpose, row.subject, row.data_key_id])
        )

    def _remembered(self, kind: str, name: str) -> Any:
        until, found = self._held.get((kind, name), (0.0, None))
        return found if clock.monotonic() < until else None

    def _hold(self, kind: str, name: str, found: Any) -> Any:
        with self._lock:
            self._held[kind, name] = (clock.monotonic() + FRESH_SECONDS, found)
        return found

    def _newest(self, purpose: str, subject: str) -> DataKey:
        row = self._row(purpose, subject)
        if row is None or row.erased_at is not None:
            self._make(purpose, subject, 1 if row is None else row.number + 1)
            row = self._row(purpose, subject)
        assert row is not None  # noqa: S101  it was written above, by this process or another
        return self._unwrapped(row)

    def _row(self, purpose: str, subject: str) -> Row[Any] | None:
        return self._state.read(
            lambda connection: data_key_rows.newest(connection, self.tenant, purpose, subject)
        )

    def _make(self, purpose: str, subject: str, number: int) -> None:
        made = _New(uuid4().hex, self.tenant, purpose, subject)
        wrapped = self.holder.wrap(secrets.token_bytes(KEY_BYTES), self.binding(made))
        row = {**vars(made), "number": number, "wrapped": wrapped, "kek_id": self.holder.current}
        row["run_id"] = scope.run_id() if purpose == CONTENT else None
        self._state.write(lambda connection: data_key_rows.add(connection, row))

    def _read(self, data_key_id: str) -> tuple[DataKey, str]:
        row = self._state.read(lambda connection: data_key_rows.find(connection, self.tenant, data_key_id))
        if row is None or row.purpose != CONTENT:
            raise DataKeyMissing(data_key_id=data_key_id)
        return self._unwrapped(row), str(row.subject)

    def _unwrapped(self, row: Row[Any]) -> DataKey:
        if row.erased_at is not None or row.wrapped is None:
            raise erased(row)
        try:
            secret = self.holder.unwrap(row.wrapped, row.kek_id, self.binding(row))
        except KeysUnavailable:
            at, key = self._unwrapped_at.get(row.data_key_id, (0.0, None))
            if key is None or clock.monotonic() - at > HELD_SECONDS:
                raise
            return key
        return self._keep(DataKey(row.data_key_id, secret))

    def _keep(self, key: DataKey) -> DataKey:
        now = clock.monotonic()
        with self._lock:
            kept = {one: held for one, held in self._unwrapped_at.items() if now - held[0] <= HELD_SECONDS}
            self._unwrapped_at = {**kept, key.data_key_id: (now, key)}
            self._held = {one: held for one, held in self._held.items() if now < held[0]}
        return key

    def _note_use(self, data_key_id: str, owner: str) -> None:
        user = scope.owner()
        if user in ("", owner) or (data_key_id, user) in self._noted:
            return
        if not self._state.write(lambda connection: data_key_rows.note_use(connection, data_key_id, user)):
            self.forget()
            self._read(data_key_id)  # raises Erased
        self._noted.add((data_key_id, user))


def open_keys(state: StateDatabase, holder: KeyHolder | None, tenant: str) -> WrappedKeys | None:
    """The data keys of a tenant; None where nobody holds keys and nothing is encrypted.

    Where something is, and nobody holds keys, everything that would be read or written raises NoKeys: nothing is recorded
    in clear beside it. Costs a look into the database where there is no *holder*.
    """
    if holder is None and not state.read(lambda connection: data_key_rows.are_there(connection, tenant)):
        return None
    return WrappedKeys(state, holder or NoHolder(), tenant)


class _New:
    """A data key that is about to be written."""

    def __init__(self, data_key_id: str, tenant: str, purpose: str, subject: str) -> None:
        self.data_key_id, self.tenant, self.purpose, self.subject = data_key_id, tenant, purpose, subject


def erased(row: Any) -> Erased:
    """The error that tells when the content under a key was erased."""
    at = (
        clock.as_datetime(row.erased_at).date().isoformat() if row.erased_at else "a day that is not recorded"
    )
    return Erased(subject=row.subject, at=at)
