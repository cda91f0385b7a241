"""A world whose stages ask a paid model: the fake provider, the till, and the capture proxy as a process."""

import json
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN, stage
from blocks.durable.model_calls import Counter, Limits
from blocks.durable.world import World
from blocks.providers.capture import look
from blocks.providers.language_model import LanguageModel
from blocks.providers.paid_calls import Bought, OpenTill, RawAnswer, Sender, Wanted
from deployments.capture_proxy import CAPTURE_PROXY
from tests.fakes.openai_server import chat_answer
from tests.worlds.laptop import enter, open_laptop
from tests.worlds.prefect_worker import until

MODEL = "openai:gpt-5-mini"


class Fact(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(frozen=True)

    said: str


@stage(version=1, weight="light")
def fact_of(text: str, *, model: LanguageModel = GIVEN) -> Fact:
    """One paid request."""
    return model.facts(text, instructions="Say it.", kind=Fact, by_rules=lambda said: Fact(said=said)).facts


@stage(version=1, weight="light")
def same_fact_of(text: str, *, model: LanguageModel = GIVEN) -> Fact:
    """The same request from another stage."""
    return fact_of.fn(text, model=model)


class _Known(OpenTill):
    """Answers without a provider."""

    def buy(self, wanted: Wanted, sender: Sender) -> Bought:
        """The same answer to everything."""
        body = json.dumps(
            chat_answer({"model": "m", "tools": [{"function": {"name": "final_result"}}]}, {"said": ""})
        )
        return Bought("", RawAnswer(200, "application/json", body.encode()), is_new=False)


def warm() -> None:
    """Do here, before any fork, what takes long the first time: prices, schemas, and what an SDK imports late."""
    os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    LanguageModel(MODEL, till=_Known()).facts(
        "", instructions="", kind=Fact, by_rules=lambda said: Fact(said=said)
    )
    os.environ.pop("OPENAI_BASE_URL")


def open_paid(folder: Path, *, limits: Limits | None = None, captures: bool = True, **how: Any) -> World:
    """A world in *folder* with a paid model, asked *how* LanguageModel says; its proxy is the one of the folder."""
    made = open_laptop(folder)

    def asked() -> LanguageModel:
        capture = partial(look, folder) if captures else lambda: None
        given = {"name": MODEL, "seconds": 30.0, **how}
        return LanguageModel(till=Counter(limits or Limits()), capture=capture, **given)

    made.makers = {**made.makers, ArtifactStore: lambda: made.artifacts, LanguageModel: asked}
    enter(made)
    return made


@contextmanager
def proxy(home: Path) -> Generator[Callable[[], None]]:
    """The capture proxy of *home*; call what is given to kill it and start it again."""
    CAPTURE_PROXY.ensure(home)

    def killed_and_started() -> None:
        known = CAPTURE_PROXY.look(home)
        assert known is not None
        os.kill(known.pid, signal.SIGKILL)
        until(lambda: CAPTURE_PROXY.look(home) is None)
        CAPTURE_PROXY.ensure(home)

    try:
        yield killed_and_started
    finally:
        CAPTURE_PROXY.stop(home)
