"""The files for Docker, which is not here to try them, name what there is: settings, commands and folders."""

import re
from pathlib import Path
from typing import Any

import yaml

from blocks.profile import Profile
from deployments.console import entry
from tests.architecture.house import ROOT

COMPOSE = ROOT / "deployments" / "compose.yaml"
DOCKERFILE = ROOT / "deployments" / "Dockerfile"


def services() -> dict[str, Any]:
    """The services of the compose file, its anchors resolved."""
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_each_service_waits_for_services_that_there_are():
    known = services()
    assert [name for one in known.values() for name in one.get("depends_on", {}) if name not in known] == []


def test_each_variable_is_a_setting_of_the_profile():
    named = {
        name
        for one in services().values()
        for name in one.get("environment", {})
        if name.startswith("HOLDFAST_")
    }
    fields = {f"HOLDFAST_{field.upper()}" for field in Profile.model_fields} | {"HOLDFAST_PROFILE"}
    assert named
    assert named <= fields


def test_each_command_is_one_of_ours():
    words = [" ".join(one["command"]) for one in services().values() if "build" in one]
    named = re.findall(r"holdfast ([a-z]+(?: [a-z]+)?)", " && ".join(words))
    assert len(named) >= 4
    assert [command for command in named if entry.execute([*command.split(), "--help"]) != 0] == []


def test_the_image_copies_what_there_is():
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    assert copied
    assert [name for line in copied for name in line.split() if not Path(ROOT / name).exists()] == []
