"""Signed heads: when they are written, what they say, and that no work is lost where they cannot be."""

import itertools
import json
import logging
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text

from blocks.durable.anchor import HeadsUnreachable, SignedHeads
from blocks.durable.world import World
from blocks.state import ledger
from blocks.state.heads import MARK_DIGITS, Head, NotAHead, parse_head
from blocks.state.merkle import consistency_proof, extends, root_of
from blocks.state.signing import KeyRing, KeyUnusable, SigningKey, VerifyKeys
from blocks.state.tables import events
from tests.worlds import place
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import EVERY, check, close_run, open_run, sign, signed

__all__ = ["signed"]


def append(made: World, count: int, run_id: str = RUN) -> None:
    """Append events as the commit path does: each in its transaction, then the heads are told."""
    for number in range(count):
        with made.state.writing() as connection:
            seq = ledger.append(connection, run_id, "stage.failed", {"number": number})
        made.heads.grown(run_id, seq)


def sizes(made: World, run_id: str = RUN) -> list[int]:
    """The sizes of the heads of a run."""
    return [head.size for head in made.heads.kept(run_id)[run_id].heads]


def hashes(made: World, run_id: str = RUN) -> list[bytes]:
    """The hashes of the events of a run."""
    with made.state.reading() as connection:
        query = events.select().where(events.c.run_id == run_id).order_by(events.c.seq)
        return [bytes.fromhex(row.hash) for row in connection.execute(query)]


def test_a_head_is_signed_every_so_many_events_and_at_the_end(signed: World):
    append(signed, 24)
    assert sizes(signed) == [10, 20]
    close_run(signed, RUN)
    assert sizes(signed) == [10, 20, 26]
    report = check(signed)
    assert (report.ok, report.events, report.signed, report.unsigned) == (True, 26, 26, {})


def test_a_head_says_what_the_rows_say(signed: World):
    append(signed, 10)
    (head,) = signed.heads.kept(RUN)[RUN].heads
    leaves = hashes(signed)[:10]
    assert (head.run_id, head.root, head.head) == (RUN, root_of(leaves).hex(), leaves[-1].hex())
    assert head.marks == "".join(leaf.hex()[:MARK_DIGITS] for leaf in leaves)
    assert abs(head.at - signed.state.now_us()) < 60_000_000
    assert signed.heads.trusted().fault(head) is None


def test_each_head_is_shown_to_extend_the_one_before_it(signed: World):
    append(signed, 50)
    leaves, kept = hashes(signed), signed.heads.kept(RUN)[RUN].heads
    for old, new in itertools.pairwise(kept):
        proof = consistency_proof(leaves[: new.size], old.size)
        assert extends(old.size, bytes.fromhex(old.root), new.size, bytes.fromhex(new.root), proof)


def test_events_do_not_wait_longer_than_their_time(signed: World, tmp_path: Path):
    heads = sign(signed, tmp_path, every_events=1000, every_seconds=0.2)
    append(signed, 3)
    waited = threading.Event()
    for _ in range(100):
        if sizes(signed):
            break
        waited.wait(0.05)
    assert sizes(signed) == [4]
    waited.wait(0.3)
    assert sizes(signed) == [4], "nothing new, no new head"
    heads.close()


def test_what_still_waits_is_signed_when_the_world_is_left(signed: World):
    append(signed, 2)
    assert sizes(signed) == []
    signed.heads.close()
    assert sizes(signed) == [3]


def test_another_process_goes_on_where_the_last_head_ended(signed: World, tmp_path: Path):
    append(signed, 12)
    second = sign(signed, tmp_path)
    append(signed, 6)
    assert sizes(signed) == [10], "counted from the last head, not from the start of the process"
    append(signed, 1)
    assert sizes(signed) == [10, 20]
    marks = signed.heads.kept(RUN)[RUN].heads[-1].marks
    assert len(marks) == 10 * MARK_DIGITS
    assert check(signed).ok
    second.close()


def test_two_processes_on_one_run_both_sign_what_is_true(signed: World, tmp_path: Path):
    one, two = (
        signed.heads,
        SignedHeads(signed.state, place.heads(tmp_path), KeyRing(tmp_path / "keys")),
    )
    append(signed, 5)
    two.ended(RUN)
    append(signed, 20)
    two.ended(RUN)
    one.ended(RUN)
    assert sorted(sizes(signed)) == sizes(signed)
    report = check(signed)
    assert (report.ok, report.signed) == (True, 26)


