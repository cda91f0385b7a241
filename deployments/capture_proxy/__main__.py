"""`python -m deployments.capture_proxy`: be the capture proxy of this home, unless there is one."""

import logging

import uvicorn

from blocks.base.home import home
from deployments.announced import Announced
from deployments.capture_proxy import CAPTURE_PROXY
from deployments.capture_proxy.app import create_app
from deployments.capture_proxy.records import Records
from deployments.local_server.address import choose_port

LOOPBACK, FIRST_PORT = "127.0.0.1", 4290


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
        Announced(CAPTURE_PROXY, settings).run()


if __name__ == "__main__":
    main()
