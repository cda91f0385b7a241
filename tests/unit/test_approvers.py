"""Who may decide: names, passwords, sessions and secrets."""

from hashlib import sha256

import pytest
from sqlalchemy import select, update

from blocks.durable import approvers
from blocks.durable.approvers import ApproverExists, BadName, BadPassword, NoSecret, NoSuchApprover
from blocks.durable.world import World
from blocks.state.tables import approvers as table
from blocks.state.tables import page_sessions, webhook_calls

PASSWORD = "a long walk by the sea"  # noqa: S105
pytestmark = pytest.mark.usefixtures("laptop")


def test_an_approver_is_known_by_name_and_password():
    approvers.add("ann", PASSWORD)
    assert approvers.names() == ["ann"]
    assert approvers.check("ann", PASSWORD)
    assert not any(
        (
            approvers.check("ann", PASSWORD.upper()),
            approvers.check("Ann", PASSWORD),
            approvers.check("ann", ""),
            approvers.check("nobody", PASSWORD),
            approvers.check("ann", "\ud800"),
            approvers.check("ann", "a" * 10_000_000),
        )
    )


def test_a_password_is_kept_as_an_argon2_hash(laptop: World):
    approvers.add("ann", PASSWORD)
    approvers.add("ben", PASSWORD)
    with laptop.state.reading() as connection:
        kept = connection.execute(select(table.c.password_hash)).scalars().all()
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in kept)
    assert kept[0] != kept[1]


def test_a_name_stands_for_one_approver():
    approvers.add("ann", PASSWORD)
    with pytest.raises(ApproverExists):
        approvers.add("ann", "another password")
    assert approvers.check("ann", PASSWORD)


@pytest.mark.parametrize(
    "name", ["", "deadline", "-x", "a b", "a\nb", "<b>", "a" * 101, "\u202eann", "e\u0301", "a\x00"]
)
def test_a_name_that_could_be_mistaken_is_refused(name: str):
    with pytest.raises(BadName):
        approvers.add(name, PASSWORD)


@pytest.mark.parametrize("name", ["ann", "Ann", "ann.b", "ann@example.com", "é", "x-1"])
def test_names_of_people_are_taken(name: str):
    approvers.add(name, PASSWORD)
    assert approvers.names() == [name]


@pytest.mark.parametrize("password", ["", "short", "a" * 513])
def test_a_password_has_a_length(password: str):
    with pytest.raises(BadPassword):
        approvers.add("ann", password)


def test_who_is_removed_is_not_known_and_has_no_session():
    approvers.add("ann", PASSWORD)
    token = approvers.open_session("ann")
    approvers.remove("ann")
    assert (approvers.names(), approvers.session_of(token)) == ([], None)
    with pytest.raises(NoSuchApprover):
        approvers.remove("ann")
    approvers.add("ann", "another password")
    assert approvers.session_of(token) is None


def test_a_session_is_proved_by_a_token_that_is_not_kept(laptop: World):
    approvers.add("ann", PASSWORD)
    token = approvers.open_session("ann")
    session = approvers.session_of(token)
    assert session is not None
    assert session.name == "ann"
    assert [approvers.session_of(other) for other in ("", token[:-1], token + "x", "\ud800")] == [None] * 4
    with laptop.state.reading() as connection:
        kept = [str(value) for value in connection.execute(select(page_sessions)).one()]
    assert token not in " ".join(kept)
    assert sha256(token.encode()).hexdigest() in kept


def test_a_session_ends_by_signing_out_and_with_its_time(laptop: World):
    approvers.add("ann", PASSWORD)
    first, second = approvers.open_session("ann"), approvers.open_session("ann")
    approvers.close_session(first)
    approvers.close_session(first)
    assert approvers.session_of(first) is None
    assert approvers.session_of(second)
    with laptop.state.writing() as connection:
        connection.execute(update(page_sessions).values(expires_at=1))
    assert approvers.session_of(second) is None


def test_a_session_of_another_tenant_is_none(laptop: World):
    approvers.add("ann", PASSWORD)
    token = approvers.open_session("ann")
    laptop.tenant = "another"
    assert (approvers.session_of(token), approvers.names(), approvers.check("ann", PASSWORD)) == (
        None,
        [],
        False,
    )


def test_a_secret_is_made_anew_and_the_old_one_is_void():
    approvers.add("ann", PASSWORD)
    with pytest.raises(NoSecret):
        approvers.secret_of("ann")
    with pytest.raises(NoSuchApprover):
        approvers.renew_secret("ben")
    with pytest.raises(NoSuchApprover):
        approvers.secret_of("ben")
    first, second = approvers.renew_secret("ann"), approvers.renew_secret("ann")
    assert first.startswith("whsec_")
    assert first != second == approvers.secret_of("ann")
    assert approvers.secrets_of_all() == {"ann": second}


def test_the_id_of_a_webhook_is_used_for_one_call(laptop: World):
    approvers.add("ann", PASSWORD)
    assert approvers.note_webhook("ann", "m", b"one")
    assert approvers.note_webhook("ann", "m", b"one")
    assert not approvers.note_webhook("ann", "m", b"two")
    assert approvers.note_webhook("ben", "m", b"two")
    with laptop.state.writing() as connection:
        connection.execute(update(webhook_calls).values(received_at=1))
    assert approvers.note_webhook("ann", "m", b"two")


def test_a_name_that_nobody_has_costs_as_much_to_refuse(monkeypatch: pytest.MonkeyPatch):
    """Both take one check against a hash of the same costs."""
    approvers.add("ann", PASSWORD)
    checked: list[list[str]] = []
    fits = approvers._fits

    def counted(hashed: str, password: str) -> bool:
        checked.append(hashed.split("$")[:4])
        return fits(hashed, password)

    monkeypatch.setattr(approvers, "_fits", counted)
    assert not any(approvers.check(name, "a wrong password") for name in ("ann", "nobody", ""))
    assert checked == [["", "argon2id", "v=19", "m=65536,t=3,p=4"]] * 3
