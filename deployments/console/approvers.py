"""`holdfast approvers add`, `remove` and `list`: who may sign in to the approval page."""

import getpass
import sys
from types import ModuleType
from typing import Annotated

from cyclopts import Parameter

from blocks.base.errors import Misuse
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import late
from deployments.console.screen import out, say

_MOST_READ = 4096
Name = Annotated[str, Parameter(help="The approver, as it stands in decisions.")]


class NotTwice(Misuse):
    """The two passwords are not the same."""

    safe = "Nobody was added."
    next = "Type the same command again."


class NoPassword(Misuse):
    """There is no terminal to ask for the password."""

    safe = "Nobody was added."
    next = "Give it on stdin: holdfast approvers add NAME --password-stdin < FILE"


def add(
    name: Name,
    /,
    *,
    password_stdin: Annotated[
        bool,
        Parameter(
            name="--password-stdin",
            negative="",
            show_default=False,
            help="Read the password from stdin: its first line.",
        ),
    ] = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Let somebody sign in to the approval page and decide there. The password is asked for twice, and not shown.

    For example:

        holdfast approvers add ann
        holdfast approvers add ann --password-stdin < password.txt
    """
    choose_profile(profile)
    password = _from_stdin() if password_stdin else _asked(name)
    _people().add(name, password)
    if json:
        print_json({"name": name})
    else:
        say(f"{name} may sign in to the approval page.")
    return DONE


def remove(name: Name, /, *, profile: Profile = None, json: AsJson = False) -> int:
    """Let somebody sign in no more; who is signed in is signed out. What was decided stays.

    For example:

        holdfast approvers remove ann
    """
    choose_profile(profile)
    _people().remove(name)
    if json:
        print_json({"name": name})
    else:
        say(f"{name} may not sign in any more. What {name} decided stays.")
    return DONE


def list_(*, profile: Profile = None, json: AsJson = False) -> int:
    """List who may sign in to the approval page.

    For example:

        holdfast approvers list
    """
    choose_profile(profile)
    names = _people().names()
    if json:
        print_json([{"name": name} for name in names])
    elif not names:
        say("Nobody yet. [place]holdfast approvers add NAME[/] lets somebody sign in to the approval page.")
    for name in [] if json else names:
        out().print(name, markup=False)
    return DONE


def _people() -> ModuleType:
    late("blocks.profile")
    return late("blocks.durable.approvers")


def _from_stdin() -> str:
    """Without the line's end, which an editor or `echo` adds."""
    return sys.stdin.readline(_MOST_READ).rstrip("\r\n")


def _asked(name: str) -> str:
    if not sys.stdin.isatty():
        raise NoPassword
    first = getpass.getpass(f"Password of {name}: ")
    if first != getpass.getpass("Once more: "):
        raise NotTwice
    return first
