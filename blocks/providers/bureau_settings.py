"""Which credit bureau is asked: a part of the profile's settings."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from blocks.providers.credit_bureau import CreditBureau, checked_url


class BureauSettings(BaseSettings):
    """Where the bureau is, and what it knows us by."""

    credit_bureau_url: str = Field(
        default="", description="of a credit bureau, https://...; empty: no credit check is made"
    )
    credit_bureau_key: SecretStr = Field(default=SecretStr(""), description="what that bureau knows us by")

    @field_validator("credit_bureau_url")
    @classmethod
    def _askable(cls, url: str) -> str:
        return checked_url(url)

    def credit_bureau(self) -> CreditBureau:
        """The bureau that is asked; where none is named, one that is not there."""
        return CreditBureau(self.credit_bureau_url, self.credit_bureau_key.get_secret_value())
