"""Erase one subject: its data keys are deleted, so that nothing that was encrypted with them can be read again.

What stays: the names of files and stages, digests, costs and times, in rows and in the ledger, which still verifies.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from blocks.artifacts.locked import NothingEncrypted
from blocks.base.errors import HoldfastError
from blocks.durable.world import World
from blocks.state import data_key_rows, ledger, questions


class NothingToErase(HoldfastError):
    """There is nothing encrypted of {subject!r}."""

    safe = "Nothing was changed."
    next = "`holdfast stages RUN` shows the subjects of a run; a run that works for no document is named by its id."


class ContentShared(HoldfastError):
    """{subject!r} works with the same content as {others}."""

    safe = "Nothing was erased."
    next = "`holdfast storage erase SUBJECT --with-shared` erases them all."

    def __init__(self, subject: str, others: Collection[str]) -> None:
        named = sorted(others)
        shown = ", ".join(map(repr, named[:5])) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
        super().__init__(subject=subject, others=shown)
        self.others = tuple(named)


@dataclass(frozen=True)
class Erasure:
    """What is erased: subjects, their data keys, the runs that worked for them, and the approvals that are void now."""

    subjects: tuple[str, ...]
    data_keys: tuple[str, ...]
    run_ids: tuple[str, ...]
    approval_ids: tuple[str, ...]


def erase(world: World, subject: str, *, with_shared: bool = False, only_look: bool = False) -> Erasure:
    """Delete the data keys of *subject* for ever, by an event in each run that worked for it.

    Others that work with the same content are erased with it where *with_shared* says so. *only_look*: tell what would be
    erased. Raises NothingToErase, ContentShared, NothingEncrypted, DatabaseUnavailable.
    """
    keys = world.data_keys
    if keys is None:
        raise NothingEncrypted

    def look(connection: Connection) -> Erasure:
        return _Deletion(
            connection, keys.tenant, _subjects(connection, keys.tenant, subject, with_shared)
        ).plan()

    tries: list[Erasure] = []

    def act(connection: Connection) -> Erasure:
        try:
            subjects = _subjects(connection, keys.tenant, subject, with_shared)
            tries.append(_Deletion(connection, keys.tenant, subjects).carry_out())
        except NothingToErase:
            if not tries:
                raise
        return tries[-1]  # where only the confirmation of a first try was lost, it is done

    if only_look:
        return world.state.read(look)
    done = world.state.write(act)
    keys.forget()
    world.state.scrub()
    for run_id in done.run_ids:
        world.heads.ended(run_id)
    return done


def _subjects(connection: Connection, tenant: str, subject: str, with_shared: bool) -> tuple[str, ...]:
    """Those to erase together. Raises ContentShared, NothingToErase."""
    found = {subject} if subject else set[str]()
    while others := data_key_rows.sharers(connection, tenant, found):
        if not with_shared:
            raise ContentShared(subject, others)
        found |= others
    return tuple(sorted(found))


class _Deletion:
    """One erasure, inside its transaction."""

    def __init__(self, connection: Connection, tenant: str, subjects: tuple[str, ...]) -> None:
        self._connection = connection
        self._subjects = subjects
        self._keys = data_key_rows.live_keys(connection, tenant, subjects)
        if not self._keys:
            raise NothingToErase(subject=", ".join(subjects))
        self._questions = data_key_rows.open_questions(connection, subjects)

    def plan(self) -> Erasure:
        """What it would be."""
        return Erasure(
            self._subjects,
            tuple(row.data_key_id for row in self._keys),
            tuple(sorted({run_id for subject in self._subjects for run_id in self._runs(subject)})),
            tuple(sorted({approval_id for _, approval_id in self._questions})),
        )

    def carry_out(self) -> Erasure:
        """Delete the keys; what waits for a person is void, since nobody can see any more what is asked."""
        planned = self.plan()
        questions.void(self._connection, self._questions)
        for run_id in planned.run_ids:
            for subject in self._subjects:
                if run_id in self._runs(subject):
                    self._tell(run_id, subject)
        data_key_rows.erase(self._connection, self._keys)
        return planned

    def _runs(self, subject: str) -> list[str]:
        return data_key_rows.runs_of(self._connection, subject, self._keys)

    def _tell(self, run_id: str, subject: str) -> None:
        of_it = [row.data_key_id for row in self._keys if row.subject == subject]
        ledger.append(self._connection, run_id, "subject.erased", {"data_keys": of_it, "subject": subject})
