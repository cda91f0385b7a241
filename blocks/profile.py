"""One named world: where state, artifacts and books are kept, and which model answers.

Chosen by `HOLDFAST_PROFILE` (or `--profile`). Values stand in deployments/profiles/NAME.toml; every one can be
given by the environment as `HOLDFAST_<FIELD>`. Where servers were started on this machine (`holdfast up --profile
production`), their addresses are used, and those of Prefect's blocks (`HOLDFAST_BLOCKS`) before them, unless the
environment names others. Flows and tasks never know which profile they run in.
"""

import os
import tempfile
from pathlib import Path
from shutil import rmtree
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from blocks.artifacts.bucket import BucketShelf
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore, Shelf
from blocks.base import profile_files
from blocks.base.bucket import Bucket, BucketAccess
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from blocks.base.profile_files import known
from blocks.durable import world
from blocks.durable.anchor import SignedHeads
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.providers.inbox import Inbox
from blocks.providers.language_model import LanguageModel
from blocks.providers.mail import Mail
from blocks.providers.mail_route import open_mail, sender_of
from blocks.providers.page_reader import PageReader
from blocks.state.database import StateDatabase
from blocks.state.head_bucket import HeadBucket
from blocks.state.head_shelf import HeadFolder, HeadShelf
from blocks.state.signing import KeyRing

_BUCKET = "s3://"


class BadProfile(Misuse):
    """A setting of the profile {name!r} is wrong:"""

    next = "Correct the variable HOLDFAST_<SETTING>, or the profile's file."


class NoSuchProfile(HoldfastError):
    """There is no profile {name!r}; there are {known}."""

    safe = "Nothing was done."
    next = "Choose one with --profile or HOLDFAST_PROFILE."


class NoServer(Misuse):
    """The profile {profile!r} keeps its work on servers, and {variable} names none."""

    next = "Set it, or start servers on this machine: holdfast up --profile production"


class HomeNotWritable(HoldfastError):
    """The folder {folder} cannot be written:"""

    safe = "Nothing was done."
    next = "Point HOLDFAST_HOME to a folder you can write."


