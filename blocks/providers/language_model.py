"""Ask a language model for typed facts; the offline readers stand behind the same door.

`offline` is no language model: pydantic-ai's FunctionModel hands the document to rules of ours. Every other name
is pydantic-ai's (`openai:gpt-5.4-mini`, `anthropic:...`). One call of `facts` is one request: no SDK retries, no
second try for an answer of the wrong shape.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from blocks.base.errors import HoldfastError
from blocks.base.meter import spend

if TYPE_CHECKING:
    from pydantic_ai import Agent
    from pydantic_ai.models import Model

T = TypeVar("T", bound=BaseModel)

OFFLINE = "offline"
_TIMEOUT_SECONDS = 120.0
_NO_SUCH_ROUTE = (404, 405)


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
    """The facts, and what they cost in US dollars; None where the price is not known."""

    facts: T
    cost_usd: Decimal | None


@dataclass(frozen=True)
class LanguageModel:
    """One model by its name."""

    name: str = OFFLINE

    @property
    def identity(self) -> str:
        """The model's name: part of the key of every stage that asks it."""
        return self.name

    @property
    def is_offline(self) -> bool:
        """True where rules answer, and nothing is paid."""
        return self.name == OFFLINE

    def facts(
        self, document: str, *, instructions: str, kind: type[T], by_rules: Callable[[str], T]
    ) -> Reply[T]:
        """What *document* says, as a *kind*; offline, what *by_rules* finds in it.

        Costs one paid request, which counts as spent by the running stage; nothing offline.
        Raises ModelNotConfigured, ModelUnavailable or ModelAnswerUnusable.
        """
        return asyncio.run(self._ask(document, instructions, kind, by_rules))

    async def _ask(
        self, document: str, instructions: str, kind: type[T], by_rules: Callable[[str], T]
    ) -> Reply[T]:
        if self.is_offline:
            return await _one_request(self.name, _rules(document, by_rules), instructions, document, kind)
        try:
            return await _one_request(self.name, _model(self.name), instructions, _fenced(document), kind)
        except _RouteMissing:
            return await _one_request(
                self.name, _model(self.name, chat=False), instructions, _fenced(document), kind
            )


class _RouteMissing(Exception):
    """The endpoint does not speak this dialect of the OpenAI API; nothing was billed."""


async def _one_request(name: str, model: "Model", instructions: str, text: str, kind: type[T]) -> Reply[T]:
    from pydantic_ai import RunUsage, exceptions

    usage = RunUsage()
    try:
        result = await _agent(kind).run(text, model=model, instructions=instructions, usage=usage)
    except exceptions.ModelHTTPError as error:
        if error.status_code in _NO_SUCH_ROUTE and _is_elsewhere(name):
            raise _RouteMissing from error
        raise ModelUnavailable(f"{error}", model=name) from error
    except exceptions.UnexpectedModelBehavior as error:
        raise ModelAnswerUnusable(f"{error}", model=name) from error
    except (exceptions.ModelAPIError, OSError) as error:
        raise ModelUnavailable(f"{error}", model=name) from error
    finally:
        if usage.cost is not None:
            spend(usage.cost)  # also for an answer that is no use: it was billed
    return Reply(result.output, Decimal(0) if name == OFFLINE else usage.cost)


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


def _model(name: str, *, chat: bool = True) -> "Model":
    """The pydantic-ai model; for an OpenAI-compatible endpoint, Chat Completions before Responses."""
    from pydantic_ai import exceptions
    from pydantic_ai.models import infer_model
    from pydantic_ai.providers import infer_provider

    full = name.replace("openai:", "openai-chat:", 1) if chat and _is_elsewhere(name) else name
    try:
        return infer_model(full, lambda provider: _one_try(infer_provider(provider)))
    except exceptions.UserError as error:
        raise ModelNotConfigured(f"{error}", model=name) from error


def _one_try(provider: Any) -> Any:
    """Take the SDK's hidden retries away: one attempt is one request."""
    client: Any = getattr(provider, "client", None)
    if hasattr(client, "max_retries"):
        client.max_retries = 0
        client.timeout = _TIMEOUT_SECONDS
    return provider


def _fenced(document: str) -> str:
    """The document as data: what stands in it is never an instruction."""
    return f"<document>\n{document.replace('</document>', '</ document>')}\n</document>"
