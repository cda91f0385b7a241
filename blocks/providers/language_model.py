"""Ask a language model for typed facts; the offline readers stand behind the same door.

`offline` is no language model: pydantic-ai's FunctionModel hands the document to rules of ours. Every other name
is pydantic-ai's (`openai:gpt-5.4-mini`, `anthropic:...`). One call of `facts` is one request: no SDK retries, no
second try for an answer of the wrong shape. It is bought through a till, which keeps its answer.
"""

import asyncio
import inspect
import os
from collections.abc import AsyncIterable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from blocks.base.canonical import canonical_bytes, digest_of
from blocks.base.errors import HoldfastError
from blocks.base.money import nano_usd, usd
from blocks.providers.capture import Capture
from blocks.providers.paid_calls import (
    MOST_BYTES,
    NotSent,
    OpenTill,
    ProviderAway,
    Till,
    Unanswered,
    Wanted,
)
from blocks.providers.prices import Price, price_of

if TYPE_CHECKING:
    from pydantic_ai import Agent, RunUsage
    from pydantic_ai.models import Model

    from blocks.providers.model_line import Line

T = TypeVar("T", bound=BaseModel)

OFFLINE = "offline"
MOST_TOKENS = 16_384
_NO_SUCH_ROUTE = (404, 405)
_DOMAIN = "holdfast model request 1"
_FRAME_TOKENS = 1_000


class ModelUnavailable(HoldfastError):
    """The language model {model} did not answer:"""

    safe = "Everything recorded so far is kept; a request that was cut off may have been billed once."


class ModelNotConfigured(HoldfastError):
    """The language model {model} cannot be asked:"""

    safe = "Nothing was sent and nothing was paid."
    next = "Set its key in the environment (OPENAI_API_KEY, say) or choose another model with HOLDFAST_MODEL."


class ModelAnswerUnusable(HoldfastError):
    """The language model {model} gave no answer of the asked shape:"""

    safe = "Everything recorded so far is kept; this one request was billed."
    next = "Run the same command again to ask once more, or choose another model with HOLDFAST_MODEL."


@dataclass(frozen=True)
class Reply(Generic[T]):
    """The facts, and what they cost in US dollars, now or before."""

    facts: T
    cost_usd: Decimal
    spoil: Callable[[], None]
    """Say that they are no use after all, so that the model is asked anew the next time."""


@dataclass(frozen=True)
class LanguageModel:
    """One model by its name, and how it is asked. A stage that *routes* name has a model of its own; where the provider of
    one is away, the *fallbacks* are asked, in their order.

    *till* is where its answers are bought, *capture* the proxy of this machine that keeps them on their way, if there is
    one. *prices* are those that genai-prices does not know, *most_tokens* bounds an answer, and with it its price.
    *streams* asks for the answer piece by piece, so that a silence of *seconds* is noticed at once. *looks_up* has the
    provider keep answers, and asks it for those that were lost.
    """

    name: str = OFFLINE
    routes: Mapping[str, str] = field(default_factory=dict[str, str])
    fallbacks: tuple[str, ...] = ()
    till: Till = field(default_factory=OpenTill)
    capture: Callable[[], Capture | None] = lambda: None
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    most_tokens: int = MOST_TOKENS
    seconds: float = 120.0
    streams: bool = False
    looks_up: bool = False

    @property
    def identity(self) -> str:
        """The model's name, and those of its fallbacks: part of the key of every stage that asks it."""
        return " or ".join((self.name, *self.fallbacks))

    def for_stage(self, stage: str) -> "LanguageModel":
        """The model that this stage asks."""
        return replace(self, name=self.routes[stage]) if stage in self.routes else self

    @property
    def is_offline(self) -> bool:
        """True where rules answer, and nothing is paid."""
        return self.name == OFFLINE

    def facts(
        self, document: str, *, instructions: str, kind: type[T], by_rules: Callable[[str], T]
    ) -> Reply[T]:
        """What *document* says, as a *kind*; offline, what *by_rules* finds in it.

        Costs one paid request, which counts as spent by the running stage; nothing where it was bought before, and
        nothing offline. Raises ModelNotConfigured, PriceUnknown, ModelUnavailable or ModelAnswerUnusable, and what the
        till raises.
        """
        if self.is_offline:
            facts = asyncio.run(_asked(_rules(document, by_rules), instructions, document, kind))
            return Reply(facts, Decimal(0), _keep_it)
        for name in (self.name, *self.fallbacks)[:-1]:
            with suppress(ProviderAway):
                return replace(self, name=name)._bought(document, instructions, kind)
        last = (self.name, *self.fallbacks)[-1]
        return replace(self, name=last)._bought(document, instructions, kind)

    def _bought(self, document: str, instructions: str, kind: type[T]) -> Reply[T]:
        question = _Question(self, instructions, _fenced(document), kind)
        try:
            return question.asked(chat=True)
        except _RouteMissing:
            return question.asked(chat=False)


