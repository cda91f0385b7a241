"""`holdfast storage move`: all recorded work, from one profile's place to another's."""

import fcntl
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from deployments import prefect_runs
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, choose_profile
from deployments.console.past import late
from deployments.console.screen import out, say
from deployments.console.steps import Steps
from deployments.console.storage_migrate import KeepsNothing, brought_forward
from deployments.console.wording import count

_ADDRESSES = ("state_url", "accounting_url", "artifacts_url", "heads_url", "prefect_database_url")


class NothingToMove(Misuse):
    """The profile {profile!r} has no recorded work yet."""

    next = "Start with --profile {profile}; nothing needs to be moved."


class NotTheNewest(HoldfastError):
    """The databases of the profile {profile!r} are of an older revision."""

    safe = "Nothing was changed."
    next = "holdfast storage migrate; then the same command again."


class MoveGoesOn(HoldfastError):
    """Another process of this home moves work already."""

    safe = "Nothing was changed."
    next = "Wait for its end."


def move(
    *,
    from_: Annotated[str, Parameter(name="--from", help="The profile that has the work.")],
    to: Annotated[str, Parameter(help="The profile whose place is still empty.")],
    give_up: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="After a move that was cut off: go on in the source instead.",
        ),
    ] = False,
    json: AsJson = False,
) -> int:
    """Move all recorded work to another place: every row, every artifact, the signed
    heads, the books, and what Prefect knows of runs that are not completed.

    All is compared there, and the ledger verified, before it is in use. Until then the
    source has everything; from the start on its runs stand still, so that nobody goes on
    in both. Cut off at any moment, type it again. Runs that wait go on in the new place,
    under the same ids. A place is a whole world: it must be empty. Addresses in the
    environment are those of the profile that keeps its work on servers.

    For example:

        holdfast storage move --from laptop --to production
    """
    source, target = (_profile(name) for name in (from_, to))
    with _one_at_a_time():
        places = source.place(source.folder()), target.place(target.folder())
        try:
            if give_up:
                return _give_up(*places)
            return _move(source, target, *places, json=json)
        finally:
            for database in (database for place in places for database in (place.state, place.books)):
                database.close()


def _move(source: Any, target: Any, leaves: Any, arrives: Any, *, json: bool) -> int:
    _demand_newest(leaves)
    brought_forward(target)
    urls = [one.prefect_database_url for one in (source, target)]
    carried = 0

    def carry(run_ids: Sequence[str]) -> None:
        nonlocal carried
        tell("tell Prefect of the runs that are not completed")
        carried = prefect_runs.carry(run_ids, home(), *urls)

    with Steps(is_calm=json) as tell:
        moved = late("blocks.durable.moving").move(leaves, arrives, carry=carry, tell=tell)
    if json:
        told = {**asdict(moved), "open_runs": list(moved.open_runs), "prefect_runs": carried}
        print_json({"ok": True, "from": source.name, "to": target.name, **told})
        return DONE
    rows = moved.rows
    what = [count(rows["runs"], "run"), count(rows["events"], "event"), count(moved.artifacts, "artifact")]
    what += [count(moved.heads, "signed head"), count(rows.get("invoices", 0), "invoice")]
    say(f"[good]●[/] Moved from {source.name} to {target.name}: {', '.join(what)}.")
    say(f"  All of it was compared, and the ledger verifies there: {count(moved.events_verified, 'event')}.")
    if moved.open_runs:
        say(f"  Not completed, and going on there under the same ids: {count(len(moved.open_runs), 'run')}.")
    say(
        f"  Now: holdfast down, then [place]holdfast up --profile {target.name}[/]; HOLDFAST_PROFILE={target.name} chooses it."
    )
    return DONE


def _give_up(leaves: Any, arrives: Any) -> int:
    if late("blocks.durable.moving").give_up(leaves, arrives):
        out().print(f"Work goes on in {leaves.name}. Empty {arrives.name} before another move to it.")
    else:
        out().print(f"No move from {leaves.name} was begun; nothing was changed.")
    return DONE


def _profile(name: str) -> Any:
    """The profile, with what the environment says of it. Raises KeepsNothing, NoSuchProfile."""
    choose_profile(name)
    profiles = late("blocks.profile")
    found = profiles.load(name)
    if found.keep == "memory":
        raise KeepsNothing(profile=name)
    return profiles.load(name, **dict.fromkeys(_ADDRESSES, "")) if found.keep == "folder" else found


def _demand_newest(place: Any) -> None:
    file = place.state.file
    if file is not None and not file.exists():
        raise NothingToMove(profile=place.name)
    form_of = late("blocks.providers.accounting_tables").form_of
    is_newest = place.state.revision() == late("blocks.state.database").SCHEMA_REVISION
    if not is_newest or place.books.read(form_of) == "older":
        raise NotTheNewest(profile=place.name)


@contextmanager
def _one_at_a_time() -> Generator[None]:
    home().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(home() / "move.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise MoveGoesOn from error
        yield
    finally:
        os.close(handle)
