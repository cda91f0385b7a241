"""Keys are rotated while runs wait: no content is touched, no answer is lost, and a rotation that dies is repeated."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from blocks.artifacts.key_holder import GivenKeys
from blocks.artifacts.locked import KeyMissing, NothingEncrypted
from blocks.durable import approvals, rotation
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.tables import data_keys
from tests.unit.test_asking import approve, question
from tests.worlds import children
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, laptop, open_world
from tests.worlds.secure import BOTH, NEW, OLD, SUBJECT, open_secure, open_vault, verified
from tests.worlds.stages import large, small, story

__all__ = ["laptop", "open_vault", "open_world"]

ONLY_NEW = GivenKeys({"new": NEW})
SUBJECTS = [f"document {number}" for number in range(5)]


def wrapped_by(made: World) -> list[str]:
    """Which key wraps each data key."""
    with made.state.reading() as connection:
        return sorted(connection.execute(select(data_keys.c.kek_id)).scalars())


def files_in(folder: Path) -> dict[str, bytes]:
    """The artifacts."""
    return {str(path): path.read_bytes() for path in (folder / "artifacts").rglob("*") if path.is_file()}


def test_a_run_that_waits_goes_on_after_the_keys_were_rotated_and_the_old_one_is_gone(
    open_vault: Callable[..., World], tmp_path: Path
):
    count_in(tmp_path / children.COUNTS)
    open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        first = story()
        with pytest.raises(ApprovalAwaited) as waits:
            question()
    before = files_in(tmp_path)
    done = rotation.rotate(open_vault(holder=BOTH))
    assert (done.key_id, done.rewrapped, done.retired) == ("new", 2, ("old",))
    made = open_vault(holder=ONLY_NEW)
    assert approvals.find_approval(waits.value.approval_id).title == "Pay the bill"
    approve(waits.value.approval_id)
    with working_for(Scope(RUN, SUBJECT)):
        assert story() == first
        assert question().answer is not None
        small(9)
    assert bodies(tmp_path / children.COUNTS) == {"small-1": 1, "large-2": 1, "joined": 1, "small-9": 1}
    assert files_in(tmp_path) == before
    assert wrapped_by(made) == ["new", "new"]
    assert verified().ok
    assert rotation.rotate(made) == rotation.Rotation("new", 0, ())


class Dying(GivenKeys):
    """Keys whose holder dies as it wraps the n-th data key."""

    def __init__(self, at: int) -> None:
        super().__init__({"new": NEW, "old": OLD})
        self.left = at

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().wrap(data_key, binding)


def die_rotating(folder: Path, at: int) -> None:
    """Rotate, and be killed between two rows."""
    rotation.rotate(open_secure(folder, holder=Dying(at)))


def test_a_rotation_that_is_killed_between_any_two_keys_is_repeated(
    open_vault: Callable[..., World], tmp_path: Path
):
    count_in(tmp_path / children.COUNTS)
    open_vault()
    for subject in SUBJECTS:
        with working_for(Scope(RUN, subject)):
            large(int(subject[-1]))
    made = open_vault(holder=BOTH)
    for at in range(1, len(SUBJECTS) + 2):
        assert children.run(die_rotating, tmp_path, 2) == -signal.SIGKILL
        assert wrapped_by(made).count("new") == at
        made.data_keys.forget()
        with working_for(Scope(RUN, SUBJECTS[0])):
            assert all(large(number).number == number for number in range(5))
        if at == len(SUBJECTS):
            break
    assert rotation.rotate(made).rewrapped == 1
    made = open_vault(holder=ONLY_NEW)
    with working_for(Scope(RUN, SUBJECTS[0])):
        assert all(large(number).number == number for number in range(5))
    assert bodies(tmp_path / children.COUNTS) == {f"large-{number}": 1 for number in range(5)}


def test_a_rotation_without_the_old_key_changes_nothing(open_vault: Callable[..., World], tmp_path: Path):
    count_in(tmp_path / children.COUNTS)
    open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        small(1)
    made = open_vault(holder=ONLY_NEW)
    with pytest.raises(KeyMissing, match="old"):
        rotation.rotate(made)
    assert wrapped_by(made) == ["old", "old"]


def test_a_world_without_keys_has_nothing_to_rotate(laptop: World):
    with pytest.raises(NothingEncrypted):
        rotation.rotate(laptop)
