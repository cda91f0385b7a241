"""The powers that conformance tests use."""

from tests.worlds.postgres import postgres

__all__ = ["postgres"]
