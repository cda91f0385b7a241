"""The keys that wrap data keys: from the environment, a file, or AWS KMS."""

import base64
from pathlib import Path
from typing import Any

import pytest

from blocks.artifacts.key_holder import BadKeys, GivenKeys, KmsKeys, given_keys, keys_in, open_holder
from blocks.artifacts.locked import KeyMissing, KeysUnavailable, KeyWrong

ONE, TWO = b"1" * 32, b"2" * 32
DATA_KEY = b"d" * 32
TEXT_ONE, TEXT_TWO = (base64.b64encode(key).decode() for key in (ONE, TWO))


def test_a_wrapped_key_is_unwrapped_by_the_same_key_for_the_same_binding_only():
    holder = GivenKeys({"one": ONE, "two": TWO})
    wrapped = holder.wrap(DATA_KEY, "row 1")
    assert DATA_KEY not in wrapped
    assert holder.unwrap(wrapped, "one", "row 1") == DATA_KEY
    for key_id, binding in (("two", "row 1"), ("one", "row 2")):
        with pytest.raises(KeyWrong):
            holder.unwrap(wrapped, key_id, binding)
    with pytest.raises(KeyMissing, match="three"):
        holder.unwrap(wrapped, "three", "row 1")


@pytest.mark.parametrize("cut", [0, 5, 12, 20, 59])
def test_a_wrapped_key_that_was_cut_is_refused(cut: int):
    holder = GivenKeys({"one": ONE})
    with pytest.raises(KeyWrong):
        holder.unwrap(holder.wrap(DATA_KEY, "row")[:cut], "one", "row")


@pytest.mark.parametrize(
    "text",
    [
        f"one:{TEXT_ONE},two:{TEXT_TWO}",
        f"one:{TEXT_ONE}\ntwo:{TEXT_TWO}\n",
        f"# the keys of 2026\n\n one:{TEXT_ONE} \n  # older\ntwo:{TEXT_TWO}",
    ],
)
def test_keys_are_read_from_text_and_the_first_is_current(text: str):
    holder = given_keys(text)
    assert holder.current == "one"
    assert holder.unwrap(GivenKeys({"two": TWO}).wrap(DATA_KEY, "row"), "two", "row") == DATA_KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        TEXT_ONE,
        f":{TEXT_ONE}",
        f"a b:{TEXT_ONE}",
        "one:s3cret!",
        f"one:{TEXT_ONE[:-8]}",
        f"one:{base64.b64encode(b'too short').decode()}",
        f"one:{TEXT_ONE},one:{TEXT_TWO}",
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_being_quoted(text: str):
    with pytest.raises(BadKeys) as error:
        given_keys(text)
    assert not any(part in str(error.value) for part in (TEXT_ONE[:10], TEXT_TWO[:10], "s3cret"))


def test_a_file_of_keys_is_read_where_only_its_owner_may(tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text(f"one:{TEXT_ONE}")
    file.chmod(0o640)
    with pytest.raises(BadKeys, match="chmod 600"):
        keys_in(file)
    file.chmod(0o600)
    assert keys_in(file).current == "one"
    with pytest.raises(BadKeys, match="No such file"):
        keys_in(tmp_path / "gone")


def test_a_holder_shows_no_key():
    assert repr(GivenKeys({"one": ONE, "two": TWO})) == "GivenKeys(one, two)"


def test_keys_are_given_in_one_way_or_not_at_all():
    assert open_holder() is None
    held = open_holder(keys=f"one:{TEXT_ONE}")
    assert held is not None
    assert held.current == "one"
    with pytest.raises(BadKeys, match="twice"):
        open_holder(keys=f"one:{TEXT_ONE}", file="keys")


@pytest.mark.parametrize(
    ("code", "kind", "parks"),
    [
        ("NotFoundException", KeyMissing, "repair"),
        ("DisabledException", KeyMissing, "repair"),
        ("AccessDeniedException", KeyMissing, "repair"),
        ("InvalidCiphertextException", KeyWrong, "repair"),
        ("ThrottlingException", KeysUnavailable, "outage"),
    ],
)
def test_what_aws_says_is_an_error_with_a_name(code: str, kind: type, parks: str):
    exceptions = pytest.importorskip("botocore.exceptions")

    class Refusing:
        """A client whose every call is refused."""

        def decrypt(self, **asked: Any) -> None:
            raise exceptions.ClientError({"Error": {"Code": code}}, "Decrypt")

    with pytest.raises(kind) as error:
        KmsKeys(Refusing(), "alias/holdfast").unwrap(b"wrapped", "arn:x", "row")
    assert error.value.parks == parks


def test_a_kms_that_is_away_is_an_outage():
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "kms",
        endpoint_url="http://127.0.0.1:9",
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106
        config=pytest.importorskip("botocore.config").Config(retries={"max_attempts": 0}),
    )
    with pytest.raises(KeysUnavailable):
        KmsKeys(client, "alias/holdfast").wrap(DATA_KEY, "row")
