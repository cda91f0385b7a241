"""The settings of what we call outside ourselves: models, mail, the web. Part of a profile."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from blocks.providers.mail_route import sender_of
from blocks.providers.model_settings import ModelSettings
from blocks.providers.web_allowed import BadEntry, entries_of


class ProviderSettings(ModelSettings):
    """Those of language models, and of the others."""

    mail_from: str = Field(
        default="",
        description="the sender's address; empty: the user of mail_url, offline holdfast@localhost",
    )
    mail_url: str = Field(
        default="",
        description="smtp://user@host:587 or smtps://user@host:465; empty: mailbox in the home folder",
    )
    mail_password: SecretStr = Field(default=SecretStr(""), description="of the user in mail_url")
    web_allowed: str = Field(
        default="",
        description="hosts that documents may be fetched from, with commas between: example.com, *.example.com, "
        "local:https://HOST:PORT (blocks.providers.web_allowed); empty: nothing is fetched",
    )

    @field_validator("mail_url")
    @classmethod
    def _reachable(cls, url: str, given: ValidationInfo) -> str:
        sender_of(url, given.data.get("mail_from", ""))
        return url

    @field_validator("web_allowed")
    @classmethod
    def _hosts(cls, hosts: str) -> str:
        try:
            entries_of(hosts)
        except BadEntry as error:
            raise ValueError(f"{error}") from error
        return hosts
