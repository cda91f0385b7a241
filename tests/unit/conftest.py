"""The powers that tests of single blocks use."""

from tests.worlds.laptop import blank_state, laptop, open_world

__all__ = ["blank_state", "laptop", "open_world"]
