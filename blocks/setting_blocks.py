"""Settings of a profile as blocks of Prefect, to be filled in on Prefect's page.

    prefect block register -m blocks        (`holdfast deploy` does it as well)

A profile takes them where `HOLDFAST_BLOCKS=NAME` is set: every block below that was saved under NAME gives its settings; what the
environment names wins. A field is called like the setting that it becomes. Prefect keeps what is secret encrypted, and shows it
to whoever may use its API: the key that signs the ledger is no block's.
"""

import os
from functools import cache
from typing import Any

import httpx
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import Field, SecretStr

from blocks.base.errors import HoldfastError, Misuse


class NoSuchBlocks(Misuse):
    """Prefect has no block of ours called {name!r}."""

    next = "`holdfast deploy` registers the types; then fill in blocks of that name on Prefect's page, or unset HOLDFAST_BLOCKS."


class BlocksUnavailable(HoldfastError):
    """The settings called {name!r} could not be asked of the Prefect server:"""

    safe = "Nothing was done."
    next = "See `holdfast status`, or name another server with HOLDFAST_PREFECT_API_URL."


class StateDatabaseSettings(Block):
    """Where Holdfast keeps what is true about runs, and the books."""

    _block_type_name = "Holdfast State Database"
    _block_type_slug = "holdfast-state-database"

    state_url: SecretStr = Field(
        description="SQLAlchemy URL, postgresql+psycopg://user:password@host/database"
    )
    state_schema: str = Field(default="holdfast", description="where the tables stand on the server")
    accounting_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy URL of the books; empty: they are set elsewhere"
    )
    accounting_schema: str = Field(default="accounting", description="where the books stand on their server")


class ArtifactStoreSettings(Block):
    """Where Holdfast keeps bytes, and the signed heads of its ledger."""

    _block_type_name = "Holdfast Artifact Store"
    _block_type_slug = "holdfast-artifact-store"

    artifacts_url: str = Field(description="s3://BUCKET/PREFIX, or a folder that every worker sees")
    heads_url: str = Field(default="", description="the same for signed heads; empty: they are set elsewhere")
    s3_endpoint_url: str = Field(default="", description="of an object store that is not AWS's")
    s3_region: str = Field(default="", description="empty: as AWS's own tools find it")
    s3_access_key_id: str = Field(default="", description="empty: as AWS's own tools find it")
    s3_secret_access_key: SecretStr = Field(default=SecretStr(""), description="of that key")


class LanguageModelSettings(Block):
    """Which language model answers, and the key that it is asked with."""

    _block_type_name = "Holdfast Language Model"
    _block_type_slug = "holdfast-language-model"

    model: str = Field(description="`offline`, or a pydantic-ai model name such as openai:gpt-5.4-mini")
    openai_base_url: str = Field(default="", description="OPENAI_BASE_URL where the environment has none")
    openai_api_key: SecretStr = Field(
        default=SecretStr(""), description="OPENAI_API_KEY where the environment has none"
    )


class MailServerSettings(Block):
    """The mail server that sends what was approved."""

    _block_type_name = "Holdfast Mail Server"
    _block_type_slug = "holdfast-mail-server"

    mail_url: str = Field(description="smtp://user@host:587 or smtps://user@host:465")
    mail_from: str = Field(default="", description="the sender's address; empty: the user of the URL")
    mail_password: SecretStr = Field(default=SecretStr(""), description="of that user")


KINDS: tuple[type[Block], ...] = (
    StateDatabaseSettings,
    ArtifactStoreSettings,
    LanguageModelSettings,
    MailServerSettings,
)
_FOR_THE_LIBRARY = ("openai_base_url", "openai_api_key")


@cache
def settings_of(name: str) -> dict[str, Any]:
    """The settings that the blocks called *name* give; what is empty in them is left out.

    Asked once per process: one call to the server for each kind. Effects: what a model's library looks for in the environment
    is put there, where nothing stands. Raises NoSuchBlocks or BlocksUnavailable.
    """
    given: dict[str, Any] = {}
    for kind in KINDS:
        given |= _saved(kind, name)
    if not given:
        raise NoSuchBlocks(name=name)
    for field in _FOR_THE_LIBRARY:
        if value := given.pop(field, ""):
            os.environ.setdefault(field.upper(), str(value))
    return given


def _saved(kind: type[Block], name: str) -> dict[str, Any]:
    """What was filled in of the block of this kind; {} where there is none."""
    try:
        with get_client(sync_client=True) as client:
            document = client.read_block_document_by_name(name, kind.get_block_type_slug())
    except ObjectNotFound:
        return {}
    except httpx.HTTPError as error:
        raise BlocksUnavailable(f"{type(error).__name__}: {error}", name=name) from error
    return {field: value for field, value in document.data.items() if field in kind.model_fields and value}
