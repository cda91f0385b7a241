"""One named world: where state, artifacts and books are kept, and which model answers.

Chosen by `HOLDFAST_PROFILE` (or `--profile`). Values stand in deployments/profiles/NAME.toml; every one can be
given by the environment as `HOLDFAST_<FIELD>`. Where servers were started on this machine (`holdfast up --profile
production`), their addresses are used, and those of Prefect's blocks (`HOLDFAST_BLOCKS`) before them, unless the
environment names others. Flows and tasks never know which profile they run in.
"""

import os
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from blocks.artifacts.bucket import BucketShelf
from blocks.artifacts.cipher import Cipher
from blocks.artifacts.key_holder import KeyHolder, open_holder
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore, Shelf
from blocks.base import profiles
from blocks.base.bucket import Bucket, parts_of
from blocks.base.bucket_access import BucketAccess
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from blocks.base.money import nano_usd
from blocks.base.server_settings import require_lasting
from blocks.base.sql import Database
from blocks.durable import world
from blocks.durable.anchor import SignedHeads
from blocks.durable.data_keys import open_keys
from blocks.durable.model_calls import Counter, Limits
from blocks.durable.moving import Place
from blocks.durable.named_bucket import named_bucket
from blocks.durable.world import World
from blocks.providers.accounting import Accounting
from blocks.providers.bureau_settings import BureauSettings
from blocks.providers.capture import needed
from blocks.providers.credit_bureau import CreditBureau
from blocks.providers.inbox import Inbox
from blocks.providers.language_model import OFFLINE, LanguageModel
from blocks.providers.mail import Mail
from blocks.providers.mail_route import open_mail
from blocks.providers.page_reader import PageReader
from blocks.providers.prices import parse_prices
from blocks.providers.settings import ProviderSettings
from blocks.providers.web import Web
from blocks.providers.web_allowed import entries_of
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


class NoEncryptionKeys(Misuse):
    """The profile {profile!r} encrypts what it keeps, and no keys are given."""

    next = (
        'Set HOLDFAST_ENCRYPTION_KEYS, for example to "first:" and 32 random bytes as base64 '
        "(openssl rand -base64 32). Keep them well: without them nothing can be read."
    )


class HomeNotWritable(HoldfastError):
    """The folder {folder} cannot be written:"""

    safe = "Nothing was done."
    next = "Point HOLDFAST_HOME to a folder you can write."


