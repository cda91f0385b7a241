"""The keys that sign heads, and those that are trusted. Standard library and `cryptography` only."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from blocks.base.errors import HoldfastError
from blocks.base.folders import write_once
from blocks.state.heads import Head


class KeyUnusable(HoldfastError):
    """The ledger key {where} cannot be used:"""

    safe = "Nothing was signed with it; all work is recorded."
    next = "Give an Ed25519 key in PEM (or its file) as HOLDFAST_LEDGER_KEY, or let a new one be made."


class VerifyKeys:
    """The public keys that are trusted to have signed heads, by key id."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys: Mapping[str, Ed25519PublicKey] = {key_id(key): key for key in keys}

    @property
    def ids(self) -> list[str]:
        """The ids of the keys."""
        return sorted(self._keys)

    def fault(self, head: Head) -> str | None:
        """Why *head* is not to be trusted, or None. About 0.1 ms."""
        key = self._keys.get(head.key_id)
        if key is None:
            return f"the key {head.key_id} is not a trusted one"
        try:
            signature = bytes.fromhex(head.signature)
            key.verify(signature, head.signed_bytes())
        except (InvalidSignature, ValueError):
            return "the signature is wrong"
        return None


class SigningKey:
    """The key that signs heads."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key()
        self.key_id = key_id(self.public)

    def sign(self, run_id: str, size: int, root: str, head: str, at: int, marks: str) -> Head:
        """A signed head."""
        bare = Head(run_id, size, root, head, at, self.key_id, marks)
        return replace(bare, signature=self._private.sign(bare.signed_bytes()).hex())


@dataclass(frozen=True)
class KeyRing:
    """The folder with the signing key (`ledger.key`, 0600) and the public keys that are trusted (`*.pub`).

    *given*, PEM text or the path of a PEM file, is the signing key instead of the one in the folder.
    """

    folder: Path
    given: str = ""

    def signing(self) -> SigningKey:
        """The signing key, made at the first call; its public key is put beside it. Raises KeyUnusable, OSError."""
        key = SigningKey(_private_key(*self._source()))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        public = self.folder / f"{key.key_id}.pub"
        if not public.exists():
            write_once(public, public_pem(key.public), mode=0o644)
        return key

    def trusted(self) -> VerifyKeys:
        """The public keys of the folder, and that of a key that was given. Raises KeyUnusable, OSError."""
        keys = [read_public_key(file) for file in sorted(self.folder.glob("*.pub"))]
        if self.given:
            keys.append(SigningKey(_private_key(*self._source())).public)
        return VerifyKeys(keys)

    def public_keys(self) -> dict[str, bytes]:
        """The public keys of the folder as PEM, by key id. Raises KeyUnusable, OSError."""
        keys = [read_public_key(file) for file in sorted(self.folder.glob("*.pub"))]
        return {key_id(key): public_pem(key) for key in keys}

    def _source(self) -> tuple[str, bytes]:
        if self.given.lstrip().startswith("-----BEGIN"):
            return "in HOLDFAST_LEDGER_KEY", self.given.encode()
        file = Path(self.given).expanduser() if self.given else self.folder / "ledger.key"
        if not self.given and not file.exists():
            _make_key(file)
        try:
            return str(file), file.read_bytes()
        except OSError as error:
            raise KeyUnusable(f"{error.strerror}.", where=str(file)) from error


def key_id(key: Ed25519PublicKey) -> str:
    """The name of a public key: 16 hex digits of its sha256."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_key(file: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises KeyUnusable, OSError."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except ValueError as error:
        raise KeyUnusable(f"{error}.", where=str(file)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("it is of another kind than Ed25519.", where=str(file))
    return key


def _private_key(where: str, pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"{error}.", where=where) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable("it is of another kind than Ed25519.", where=where)
    return key


def _make_key(file: Path) -> None:
    """Write a new key; of two processes at once, the first one's stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_once(file, pem)
