"""How a command ends when it does not go well: three parts for the person, and the exit code."""

import shlex
import sys
import traceback

from rich.markup import escape
from rich.table import Table

from blocks.base.errors import HoldfastError, Misuse
from deployments.console.jsontext import print_json
from deployments.console.screen import debugging, err

DONE, FAILED, MISUSED, WAITING, INTERRUPTED = 0, 1, 2, 3, 130


class Interrupted(HoldfastError):
    """Stopped by Ctrl-C."""

    safe = "Every finished stage is recorded; nothing that was posted is posted again."
    next = "Run the same command again to go on where it stopped."


class Unexpected(HoldfastError):
    """Holdfast met something that it did not expect:"""

    safe = "Everything recorded so far is kept."
    next = (
        "Run the same command again. HOLDFAST_DEBUG=1 shows where it was, `holdfast doctor` checks the setup."
    )


def report(error: BaseException, *, as_json: bool) -> int:
    """Show *error* on stderr (and as JSON on stdout where that was asked for); return the exit code."""
    if debugging():
        traceback.print_exception(error)
    ours = in_our_words(error)
    print_parts(ours.what, ours.safe, _with_command(ours))
    if as_json:
        print_json(
            {"error": {"name": ours.slug, "what": ours.what, "safe": ours.safe, "next": _with_command(ours)}}
        )
    return _code(ours)


def print_parts(what: str, safe: str, then: str) -> None:
    """The three parts of an error, on stderr."""
    parts = Table.grid(padding=(0, 2))
    parts.add_column(no_wrap=True)
    parts.add_column(overflow="fold")
    for label, style, text in (("error", "bad", what), ("safe", "good", safe), ("next", "place", then)):
        if err().is_terminal:
            parts.add_row(f"[{style}]{label}[/]", escape(text))
        else:
            err().print(f"{label + ':':<6} {text}", markup=False, soft_wrap=True)
    if err().is_terminal:
        err().print(parts)


def in_our_words(error: BaseException) -> HoldfastError:
    """*error* as one that says what happened, what is safe, and what to type next."""
    if isinstance(error, HoldfastError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted()
    return Unexpected(f"{type(error).__name__}: {str(error).strip() or 'no message'}")


def _with_command(error: HoldfastError) -> str:
    if isinstance(error, Interrupted):
        return f"{error.next}\n{shlex.join(['holdfast', *sys.argv[1:]])}"
    return error.next


def _code(error: HoldfastError) -> int:
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return MISUSED if isinstance(error, Misuse) else FAILED
