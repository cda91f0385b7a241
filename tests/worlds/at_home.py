"""The world that the environment names, for tests that look on while whole processes work in it."""

from collections.abc import Generator
from contextlib import contextmanager

from blocks import profile
from blocks.durable import world
from tests.worlds.laptop import enter


@contextmanager
def at_home() -> Generator[None]:
    """Let it be the one of this process."""
    before = world._opener
    enter(profile.open_world())
    yield
    world.leave()
    world._opener = before
