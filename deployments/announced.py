"""A web server of a companion: it says in the home where it answers, as soon as it does."""

import socket

import uvicorn

from blocks.base.home import home
from deployments.companion import Companion


class Announced(uvicorn.Server):
    """The server of *companion*."""

    def __init__(self, companion: Companion, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._companion = companion

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._companion.show(home(), port=self.config.port)
