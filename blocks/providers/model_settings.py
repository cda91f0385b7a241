"""The settings of language models: which one, what it may cost, how it is asked. Part of a profile."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from blocks.providers.language_model import MOST_TOKENS
from blocks.providers.prices import parse_prices


class ModelSettings(BaseSettings):
    """Money is US dollars; a budget that is not given has no limit."""

    model: str = Field(default="offline", description="`offline`, or a pydantic-ai model name")
    model_prices: str = Field(
        default="",
        description="NAME=IN/OUT, several with commas between: US dollars for a million tokens in and out, for models "
        "whose price genai-prices does not know or has wrong; one without a price is refused",
    )
    model_most_tokens: int = Field(
        default=MOST_TOKENS, ge=1, description="the longest answer, and with it its highest price"
    )
    model_seconds: float = Field(
        default=120.0,
        gt=0,
        description="a silence for so long is no answer; with model_streams, between two pieces",
    )
    model_patience_seconds: float = Field(
        default=60.0,
        ge=0,
        description="how long a stage waits for a provider that refuses or is away, before its run is parked",
    )
    model_streams: bool = Field(default=False, description="ask for answers piece by piece")
    capture: Literal["auto", "off"] = Field(
        default="auto",
        description="send paid requests through the capture proxy of this machine, which keeps answers of killed workers",
    )
    model_looks_up: bool = Field(
        default=False,
        description="have the provider keep answers (OpenAI: 30 days), and ask it for one that was lost on the way",
    )
    budget_run_usd: Decimal | None = Field(default=None, ge=0, description="what one run may spend on models")
    budget_flow_day_usd: Decimal | None = Field(
        default=None, ge=0, description="what all runs of one flow may spend in a day (UTC)"
    )
    budget_tenant_usd: Decimal | None = Field(
        default=None, ge=0, description="what the tenant may spend in all"
    )
    model_hold_above_usd: Decimal = Field(
        default=Decimal("0.50"),
        ge=0,
        description="a request of which nobody knows whether it was billed, and that costs more, is sent again only when "
        "a person says so",
    )

    @field_validator("model_prices")
    @classmethod
    def _are_prices(cls, text: str) -> str:
        parse_prices(text)
        return text
