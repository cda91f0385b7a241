"""`python -m deployments.approval_page [--port PORT]`: serve the approval page on this machine's loopback address."""

import argparse
import logging

import uvicorn

import blocks.profile  # noqa: F401  it says how the world is opened
from blocks.base.home import home
from blocks.durable import world
from deployments.announced import Announced
from deployments.approval_page import APPROVAL_PAGE
from deployments.approval_page.app import create_app
from deployments.local_server.address import choose_port

LOOPBACK, FIRST_PORT = "127.0.0.1", 4280


def main() -> None:
    """Serve until stopped, as the one page of this home: where it was the last time, if that port is free.

    With a port it is one beside that. The port 0 takes any that is free; the address is printed when it answers.
    """
    parser = argparse.ArgumentParser(prog="python -m deployments.approval_page")
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if port is not None:
        uvicorn.Server(_settings(port)).run()
        return
    with APPROVAL_PAGE.only_one(home()) as is_ours:
        if is_ours:
            last = APPROVAL_PAGE.last(home())
            claimed = choose_port(last.port if last else None, FIRST_PORT)
            Announced(APPROVAL_PAGE, _settings(claimed.number)).run()


def _settings(port: int) -> uvicorn.Config:
    world.current()
    return uvicorn.Config(
        create_app(),
        host=LOOPBACK,
        port=port,
        proxy_headers=False,  # who asks is told by the connection, not by a header
        server_header=False,
        access_log=False,
        log_level="info",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