def test_commits_of_eight_threads_are_all_signed(signed: World):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: append(signed, 25), range(8)))
    close_run(signed, RUN)
    report = check(signed)
    assert (report.ok, report.events, report.signed) == (True, 202, 202)
    gaps = [new - old for old, new in itertools.pairwise([0, *sizes(signed)])]
    assert max(gaps) <= EVERY + 8


def test_a_folder_that_can_not_be_written_loses_no_work(
    signed: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "heads").write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        append(signed, 25)
        close_run(signed, RUN)
    assert "no head was signed for run run-1" in caplog.text
    assert len(hashes(signed)) == 27
    (tmp_path / "heads").unlink()
    report = check(signed)
    assert (report.ok, report.unsigned) == (True, {RUN: 27})
    assert signed.heads.catch_up() == 1
    assert sizes(signed) == [27]
    assert (check(signed).unsigned, signed.heads.catch_up()) == ({}, 0)


def test_the_next_head_covers_what_an_earlier_one_could_not(signed: World, tmp_path: Path):
    append(signed, 10)
    file = tmp_path / "heads" / f"{RUN}.jsonl"
    file.rename(tmp_path / "aside")
    file.mkdir()
    append(signed, 10)
    file.rmdir()
    (tmp_path / "aside").rename(file)
    append(signed, 12)
    assert sizes(signed) == [10, 30]
    assert check(signed).ok


def test_a_torn_line_is_passed_over_and_the_next_head_is_whole(signed: World, tmp_path: Path):
    append(signed, 10)
    file = tmp_path / "heads" / f"{RUN}.jsonl"
    whole = file.read_bytes()
    for cut in range(1, len(whole), 7):
        file.write_bytes(whole + whole[:-1][:cut])
        kept = signed.heads.kept(RUN)[RUN]
        assert (len(kept.heads), kept.torn, kept.damaged) in ((1, 1, 0), (2, 0, 0))
    file.write_bytes(whole + whole[:100])
    append(signed, 10)
    assert sizes(signed) == [10, 20]
    report = check(signed)
    assert (report.ok, report.torn_heads) == (True, 1)


def test_a_history_that_was_rewritten_is_not_signed_again(
    signed: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    append(signed, 15)
    with signed.state.writing() as connection:
        connection.execute(text("DROP TRIGGER events_update"))
        connection.execute(text("UPDATE events SET hash = previous, previous = hash WHERE seq = 4"))
    sign(signed, tmp_path)
    with caplog.at_level(logging.WARNING):
        append(signed, 10)
    assert "LedgerContradicted" in caplog.text
    assert sizes(signed) == [10]


def test_a_run_is_signed_under_its_own_name(signed: World):
    for name in ("run/with/slashes", "..", "ä run"):
        open_run(signed, name)
        close_run(signed, name)
        assert sizes(signed, name) == [2]
    assert set(signed.heads.kept()) == {"run/with/slashes", "..", "ä run"}
    assert check(signed).ok


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path):
    ring = KeyRing(tmp_path / "keys")
    with ThreadPoolExecutor(8) as pool:
        ids = {key.key_id for key in pool.map(lambda _: ring.signing(), range(8))}
    assert len(ids) == 1
    names = sorted(file.name for file in (tmp_path / "keys").iterdir())
    assert names == sorted([f"{ids.pop()}.pub", "ledger.key"])
    assert stat.S_IMODE((tmp_path / "keys" / "ledger.key").stat().st_mode) == 0o600


def pem_of(key: Ed25519PrivateKey) -> str:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("as_file", [False, True])
def test_a_given_key_is_taken_as_text_or_as_a_file(tmp_path: Path, as_file: bool):
    mine = Ed25519PrivateKey.generate()
    given = pem_of(mine)
    if as_file:
        (tmp_path / "my.pem").write_text(given)
        given = str(tmp_path / "my.pem")
    ring = KeyRing(tmp_path / "keys", given)
    assert ring.signing().key_id == SigningKey(mine).key_id
    assert not (tmp_path / "keys" / "ledger.key").exists()
    assert ring.trusted().ids == [SigningKey(mine).key_id]


