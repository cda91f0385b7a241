"""The powers that acceptance tests use."""

from tests.worlds.approval_page import page, visitor
from tests.worlds.browser import chromium, window
from tests.worlds.desk import desk
from tests.worlds.laptop import laptop, open_world
from tests.worlds.prefect_on_postgres import server_on_postgres
from tests.worlds.prefect_servers import prefect_servers

__all__ = [
    "chromium",
    "desk",
    "laptop",
    "open_world",
    "page",
    "prefect_servers",
    "server_on_postgres",
    "visitor",
    "window",
]
