"""What the server of stock Prefect lets in unless it is told otherwise, each beside the server that Holdfast starts."""

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deployments import local_server
from deployments.console import checks
from deployments.local_server import Record, keeper, settings_served

ELSEWHERE = {"Origin": "http://elsewhere.example"}
ASKED_FIRST = {**ELSEWHERE, "Access-Control-Request-Method": "POST"}


@pytest.fixture(scope="module")
def stock_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a server with Prefect's own defaults; the port alone is given."""
    home = tmp_path_factory.mktemp("stock")
    ours = keeper.server_environment

    def with_defaults(*given: Any) -> Mapping[str, str]:
        told = {name: value for name, value in ours(*given).items() if not name.startswith("PREFECT_SERVER_")}
        return {**told, "PREFECT_SERVER_API_PORT": ours(*given)["PREFECT_SERVER_API_PORT"]}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keeper, "server_environment", with_defaults)
        record = local_server.ensure(home)
    yield record.api_url
    local_server.stop(home)


def settings(server: str) -> dict[str, Any]:
    """What the API of *server* works with."""
    return settings_served(urlsplit(server).port or 0)["server"]["api"]


def allowed(server: str) -> tuple[str | None, int]:
    """Which pages may read what *server* answers, and what a page from elsewhere is told that asks whether it may send."""
    read = httpx.get(f"{server}/health", headers=ELSEWHERE)
    asked = httpx.options(f"{server}/flows/filter", headers=ASKED_FIRST)
    return read.headers.get("access-control-allow-origin"), asked.status_code


def test_stock_any_web_page_may_read_and_send_what_it_likes(stock_server: str):
    assert settings(stock_server)["cors_allowed_origins"] == "*"
    assert allowed(stock_server) == ("*", httpx.codes.OK)


def test_ours_no_web_page_but_its_own_may_read_and_the_others_are_told_so_when_they_ask(prefect_server: str):
    page = prefect_server.removesuffix("/api")
    assert settings(prefect_server)["cors_allowed_origins"].split(",")[0] == page
    assert allowed(prefect_server) == (None, httpx.codes.BAD_REQUEST)


def test_stock_asks_nobody_who_they_are(stock_server: str):
    assert settings(stock_server)["auth_string"] is None
    assert httpx.post(f"{stock_server}/flows/filter", json={}).is_success


def test_ours_says_that_whoever_is_on_this_machine_may_use_it(
    prefect_server: str, monkeypatch: pytest.MonkeyPatch
):
    prefect_home = settings_served(urlsplit(prefect_server).port or 0)["home"]
    monkeypatch.setenv("HOLDFAST_HOME", str(Path(prefect_home).parent))
    (told,) = [check for check in checks.all_checks() if check.name == "access"]
    assert told.found == "loopback only, without a password: whoever may log in to this machine can use it"


def test_ours_listens_on_loopback_also_where_prefect_is_told_otherwise(tmp_path: Path):
    given = {**os.environ, "PREFECT_SERVER_API_HOST": "0.0.0.0"}  # noqa: S104  the very setting that must not leak in
    made = keeper.server_environment(tmp_path, 4200, given)
    assert made["PREFECT_SERVER_API_HOST"] == "127.0.0.1"


def test_ours_the_doctor_says_where_the_server_is_open_to_every_page(monkeypatch: pytest.MonkeyPatch):
    served = {"server": {"api": {"host": "127.0.0.1", "cors_allowed_origins": "*"}}}
    record = Record(1, "", "", 1, "http://127.0.0.1:1", "2026-01-01T00:00:00+00:00")
    monkeypatch.setattr(checks.local_server, "look", lambda home: ("running", record))
    monkeypatch.setattr(checks, "settings_served", lambda port: served)
    (told,) = [check for check in checks.all_checks() if check.name == "access"]
    assert (told.level, "every web page" in told.found) == ("problem", True)