class Profile(BaseSettings):
    """The settings of one world. Paths are relative to `HOLDFAST_HOME`."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", extra="forbid")

    name: str
    tenant: str = Field(default="default", description="whose work it is; part of every stage key")
    keep: Literal["folder", "memory", "servers"] = Field(
        default="folder",
        description="where work is kept: files of this machine, nowhere, or a database server and a bucket",
    )
    state_url: str = Field(default="", description="SQLAlchemy URL; empty: state.db in the home folder")
    state_schema: str = Field(default="holdfast", description="where the tables stand on a database server")
    accounting_url: str = Field(
        default="", description="SQLAlchemy URL; empty: accounting.db in the home folder"
    )
    accounting_schema: str = Field(
        default="accounting", description="where the books stand on a database server"
    )
    artifacts_url: str = Field(
        default="", description="s3://BUCKET/PREFIX or a folder; empty: artifacts in the home folder"
    )
    heads_url: str = Field(
        default="",
        description="where signed heads of the ledger are kept, s3://BUCKET/PREFIX or a folder, best out of reach of "
        "whoever can write the state database; empty: heads in the home folder",
    )
    s3_endpoint_url: str = Field(default="", description="of an object store that is not AWS's")
    s3_region: str = Field(default="", description="empty: as AWS's own tools find it")
    s3_access_key_id: str = Field(default="", description="empty: as AWS's own tools find it")
    s3_secret_access_key: SecretStr = Field(default=SecretStr(""), description="of that key")
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
    workers: int = Field(default=4, ge=1, le=64, description="documents worked on side by side")
    blocks: str = Field(
        default="",
        description="take settings from Prefect's blocks of this name (blocks.setting_blocks); empty: from none",
    )
    prefect_api_url: str = Field(
        default="",
        description="of a Prefect server elsewhere, http://HOST:4200/api; empty: the one of this home",
    )
    prefect_api_auth: SecretStr = Field(
        default=SecretStr(""), description="what that server asks for, USER:PASSWORD; empty: nothing"
    )

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

    def _address(self, setting: str, local: str) -> str:
        """The *setting* that says where something is kept; *local* where it is empty and may be on this machine."""
        given = str(getattr(self, setting))
        if not given and self.keep == "servers":
            raise NoServer(profile=self.name, variable=f"HOLDFAST_{setting.upper()}")
        return given or local

    def bucket(self, url: str) -> Bucket:
        """The bucket that *url* (s3://BUCKET/PREFIX) names."""
        access = BucketAccess(
            endpoint_url=self.s3_endpoint_url,
            region=self.s3_region,
            access_key_id=self.s3_access_key_id,
            secret_access_key=self.s3_secret_access_key.get_secret_value(),
        )
        return Bucket(url, access)

    def shelf(self, folder: Path) -> Shelf:
        """Where artifacts are kept, *folder* being the home."""
        if self.keep == "memory":
            return MemoryShelf()
        place = self._address("artifacts_url", f"{folder / 'artifacts'}")
        return BucketShelf(self.bucket(place)) if place.startswith(_BUCKET) else LocalShelf(_folder(place))

    def head_shelf(self, folder: Path) -> HeadShelf:
        """Where heads are kept, *folder* being the home."""
        place = self._address("heads_url", f"{folder / 'heads'}")
        return HeadBucket(self.bucket(place)) if place.startswith(_BUCKET) else HeadFolder(_folder(place))

    def state(self, folder: Path) -> StateDatabase:
        """The state database, *folder* being the home; its schema is not touched."""
        url = self._address("state_url", f"sqlite:///{folder / 'state.db'}")
        return StateDatabase(url, patience_seconds=self.patience_seconds, schema=self.state_schema)

    def accounting(self, folder: Path) -> Accounting:
        """The books, *folder* being the home."""
        url = self._address("accounting_url", f"sqlite:///{folder / 'accounting.db'}")
        return Accounting(url, patience_seconds=self.patience_seconds, schema=self.accounting_schema)

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


def load(name: str | None = None) -> Profile:
    """The profile *name*, by default what `HOLDFAST_PROFILE` names, else `laptop`."""
    name = name or profile_files.chosen()
    if name not in known():
        raise NoSuchProfile(name=name, known=", ".join(known()))
    values = profile_files.values_of(name)
    if blocks := os.environ.get("HOLDFAST_BLOCKS", values.get("blocks", "")):
        from blocks.setting_blocks import settings_of  # brings Prefect with it

        values |= settings_of(blocks)
    given = {field for field in values if f"HOLDFAST_{field.upper()}" in os.environ}
    try:
        return Profile(name=name, **{field: value for field, value in values.items() if field not in given})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadProfile(f"{wrong}.", name=name) from error


def _folder(path: str) -> Path:
    return Path(path).expanduser()


def open_world(profile: Profile | None = None) -> World:
    """Open what *profile* names: the schema is created where it is missing. About 20 ms on SQLite."""
    profile = profile or load()
    folder = profile.folder()
    state = profile.state(folder)
    state.prepare()
    artifacts = ArtifactStore(profile.shelf(folder), patience_seconds=profile.patience_seconds)

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
        makers={
            ArtifactStore: lambda: artifacts,
            Inbox: lambda: Inbox(profile.bucket),
            Accounting: lambda: profile.accounting(folder),
            LanguageModel: lambda: LanguageModel(profile.model),
            Mail: lambda: profile.mail(folder),
            PageReader: PageReader,
        },
        workers=profile.workers,
        close=close,
        heads=SignedHeads(state, profile.head_shelf(folder), profile.key_ring(folder)),
    )


world.opened_by(open_world)
