"""The powers that tests of single blocks use."""

from tests.worlds.laptop import laptop, open_world

__all__ = ["laptop", "open_world"]
