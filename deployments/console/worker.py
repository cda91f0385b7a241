"""`holdfast worker`: run here what is started at a Prefect server."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from blocks.base.home import home
from deployments.capture_proxy import keep_capturing
from deployments.console.parameters import Profile, choose_profile
from deployments.console.screen import err
from deployments.local_server import client_environment, ensure
from deployments.prefect_api import elsewhere

POOL = "holdfast"
# Prefect looks every 10 s. A look costs the server some milliseconds; what a person decided goes on that much sooner.
LOOK_EVERY_SECONDS = "1"


def worker(
    *,
    at_once: Annotated[int, Parameter(help="How many runs this worker executes side by side.")] = 4,
    name: Annotated[
        str | None, Parameter(help="What Prefect's page calls it; without it, one is chosen.")
    ] = None,
    profile: Profile = None,
) -> None:
    """Execute what is started at the Prefect server: by a schedule, by its page, by intake, or after a decision.

    The server is the one elsewhere that HOLDFAST_PREFECT_API_URL names, or the local one. It stays until it is stopped. A run
    whose worker is stopped or dies goes on with another, from its last finished stage.

    For example:

        holdfast deploy
        holdfast worker
        HOLDFAST_PREFECT_API_URL=http://prefect.example:4200/api holdfast worker --profile production
    """
    choose_profile(profile)
    server = elsewhere() or ensure(home())
    err().print(f"[quiet]Working for {server.url}; Ctrl-C stops.[/]")
    words = ["worker", "start", "--pool", POOL, "--type", "process", "--limit", str(at_once)]
    words += ["--name", name] if name else []
    home().mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_capturing(home())
    os.chdir(home())
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # ignored after `cmd &`: SIGTERM would not end it
    sys.stderr.flush()
    command = [sys.executable, "-m", "prefect", *words]
    os.execve(sys.executable, command, environment(server.api_url))  # noqa: S606  no shell is wanted


def environment(api_url: str) -> dict[str, str]:
    """The environment of a worker and of the runs that it executes."""
    beside_python = str(Path(sys.executable).parent)
    return {
        **client_environment(home(), api_url),
        "PATH": os.pathsep.join([beside_python, os.environ.get("PATH", os.defpath)]),
        "PREFECT_WORKER_QUERY_SECONDS": LOOK_EVERY_SECONDS,
    }