class _RouteMissing(Exception):
    """The endpoint does not speak this dialect of the OpenAI API; nothing was billed."""


@dataclass
class _Question(Generic[T]):
    """A paid question: asked once, priced, and its answer read."""

    model: LanguageModel
    instructions: str
    text: str
    kind: type[T]
    usage: "RunUsage | None" = None

    def asked(self, *, chat: bool) -> Reply[T]:
        """The answer. Raises _RouteMissing where the endpoint does not speak Chat Completions, or not Responses."""
        from blocks.providers.model_line import Line

        model = self.model
        line = Line(self._wanted(), model.till, model.capture(), model.seconds, model.looks_up)
        try:
            facts = self._read_somehow(line, chat=chat)
        except Exception as error:
            raise self._told(error, line) from error
        self._count(line)
        bought, cost, till = line.bought, nano_usd(self._cost()), model.till
        return Reply(facts, usd(cost), (lambda: till.spoil(bought, cost)) if bought else _keep_it)

    def _read_somehow(self, line: "Line", *, chat: bool) -> T:
        """The answer; one that was bought before, by whom asked in another dialect or piece by piece, is read as it came."""
        streams, ways = self.model.streams, [(chat, self.model.streams)]
        ways += [(chat, not streams), (not chat, streams), (not chat, not streams)]
        for way in ways[:-1]:
            try:
                return self._read(line, chat=way[0], streams=way[1])
            except Exception:
                answers_otherwise = line.bought is not None and line.bought.answer.is_stream != way[1]
                if (
                    line.bought is None
                    or line.bought.answer.is_refusal
                    or (line.is_sent and not answers_otherwise)
                ):
                    raise
        return self._read(line, chat=ways[-1][0], streams=ways[-1][1])

    def _read(self, line: "Line", *, chat: bool, streams: bool) -> T:
        from pydantic_ai import RunUsage

        self.usage = RunUsage()
        asked = _asked(
            _model(self.model, line, chat=chat),
            self.instructions,
            self.text,
            self.kind,
            usage=self.usage,
            settings={"max_tokens": self.model.most_tokens},
            streams=streams,
        )
        return asyncio.run(asked)

    def _told(self, error: Exception, line: "Line") -> Exception:
        """What *error*, met on the way, means here. What was bought is counted; where it is no use, that is said."""
        from pydantic_ai import exceptions

        name, bought = self.model.name, line.bought
        if isinstance(line.trouble, NotSent | Unanswered):
            away = ModelUnavailable(f"{line.trouble}", model=name)
            away.parks = "outage"  # the run looks for the answer when it is woken
            return away
        if line.trouble is not None:
            return line.trouble
        if bought is not None and not bought.answer.is_refusal:
            self._count(line)
            if bought.answer.is_cut_off:
                error = ValueError(f"it had no end, and was cut off after {MOST_BYTES // 2**20} MiB.")
            if isinstance(error, exceptions.AgentRunError | ValueError):
                self.model.till.spoil(bought, nano_usd(self._cost()))
                return ModelAnswerUnusable(f"{error}", model=name)
            return error
        if isinstance(error, exceptions.ModelHTTPError):
            is_missing = error.status_code in _NO_SUCH_ROUTE and _is_elsewhere(name)
            return _RouteMissing() if is_missing else ModelUnavailable(f"{error}", model=name)
        if isinstance(error, exceptions.ModelAPIError | OSError):
            return ModelUnavailable(f"{error}", model=name)
        return error

    def _wanted(self) -> Wanted:
        """The request as it is known here, whatever an SDK makes of it: the same words are bought once."""
        name, most = self.model.name, self.model.most_tokens
        schema = self.kind.model_json_schema()
        asked = [_DOMAIN, name, self.instructions, self.text, schema, most]
        data = canonical_bytes(asked)
        # A token is at least one byte; a schema may be told twice.
        tokens_in = 2 * len(data) + _FRAME_TOKENS
        price = price_of(name, self.model.prices, tokens_in, most)
        return Wanted(name, digest_of(data), nano_usd(price))

    def _count(self, line: "Line") -> None:
        """Also for an answer that is no use: it was billed."""
        if line.bought is None or line.bought.answer.is_refusal:
            return
        cost = nano_usd(self._cost())
        self.model.till.count(line.bought, cost)

    def _cost(self) -> Decimal:
        """What the answer cost; where it does not say how long it is, the most that it can have cost."""
        usage, name = self.usage, self.model.name
        if usage is None or not (usage.input_tokens or usage.output_tokens):
            return usd(self._wanted().most_nano_usd)
        if usage.cost is not None and name not in self.model.prices:
            return usage.cost
        return price_of(name, self.model.prices, usage.input_tokens, usage.output_tokens)


