"""Connections to a PostgreSQL server that does not keep its callers waiting for ever."""

from collections.abc import Generator
from typing import Any, TypeVar

from psycopg import Connection, Error, connect
from psycopg.errors import ConnectionTimeout, OperationalError

from blocks.base import clock

T = TypeVar("T")

QUIET_SECONDS = 15.0
KNOCK_SECONDS = 5  # whole seconds, at least 2

AT_CONNECT: dict[str, Any] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
SETTINGS = {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}
"""Nobody waits longer for a row, and who stands still with one in its hands loses it."""


class Listening(Connection[Any]):
    """A connection that knocks at the server's door when no answer comes, and gives up where nobody opens.

    The system notices a server that is gone, but not one that stands still. A statement may take as long as it wants,
    as long as the server lets somebody in.
    """

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """What *gen* comes to. Raises OperationalError where the server stands still."""
        return super().wait(self._heard(gen), *args, **kwargs)

    def _heard(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        since = clock.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    since = clock.monotonic()
                elif clock.monotonic() - since > QUIET_SECONDS:
                    self._knock()
                    since = clock.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _knock(self) -> None:
        try:
            connect(self.info.dsn, password=self.info.password, connect_timeout=KNOCK_SECONDS).close()
        except ConnectionTimeout as silence:
            self.pgconn.finish()
            raise OperationalError("the server does not answer") from silence
        except Error:
            return  # it said no, and so it is there
