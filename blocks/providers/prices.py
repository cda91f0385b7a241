"""What a request to a language model costs, at most and in the end. Money is Decimal US dollars.

Prices are those of genai-prices, which its release carries along, and before them those that the profile names. A model
without a price is refused: what it costs is not zero because nobody knows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from blocks.base.errors import HoldfastError, Misuse

_MILLION = Decimal(1_000_000)


class PriceUnknown(HoldfastError):
    """Nobody knows what the language model {model} costs."""

    safe = "Nothing was sent and nothing was paid."
    next = (
        "Name its price in US dollars for a million tokens in and out, 0/0 where it is free: "
        "HOLDFAST_MODEL_PRICES='{model}=0.25/2'."
    )

    def __init__(self, model: str) -> None:
        super().__init__(model=model)
        self.next = self.next.format(model=model)


class BadPrices(Misuse):
    """{entry!r} names no price."""

    next = "Write HOLDFAST_MODEL_PRICES as 'openai:my-model=0.25/2, ollama:other=0/0'."


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost."""
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / _MILLION


def parse_prices(text: str) -> dict[str, Price]:
    """The prices in 'NAME=IN/OUT, ...'. Raises BadPrices."""
    return dict(_parsed(entry.strip()) for entry in text.split(",") if entry.strip())


def price_of(model: str, own: Mapping[str, Price], tokens_in: int, tokens_out: int) -> Decimal:
    """What so many tokens cost at *model*, a pydantic-ai name. Raises PriceUnknown."""
    if model in own:
        return own[model].of(tokens_in, tokens_out)
    found = _listed(model, tokens_in, tokens_out)
    if found is None:
        raise PriceUnknown(model)
    return found


def _parsed(entry: str) -> tuple[str, Price]:
    name, _, price = entry.rpartition("=")
    try:
        tokens_in, tokens_out = (Decimal(part.strip()) for part in price.split("/"))
    except (ValueError, InvalidOperation) as error:
        raise BadPrices(entry=entry) from error
    is_price = tokens_in.is_finite() and tokens_out.is_finite() and min(tokens_in, tokens_out) >= 0
    if not name.strip() or not is_price:
        raise BadPrices(entry=entry)
    return name.strip(), Price(tokens_in, tokens_out)


@lru_cache(maxsize=1024)
def _listed(model: str, tokens_in: int, tokens_out: int) -> Decimal | None:
    """Prices may depend on the number of tokens, so they are asked for with it. Costs about 0.1 s the first time."""
    from genai_prices import Usage, calc_price

    provider, _, name = model.rpartition(":")
    provider = provider.removesuffix("-chat").removesuffix("-responses")
    try:
        return calc_price(
            Usage(input_tokens=tokens_in, output_tokens=tokens_out), name, provider_id=provider or None
        ).total_price
    except (LookupError, ValueError):
        return None
