"""The powers that fault tests use."""

from tests.worlds.desk import desk

__all__ = ["desk"]
