"""The doctor says whether content is encrypted, with which key, and whether that key works."""

from base64 import b64encode
from pathlib import Path

import pytest

from deployments.console.check import Check
from deployments.console.checks import _keys

KEY = b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with nothing in it."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))


def test_a_plain_world_is_told():
    assert _keys() == Check("keys", "ok", "content is not encrypted")


def test_the_key_that_wraps_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_ENCRYPTION_KEYS", f"spring:{KEY}")
    told = _keys()
    assert (told.level, "spring" in told.found, KEY in f"{told}") == ("ok", True, False)


@pytest.mark.parametrize("keys", ["", "spring", "spring:c2hvcnQ=", "spring:no base64 at all"])
def test_a_world_that_must_encrypt_and_cannot_is_a_problem(monkeypatch: pytest.MonkeyPatch, keys: str):
    monkeypatch.setenv("HOLDFAST_PROFILE", "secure")
    monkeypatch.setenv("HOLDFAST_ENCRYPTION_KEYS", keys)
    told = _keys()
    assert (told.level, bool(told.advice)) == ("problem", True)
