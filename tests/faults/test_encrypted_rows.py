"""Where content is encrypted, what is damaged, swapped or locked is never run again and never shown."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from blocks.artifacts.key_holder import GivenKeys
from blocks.artifacts.locked import DataKeyMissing, KeyMissing, KeyWrong, Locked, NoKeys
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.base.errors import HoldfastError
from blocks.durable import damage, history
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.tables import data_keys, events, stages
from tests.faults.test_damaged_records import damaged, damages
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN
from tests.worlds.secure import NEW, OLD, OTHER, SUBJECT, open_vault, vault, verified
from tests.worlds.stages import joined, large, small, story
from tests.worlds.trials import MakeSweep

__all__ = ["open_vault", "vault"]


@pytest.fixture(autouse=True)
def counts(tmp_path: Path) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / COUNTS)
    return tmp_path / COUNTS


def the_row(made: World, stage: str) -> object:
    """The only stage of that name."""
    with made.state.reading() as connection:
        return connection.execute(select(stages).where(stages.c.stage == stage)).one()


def test_a_story_in_an_encrypted_world_is_told_once_and_verifies(vault: World, counts: Path):
    first = story()
    vault.data_keys.forget()
    assert story() == first
    assert bodies(counts) == {"small-1": 1, "large-2": 1, "joined": 1}
    detail = history.stage_at(RUN, 3)
    assert detail.output == first.model_dump()
    assert detail.inputs == {"left": small(1).model_dump(), "right": large(2).model_dump()}
    assert verified().ok


def test_rows_hold_nothing_of_what_they_are_about(vault: World, tmp_path: Path):
    story()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"a few words" not in stored
    assert b"page 2" not in stored


@contextmanager
def changed(made: World, key: str, **values: object) -> Generator[None]:
    """A row that says something else for a while."""
    with made.state.writing() as connection:
        before = connection.execute(select(stages).where(stages.c.key == key)).one()
        for name, value in values.items():
            connection.exec_driver_sql(f"UPDATE stages SET {name} = ? WHERE key = ?", (value, key))  # noqa: S608
    yield
    with made.state.writing() as connection:
        for name in values:
            put = f"UPDATE stages SET {name} = ? WHERE key = ?"  # noqa: S608  the statement is the attack
            connection.exec_driver_sql(put, (getattr(before, name), key))


def refuses(ask: Callable[[], object], counts: Path) -> HoldfastError:
    """Asked for it, a stage names what is wrong and runs nothing."""
    before = bodies(counts)
    with pytest.raises(HoldfastError) as told:
        ask()
    assert bodies(counts) == before
    assert told.value.parks == "repair"
    return told.value


@pytest.mark.files_only("it bends files and SQLite's rows")
def test_a_sealed_row_that_is_damaged_anywhere_is_refused_and_found(
    vault: World, counts: Path, sweep: MakeSweep
):
    small(1)
    row = the_row(vault, "small")
    flips = [damaged(row.output, "flipped bit", bit) for bit in range(8 * len(row.output))]
    cuts = [row.output[:place] for place in range(len(row.output))]
    others = [None, "text where bytes belong", b"", b'{"number":1,"text":"a few words"}']
    for trial in sweep("a sealed row bent or cut", over=[*flips, *cuts, *others], few=60):
        with trial, changed(vault, row.key, output=trial.point):
            refuses(lambda: small(1), counts)
            assert not verified().ok
    assert small(1).number == 1
    assert verified().ok


@pytest.mark.files_only("it bends files and SQLite's rows")
def test_an_encrypted_file_that_is_damaged_anywhere_is_refused(
    vault: World, tmp_path: Path, counts: Path, sweep: MakeSweep
):
    large(2)
    [file] = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    whole = file.read_bytes()
    for trial in sweep("an encrypted file cut, bent or swapped", over=damages(whole), few=60):
        how, place = trial.point
        with trial:
            if how == "gone":
                file.unlink()
            else:
                file.write_bytes(damaged(whole, how, place))
            refuses(lambda: large(2), counts)
    file.write_bytes(whole)
    assert large(2).number == 2


@pytest.mark.files_only("it bends files and SQLite's rows")
def test_swapped_rows_and_swapped_files_do_not_open(vault: World, tmp_path: Path, counts: Path):
    small(1), small(2), large(1), large(2)
    with vault.state.reading() as connection:
        found = connection.execute(select(stages).order_by(stages.c.stage)).all()
    rows = [row for row in found if row.stage == "small"]
    other = {"output": rows[1].output, "output_digest": rows[1].output_digest}
    number = 1 if rows[0].output_digest == the_digest_of(small, 1, vault) else 2
    with changed(vault, rows[0].key, **other):
        refuses(lambda: small(number), counts)
    one, two = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    for number in (1, 2):
        refuses(lambda number=number: large(number), counts)


def the_digest_of(stage: Callable[[int], object], number: int, made: World) -> str:
    """The digest of an answer, by its value."""
    return digest_of(canonical_bytes(stage(number)))


WRONG = [
    (GivenKeys({"old": OTHER}), KeyWrong),
    (GivenKeys({"new": NEW}), KeyMissing),
    (None, NoKeys),
]


@pytest.mark.parametrize(("holder", "kind"), WRONG, ids=["wrong", "missing", "none"])
def test_a_key_that_is_away_parks_the_run_and_nothing_is_run_or_damaged_for_it(
    open_vault: Callable[..., World], counts: Path, holder: GivenKeys | None, kind: type
):
    open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        first = story()
    before = bodies(counts)
    made = open_vault(holder=holder)
    with working_for(Scope(RUN, SUBJECT)):
        for ask in (
            story,
            lambda: small(1),
            lambda: large(2),
            lambda: joined(first, first),
            lambda: small(3),
        ):
            error = refuses(ask, counts)
            assert isinstance(error, kind)
            assert "--recompute" not in error.next
        with pytest.raises(kind):
            damage.find(made, RUN, "small")
        with pytest.raises(kind):
            history.stage_at(RUN, 1)
        with pytest.raises(kind):
            verified()
    with made.state.reading() as connection:
        kinds = set(connection.execute(select(events.c.kind)).scalars())
    assert "stage.unreadable" not in kinds
    open_vault(holder=GivenKeys({"old": OLD}))
    with working_for(Scope(RUN, SUBJECT)):
        assert story() == first
    assert bodies(counts) == before
    assert verified().ok


def test_a_data_key_that_is_not_in_the_database_is_an_error_with_a_name(vault: World, counts: Path):
    small(1)
    with vault.state.writing() as connection:
        connection.execute(data_keys.delete().where(data_keys.c.purpose == "content"))
    vault.data_keys.forget()
    error = refuses(lambda: small(1), counts)
    assert isinstance(error, DataKeyMissing)
    assert isinstance(error, Locked)


def test_a_data_key_in_another_ones_row_does_not_unwrap(vault: World, counts: Path):
    small(1)
    with working_for(Scope(RUN, "another document")):
        small(2)
    with vault.state.writing() as connection:
        mine = data_keys.c.purpose == "content"
        one, two = connection.execute(select(data_keys).where(mine).order_by(data_keys.c.number)).all()
        for row, wrapped in ((one, two.wrapped), (two, one.wrapped)):
            of = data_keys.c.data_key_id == row.data_key_id
            connection.execute(data_keys.update().where(of).values(wrapped=wrapped))
    vault.data_keys.forget()
    assert isinstance(refuses(lambda: small(1), counts), KeyWrong)


@pytest.mark.files_only("it bends files and SQLite's rows")
def test_a_damaged_sealed_answer_is_made_anew_on_request(vault: World, counts: Path):
    small(1)
    row = the_row(vault, "small")
    with vault.state.writing() as connection:
        connection.exec_driver_sql("UPDATE stages SET output = ?", (row.output[:-1],))
    error = refuses(lambda: small(1), counts)
    assert "--recompute small" in error.next
    [found] = damage.find(vault, RUN, "small")
    assert damage.reopen(vault, RUN, found)
    assert small(1).number == 1
    assert bodies(counts) == {"small-1": 2}
    assert verified().ok


def test_what_was_recorded_before_there_were_keys_is_read_where_that_is_wanted(
    open_vault: Callable[..., World], counts: Path
):
    open_vault(holder=None)
    with working_for(Scope(RUN, SUBJECT)):
        first = story()
    open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        refuses(story, counts)
    open_vault(accepts_plain=True)
    with working_for(Scope(RUN, SUBJECT)):
        assert story() == first
        small(7)
    assert bodies(counts) == {"small-1": 1, "large-2": 1, "joined": 1, "small-7": 1}
    assert verified().ok
