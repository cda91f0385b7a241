"""Keys in AWS KMS hold what is promised of keys: against a service that speaks its protocol, not against AWS itself."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blocks.artifacts.key_holder import KmsKeys, open_holder
from blocks.artifacts.locked import KeyMissing, KeyWrong, Locked
from blocks.durable import rotation
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from tests.worlds.children import COUNTS
from tests.worlds.counting import bodies, count_in
from tests.worlds.key_service import key_service
from tests.worlds.laptop import RUN
from tests.worlds.secure import OLD, SUBJECT, open_vault, verified
from tests.worlds.stages import story

__all__ = ["key_service", "open_vault"]

DATA_KEY = b"d" * 32


@pytest.fixture
def key(key_service: Any) -> str:
    """A new key."""
    return key_service.create_key()["KeyMetadata"]["KeyId"]


def test_a_data_key_comes_back_for_the_same_binding_only(key_service: Any, key: str):
    holder = KmsKeys(key_service, key)
    wrapped = holder.wrap(DATA_KEY, "row 1")
    assert DATA_KEY not in wrapped
    assert holder.unwrap(wrapped, holder.current, "row 1") == DATA_KEY
    with pytest.raises(KeyWrong):
        holder.unwrap(wrapped, holder.current, "row 2")


def test_an_alias_is_the_key_that_it_names_now(key_service: Any, key: str):
    key_service.create_alias(AliasName=f"alias/holdfast-{key}", TargetKeyId=key)
    assert KmsKeys(key_service, f"alias/holdfast-{key}").current == KmsKeys(key_service, key).current


def test_a_key_that_is_not_there_is_missing(key_service: Any):
    with pytest.raises(KeyMissing):
        KmsKeys(key_service, "00000000-0000-0000-0000-000000000000").wrap(DATA_KEY, "row")


def test_a_disabled_key_parks_and_opens_again_when_it_is_enabled(key_service: Any, key: str):
    holder = KmsKeys(key_service, key)
    wrapped = holder.wrap(DATA_KEY, "row")
    key_service.disable_key(KeyId=key)
    with pytest.raises(Locked) as error:
        holder.unwrap(wrapped, holder.current, "row")
    assert error.value.parks in ("repair", "outage")
    key_service.enable_key(KeyId=key)
    assert holder.unwrap(wrapped, holder.current, "row") == DATA_KEY


def test_a_world_works_with_keys_in_kms_and_rotates_from_one_to_another(
    key_service: Any, key: str, open_vault: Callable[..., World], tmp_path: Path
):
    count_in(tmp_path / COUNTS)
    made = open_vault(holder=KmsKeys(key_service, key))
    with working_for(Scope(RUN, SUBJECT)):
        first = story()
    newer = KmsKeys(key_service, key_service.create_key()["KeyMetadata"]["KeyId"])
    made = open_vault(holder=newer)
    assert rotation.rotate(made).rewrapped == 2
    key_service.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    made.data_keys.forget()
    with working_for(Scope(RUN, SUBJECT)):
        assert story() == first
    assert bodies(tmp_path / COUNTS) == {"small-1": 1, "large-2": 1, "joined": 1}
    assert verified().ok


def test_a_world_moves_from_given_keys_to_kms(
    key_service: Any, key: str, open_vault: Callable[..., World], tmp_path: Path
):
    count_in(tmp_path / COUNTS)
    open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        first = story()
    both = open_holder(keys=f"old:{base64.b64encode(OLD).decode()}", kms_key=key, kms_client=key_service)
    assert rotation.rotate(open_vault(holder=both)).rewrapped == 2
    open_vault(holder=open_holder(kms_key=key, kms_client=key_service))
    with working_for(Scope(RUN, SUBJECT)):
        assert story() == first
