"""The powers that acceptance tests use."""

from tests.worlds.approval_page import page, visitor
from tests.worlds.browser import chromium, window
from tests.worlds.desk import desk
from tests.worlds.laptop import laptop, open_world
from tests.worlds.prefect_on_postgres import server_on_postgres

__all__ = ["chromium", "desk", "laptop", "open_world", "page", "server_on_postgres", "visitor", "window"]
