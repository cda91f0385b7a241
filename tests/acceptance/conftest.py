"""The powers that acceptance tests use."""

from tests.worlds.desk import desk

__all__ = ["desk"]
