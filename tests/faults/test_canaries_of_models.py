"""Secrets in a question to a model, in its answer and in the key that it is asked with: nothing that is kept shows one."""

import logging
from collections.abc import Generator
from pathlib import Path

import pytest

from blocks.artifacts.store import ArtifactStore
from blocks.durable.model_calls import Counter
from blocks.durable.world import World
from blocks.providers.capture import Capture, look
from blocks.providers.language_model import LanguageModel, ModelUnavailable
from tests.fakes.paid_model import HALF, PaidModel
from tests.worlds.canaries import canaries, found_in, found_in_text
from tests.worlds.paid import MODEL, fact_of, proxy
from tests.worlds.secure import OLD, open_vault, vault, verified

__all__ = ["open_vault", "vault"]

pytestmark = pytest.mark.files_only("what is searched are the files of a home")

SECRETS = canaries("question", "small answer", "large answer", "half answer", "api key")


class Kept(Capture):
    """A proxy that is never told to forget, as by workers that die."""

    def forget(self, call_id: str) -> None:
        """Nobody tells it."""


@pytest.fixture
def paid(vault: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[PaidModel]:
    """An encrypted world whose model is paid, with a proxy."""
    with PaidModel({"said": ""}) as provider, proxy(tmp_path):
        monkeypatch.setenv("OPENAI_BASE_URL", provider.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", SECRETS["api key"])
        known = look(tmp_path)
        assert known is not None
        capture = Kept(known.identity, known.port, known.token)
        model = LanguageModel(MODEL, till=Counter(), capture=lambda: capture)
        vault.makers = {**vault.makers, LanguageModel: lambda: model}
        yield provider


def work(provider: PaidModel) -> None:
    """Buy a small answer, a large one, and one that is cut off on its way."""
    provider.answer = {"said": SECRETS["small answer"]}
    assert fact_of(SECRETS["question"]).said == SECRETS["small answer"]
    provider.answer = {"said": SECRETS["large answer"] * 1000}
    assert fact_of("another").said.startswith(SECRETS["large answer"])
    provider.answer, provider.acts = {"said": SECRETS["half answer"] * 1000}, [HALF]
    with pytest.raises(ModelUnavailable):
        fact_of("a third")


def test_no_secret_is_in_a_file_or_a_log(
    vault: World, paid: PaidModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG, logger="blocks"):
        work(paid)
    assert len(list((tmp_path / "captures").glob("*.done"))) == 2
    assert len(list((tmp_path / "captures").glob("*.part"))) == 1
    assert found_in(tmp_path, [*SECRETS.values(), OLD.decode()]) == []
    assert found_in_text(caplog.text, SECRETS.values()) == []
    assert verified().ok


def test_the_search_finds_what_a_plain_world_shows(vault: World, paid: PaidModel, tmp_path: Path):
    vault.cipher = None
    vault.artifacts = ArtifactStore(vault.artifacts._shelf)
    work(paid)
    found = {line.split(": ")[1] for line in found_in(tmp_path, SECRETS.values())}
    assert sorted(name for name, one in SECRETS.items() if one not in found) == ["api key"]
