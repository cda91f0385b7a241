"""One call of one stage: its arguments in canonical form, and the key of its answer.

The key is sha256 over the canonical JSON of [domain, tenant, stage, version, arguments by digest, identities of
the providers]. Never the source code, a pickled object, a path or a class name.
"""

import inspect
import typing
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ValidationError

from blocks.base.canonical import Form, NotCanonical, canonical_bytes, digest_of
from blocks.base.errors import HoldfastError
from blocks.base.meter import Unsure
from blocks.durable.world import World
from blocks.state.stage_rows import StageIdentity

INLINE_BYTES = 8192
_DOMAIN = "holdfast stage 1"


class _Given:
    """Stands for a provider that the profile gives."""

    identity: ClassVar[str] = ""

    def __repr__(self) -> str:
        return "GIVEN"

    def __reduce__(self) -> str:
        return "GIVEN"  # the same one in every process


GIVEN: Any = _Given()
"""Default of a provider parameter: the profile gives it."""


@runtime_checkable
class Provider(Protocol):
    """Something a stage works with; its identity, not the object, is part of the key."""

    @property
    def identity(self) -> str:
        """What of it can change an answer, "" where nothing can."""
        ...


class BadArguments(HoldfastError):
    """The stage {stage} was called with arguments of the wrong type:"""

    safe = "Nothing was done."
    next = "Correct the call in the flow."


@dataclass(frozen=True)
class Call:
    """A stage, its arguments ready for the body, and the key of the answer."""

    identity: StageIdentity
    values: Mapping[str, Any]
    providers: Mapping[str, Any]
    large_inputs: tuple[bytes, ...]
    unsure: Unsure = "auto"

    @property
    def key(self) -> str:
        """The identity of the answer, 64 hex digits."""
        return self.identity.key

    def as_light(self) -> "Call":
        """The same call, recorded without a task run."""
        return replace(self, identity=replace(self.identity, weight="light"))

    @property
    def arguments(self) -> dict[str, Any]:
        """What the body is called with: copies, since what it changes in them must not reach the flow."""
        return {**deepcopy(dict(self.values)), **self.providers}


class Shape:
    """The signature of a stage: how arguments become a call, and bytes become the answer."""

    def __init__(
        self, fn: Callable[..., Any], *, name: str, version: int, weight: str, unsure: Unsure = "auto"
    ) -> None:
        self.name, self.version, self.weight = name, version, weight
        self.unsure: Unsure = unsure
        self._signature = inspect.signature(fn)
        _refuse_kind(name, fn, self._signature)
        hints = typing.get_type_hints(fn, include_extras=True)
        self._providers = {n: hints[n] for n in self._signature.parameters if _is_provider(hints.get(n))}
        self._forms = {
            n: self._form(n, hints) for n in self._signature.parameters if n not in self._providers
        }
        self.output = self._form("return", hints)

    @property
    def has_providers(self) -> bool:
        """Does the stage work with anything but its arguments?"""
        return bool(self._providers)

    def call(self, world: World, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Bind and check the arguments. Pure but for asking the world for its providers."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self.call_with(world, bound.arguments)

    def call_with(self, world: World, given: Mapping[str, Any]) -> Call:
        """The same, from arguments by name."""
        providers = {name: self._provider(world, kind, given[name]) for name, kind in self._providers.items()}
        described = {name: self._checked(name, given[name]) for name in self._forms}
        values = {name: value for name, (value, _) in described.items()}
        dumps = {name: data for name, (_, data) in described.items()}
        identities = {name: made.identity for name, made in providers.items() if made.identity}
        inputs = {name: _described(data) for name, data in dumps.items()}
        digests = {name: entry["digest"] for name, entry in inputs.items()}
        parts = [_DOMAIN, world.tenant, self.name, self.version, digests, identities]
        identity = StageIdentity(
            key=digest_of(canonical_bytes(parts)),
            tenant=world.tenant,
            stage=self.name,
            version=self.version,
            weight=self.weight,
            inputs=canonical_bytes(
                {**inputs, **{n: {"provider": i} for n, i in identities.items()}}
            ).decode(),
        )
        large = tuple(data for data in dumps.values() if len(data) > INLINE_BYTES)
        return Call(identity, values, providers, large, self.unsure)

    def _form(self, name: str, hints: Mapping[str, Any]) -> Form:
        if name not in hints:
            raise TypeError(f"stage {self.name}: {name!r} needs a type annotation")
        try:
            return Form(hints[name])
        except NotCanonical as error:
            raise TypeError(f"stage {self.name}: {name!r} cannot be part of a key: {error}") from error

    def _checked(self, name: str, value: object) -> tuple[Any, bytes]:
        try:
            return self._forms[name].describe(value)
        except ValidationError as error:
            raise BadArguments(f"{name}: {error}", stage=self.name) from error

    def _provider(self, world: World, kind: type, given: Any) -> Any:
        return world.provider(kind, self.name) if given is GIVEN else given


def _refuse_kind(name: str, fn: Callable[..., Any], signature: inspect.Signature) -> None:
    if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        raise TypeError(f"stage {name}: a stage is a plain function, neither async nor a generator")
    for parameter in signature.parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"stage {name}: {parameter} must be a parameter that has a name in the call")


def _described(data: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"digest": digest_of(data), "bytes": len(data)}
    if len(data) <= INLINE_BYTES:
        entry["value"] = data.decode()
    return entry


def _is_provider(hint: Any) -> bool:
    """A class with an identity: infrastructure, or a large constant that is keyed by name and digest."""
    if not inspect.isclass(hint):
        return False
    declared = not issubclass(hint, BaseModel) and "identity" in getattr(hint, "__annotations__", {})
    return declared or hasattr(hint, "identity")
