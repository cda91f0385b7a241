"""The powers that conformance tests use."""

from tests.worlds.object_store import bucket_url, object_store
from tests.worlds.postgres import postgres

__all__ = ["bucket_url", "object_store", "postgres"]
