"""Who keeps the keys that wrap data keys: the environment, a file, or AWS KMS.

A key is written `ID:BASE64`, 32 bytes in base64, several of them one a line or with commas between; the first one is
current. What starts with `#` is a remark.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from blocks.artifacts.locked import KeyMissing, KeysUnavailable, KeyWrong, NoKeys
from blocks.base.errors import Misuse

KEY_BYTES, NONCE_BYTES = 32, 12
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_GONE = {"NotFoundException", "DisabledException", "KMSInvalidStateException", "AccessDeniedException"}
_WRONG = {"IncorrectKeyException", "InvalidCiphertextException"}


class BadKeys(Misuse):
    """The encryption keys {where} cannot be used:"""

    next = "Write ID:BASE64 with 32 bytes; `openssl rand -base64 32` makes such a key."


class KeyHolder(Protocol):
    """Wraps data keys with a key that it keeps to itself. *binding* says which data key it is; it is no secret."""

    @property
    def current(self) -> str:
        """The id of the key that wraps now."""
        ...

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        """*data_key*, encrypted with the current key. Raises Locked."""
        ...

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        """What the key *key_id* wrapped for the same *binding*. Raises Locked."""
        ...


class GivenKeys:
    """Keys that this process was given, by id; the first one is current."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"GivenKeys({', '.join(self._keys)})"

    def has(self, key_id: str) -> bool:
        """Is it one of them?"""
        return key_id in self._keys

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        """*data_key*, encrypted with the current key: a nonce of 12 bytes, then AES-256-GCM."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._keys[self.current]).encrypt(nonce, data_key, binding.encode())

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        """What the key *key_id* wrapped. Raises KeyMissing, KeyWrong."""
        if key_id not in self._keys:
            raise KeyMissing(key_id=key_id)
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self._keys[key_id]).decrypt(nonce, sealed, binding.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyWrong(key_id=key_id) from error


class NoHolder:
    """Stands where content is encrypted and nobody gave keys."""

    @property
    def current(self) -> str:
        """Raises NoKeys."""
        raise NoKeys

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        """Raises NoKeys."""
        raise NoKeys

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        """Raises NoKeys."""
        raise NoKeys


class KmsKeys:
    """A key in AWS KMS, by its id, ARN or alias; *client* is boto3's. One call for each data key that is not in memory."""

    def __init__(self, client: Any, key: str) -> None:
        self._client, self._key = client, key

    @property
    def current(self) -> str:
        """The ARN of the key, also where an alias names it. Raises Locked."""
        return self._arn

    @cached_property
    def _arn(self) -> str:
        return str(self._call(self._key, "describe_key", KeyId=self._key)["KeyMetadata"]["Arn"])

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        """*data_key*, encrypted by KMS."""
        context = {"holdfast": binding}
        key_id = self.current
        asked = {"KeyId": key_id, "Plaintext": data_key, "EncryptionContext": context}
        return bytes(self._call(key_id, "encrypt", **asked)["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        """What KMS encrypted with *key_id*."""
        asked = {"KeyId": key_id, "CiphertextBlob": wrapped, "EncryptionContext": {"holdfast": binding}}
        return bytes(self._call(key_id, "decrypt", **asked)["Plaintext"])

    def _call(self, key_id: str, operation: str, **asked: Any) -> dict[str, Any]:
        from botocore import exceptions  # pyright: ignore[reportMissingTypeStubs]  it comes with the extra s3

        try:
            return getattr(self._client, operation)(**asked)
        except exceptions.ClientError as error:
            refusal: Any = error.response
            code = str(refusal["Error"]["Code"])
            if code in _GONE:
                raise KeyMissing(f"AWS KMS says {code}.", key_id=key_id) from error
            if code in _WRONG:
                raise KeyWrong(f"AWS KMS says {code}.", key_id=key_id) from error
            raise KeysUnavailable(f"{code}.") from error
        except exceptions.BotoCoreError as error:
            raise KeysUnavailable(f"{error}") from error


class Succession:
    """Given keys on their way to AWS KMS: the *newer* holder wraps, and the *older* one unwraps what it wrapped."""

    def __init__(self, newer: KeyHolder, older: GivenKeys) -> None:
        self._newer, self._older = newer, older

    @property
    def current(self) -> str:
        """The id of the newer holder's key."""
        return self._newer.current

    def wrap(self, data_key: bytes, binding: str) -> bytes:
        """*data_key*, encrypted by the newer holder."""
        return self._newer.wrap(data_key, binding)

    def unwrap(self, wrapped: bytes, key_id: str, binding: str) -> bytes:
        """What either of them wrapped."""
        holder = self._older if self._older.has(key_id) else self._newer
        return holder.unwrap(wrapped, key_id, binding)


def open_holder(
    *, keys: str = "", file: str = "", kms_key: str = "", kms_client: Any = None
) -> KeyHolder | None:
    """The holder that these name: keys as text or in a file, or a key in AWS KMS; None where there is none.

    With both, KMS wraps, and the given keys unwrap what they wrapped before. *kms_client* is boto3's, by default that of
    the environment. Raises BadKeys.
    """
    if keys and file:
        raise BadKeys("are given twice, as they are and in a file.", where="of this profile")
    given = keys_in(Path(file).expanduser()) if file else given_keys(keys) if keys else None
    if not kms_key:
        return given
    kms = KmsKeys(kms_client or _kms_of_the_environment(), kms_key)
    return Succession(kms, given) if given else kms


def _kms_of_the_environment() -> Any:
    try:
        import boto3  # pyright: ignore[reportMissingTypeStubs]  it comes with the extra s3
    except ImportError as error:
        raise BadKeys(
            "AWS KMS needs the extra s3 (`pip install holdfast[s3]`).", where="in AWS KMS"
        ) from error
    made: Any = boto3
    return made.client("kms")


def given_keys(text: str, where: str = "in HOLDFAST_ENCRYPTION_KEYS") -> GivenKeys:
    """The keys that *text* spells out. Raises BadKeys, which never quotes a key."""
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(_entries(text), 1):
        key_id, sign, encoded = entry.partition(":")
        if not sign or not _ID.fullmatch(key_id):
            raise BadKeys(f"entry {number} does not begin with an id and a colon.", where=where)
        if key_id in keys:
            raise BadKeys(f"the id {key_id} is there twice.", where=where)
        keys[key_id] = _decoded(encoded, f"the key {key_id}", where)
    if not keys:
        raise BadKeys("there are none.", where=where)
    return GivenKeys(keys)


def keys_in(file: Path) -> GivenKeys:
    """The keys in *file*. Raises BadKeys, also where others than the owner may read it."""
    where = f"in {file}"
    try:
        others = file.stat().st_mode & 0o077
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadKeys(f"{getattr(error, 'strerror', None) or 'it is no text'}.", where=where) from error
    if others:
        raise BadKeys("others than its owner may read the file; `chmod 600` it.", where=where)
    return given_keys(text, where)


def _entries(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]


def _decoded(encoded: str, what: str, where: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadKeys(f"{what} is no base64.", where=where) from None
    if len(key) != KEY_BYTES:
        raise BadKeys(f"{what} has {len(key)} bytes, not {KEY_BYTES}.", where=where)
    return key
