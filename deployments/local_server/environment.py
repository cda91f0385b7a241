"""The environment of the server and of every process that talks to it.

Prefect reads its settings when it is imported, so `use_client_environment` comes before the first
`import prefect`. Settings of the person's own Prefect (PREFECT_* variables, profiles) are left out.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from blocks.base import profiles
from blocks.base.profiles import setting

LOOPBACK = "127.0.0.1"

# Batches cut the server's work from 27 to 7 ms of CPU per task run.
_BATCHES = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
}

_SERVER = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "2d",
    # Leases in memory are lost over a restart and block their slots.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
    "NO_COLOR": "1",
    "PYTHONUNBUFFERED": "1",
}

# The log goes to the Prefect page of the run; the terminal shows our own lines only.
_QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
}

_CLIENT = {
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
}


def prefect_home(home: Path) -> Path:
    """The folder of the server's database, below Holdfast's own *home*."""
    return home / "prefect"


def server_environment(home: Path, port: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a server on *port*: *base* (or this process's) with our Prefect settings."""
    page = f"http://{LOOPBACK}:{port}"
    database = database_url(home, base)
    return {
        **_shared(home, f"{page}/api", base),
        **_BATCHES,
        **_SERVER,
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(port),
        # Without this the page looks for its server on port 4200.
        "PREFECT_UI_API_URL": f"{page}/api",
        # Other web pages in the same browser must not read the API; the default is every origin.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{page},http://localhost:{port}",
        **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}),
    }


def database_url(home: Path, base: Mapping[str, str] | None = None) -> str:
    """The database of the server, password included; empty: an SQLite file below `prefect_home`.

    HOLDFAST_PREFECT_DATABASE_URL, else what the servers give that were started for the chosen profile on this machine.
    """
    known = os.environ if base is None else base
    if given := known.get("HOLDFAST_PREFECT_DATABASE_URL"):
        return given
    with suppress(OSError):  # the profile's own name is checked elsewhere
        name = known.get("HOLDFAST_PROFILE") or profiles.DEFAULT
        return str(profiles.values(name, folder=home).get("prefect_database_url", ""))
    return ""


def database_place(home: Path) -> str:
    """The same without who logs in: HOST:PORT/NAME, or empty."""
    return database_url(home).rpartition("@")[2]


def client_environment(home: Path, api_url: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a process that runs flows against the server at *api_url*."""
    is_debugging = os.environ.get("HOLDFAST_DEBUG", "") not in ("", "0")
    auth = setting("prefect_api_auth")
    known_to_it = {"PREFECT_API_AUTH_STRING": auth} if auth else {}
    return {**_shared(home, api_url, base), **_CLIENT, **known_to_it, **({} if is_debugging else _QUIET)}


def use_client_environment(home: Path, api_url: str) -> None:
    """Make `client_environment` this process's own. Call it before Prefect is imported."""
    wanted = client_environment(home, api_url)
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    os.environ.update(wanted)


def _shared(home: Path, api_url: str, base: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {
        k: v for k, v in (os.environ if base is None else base).items() if not k.startswith("PREFECT_")
    }
    return {
        **inherited,
        "PREFECT_HOME": str(prefect_home(home)),
        "PREFECT_PROFILES_PATH": str(prefect_home(home) / "profiles.toml"),
        "PREFECT_API_URL": api_url,
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        **_around_proxies(inherited),
    }


def _around_proxies(inherited: Mapping[str, str]) -> dict[str, str]:
    """A proxy meant for the world must not stand between this machine and itself."""
    direct = [inherited.get("NO_PROXY") or inherited.get("no_proxy") or "", LOOPBACK, "localhost"]
    joined = ",".join(part for part in direct if part)
    return {"NO_PROXY": joined, "no_proxy": joined}
