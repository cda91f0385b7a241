"""Let runs go on after a decision: on a worker, in the process that waits with them, or here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from rich.markup import escape

from blocks.base.clock import monotonic
from blocks.base.errors import HoldfastError, Misuse
from blocks.base.home import home
from deployments.console.catalog import find_flow
from deployments.console.ending import NOT_DONE, Ending
from deployments.console.failure import DONE, FAILED, in_our_words, print_parts
from deployments.console.past import history, late
from deployments.console.progress import Follower
from deployments.console.recorded_worlds import RecordedWorlds
from deployments.console.run import carry_out, serve
from deployments.console.screen import out, say
from deployments.console.wording import style_of, visible
from deployments.sweeper import SWEEPER

How = Literal["here", "worker", "waiting process", "another process", "later", "not"]
_TOLD: dict[str, str] = {
    "worker": "A worker goes on with run {run}.",
    "waiting process": "The process that waits with run {run} goes on with it.",
    "another process": "Another process goes on with run {run}: holdfast runs show {run}",
}


@dataclass(frozen=True)
class Going:
    """How a run goes on: *ending* where it did so here, *error* where it could not."""

    run_id: str
    how: How
    ending: Ending | None = None
    error: HoldfastError | None = None

    @property
    def code(self) -> int:
        """The exit code that it asks for."""
        if self.error is not None:
            return FAILED
        return self.ending.code if self.ending else DONE

    @property
    def facts(self) -> dict[str, Any]:
        """For scripts."""
        told = self.ending.facts if self.ending else {}
        wrong = {"error": self.error.what} if self.error else {}
        return {"run_id": self.run_id, "goes_on": self.how, **told, **wrong}


def go_on(run_ids: Sequence[str], *, is_quiet: bool) -> list[Going]:
    """Let every run go on, those that no other process takes here, one after the other; how each does.

    Prints progress on stderr and, unless *is_quiet*, how each goes on. What keeps one from going on keeps no other.
    """
    worlds, is_alone = RecordedWorlds(), len(run_ids) == 1
    gone: list[Going] = []
    for number, run_id in enumerate(run_ids, 1):
        going = _go_on(run_id, worlds, is_calm=is_quiet or not is_alone)
        gone.append(going)
        if not is_quiet:
            _tell(
                going, is_alone=is_alone, place="" if is_alone else f"  [quiet]{number} of {len(run_ids)}[/]"
            )
    return gone


def leave_for_later(run_ids: Sequence[str], *, is_quiet: bool) -> list[Going]:
    """Touch no run; say what goes on with them."""
    kept = {run_id for run_id in run_ids if late("blocks.durable.recovery").is_kept(run_id)}
    for run_id in () if is_quiet else run_ids:
        if run_id in kept:
            say(_TOLD["waiting process"].format(run=run_id[:8]))
        elif SWEEPER.look(home()):
            say(f"The sweeper goes on with run {run_id[:8]} within seconds.")
        else:
            say(
                f"Run {run_id[:8]} goes on where `holdfast up` keeps watch, or type: "
                f"[place]holdfast runs resume {run_id[:8]}[/]"
            )
    return [Going(run_id, "waiting process" if run_id in kept else "later") for run_id in run_ids]


def _go_on(run_id: str, worlds: RecordedWorlds, *, is_calm: bool) -> Going:
    try:
        if late("blocks.durable.recovery").is_kept(run_id):
            return Going(run_id, "waiting process")
        follower = Follower(is_calm=is_calm)
        serve(follower, partial(late, "blocks.durable.launch"))
        if late("blocks.durable.launch").nudge(run_id):
            return Going(run_id, "worker")
        worlds.enter(run_id)
        return _go_on_here(run_id, follower)
    except Exception as error:  # it must not keep the others from going on
        told = in_our_words(error)
        if told.slug == "RunNotTaken":  # others were faster
            return Going(run_id, "another process")
        return Going(run_id, "not", error=told)


def _go_on_here(run_id: str, follower: Follower) -> Going:
    began, found = monotonic(), history().find_run(run_id)

    def again(flow_object: Any) -> Any:
        return late("blocks.durable.launch").resume(flow_object, run_id)

    with follower.shown():
        ending = carry_out(find_flow(found.flow), again, follower, began=began)
    return Going(run_id, "here", ending=ending)


def _tell(going: Going, *, is_alone: bool, place: str) -> None:
    run = going.run_id[:8]
    if going.error is not None:
        then = going.error.next if not isinstance(going.error, Misuse) else ""
        safe = "What you decided is recorded."
        print_parts(f"Run {run} does not go on here: {going.error.what}", safe, then or _resume(run))
    elif going.ending is None:
        say(_TOLD[going.how].format(run=run) + place)
    elif is_alone:
        out().print()
        going.ending.show()
        going.ending.tell_failure()
    else:
        result = going.ending.result
        why = f"  {escape(visible(str(result.error)))}" if result.state in NOT_DONE else ""
        say(f"run {run}  [{style_of(result.state)}]{result.state}[/]{place}{why}")


def _resume(run: str) -> str:
    return f"`holdfast runs resume {run}` goes on with it where its flow is."