class Profile(BureauSettings, ProviderSettings):
    """The settings of one world. Paths are relative to `HOLDFAST_HOME`. What may hold a password is in no repr."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", extra="forbid")

    name: str
    tenant: str = Field(default="default", description="whose work it is; part of every stage key")
    keep: Literal["folder", "memory", "servers"] = Field(
        default="folder",
        description="where work is kept: files of this machine, nowhere, or a database server and a bucket",
    )
    state_url: str = Field(
        default="", repr=False, description="SQLAlchemy URL; empty: state.db in the home folder"
    )
    state_schema: str = Field(default="holdfast", description="where the tables stand on a database server")
    accounting_url: str = Field(
        default="", repr=False, description="SQLAlchemy URL; empty: accounting.db in the home folder"
    )
    accounting_schema: str = Field(
        default="accounting", description="where the books stand on a database server"
    )
    prefect_database_url: str = Field(
        default="",
        repr=False,
        description="where a local Prefect server keeps its state, postgresql+asyncpg://...; empty: a file in the home folder",
    )
    artifacts_url: str = Field(
        default="", description="s3://BUCKET/PREFIX or a folder; empty: artifacts in the home folder"
    )
    heads_url: str = Field(
        default="",
        description="where signed heads of the ledger are kept, s3://BUCKET/PREFIX or a folder, best out of reach of "
        "whoever can write the state database; empty: heads in the home folder",
    )
    s3_block: str = Field(
        default="",
        description="an `S3 Bucket` block of Prefect: its keys and endpoint are taken for all buckets, its folder for "
        "artifacts where artifacts_url is empty",
    )
    s3_endpoint_url: str = Field(default="", description="of an object store that is not AWS's")
    s3_region: str = Field(default="", description="empty: as AWS's own tools find it")
    s3_access_key_id: str = Field(default="", repr=False, description="empty: as AWS's own tools find it")
    s3_secret_access_key: SecretStr = Field(default=SecretStr(""), description="of that key")
    s3_answers_within_seconds: float = Field(
        default=BucketAccess.answers_within_seconds,
        gt=0,
        description="a call of the object store without a word for so long is cut off; patience makes another",
    )
    ledger_key: SecretStr = Field(
        default=SecretStr(""),
        description="Ed25519 key that signs heads, PEM or its file; empty: keys/ledger.key in the home folder",
    )
    patience_seconds: float = Field(
        default=15.0,
        ge=0,
        le=600,
        description="how long a run waits for a database or store that is away before it is parked",
    )
    encrypts: bool = Field(default=False, description="refuse to work where no keys are given")
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
    task_runner: Literal["threads", "dask"] = Field(
        default="threads",
        description="where durable stages are carried out: in the run's own process, or in those of a Dask cluster",
    )
    dask_address: str = Field(
        default="", description="of the cluster's scheduler; empty: one for each run, of `workers` processes"
    )
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

    @field_validator("artifacts_url", "heads_url")
    @classmethod
    def _well_named(cls, url: str) -> str:
        if url.startswith(_BUCKET):
            parts_of(url)
        return url

    @field_validator("s3_endpoint_url")
    @classmethod
    def _without_secrets(cls, url: str) -> str:
        return BucketAccess(url).endpoint_url

    def mail(self, folder: Path) -> Mail:
        """Where e-mails go to, *folder* being the home."""
        return open_mail(
            self.mail_url, self.mail_from, self.mail_password.get_secret_value(), mailbox=folder / "mailbox"
        )

    def language_model(self, folder: Path) -> LanguageModel:
        """The model that answers, *folder* being the home."""
        budgets = (self.budget_run_usd, self.budget_flow_day_usd, self.budget_tenant_usd)
        run, flow_day, tenant = (None if limit is None else nano_usd(limit) for limit in budgets)
        limits = Limits(
            run, flow_day, tenant, nano_usd(self.model_hold_above_usd), self.model_patience_seconds
        )
        return LanguageModel(
            self.model,
            routes=self.routes,
            fallbacks=self.fallbacks,
            till=Counter(limits),
            capture=partial(needed, folder) if self.captures else lambda: None,
            prices=parse_prices(self.model_prices),
            most_tokens=self.model_most_tokens,
            seconds=self.model_seconds,
            streams=self.model_streams,
            looks_up=self.model_looks_up,
        )

    @property
    def captures(self) -> bool:
        """Is there a proxy on this machine that keeps what a paid model answers?"""
        is_paid = any(name != OFFLINE for name in (self.model, *self.routes.values(), *self.fallbacks))
        return self.capture == "auto" and is_paid and self.keep != "memory"

    def key_holder(self) -> KeyHolder | None:
        """Who keeps the keys that everything is encrypted with; None: it is not. Raises BadKeys or NoEncryptionKeys."""
        keys, kms_key = self.encryption_keys.get_secret_value(), self.encryption_kms_key
        holder = open_holder(keys=keys, file=self.encryption_keys_file, kms_key=kms_key)
        if holder is None and self.encrypts:
            raise NoEncryptionKeys(profile=self.name)
        return holder

    def _address(self, setting: str, local: str) -> str:
        """The *setting* that says where something is kept; *local* where it is empty and may be on this machine."""
        given = str(getattr(self, setting))
        if not given and setting == "artifacts_url" and self.s3_block:
            given = named_bucket(self.s3_block)[0]
        if not given and self.keep == "servers":
            raise NoServer(profile=self.name, variable=f"HOLDFAST_{setting.upper()}")
        return given or local

    def bucket(self, url: str) -> Bucket:
        """The bucket that *url* (s3://BUCKET/PREFIX) names."""
        if self.s3_block:
            named = named_bucket(self.s3_block)[1]
            return Bucket(url, replace(named, answers_within_seconds=self.s3_answers_within_seconds))
        access = BucketAccess(
            endpoint_url=self.s3_endpoint_url,
            region=self.s3_region,
            access_key_id=self.s3_access_key_id,
            secret_access_key=self.s3_secret_access_key.get_secret_value(),
            answers_within_seconds=self.s3_answers_within_seconds,
        )
        return Bucket(url, access)

    def buckets(self) -> dict[str, Bucket]:
        """The buckets that this world keeps something in, by what it is."""
        places = {what: self._address(f"{what}_url", "") for what in ("artifacts", "heads")}
        return {what: self.bucket(place) for what, place in places.items() if place.startswith(_BUCKET)}

    def shelf(self, folder: Path) -> Shelf:
        """Where artifacts are kept, *folder* being the home."""
        if self.keep == "memory":
            return MemoryShelf()
        place = self.artifacts_at(folder)
        return BucketShelf(self.bucket(place)) if place.startswith(_BUCKET) else LocalShelf(_folder(place))

    def artifacts_at(self, folder: Path) -> str:
        """The address of artifacts, *folder* being the home."""
        return self._address("artifacts_url", f"{folder / 'artifacts'}")

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

    def books(self, folder: Path) -> Database:
        """The database of the books, as it is."""
        url = self._address("accounting_url", f"sqlite:///{folder / 'accounting.db'}")
        return Database(url, patience_seconds=self.patience_seconds, schema=self.accounting_schema)

    def place(self, folder: Path) -> Place:
        """Where this world keeps its work, *folder* being the home; nothing is opened, made or changed."""
        return Place(
            name=self.name,
            state=self.state(folder),
            books=self.books(folder),
            shelf=self.shelf(folder),
            heads=self.head_shelf(folder),
            keys=self.key_ring(folder),
            patience_seconds=self.patience_seconds,
            is_encrypted=self.key_holder() is not None,
        )

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


def load(name: str | None = None, **given: Any) -> Profile:
    """The profile *name*, by default what `HOLDFAST_PROFILE` names, else `laptop`; what is *given* beats all else."""
    name = name or profiles.chosen()
    if name not in profiles.known():
        raise NoSuchProfile(name=name, known=", ".join(profiles.known()))
    values = profiles.values(name)
    if blocks := os.environ.get("HOLDFAST_BLOCKS", values.get("blocks", "")):
        from blocks.setting_blocks import settings_of  # brings Prefect with it

        values |= settings_of(blocks)
    told = {field: value for field, value in values.items() if f"HOLDFAST_{field.upper()}" not in os.environ}
    try:
        return Profile(name=name, **told | given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadProfile(f"{wrong}.", name=name) from error


def _folder(path: str) -> Path:
    return Path(path).expanduser()


def open_world(profile: Profile | None = None) -> World:
    """Open what *profile* names: the schema is created where it is missing. About 20 ms on SQLite.

    Raises ServerLosesWork, SchemaUnknown, DatabaseUnavailable, NoServer.
    """
    profile = profile or load()
    folder = profile.folder()
    state = profile.state(folder)
    require_lasting(state)
    state.prepare()
    keys = open_keys(state, profile.key_holder(), profile.tenant)
    cipher = Cipher(keys, accepts_plain=profile.encryption_accepts_plain) if keys else None
    shelf = profile.shelf(folder)
    artifacts = ArtifactStore(shelf, patience_seconds=profile.patience_seconds, cipher=cipher)

    def close() -> None:
        state.close()
        if profile.keep == "memory":
            rmtree(folder, ignore_errors=True)

    return World(
        profile=profile.name,
        model=profile.model,
        artifacts_at=profile.artifacts_at(folder),
        tenant=profile.tenant,
        state=state,
        artifacts=artifacts,
        cipher=cipher,
        data_keys=keys,
        makers={
            ArtifactStore: lambda: artifacts,
            Inbox: lambda: Inbox(profile.bucket),
            Accounting: lambda: profile.accounting(folder),
            CreditBureau: profile.credit_bureau,
            LanguageModel: lambda: profile.language_model(folder),
            Mail: lambda: profile.mail(folder),
            PageReader: PageReader,
            Web: lambda: Web(entries_of(profile.web_allowed)),
        },
        workers=profile.workers,
        close=close,
        heads=SignedHeads(state, profile.head_shelf(folder), profile.key_ring(folder)),
    )


world.opened_by(open_world)
