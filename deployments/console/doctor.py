"""`holdfast doctor`: is this machine fit, and what to do where it is not."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from deployments.console.checks import all_checks, storage_checks
from deployments.console.failure import DONE, FAILED
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.screen import print_table

_STYLES = {"ok": "good", "warning": "ask", "problem": "bad"}


def doctor(
    *,
    storage: Annotated[
        bool,
        Parameter(
            name="--storage",
            negative="",
            show_default=False,
            help="Also try by writing whether the buckets of the profile can be trusted; some seconds, and what is "
            "written is deleted again.",
        ),
    ] = False,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Check this machine: versions, disk, state, server, OCR, model. It changes nothing,
    unless `--storage` is given.

    Exit code 0 when there is no problem (warnings may be there), 1 otherwise.

    For example:

        holdfast doctor
        holdfast doctor --json
        holdfast doctor --storage --profile production
    """
    choose_profile(profile)
    found = all_checks() + (storage_checks() if storage else [])
    is_fit = not any(check.level == "problem" for check in found)
    if json:
        print_json({"ok": is_fit, "checks": [asdict(check) for check in found]})
        return DONE if is_fit else FAILED
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in found:
        advice = f"\n[place]{escape(check.advice)}[/]" if check.advice else ""
        table.add_row(f"[{_STYLES[check.level]}]{check.level}[/]", check.name, escape(check.found) + advice)
    print_table(table)
    return DONE if is_fit else FAILED
