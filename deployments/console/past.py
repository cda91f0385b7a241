"""The door to what happened. It imports the database libraries; only commands that read history open it."""

import importlib
from types import ModuleType


def history() -> ModuleType:
    """`blocks.durable.history`, with the world of the chosen profile behind it."""
    importlib.import_module("blocks.profile")
    return importlib.import_module("blocks.durable.history")
