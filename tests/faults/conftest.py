"""The powers that fault tests use."""

from tests.worlds.desk import desk
from tests.worlds.object_store import bucket_url, object_store
from tests.worlds.watchman import watched_readers

__all__ = ["bucket_url", "desk", "object_store", "watched_readers"]
