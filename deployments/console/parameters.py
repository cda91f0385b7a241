"""Parameters that many commands share."""

import os
import tomllib
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from blocks.base.errors import Misuse

_ON_SERVERS = ("STATE_URL", "ACCOUNTING_URL", "ARTIFACTS_URL", "HEADS_URL")
_PROFILES = Path(__file__).parents[1] / "profiles"

AsJson = Annotated[
    bool,
    Parameter(
        name="--json",
        negative="",
        show_default=False,
        help="Print one JSON document on stdout, nothing else.",
    ),
]
Profile = Annotated[
    str | None,
    Parameter(name="--profile", help="The world to work in, instead of HOLDFAST_PROFILE (default: laptop)."),
]
Wait = Annotated[
    bool,
    Parameter(
        name="--wait",
        negative="",
        show_default=False,
        help="Stay where a person has to decide, and go on as soon as that is done.",
    ),
]
RunRef = Annotated[str, Parameter(help="A run: its id, the start of its id, its name, or `last`.")]


class NoSuchProfile(Misuse):
    """There is no profile {name!r}; there are {known}."""

    next = "Choose one with --profile or HOLDFAST_PROFILE."


def choose_profile(name: str | None) -> None:
    """Let *name* be the profile of this process; without it, HOLDFAST_PROFILE is. Raises NoSuchProfile."""
    known = sorted(file.stem for file in _PROFILES.glob("*.toml"))
    wanted = name or os.environ.get("HOLDFAST_PROFILE")
    if wanted and wanted not in known:
        raise NoSuchProfile(name=wanted, known=", ".join(known))
    if wanted:
        os.environ["HOLDFAST_PROFILE"] = wanted


def wants_local_servers() -> bool:
    """Does the chosen profile keep its work on servers, and does the environment not name all of them?

    It reads the profile's file only: the whole profile takes a second to import.
    """
    file = _PROFILES / f"{os.environ.get('HOLDFAST_PROFILE') or 'laptop'}.toml"
    if tomllib.loads(file.read_text()).get("keep") != "servers":
        return False
    return not all(os.environ.get(f"HOLDFAST_{name}") for name in _ON_SERVERS)
