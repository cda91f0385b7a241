"""The state of a run, told by its events alone. Standard library only, so that an export is enough."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from blocks.state.chain import Event

ENTERING = ("stage.done", "stage.reused")
_BEGINNING = ("run.started", "run.resumed", "run.taken")
_ENDING = ("run.completed", "run.failed", "run.parked", "run.waiting")


class NotTold(ValueError):
    """The events do not tell a run."""


@dataclass(frozen=True)
class ToldStage:
    """One stage of a run; *output* is the digest of its newest answer."""

    ordinal: int
    key: str
    stage: str
    subject: str
    reused: bool
    output: str


@dataclass(frozen=True)
class ToldRun:
    """A run with its stages in the order in which they were settled."""

    run_id: str
    name: str
    flow: str
    tenant: str
    profile: str
    state: str
    error: str | None
    stages: tuple[ToldStage, ...]


def rebuild(events: Iterable[Event]) -> ToldRun:
    """The run that *events*, all of one run and in order, tell of. Raises NotTold."""
    facts: dict[str, Any] = {}
    outcome: tuple[str, str | None] | None = None
    stages: dict[str, ToldStage] = {}
    run_id = ""
    for event in events:
        body, run_id = body_of(event), event.run_id
        facts = facts or (body if event.kind == "run.started" else facts)
        outcome = outcome_of(event.kind, body) or outcome
        if event.kind in ENTERING:
            _enter(stages, event.kind, body)
    if not facts or not outcome:
        raise NotTold("there is no `run.started`")
    words = {word: facts[word] for word in ("name", "flow", "tenant", "profile")}
    told = tuple(sorted(stages.values(), key=lambda stage: stage.ordinal))
    return ToldRun(run_id=run_id, state=outcome[0], error=outcome[1], stages=told, **words)


def body_of(event: Event) -> dict[str, Any]:
    """The body of an event. Raises NotTold."""
    try:
        body: Any = json.loads(event.body)
    except ValueError as error:
        raise NotTold(f"the body of event {event.seq} is no JSON") from error
    if not isinstance(body, dict):
        raise NotTold(f"the body of event {event.seq} is no object")
    return body  # pyright: ignore[reportUnknownVariableType]  JSON objects have text keys


def outcome_of(kind: str, body: dict[str, Any]) -> tuple[str, str | None] | None:
    """The state and the error of the run after an event, or None where the event does not change them."""
    if kind in _BEGINNING:
        return "running", None
    return (kind.removeprefix("run."), body.get("error")) if kind in _ENDING else None


def _enter(stages: dict[str, ToldStage], kind: str, body: dict[str, Any]) -> None:
    key, output = body["key"], body["output"]
    if body["ordinal"] is None:  # the run has the stage already: it was answered anew
        stages[key] = replace(stages[key], output=output)
        return
    reused = kind == "stage.reused"
    stages[key] = ToldStage(body["ordinal"], key, body["stage"], body["subject"], reused, output)
