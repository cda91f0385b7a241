"""The powers that tests of single blocks use."""

from tests.worlds.laptop import laptop, open_world
from tests.worlds.watchman import watched_readers

__all__ = ["laptop", "open_world", "watched_readers"]
