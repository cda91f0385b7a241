"""The powers that fault tests use."""

from tests.worlds.desk import desk
from tests.worlds.watchman import watched_readers

__all__ = ["desk", "watched_readers"]
