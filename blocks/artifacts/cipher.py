"""AES-256-GCM under data keys: what is encrypted is bound to its tenant, its name and its own header."""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from blocks.artifacts.key_holder import NONCE_BYTES
from blocks.base.canonical import canonical_bytes

ALGORITHM = "A256GCM"
_DOMAIN = "holdfast sealed 1"
_KEY_ID, _NONCE = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{24}")


class SealBroken(ValueError):
    """The content, its name, its header or its key is not the one that was sealed."""


@dataclass(frozen=True)
class DataKey:
    """A key of 32 bytes that encrypts the content of one subject."""

    data_key_id: str
    secret: bytes = field(repr=False)


class DataKeys(Protocol):
    """The data keys of one tenant."""

    @property
    def tenant(self) -> str:
        """Whose they are."""
        ...

    def to_seal(self) -> DataKey:
        """The key of what the running code works for, made where there is none. Raises Locked."""
        ...

    def to_open(self, data_key_id: str) -> DataKey:
        """The key of that id. Raises Locked, Erased."""
        ...

    def of_names(self) -> bytes:
        """The key that turns digests into public names. Raises Locked."""
        ...


class Cipher:
    """Encrypts with the *keys* of a tenant. Safe to share between threads. About 1 ms a MiB.

    *accepts_plain*: content that was recorded before there were keys is read as it is.
    """

    def __init__(self, keys: DataKeys, *, accepts_plain: bool = False) -> None:
        self._keys = keys
        self.accepts_plain = accepts_plain

    def seal(self, plain: bytes, name: str) -> tuple[bytes, bytes]:
        """The header line that tells how *plain* is encrypted, and the encrypted bytes. Raises Locked."""
        key, nonce = self._keys.to_seal(), secrets.token_bytes(NONCE_BYTES)
        told = {"alg": ALGORITHM, "key": key.data_key_id, "nonce": nonce.hex()}
        line = canonical_bytes({"encryption": told})
        return line, AESGCM(key.secret).encrypt(nonce, plain, self._bound_to(name, line))

    def open(self, told: Any, line: bytes, sealed: bytes, name: str) -> bytes:
        """What was encrypted as *told* in the header *line*. Raises SealBroken, Locked, Erased."""
        key_id, nonce = _of_header(told)
        key = self._keys.to_open(key_id)
        try:
            return AESGCM(key.secret).decrypt(nonce, sealed, self._bound_to(name, line))
        except (InvalidTag, ValueError) as error:
            raise SealBroken("it is not what was sealed") from error

    def public_name(self, name: str) -> str:
        """The name under which an artifact is kept: a digest would let whoever lists names confirm a guess."""
        return hmac.digest(self._keys.of_names(), name.encode(), "sha256").hex()

    def _bound_to(self, name: str, line: bytes) -> bytes:
        return canonical_bytes([_DOMAIN, self._keys.tenant, name]) + b"\n" + line


def _of_header(told: Any) -> tuple[str, bytes]:
    """The data key's id and the nonce. Raises SealBroken."""
    if not isinstance(told, dict):
        raise SealBroken("its encryption is not known")
    given = cast(dict[str, Any], told)
    key_id, nonce = str(given.get("key")), str(given.get("nonce"))
    if given.get("alg") != ALGORITHM or not _KEY_ID.fullmatch(key_id) or not _NONCE.fullmatch(nonce):
        raise SealBroken("its encryption is not known")
    return key_id, bytes.fromhex(nonce)
