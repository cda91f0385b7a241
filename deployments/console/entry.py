"""The command tree, and the one place where a command ends."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from cyclopts import App, CycloptsError

from blocks.base.errors import Misuse
from deployments.console import (
    approvals,
    approvers,
    deploy,
    doctor,
    ledger,
    run,
    runs,
    server,
    show,
    stages,
    storage,
    worker,
)
from deployments.console.failure import DONE, report
from deployments.console.screen import err, harden, pages


class BadCommandLine(Misuse):
    """This command line is not understood:"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Carry out one command line and exit: 0 done, 1 failed or refused, 2 misuse, 3 waiting for a person."""
    harden()
    code = execute(list(sys.argv[1:] if arguments is None else arguments))
    _flush()
    sys.exit(code)


def execute(arguments: list[str]) -> int:
    """Carry out one command line; the exit code. Never raises and never shows a traceback."""
    as_json = "--json" in arguments
    try:
        return _as_code(
            build()(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        )
    except CycloptsError as error:
        return report(BadCommandLine(_sentence(error)), as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except SystemExit as error:
        return _as_code(error.code)
    except BaseException as error:
        return report(error, as_json=as_json)


def build() -> App:
    """The command tree."""
    app = App(
        name="holdfast",
        help=_HELP,
        version=_version,
        help_format="rich",
        console=pages(),
        error_console=err(),
        suppress_keyboard_interrupt=False,
    )
    for command in (server.up, server.down, server.status):
        app.command(command)
    app.command(run.run, help=run.help_text())
    several = App(name="runs", help="List runs, show one, or go on with one.")
    several.command(runs.list_, name="list")
    several.command(runs.show, name="show")
    several.command(runs.resume, name="resume")
    app.command(several)
    app.command(stages.stages)
    app.command(show.show)
    asked = App(name="approvals", help="See what waits for a person, and decide it.")
    asked.command(approvals.list_, name="list")
    for command in (approvals.show, approvals.approve, approvals.reject):
        asked.command(command)
    app.command(asked)
    people = App(name="approvers", help="Say who may sign in to the approval page.")
    people.command(approvers.add)
    people.command(approvers.remove)
    people.command(approvers.list_, name="list")
    app.command(people)
    record = App(name="ledger", help="Check the ledger, or export it.")
    record.command(ledger.verify)
    record.command(ledger.export)
    app.command(record)
    app.command(storage.storage())
    app.command(deploy.deploy)
    app.command(worker.worker)
    app.command(doctor.doctor)
    return app


_HELP = """Run AI document pipelines that do not lose, re-buy or double-post work.

Start here:

    holdfast run process_invoices FOLDER    read, check and post invoices
    holdfast runs list                      what ran
    holdfast approvals list                 what waits for a person
    holdfast doctor                         check this machine

Exit codes: 0 done, 1 failed or refused, 2 misuse, 3 waiting for a person.
All local state is under HOLDFAST_HOME (default ~/.holdfast).
"""


def _sentence(error: CycloptsError) -> str:
    return " ".join(str(error).split())


def _as_code(result: object) -> int:
    return result if isinstance(result, int) else DONE


def _version() -> str:
    try:
        return version("holdfast")
    except PackageNotFoundError:
        return "unknown (not installed)"


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