def _keep_it() -> None:
    pass


async def _asked(
    model: "Model",
    instructions: str,
    text: str,
    kind: type[T],
    *,
    usage: "RunUsage | None" = None,
    settings: Any = None,
    streams: bool = False,
) -> T:
    result = await _agent(kind).run(
        text,
        model=model,
        instructions=instructions,
        usage=usage,
        model_settings=settings,
        event_stream_handler=_heard if streams else None,
    )
    return result.output


async def _heard(context: Any, events: AsyncIterable[Any]) -> None:
    """A streamed answer is read to its end."""
    async for _ in events:
        pass


@lru_cache(maxsize=64)
def _agent(kind: type[BaseModel]) -> "Agent[None, Any]":
    """Building the schema of the answer costs more than asking the rules: once per shape."""
    from pydantic_ai import Agent

    return Agent(output_type=kind, retries=0)


def _rules(document: str, by_rules: Callable[[str], BaseModel]) -> "Model":
    from pydantic_ai import ModelResponse, ToolCallPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel

    async def answer(messages: Any, info: AgentInfo) -> ModelResponse:
        found = by_rules(document).model_dump(mode="json")
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, found)])

    return FunctionModel(answer, model_name=OFFLINE)


def _is_elsewhere(name: str) -> bool:
    return name.startswith("openai:") and bool(os.environ.get("OPENAI_BASE_URL"))


def _model(asked: LanguageModel, line: "Line", *, chat: bool = True) -> "Model":
    """The pydantic-ai model, all of whose requests go through *line*; for an OpenAI-compatible endpoint, Chat Completions
    before Responses. What is to be looked up afterwards is asked in Chat Completions."""
    from pydantic_ai import exceptions
    from pydantic_ai.models import infer_model

    name = asked.name
    speaks_chat = chat and (_is_elsewhere(name) or asked.looks_up)
    full = name.replace("openai:", "openai-chat:", 1) if speaks_chat else name
    try:
        return infer_model(full, lambda provider: _through(line, provider, name))
    except exceptions.UserError as error:
        raise ModelNotConfigured(f"{error}", model=name) from error


def _through(line: "Line", provider: str, name: str) -> Any:
    """The *provider* (its pydantic-ai name), all of whose requests go through *line*, without the SDK's hidden retries:
    one attempt is one request.

    Raises ModelNotConfigured for a provider whose requests cannot be led through it: nothing would be written down.
    """
    import httpx2
    from pydantic_ai.providers import infer_provider_class
    from pydantic_ai.providers.gateway import gateway_provider  # pyright: ignore[reportUnknownVariableType]

    kind: Any = infer_provider_class(provider)
    if provider.startswith("gateway/"):
        kind = partial(gateway_provider, provider.removeprefix("gateway/"))
    elif "http_client" not in inspect.signature(kind.__init__).parameters:
        raise ModelNotConfigured("requests to this provider cannot be recorded.", model=name)
    made: Any = kind(http_client=httpx2.AsyncClient(transport=line))
    client: Any = getattr(made, "client", None)
    if hasattr(client, "max_retries"):
        client.max_retries = 0
    return made


def _fenced(document: str) -> str:
    """The document as data: what stands in it is never an instruction."""
    return f"<document>\n{document.replace('</document>', '</ document>')}\n</document>"
