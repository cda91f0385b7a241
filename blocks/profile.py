"""One named world: where state, artifacts and books are kept, and which model answers.

Chosen by `HOLDFAST_PROFILE` (or `--profile`). Values stand in deployments/profiles/NAME.toml; every one can be
given by the environment as `HOLDFAST_<FIELD>`. Flows and tasks never know which profile they run in.
"""

import os
import tempfile
import tomllib
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from blocks.artifacts.cipher import Cipher
from blocks.artifacts.key_holder import KeyHolder, open_holder
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from blocks.durable import world
from blocks.durable.anchor import SignedHeads
from blocks.durable.data_keys import open_keys
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.providers.language_model import LanguageModel
from blocks.providers.mail import Mail
from blocks.providers.mail_route import open_mail, sender_of
from blocks.providers.page_reader import PageReader
from blocks.state.database import StateDatabase
from blocks.state.head_shelf import HeadFolder
from blocks.state.signing import KeyRing

DEFAULT = "laptop"
_VALUES = Path(__file__).parents[1] / "deployments" / "profiles"


class BadProfile(Misuse):
    """A setting of the profile {name!r} is wrong:"""

    next = "Correct the variable HOLDFAST_<SETTING>, or the profile's file."


class NoSuchProfile(HoldfastError):
    """There is no profile {name!r}; there are {known}."""

    safe = "Nothing was done."
    next = "Choose one with --profile or HOLDFAST_PROFILE."


class HomeNotWritable(HoldfastError):
    """The folder {folder} cannot be written:"""

    safe = "Nothing was done."
    next = "Point HOLDFAST_HOME to a folder you can write."


class Profile(BaseSettings):
    """The settings of one world. Paths are relative to `HOLDFAST_HOME`."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", extra="forbid")

    name: str
    tenant: str = Field(default="default", description="whose work it is; part of every stage key")
    keep: Literal["folder", "memory"] = Field(
        default="folder", description="memory: all is gone with the process"
    )
    state_url: str = Field(default="", description="SQLAlchemy URL; empty: state.db in the home folder")
    accounting_url: str = Field(
        default="", description="SQLAlchemy URL; empty: accounting.db in the home folder"
    )
    heads_folder: str = Field(
        default="",
        description="where signed heads of the ledger are kept, best out of reach of whoever can write the "
        "state database; empty: heads in the home folder",
    )
    ledger_key: SecretStr = Field(
        default=SecretStr(""),
        description="Ed25519 key that signs heads, PEM or its file; empty: keys/ledger.key in the home folder",
    )
    mail_from: str = Field(
        default="",
        description="the sender's address; empty: the user of mail_url, offline holdfast@localhost",
    )
    mail_url: str = Field(
        default="",
        description="smtp://user@host:587 or smtps://user@host:465; empty: mailbox in the home folder",
    )
    mail_password: SecretStr = Field(default=SecretStr(""), description="of the user in mail_url")
    model: str = Field(default="offline", description="`offline`, or a pydantic-ai model name")
    patience_seconds: float = Field(
        default=15.0,
        ge=0,
        le=600,
        description="how long a run waits for a database or store that is away before it is parked",
    )
    encryption_keys: SecretStr = Field(
        default=SecretStr(""),
        description="ID:BASE64, several with commas between, the current one first; what is kept is encrypted then",
    )
    encryption_keys_file: str = Field(default="", description="a file of such keys, one a line")
    encryption_kms_key: str = Field(default="", description="a key in AWS KMS instead: its ARN, id or alias")
    encryption_accepts_plain: bool = Field(
        default=False, description="read what was recorded before there were keys as well"
    )
    workers: int = Field(default=4, ge=1, le=64, description="documents worked on side by side")

    @field_validator("mail_url")
    @classmethod
    def _reachable(cls, url: str, given: ValidationInfo) -> str:
        sender_of(url, given.data.get("mail_from", ""))
        return url

    def mail(self, folder: Path) -> Mail:
        """Where e-mails go to, *folder* being the home."""
        return open_mail(
            self.mail_url, self.mail_from, self.mail_password.get_secret_value(), mailbox=folder / "mailbox"
        )

    def key_holder(self) -> KeyHolder | None:
        """Who keeps the keys that everything is encrypted with; None: it is not. Raises BadKeys."""
        keys, kms_key = self.encryption_keys.get_secret_value(), self.encryption_kms_key
        return open_holder(keys=keys, file=self.encryption_keys_file, kms_key=kms_key)

    def head_folder(self, folder: Path) -> HeadFolder:
        """Where heads are kept, *folder* being the home."""
        return HeadFolder(Path(self.heads_folder).expanduser() if self.heads_folder else folder / "heads")

    def key_ring(self, folder: Path) -> KeyRing:
        """The keys that sign heads and check them, *folder* being the home."""
        return KeyRing(folder / "keys", self.ledger_key.get_secret_value())

    def folder(self) -> Path:
        """The folder of this world, created where it is not there. Raises HomeNotWritable."""
        folder = Path(tempfile.mkdtemp(prefix="holdfast-")) if self.keep == "memory" else home()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / ".writable").write_bytes(b"")
        except OSError as error:
            raise HomeNotWritable(f"{error.strerror}.", folder=folder) from error
        return folder


def known() -> list[str]:
    """The names of the profiles."""
    return sorted(file.stem for file in _VALUES.glob("*.toml"))


def load(name: str | None = None) -> Profile:
    """The profile *name*, by default what `HOLDFAST_PROFILE` names, else `laptop`."""
    name = name or os.environ.get("HOLDFAST_PROFILE") or DEFAULT
    if name not in known():
        raise NoSuchProfile(name=name, known=", ".join(known()))
    values: dict[str, Any] = tomllib.loads((_VALUES / f"{name}.toml").read_text())
    given = {field for field in values if f"HOLDFAST_{field.upper()}" in os.environ}
    try:
        return Profile(name=name, **{field: value for field, value in values.items() if field not in given})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadProfile(f"{wrong}.", name=name) from error


def open_world(profile: Profile | None = None) -> World:
    """Open what *profile* names: the schema is created where it is missing. About 20 ms on SQLite."""
    profile = profile or load()
    folder = profile.folder()
    patience = profile.patience_seconds
    state = StateDatabase(profile.state_url or f"sqlite:///{folder / 'state.db'}", patience_seconds=patience)
    state.prepare()
    shelf = MemoryShelf() if profile.keep == "memory" else LocalShelf(folder / "artifacts")
    keys = open_keys(state, profile.key_holder(), profile.tenant)
    cipher = Cipher(keys, accepts_plain=profile.encryption_accepts_plain) if keys else None
    artifacts = ArtifactStore(shelf, patience_seconds=patience, cipher=cipher)

    def close() -> None:
        state.close()
        if profile.keep == "memory":
            rmtree(folder, ignore_errors=True)

    return World(
        profile=profile.name,
        model=profile.model,
        tenant=profile.tenant,
        state=state,
        artifacts=artifacts,
        cipher=cipher,
        data_keys=keys,
        makers={
            ArtifactStore: lambda: artifacts,
            Accounting: lambda: Accounting(
                profile.accounting_url or f"sqlite:///{folder / 'accounting.db'}", patience_seconds=patience
            ),
            LanguageModel: lambda: LanguageModel(profile.model),
            Mail: lambda: profile.mail(folder),
            PageReader: PageReader,
        },
        workers=profile.workers,
        close=close,
        heads=SignedHeads(state, profile.head_folder(folder), profile.key_ring(folder)),
    )


world.opened_by(open_world)
