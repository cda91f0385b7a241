"""The door to what happened. It imports the database libraries; only commands that read history open it."""

import importlib
import sys
from types import ModuleType

from blocks.base.home import home
from deployments.local_server import use_client_environment
from deployments.prefect_api import known

_NOWHERE = "http://127.0.0.1:4200/api"


def history() -> ModuleType:
    """`blocks.durable.history`, with the world of the chosen profile behind it."""
    late("blocks.profile")
    return late("blocks.durable.history")


def late(module: str) -> ModuleType:
    """Import *module* now that it is needed; Prefect, where it comes along, finds our settings and not others."""
    if "prefect" not in sys.modules:
        server = known(home())
        use_client_environment(home(), server.api_url if server else _NOWHERE)
    return importlib.import_module(module)
