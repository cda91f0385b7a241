"""Which Prefect server is used, and what a worker is told."""

from pathlib import Path

import pytest

from blocks.base import profiles
from deployments.console import worker
from deployments.local_server import client_environment
from deployments.prefect_api import elsewhere, known

URL = "http://prefect.example:4200/api"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, where nothing was started."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    for name in ("HOLDFAST_PREFECT_API_URL", "HOLDFAST_PREFECT_API_AUTH", "HOLDFAST_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_a_word_the_server_is_the_one_of_this_home(home: Path):
    assert elsewhere() is None
    assert known(home) is None


def test_a_server_elsewhere_is_named_by_our_own_variable(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_PREFECT_API_URL", f"{URL}/")
    server = elsewhere()
    assert server is not None
    assert (server.api_url, server.url) == (URL, "http://prefect.example:4200")
    assert known(home) == server


def test_the_files_of_a_profile_name_it_too(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_PROFILE", "production")
    (home / "stack").mkdir()
    (home / "stack" / "servers.toml").write_text(f'prefect_api_url = "{URL}"\n')
    server = elsewhere()
    assert server is not None
    assert server.api_url == URL
    monkeypatch.setenv("HOLDFAST_PREFECT_API_URL", "")
    assert elsewhere() is None  # the environment wins, also where it says: none


def test_what_prefect_was_told_by_the_person_is_left_out_and_what_we_were_told_gets_through(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "of:the person")
    assert "PREFECT_API_AUTH_STRING" not in client_environment(home, URL)
    monkeypatch.setenv("HOLDFAST_PREFECT_API_AUTH", "ann:hush")
    told = client_environment(home, URL)
    assert (told["PREFECT_API_AUTH_STRING"], told["PREFECT_API_URL"]) == ("ann:hush", URL)


def test_a_worker_finds_the_python_that_it_was_started_with(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    first = Path(worker.environment(URL)["PATH"].split(":")[0])
    assert (first / "python").exists()


def test_a_profile_that_is_not_there_has_no_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_PROFILE", "teapot")
    assert profiles.setting("prefect_api_url") == ""
