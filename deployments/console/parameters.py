"""Parameters that many commands share."""

import os
from typing import Annotated

from cyclopts import Parameter

from blocks.base import profiles
from blocks.base.errors import Misuse
from blocks.base.home import home

_ON_SERVERS = ("STATE_URL", "ACCOUNTING_URL", "ARTIFACTS_URL", "HEADS_URL")

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


class NoServers(Misuse):
    """The profile {profile!r} keeps its work on servers, and there are none."""

    next = (
        "Start servers on this machine: holdfast up --profile {profile}. Or name yours: HOLDFAST_STATE_URL, "
        "HOLDFAST_ACCOUNTING_URL, HOLDFAST_ARTIFACTS_URL, HOLDFAST_HEADS_URL."
    )

    def __init__(self, profile: str) -> None:
        super().__init__(profile=profile)
        self.next = self.next.format(profile=profile)


def choose_profile(name: str | None) -> None:
    """Let *name* be the profile of this process; without it, HOLDFAST_PROFILE is. Raises NoSuchProfile."""
    known = profiles.known()
    wanted = name or os.environ.get("HOLDFAST_PROFILE")
    if wanted and wanted not in known:
        raise NoSuchProfile(name=wanted, known=", ".join(known))
    if wanted:
        os.environ["HOLDFAST_PROFILE"] = wanted


def wants_local_servers() -> bool:
    """Does the chosen profile keep its work on servers, and does the environment not name all of them?

    It reads the profile's file only: the whole profile takes a second to import.
    """
    if profiles.values(profiles.chosen()).get("keep") != "servers" or os.environ.get("HOLDFAST_BLOCKS"):
        return False
    named = {name for name in _ON_SERVERS if os.environ.get(f"HOLDFAST_{name}")}
    if os.environ.get("HOLDFAST_S3_BLOCK"):
        named.add("ARTIFACTS_URL")
    return named < set(_ON_SERVERS)


def require_servers() -> None:
    """Raises NoServers where the chosen profile needs servers of this machine, and none were started: nothing begins then."""
    if wants_local_servers() and not profiles.servers_file(home()).exists():
        raise NoServers(profile=profiles.chosen())
