"""Prove that the ledger of this world is as it was written, or take it along as an export."""

from typing import TextIO

from blocks.durable import world
from blocks.durable.sealed_values import CheckingOpener
from blocks.state.audit import audit, events_of, snapshot
from blocks.state.export import write_export
from blocks.state.verdict import Report


def verify(run_id: str | None = None) -> Report:
    """Check one run, or all, against the rows and the signed heads. Changes nothing.

    Raises HeadsUnreachable, KeyUnusable, DatabaseUnavailable, Locked.
    """
    here = world.current()
    opener = CheckingOpener(here)
    return audit(here.state, here.heads.kept(run_id), here.heads.trusted(), run_id, opener=opener)


def has_heads(run_id: str) -> bool:
    """Is there a signed head of this run, whether or not the run is still there?"""
    return bool(world.current().heads.kept(run_id)[run_id].heads)


def export(out: TextIO, run_id: str | None = None) -> int:
    """Write the events of one run, or of all, to *out* (blocks.state.export); how many there were."""
    here = world.current()
    with snapshot(here.state) as connection:
        events = events_of(connection, run_id)
        return write_export(out, events, run_id=run_id, key_ids=here.heads.trusted().ids)
