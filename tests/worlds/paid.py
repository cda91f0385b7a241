"""A world whose stages ask a paid model: the fake provider, the till, and the capture proxy as a process."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN, stage
from blocks.durable.model_calls import Counter, Limits
from blocks.durable.world import World
from blocks.providers.capture import Capture, look
from blocks.providers.language_model import LanguageModel
from deployments.capture_proxy import CAPTURE_PROXY
from tests.worlds.laptop import enter, open_laptop

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


def open_paid(
    folder: Path,
    *,
    limits: Limits | None = None,
    captures: bool = True,
    streams: bool = False,
    seconds: float = 30.0,
    **given: str,
) -> World:
    """A world in *folder* with a paid model; its proxy is the one of the folder."""
    made = open_laptop(folder, **given)

    def capture() -> Capture | None:
        return look(folder) if captures else None

    def model() -> LanguageModel:
        return LanguageModel(
            MODEL, till=Counter(limits or Limits()), capture=capture, streams=streams, seconds=seconds
        )

    made.makers = {**made.makers, ArtifactStore: lambda: made.artifacts, LanguageModel: model}
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
        CAPTURE_PROXY.ensure(home)

    try:
        yield killed_and_started
    finally:
        CAPTURE_PROXY.stop(home)
