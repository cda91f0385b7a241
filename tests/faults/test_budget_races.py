"""Many ask for the last cent at one moment: what is spent and reserved never exceeds the limit."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from blocks.durable.world import World
from blocks.state import budget_rows
from blocks.state import model_call_rows as rows
from blocks.state.model_call_rows import Asking, OverLimit
from blocks.state.tables import budgets, model_calls
from tests.worlds import place
from tests.worlds.laptop import RUN, laptop, open_world

__all__ = ["laptop", "open_world"]

THREADS, DOORS, PRICE, AFFORDABLE = 2000, 8, 7, 37
LIMITS = {"tenant": PRICE * AFFORDABLE + PRICE - 1, f"run {RUN}": None, "flow a_flow 2026-01-01": 10_000_000}


def asking(here: World, number: int) -> Asking:
    """One of many requests."""
    return Asking(
        tenant=here.tenant,
        model="openai:gpt-5-mini",
        request_digest=f"{number:064x}",
        run_id=RUN,
        subject="",
        stage_key=f"{number:064x}",
        lease_id=here.lease.lease_id,
        attempt=1,
        route="",
        capture_key=None,
        most_nano_usd=PRICE,
    )


@pytest.mark.timeout(240)
def test_two_thousand_threads_race_for_the_last_cent_and_none_is_overspent(laptop: World, tmp_path: Path):
    """They go through as many doors as so many processes would: one process writes one at a time."""
    wanted = [asking(laptop, number) for number in range(THREADS)]
    doors = [place.record(tmp_path) for _ in range(DOORS)]
    barrier = Barrier(THREADS, timeout=60)

    def buy(one: Asking) -> str:
        door = doors[int(one.request_digest, 16) % DOORS]
        barrier.wait()
        try:
            return "asked" if door.write(lambda connection: rows.ask(connection, one, LIMITS)) else "lost"
        except OverLimit as error:
            return error.name

    with ThreadPoolExecutor(THREADS) as pool:
        told = Counter(pool.map(buy, wanted))
    for door in doors:
        door.close()
    assert told == {"asked": AFFORDABLE, "tenant": THREADS - AFFORDABLE}
    with laptop.state.reading() as connection:
        kept = {row.name: row for row in connection.execute(select(budgets))}
        assert len(connection.execute(select(model_calls.c.call_id)).all()) == AFFORDABLE
    assert {name: row.reserved_nano_usd for name, row in kept.items()} == dict.fromkeys(
        LIMITS, PRICE * AFFORDABLE
    )


def test_what_a_person_added_is_there_for_all_and_added_once(laptop: World):
    def add(grant_id: str) -> bool:
        return laptop.state.write(
            lambda connection: budget_rows.grant(connection, laptop.tenant, "tenant", PRICE, grant_id)
        )

    assert (add("one"), add("one"), add("two")) == (True, False, True)
    assert (
        laptop.state.read(lambda connection: budget_rows.granted(connection, laptop.tenant, "tenant"))
        == 2 * PRICE
    )
