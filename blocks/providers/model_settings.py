"""The settings of language models: which one, what it may cost, how it is asked. Part of a profile."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from blocks.providers.language_model import MOST_TOKENS
from blocks.providers.prices import parse_prices


class ModelSettings(BaseSettings):
    """Money is US dollars; a budget that is not given has no limit."""

    model: str = Field(default="offline", description="`offline`, or a pydantic-ai model name")
    model_routes: str = Field(
        default="",
        description="STAGE=MODEL, several with commas between: stages that ask another model, a cheap one to categorize say",
    )
    model_fallbacks: str = Field(
        default="", description="models to ask, in their order, while the provider of the first one is away"
    )
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

    @property
    def routes(self) -> dict[str, str]:
        """The model of each stage that has one of its own. Raises ValueError."""
        entries = [entry.partition("=") for entry in _listed(self.model_routes)]
        if any(not (stage.strip() and model.strip()) for stage, _, model in entries):
            raise ValueError("write routes as STAGE=MODEL, STAGE=MODEL")
        return {stage.strip(): model.strip() for stage, _, model in entries}

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """The models that are asked instead, in their order."""
        return tuple(_listed(self.model_fallbacks))

    @model_validator(mode="after")
    def _are_routes(self) -> Self:
        self.routes  # noqa: B018  raises
        return self

    @field_validator("model_prices")
    @classmethod
    def _are_prices(cls, text: str) -> str:
        parse_prices(text)
        return text


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