def test_heads_of_a_retired_key_stay_good(signed: World, tmp_path: Path):
    append(signed, 10)
    (tmp_path / "keys" / "ledger.key").unlink()
    sign(signed, tmp_path)
    append(signed, 10)
    first, second = signed.heads.kept(RUN)[RUN].heads
    assert first.key_id != second.key_id
    assert check(signed).ok


@pytest.mark.parametrize(
    "content", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_key_that_is_none_is_named(tmp_path: Path, content: str):
    (tmp_path / "ledger.key").write_text(content)
    with pytest.raises(KeyUnusable, match=r"ledger\.key"):
        KeyRing(tmp_path).signing()


def test_a_key_of_another_kind_is_refused(tmp_path: Path):
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(KeyUnusable, match="another kind"):
        KeyRing(tmp_path, pem).signing()


def test_a_missing_key_file_is_not_replaced_by_a_new_key(tmp_path: Path):
    with pytest.raises(KeyUnusable, match="No such file"):
        KeyRing(tmp_path, str(tmp_path / "gone.pem")).signing()


KEY = SigningKey(Ed25519PrivateKey.generate())
HEAD = KEY.sign("run", 7, "a" * 64, "b" * 64, 1, "")


def test_a_head_survives_the_way_through_its_line():
    assert parse_head(HEAD.line()) == HEAD
    assert b"\n" not in HEAD.line()
    assert VerifyKeys([KEY.public]).fault(parse_head(HEAD.line())) is None


@pytest.mark.parametrize(
    "forged",
    [
        replace(HEAD, run_id="another"),
        replace(HEAD, size=8),
        replace(HEAD, root="c" * 64),
        replace(HEAD, head="c" * 64),
        replace(HEAD, at=2),
        replace(HEAD, marks="00000000"),
        replace(HEAD, signature="00" * 64),
        replace(HEAD, signature=""),
    ],
    ids=lambda head: next(name for name in vars(head) if getattr(head, name) != getattr(HEAD, name)),
)
def test_a_head_with_one_field_changed_is_not_trusted(forged: Head):
    assert VerifyKeys([KEY.public]).fault(forged) == "the signature is wrong"


def test_a_head_of_an_unknown_key_is_not_trusted():
    other = SigningKey(Ed25519PrivateKey.generate())
    assert "not a trusted one" in (VerifyKeys([other.public]).fault(HEAD) or "")


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"null", b"{}", b"\xff", HEAD.line().replace(b'"size":7', b'"size":"7"')]
)
def test_a_line_that_is_no_head_is_refused(line: bytes):
    with pytest.raises(NotAHead):
        parse_head(line)


def test_every_flipped_bit_of_a_head_is_noticed():
    keys = VerifyKeys([KEY.public])
    line = HEAD.line()
    for place in range(len(line) * 8):
        flipped = bytearray(line)
        flipped[place // 8] ^= 1 << place % 8
        try:
            head = parse_head(bytes(flipped))
        except NotAHead:
            continue
        assert head == HEAD or keys.fault(head), flipped


def test_heads_that_can_not_be_read_are_named(signed: World, tmp_path: Path):
    append(signed, 10)
    file = tmp_path / "heads" / f"{RUN}.jsonl"
    file.unlink()
    file.mkdir()
    with pytest.raises(HeadsUnreachable):
        check(signed)


def test_a_head_is_one_line_of_json_with_the_documented_fields(signed: World, tmp_path: Path):
    append(signed, 10)
    (line,) = (tmp_path / "heads" / f"{RUN}.jsonl").read_text().splitlines()
    assert set(json.loads(line)) == {"run_id", "size", "root", "head", "at", "key_id", "marks", "signature"}


def test_a_head_that_was_changed_or_put_elsewhere_is_found_in_a_check(signed: World, tmp_path: Path):
    append(signed, 10)
    close_run(signed, RUN)
    file = tmp_path / "heads" / f"{RUN}.jsonl"
    sound = file.read_text()
    assert check(signed).ok
    changes = [
        (sound.replace('"size":10', '"size":11'), "signature is wrong"),
        (sound.replace(RUN, "run-9"), "belongs to another run"),
        (sound.replace('"at":', '"at" :', 1), "line of the signed heads was changed"),
    ]
    for content, reason in changes:
        file.write_text(content)
        report = check(signed)
        assert (report.ok, reason in report.facts()["reason"]) == (False, True)
