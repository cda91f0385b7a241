"""Encrypted envelopes: whatever is changed of one, or of where it stands, is damage, and nothing of it can be read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.artifacts.cipher import Cipher, DataKey
from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal, unseal_slot
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.locked import Locked, NoKeys
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactMissing, ArtifactStore
from blocks.base.canonical import digest_of

DATA = b'{"vendor":"Harrow & Pike","text":"' + b"a page of text, " * 80 + b'"}'
DIGEST = digest_of(DATA)
SLOT = digest_of(b"a slot")


class Keys:
    """Data keys that are spelled out, the first one to seal with."""

    def __init__(self, *letters: str, tenant: str = "default") -> None:
        self.tenant = tenant
        self.letters = letters or ("a",)

    def to_seal(self) -> DataKey:
        return self.to_open(self.letters[0] * 32)

    def to_open(self, data_key_id: str) -> DataKey:
        if data_key_id[0] not in self.letters:
            raise Locked("it is not among the keys.")
        return DataKey(data_key_id, data_key_id.encode())

    def of_names(self) -> bytes:
        return self.tenant.encode() * 4


CIPHER = Cipher(Keys())


def sealed(data: bytes = DATA, media_type: str = "application/json", cipher: Cipher | None = CIPHER) -> bytes:
    """An envelope of *data*."""
    return seal(Content(data, media_type), digest_of(data), cipher)


@pytest.mark.parametrize("media_type", ["application/json", "image/png"], ids=["packed", "as it is"])
def test_what_was_encrypted_comes_back_as_it_was(media_type: str):
    assert unseal(sealed(media_type=media_type), DIGEST, CIPHER) == Content(DATA, media_type)


@pytest.mark.parametrize("media_type", ["application/json", "image/png"], ids=["packed", "as it is"])
def test_an_envelope_shows_neither_content_nor_digest_nor_kind(media_type: str):
    whole = sealed(media_type=media_type)
    for shown in (DATA[:20], b"Harrow", DIGEST.encode(), bytes.fromhex(DIGEST), media_type.encode()):
        assert shown not in whole


def test_the_same_content_is_encrypted_otherwise_each_time():
    assert sealed() != sealed()


def test_a_cut_at_any_byte_is_damage():
    whole = sealed(DATA[:200])
    for length in range(len(whole)):
        with pytest.raises(ArtifactCorrupt):
            unseal(whole[:length], digest_of(DATA[:200]), CIPHER)


def resealed(body: bytes) -> bytes:
    """*body* with a checksum that is right: what an attacker writes."""
    return body + bytes.fromhex(digest_of(body))


@pytest.mark.parametrize(
    "finish", [resealed, lambda body: body + sealed(DATA[:200])[-32:]], ids=["forged", "kept"]
)
def test_any_flipped_bit_is_damage_also_where_the_checksum_is_made_anew(finish: Callable[[bytes], bytes]):
    """The one exception is the key's id: another id may name a key that is not there."""
    body = sealed(DATA[:200])[:-32]
    for place in range(len(body) * 8):
        bent = bytearray(body)
        bent[place // 8] ^= 1 << place % 8
        with pytest.raises((ArtifactCorrupt, Locked)):
            unseal(finish(bytes(bent)), digest_of(DATA[:200]), CIPHER)


@pytest.mark.parametrize("change", ["key", "nonce", "alg", "more", "spaces", "order"])
def test_an_edited_header_is_damage(change: str):
    cipher = Cipher(Keys("a", "b"))
    magic, line, rest = sealed(cipher=cipher)[:-32].split(b"\n", 2)
    told = json.loads(line)["encryption"]
    edited = {
        "key": {**told, "key": "b" * 32},
        "nonce": {**told, "nonce": "0" * 24},
        "alg": {**told, "alg": "A128GCM"},
        "more": {**told, "more": 1},
        "spaces": told,
        "order": dict(reversed(told.items())),
    }[change]
    separators = (", ", ": ") if change == "spaces" else (",", ":")
    line = json.dumps({"encryption": edited}, separators=separators).encode()
    with pytest.raises(ArtifactCorrupt):
        unseal(resealed(b"\n".join((magic, line, rest))), DIGEST, cipher)


@pytest.mark.parametrize(
    "told",
    [None, [], {}, "A256GCM", 7, {"alg": "A256GCM"}, {"alg": "A256GCM", "key": "a" * 32, "nonce": "z"}],
)
def test_a_header_that_makes_no_sense_is_damage(told: object):
    line = json.dumps({"encryption": told}).encode()
    with pytest.raises(ArtifactCorrupt):
        unseal(resealed(b"holdfast 1\n" + line + b"\n" + DATA), DIGEST, CIPHER)


def test_swapped_envelopes_are_damage():
    other = b'{"vendor":"another"}'
    with pytest.raises(ArtifactCorrupt):
        unseal(sealed(other), DIGEST, CIPHER)
    held = seal(Content(DATA, "text/plain"), DIGEST, CIPHER, name=SLOT)
    assert unseal_slot(held, SLOT, CIPHER).data == DATA
    for name in (digest_of(b"another slot"), DIGEST):
        with pytest.raises(ArtifactCorrupt):
            unseal_slot(held, name, CIPHER)
    with pytest.raises(ArtifactCorrupt):
        unseal(held, DIGEST, CIPHER)


def test_another_tenants_envelope_is_damage():
    with pytest.raises(ArtifactCorrupt):
        unseal(sealed(cipher=Cipher(Keys(tenant="another"))), DIGEST, CIPHER)


def test_without_keys_there_is_an_error_with_a_name_and_no_content():
    with pytest.raises(NoKeys) as error:
        unseal(sealed(), DIGEST)
    assert error.value.parks == "repair"


def test_a_plain_envelope_in_an_encrypted_ones_place_is_damage():
    """Its content would be right where the digest is; a slot has none, and the rule is the same for both."""
    plain = sealed(cipher=None)
    for read in (unseal, unseal_slot):
        with pytest.raises(ArtifactCorrupt, match="not encrypted"):
            read(plain, DIGEST, CIPHER)
    assert unseal(plain, DIGEST, Cipher(Keys(), accepts_plain=True)).data == DATA


def test_no_name_in_a_folder_is_the_digest_of_what_it_holds(tmp_path: Path):
    store = ArtifactStore(LocalShelf(tmp_path), cipher=CIPHER)
    assert store.put(b"yes", "text/plain") == digest_of(b"yes")
    assert store.hold(SLOT, b"held", "text/plain")
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {CIPHER.public_name(digest_of(b"yes")), CIPHER.public_name(SLOT)}
    assert not names & {digest_of(b"yes"), SLOT}
    assert (store.get(digest_of(b"yes")), store.held(SLOT)) == (b"yes", b"held")
    assert CIPHER.public_name(DIGEST) != Cipher(Keys(tenant="another")).public_name(DIGEST)


def test_a_missing_artifact_is_named_as_its_file_would_be():
    with pytest.raises(ArtifactMissing, match=CIPHER.public_name(DIGEST)):
        ArtifactStore(MemoryShelf(), cipher=CIPHER).get(DIGEST)


def test_what_was_kept_before_there_were_keys_is_read_only_where_that_is_wanted():
    shelf = MemoryShelf()
    plain = ArtifactStore(shelf)
    plain.put(DATA, "text/plain")
    plain.hold(SLOT, DATA, "text/plain")
    strict, lenient = (
        ArtifactStore(shelf, cipher=Cipher(Keys(), accepts_plain=one)) for one in (False, True)
    )
    with pytest.raises(ArtifactMissing):
        strict.get(DIGEST)
    assert strict.held(SLOT) is None
    assert (lenient.get(DIGEST), lenient.held(SLOT)) == (DATA, DATA)
    lenient.put(DATA, "text/plain")
    assert strict.get(DIGEST) == DATA


def test_a_key_is_not_shown():
    assert "bbbb" not in repr(DataKey("a" * 32, b"b" * 32))
