"""What the events of a run tell equals what the rows say, whatever happened in which order."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from blocks.durable.world import World
from blocks.state.audit import events_of
from blocks.state.chain import Event
from blocks.state.rebuild import NotTold, ToldRun, ToldStage, rebuild
from blocks.state.tables import run_stages, runs, stages
from tests.worlds.counting import count_in
from tests.worlds.ledgers import close_run, open_run, sign, work
from tests.worlds.stages import large, small, unreliable

_numbers = itertools.count()
ENDS = [("completed", None), ("failed", "OSError: no answer"), ("parked", "StoreUnavailable: gone")]
STEPS = st.one_of(
    st.tuples(st.just("small"), st.integers(0, 5)),
    st.tuples(st.just("large"), st.integers(0, 2)),
    st.tuples(st.just("failing"), st.integers(0, 2)),
    st.tuples(st.just("end"), st.integers(0, 2)),
    st.tuples(st.just("resume"), st.just(0)),
)
STORIES = st.lists(st.tuples(st.integers(0, 1), STEPS), max_size=14)


def stored(made: World, run_id: str) -> ToldRun:
    """The run as the rows say."""
    joined = run_stages.join(stages, stages.c.key == run_stages.c.key)
    query = select(run_stages, stages.c.stage, stages.c.output_digest).select_from(joined)
    with made.state.reading() as connection:
        run = connection.execute(select(runs).where(runs.c.run_id == run_id)).one()
        rows = connection.execute(query.where(run_stages.c.run_id == run_id).order_by(run_stages.c.ordinal))
        told = tuple(
            ToldStage(row.ordinal, row.key, row.stage, row.subject, row.reused, row.output_digest)
            for row in rows
        )
    return ToldRun(run.run_id, run.name, run.flow, run.tenant, run.profile, run.state, run.error, told)


def told(made: World, run_id: str) -> ToldRun:
    """The run as its events tell."""
    with made.state.reading() as connection:
        return rebuild(events_of(connection, run_id))


def carry_out(made: World, run_id: str, step: str, number: int, salt: int) -> None:
    """One step of a story."""
    if step == "end":
        if told(made, run_id).state == "running":  # what has ended does not end again
            close_run(made, run_id, *ENDS[number])
    elif step == "resume":
        open_run(made, run_id)
    elif step == "failing":
        with pytest.raises(OSError, match="no answer"):
            work(run_id, lambda: unreliable(10**9 + salt * 10 + number))
    else:
        stage = small if step == "small" else large
        work(run_id, lambda: stage(salt * 10 + number))


@pytest.fixture
def desk(open_world: Callable[..., World], tmp_path: Path) -> World:
    """A signed world that many stories are told in."""
    made = open_world()
    sign(made, tmp_path)
    count_in(tmp_path / "counts")
    return made


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=False,
)
@given(story=STORIES)
def test_the_events_alone_tell_what_the_rows_say(desk: World, story: list[tuple[int, tuple[str, int]]]):
    salt = next(_numbers)
    names = [f"run-{salt}-{which}" for which in range(2)]
    for name in names:
        open_run(desk, name)
    for which, (step, number) in story:
        carry_out(desk, names[which], step, number, salt)
    for name in names:
        assert told(desk, name) == stored(desk, name)


def test_a_stage_that_was_answered_anew_has_its_newest_answer():
    started = '{"flow":"f","name":"n","profile":"p","tenant":"t"}'
    done = '{"key":"k","ordinal":%s,"output":"%s","stage":"s","subject":""}'
    bodies = [
        ("run.started", started),
        ("stage.done", done % (1, "old")),
        ("stage.done", done % ("null", "new")),
    ]
    rows = [Event("r", seq, 0, kind, body, "", "") for seq, (kind, body) in enumerate(bodies, start=1)]
    assert rebuild(rows).stages == (ToldStage(1, "k", "s", "", False, "new"),)


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "1"])
def test_a_body_that_is_no_object_tells_nothing(body: str):
    with pytest.raises(NotTold):
        rebuild([Event("r", 1, 0, "run.started", body, "", "")])


def test_events_without_a_beginning_tell_no_run():
    with pytest.raises(NotTold):
        rebuild([])
