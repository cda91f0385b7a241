"""The powers that acceptance tests use."""

from tests.worlds.approval_page import page, visitor
from tests.worlds.browser import chromium, window
from tests.worlds.desk import desk
from tests.worlds.laptop import blank_state, laptop, open_world
from tests.worlds.object_store import bucket_url, object_store
from tests.worlds.postgres import postgres
from tests.worlds.prefect_on_postgres import server_on_postgres

__all__ = [
    "blank_state",
    "bucket_url",
    "chromium",
    "desk",
    "laptop",
    "object_store",
    "open_world",
    "page",
    "postgres",
    "server_on_postgres",
    "visitor",
    "window",
]
