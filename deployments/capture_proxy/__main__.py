"""`python -m deployments.capture_proxy`: be the capture proxy of this home, unless there is one."""

import logging
import socket

import uvicorn

from blocks.base.home import home
from deployments.capture_proxy import CAPTURE_PROXY
from deployments.capture_proxy.app import create_app
from deployments.capture_proxy.records import Records
from deployments.local_server.address import choose_port

LOOPBACK, FIRST_PORT = "127.0.0.1", 4290


class _Kept(uvicorn.Server):
    """Says in the home where it answers, as soon as it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            CAPTURE_PROXY.show(home(), port=self.config.port)


def main() -> None:
    """Serve until stopped, where it was the last time, if that port is free."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    with CAPTURE_PROXY.only_one(home()) as is_ours:
        if not is_ours:
            return
        last = CAPTURE_PROXY.last(home())
        port = choose_port(last.port if last else None, FIRST_PORT).number
        app = create_app(Records(home() / "captures"))
        settings = uvicorn.Config(
            app,
            host=LOOPBACK,
            port=port,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
        )
        _Kept(settings).run()


if __name__ == "__main__":
    main()
