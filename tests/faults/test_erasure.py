"""What was erased is gone for ever and for everybody, the ledger verifies, and nobody else loses anything."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from blocks.artifacts.locked import Erased, NothingEncrypted
from blocks.durable import approvals, damage, erasure, history
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.erasure import ContentShared, NothingToErase
from blocks.durable.refusals import ApprovalChanged
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.tables import data_keys, events, run_approvals, stages
from tests.unit.test_asking import approve, question
from tests.worlds import children
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, laptop, open_world
from tests.worlds.ledgers import open_run
from tests.worlds.secure import SUBJECT, open_vault, vault, verified
from tests.worlds.stages import large, small, story

__all__ = ["laptop", "open_vault", "open_world", "vault"]

OTHER = "another document"


@pytest.fixture(autouse=True)
def counts(tmp_path: Path) -> Path:
    """Where bodies are counted."""
    count_in(tmp_path / children.COUNTS)
    return tmp_path / children.COUNTS


def rows(made: World, *columns: object) -> list[object]:
    """What stands in these columns."""
    with made.state.reading() as connection:
        return list(connection.execute(select(*columns)))  # type: ignore[call-overload]


def wrapped(made: World) -> list[bytes]:
    """The wrapped keys of content."""
    return [
        row.wrapped
        for row in rows(made, data_keys.c.wrapped, data_keys.c.purpose)
        if row.purpose == "content"
    ]


def test_what_was_erased_raises_by_name_and_the_ledger_still_verifies(vault: World, counts: Path):
    story()
    with working_for(Scope(RUN, OTHER)):
        kept = small(5)
    done = erasure.erase(vault, SUBJECT)
    assert (done.subjects, done.run_ids, len(done.data_keys)) == ((SUBJECT,), (RUN,), 1)
    for ask in (story, lambda: small(1), lambda: large(2)):
        with pytest.raises(Erased, match=f"'{SUBJECT}' was erased on 20") as error:
            ask()
        assert error.value.parks == ""
    with pytest.raises(Erased):
        history.stage_at(RUN, 2)
    with working_for(Scope(RUN, OTHER)):
        assert small(5) == kept
    assert bodies(counts) == {"small-1": 1, "large-2": 1, "joined": 1, "small-5": 1}
    assert verified().ok
    [told] = [row.body for row in rows(vault, events) if row.kind == "subject.erased"]
    assert done.data_keys[0] in told


def test_the_wrapped_key_is_in_no_file_of_the_database_any_more(vault: World, tmp_path: Path):
    small(1)
    [key] = wrapped(vault)
    erasure.erase(vault, SUBJECT)
    assert wrapped(vault) == [None]
    for file in tmp_path.glob("state.db*"):
        assert key not in file.read_bytes(), file.name


def test_to_look_first_changes_nothing(vault: World):
    small(1)
    looked = erasure.erase(vault, SUBJECT, only_look=True)
    assert small(1).number == 1
    vault.data_keys.forget()
    assert small(1).number == 1
    assert erasure.erase(vault, SUBJECT) == looked


def test_what_others_work_with_is_erased_only_where_that_is_said(vault: World):
    story()
    with working_for(Scope(RUN, OTHER)):
        story()
    for subject, other in ((SUBJECT, OTHER), (OTHER, SUBJECT)):
        with pytest.raises(ContentShared, match=other) as error:
            erasure.erase(vault, subject)
        assert error.value.others == (other,)
    assert story().number == 3
    done = erasure.erase(vault, OTHER, with_shared=True)
    assert set(done.subjects) == {SUBJECT, OTHER}
    with pytest.raises(Erased):
        story()
    assert verified().ok


def test_the_same_bytes_that_two_put_are_shared(vault: World):
    vault.artifacts.put(b"a letter", "text/plain")
    with working_for(Scope(RUN, OTHER)):
        digest = vault.artifacts.put(b"a letter", "text/plain")
    with pytest.raises(ContentShared, match=OTHER):
        erasure.erase(vault, SUBJECT)
    assert vault.artifacts.get(digest) == b"a letter"


def test_a_run_that_works_for_no_document_is_erased_by_its_id(vault: World):
    open_run(vault, "run-2")
    with working_for(Scope("run-2")):
        small(4)
    assert erasure.erase(vault, "run-2").run_ids == ("run-2",)
    with working_for(Scope("run-2")), pytest.raises(Erased):
        small(4)
    assert verified().ok


@pytest.mark.parametrize("subject", ["", "nobody.pdf"])
def test_who_is_not_known_is_not_erased(vault: World, subject: str):
    small(1)
    with pytest.raises(NothingToErase):
        erasure.erase(vault, subject)
    assert small(1).number == 1


def test_nothing_is_erased_twice(vault: World):
    small(1)
    erasure.erase(vault, SUBJECT)
    with pytest.raises(NothingToErase):
        erasure.erase(vault, SUBJECT)


def test_a_plain_world_has_nothing_to_erase(laptop: World):
    with pytest.raises(NothingEncrypted):
        erasure.erase(laptop, SUBJECT)


def test_what_is_asked_about_an_erased_document_is_void_and_nobody_can_see_it(vault: World):
    with pytest.raises(ApprovalAwaited) as waits:
        question()
    with working_for(Scope(RUN, OTHER)), pytest.raises(ApprovalAwaited) as other:
        question("99.00")
    erasure.erase(vault, SUBJECT)
    [still] = approvals.list_approvals()
    assert still.approval_id == other.value.approval_id
    gone = approvals.find_approval(waits.value.approval_id)
    assert (gone.status, gone.shown, gone.answer, gone.title) == ("void", {}, None, "(sealed)")
    assert "erased" in gone.flaw
    with pytest.raises(ApprovalChanged):
        approve(waits.value.approval_id)
    assert all(row.voided_at for row in rows(vault, run_approvals) if row.approval_id == gone.approval_id)
    assert verified().ok


def test_a_decision_about_an_erased_document_is_not_read_again(vault: World):
    with pytest.raises(ApprovalAwaited) as waits:
        question()
    approve(waits.value.approval_id)
    assert question().approved
    erasure.erase(vault, SUBJECT)
    with pytest.raises(Erased):
        question()
    assert approvals.find_approval(waits.value.approval_id).answer is None
    assert verified().ok


def test_the_same_document_can_be_processed_anew_where_that_is_asked_for(vault: World, counts: Path):
    first = story()
    erasure.erase(vault, SUBJECT)
    for which in ("small", "large", "joined"):
        [found] = damage.find(vault, RUN, which)
        assert damage.reopen(vault, RUN, found)
    assert story() == first
    assert bodies(counts) == {"small-1": 2, "large-2": 2, "joined": 2}
    assert verified().ok
    assert len(erasure.erase(vault, SUBJECT).data_keys) == 1
    assert verified().ok


def test_a_key_that_is_gone_without_an_event_or_back_after_one_is_found(vault: World):
    small(1)
    with vault.state.reading() as connection:
        content = data_keys.c.purpose == "content"
        before = connection.execute(select(data_keys).where(content)).one()

    def put(**values: object) -> None:
        with vault.state.writing() as connection:
            connection.execute(update(data_keys).where(content).values(**values))

    put(wrapped=None, erased_at=1)
    vault.data_keys.forget()
    report = verified()
    assert not report.ok
    assert "no event tells of it" in report.findings[0].reason
    put(wrapped=before.wrapped, erased_at=None)
    vault.data_keys.forget()
    assert verified().ok
    erasure.erase(vault, SUBJECT)
    put(wrapped=before.wrapped, erased_at=None)
    report = verified()
    assert "erased, but is there" in report.findings[0].reason


def test_an_erased_answer_that_is_changed_is_still_bound_to_what_events_say(vault: World):
    small(1)
    erasure.erase(vault, SUBJECT)
    with vault.state.writing() as connection:
        connection.execute(update(stages).values(output_digest="0" * 64))
    assert not verified().ok
