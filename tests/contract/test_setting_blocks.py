"""Settings that were filled in as blocks on Prefect's page become settings of the profile."""

import os
import subprocess
import sys
from collections.abc import Generator

import pytest
from prefect.blocks.core import Block
from pydantic import SecretStr

import blocks
from blocks import profile
from blocks.setting_blocks import (
    KINDS,
    ArtifactStoreSettings,
    LanguageModelSettings,
    MailServerSettings,
    NoSuchBlocks,
    StateDatabaseSettings,
    settings_of,
)

pytestmark = pytest.mark.usefixtures("prefect_server", "anew")
SECRETS = {"state_url", "accounting_url", "s3_secret_access_key", "openai_api_key", "mail_password"}


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """A process that has asked for no blocks yet, and whose environment names nothing."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HOLDFAST_BLOCKS"):
        monkeypatch.delenv(name, raising=False)
    settings_of.cache_clear()
    yield
    settings_of.cache_clear()


def fill_in(name: str) -> None:
    """What a person types on Prefect's page."""
    StateDatabaseSettings(state_url=SecretStr("sqlite:///of-blocks.db")).save(name, overwrite=True)
    ArtifactStoreSettings(
        artifacts_url="s3://bytes/here",
        s3_endpoint_url="http://store",
        s3_secret_access_key=SecretStr("hush"),
    ).save(name, overwrite=True)
    MailServerSettings(
        mail_url="smtp://ann@mail.example:587", mail_from="ann@example.com", mail_password=SecretStr("hush")
    ).save(name, overwrite=True)


def test_a_profile_takes_what_the_blocks_of_a_name_say(monkeypatch: pytest.MonkeyPatch):
    fill_in("prod")
    monkeypatch.setenv("HOLDFAST_BLOCKS", "prod")
    taken = profile.load("production")
    assert (taken.state_url, taken.artifacts_url) == ("sqlite:///of-blocks.db", "s3://bytes/here")
    assert (taken.mail_url, taken.state_schema) == ("smtp://ann@mail.example:587", "holdfast")
    assert taken.s3_secret_access_key.get_secret_value() == taken.mail_password.get_secret_value() == "hush"
    assert taken.model == "offline"  # no block says anything else


def test_the_environment_wins_over_blocks(monkeypatch: pytest.MonkeyPatch):
    fill_in("prod")
    monkeypatch.setenv("HOLDFAST_BLOCKS", "prod")
    monkeypatch.setenv("HOLDFAST_STATE_URL", "sqlite:///of-the-environment.db")
    assert profile.load("production").state_url == "sqlite:///of-the-environment.db"


def test_the_key_of_a_model_reaches_its_library_where_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch,
):
    LanguageModelSettings(
        model="openai:small", openai_base_url="http://model/v1", openai_api_key=SecretStr("hush")
    ).save("paid", overwrite=True)
    monkeypatch.setenv("HOLDFAST_BLOCKS", "paid")
    environment = {"OPENAI_API_KEY": "of the environment"}
    monkeypatch.setattr("blocks.setting_blocks.os.environ", environment)
    assert settings_of("paid") == {"model": "openai:small"}
    assert environment == {"OPENAI_API_KEY": "of the environment", "OPENAI_BASE_URL": "http://model/v1"}


def test_blocks_that_are_not_there_are_no_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_BLOCKS", "nowhere")
    with pytest.raises(NoSuchBlocks):
        profile.load("production")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_block_is_a_setting_and_what_is_secret_is_never_shown(kind: type[Block]):
    fields = {name: field for name, field in kind.model_fields.items() if not name.startswith("_")}
    known = {*profile.Profile.model_fields, "openai_base_url", "openai_api_key"}
    assert set(fields) <= known
    assert {name for name, field in fields.items() if field.annotation is SecretStr} == SECRETS & set(fields)


def test_prefect_finds_the_blocks_in_the_package_and_nobody_else_loads_them(prefect_server: str):
    command = [sys.executable, "-m", "prefect", "block", "register", "-m", "blocks"]
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert all(kind.get_block_type_name() in done.stdout for kind in KINDS)
    assert {kind.__name__ for kind in KINDS} <= set(dir(blocks))
    loaded = "import sys, blocks, blocks.profile; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False, timeout=60).returncode == 0
