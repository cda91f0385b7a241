"""`holdfast up`, `holdfast down`, `holdfast status`: the local servers, the approval page, and the sweeper."""

from typing import Annotated, Any

from cyclopts import Parameter

from blocks.base.clock import monotonic
from blocks.base.home import home
from deployments import local_server, stack
from deployments.approval_page import APPROVAL_PAGE
from deployments.capture_proxy import CAPTURE_PROXY, keep_capturing
from deployments.companion import Kept
from deployments.console.failure import DONE, FAILED
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile, wants_local_servers
from deployments.console.past import late
from deployments.console.screen import err, out
from deployments.console.wording import duration, moment, style_of
from deployments.local_server import Record, State
from deployments.prefect_api import elsewhere
from deployments.sweeper import SWEEPER


def up(
    *,
    port: Annotated[
        int | None, Parameter(help="Listen on this port; without it, a free one is chosen.")
    ] = None,
    profile: Profile = None,
    json: AsJson = False,
) -> int:
    """Start the local Prefect server, the approval page and the sweeper, and keep them running.

    Where the profile keeps its work on servers, PostgreSQL and an S3 store are started first, unless the environment
    names others. All listen on this machine's loopback address only. The sweeper goes on with runs whose process died, that an
    outage parked, or for which a person has decided. What runs already stays as it is.

    For example:

        holdfast up
        holdfast up --port 4321
        holdfast up --profile production
    """
    began = monotonic()
    choose_profile(profile)
    if wants_local_servers():
        err().print("[quiet]Starting PostgreSQL and the S3 store ...[/]")
        stack.start(home())
    local_server.leave_database(home())
    was_running = elsewhere() is not None or local_server.look(home())[0] == "running"
    if not was_running:
        err().print("[quiet]Starting the local Prefect server ...[/]")
    record = None if elsewhere() else local_server.ensure(home(), port=port)
    if late("blocks.profile").load().keep != "memory":  # whose runs are gone with their process
        SWEEPER.ensure(home())
        APPROVAL_PAGE.ensure(home())
        keep_capturing(home())
    if json:
        print_json(_facts("running" if record else "stopped", record))
        return DONE
    told = "runs already" if was_running else f"answers after {duration(monotonic() - began)}"
    if record:
        out().print(f"[good]●[/] The Prefect server {told}: [place]{record.url}[/]")
    _show_elsewhere()
    _show_stack()
    if page := APPROVAL_PAGE.look(home()):
        out().print(f"[good]●[/] What waits for a person: [place]{_address(page)}[/]")
    if SWEEPER.look(home()):
        out().print("[good]●[/] The sweeper goes on with runs whose process dies, and after decisions.")
    out().print("[quiet]`holdfast down` stops all of it, `holdfast status` shows it.[/]")
    return DONE


def down(*, json: AsJson = False) -> int:
    """Stop the local Prefect server that Holdfast started, the approval page, the sweeper, PostgreSQL and the S3 store.

    Only these are stopped. Recorded runs and stages stay, and so does all that the servers hold. A flow that runs
    right now loses its connection to the web page.

    For example:

        holdfast down
    """
    swept = SWEEPER.stop(home())  # first, since it keeps the others
    page = APPROVAL_PAGE.stop(home())
    proxy = CAPTURE_PROXY.stop(home())
    record = local_server.stop(home())
    stopped_servers = stack.stop(home())
    if json:
        stopped = {"stopped": record is not None, "pid": record.pid if record else None}
        beside = {
            "sweeper_pid": swept.pid if swept else None,
            "approval_page_pid": page.pid if page else None,
            "capture_proxy_pid": proxy.pid if proxy else None,
            "stack": stopped_servers,
        }
        print_json({**stopped, **beside})
    elif record is None:
        also = "; what ran beside it is stopped" if swept or page or proxy or stopped_servers else ""
        out().print(f"No Prefect server of this home was running{also}.")
    else:
        also = " and what ran beside it are" if swept or page or proxy or stopped_servers else " is"
        out().print(f"The Prefect server on {record.url}{also} stopped. `holdfast up` starts it again.")
    return DONE


def status(*, json: AsJson = False) -> int:
    """Show whether the local Prefect server runs, where its page is and where its state and log are.

    Exit code 0 when it runs, 1 when it does not.

    For example:

        holdfast status
        holdfast status --json
    """
    state, record = local_server.look(home())
    if json:
        print_json(_facts(state, record))
    else:
        _show(state, record)
    return DONE if state == "running" or elsewhere() else FAILED


def _facts(state: State, record: Record | None) -> dict[str, Any]:
    alive = record if record is not None and state != "stopped" else None
    return {
        "state": state,
        "url": alive.url if alive else None,
        "api_url": alive.api_url if alive else None,
        "pid": alive.pid if alive else None,
        "started_at": alive.started_at if alive else None,
        "elsewhere_api_url": server.api_url if (server := elsewhere()) else None,
        "sweeper_pid": kept.pid if (kept := SWEEPER.look(home())) else None,
        "approval_page_url": _address(page) if (page := APPROVAL_PAGE.look(home())) else None,
        "capture_proxy_pid": kept.pid if (kept := CAPTURE_PROXY.look(home())) else None,
        "stack": stack.look(home()) if _has_stack() else {},
        "home": str(home()),
        "log": str(local_server.log_file(home())),
    }


_TELLS = {
    "running": "runs",
    "starting": "is starting",
    "silent": "does not answer; `holdfast down`, then `holdfast up`",
    "stopped": "is not running; `holdfast up` starts it, `holdfast run` too",
}


def _show(state: State, record: Record | None) -> None:
    _show_elsewhere()
    if not elsewhere():
        _show_server(state, record)
    _show_stack()
    _show_page()
    kept = SWEEPER.look(home())
    tells = (
        f"runs, process {kept.pid}" if kept else "is not running; runs whose process dies wait for a person"
    )
    out().print(f"[{'good' if kept else 'none'}]{'●' if kept else '○'}[/] The sweeper {tells}.")
    if kept := CAPTURE_PROXY.look(home()):
        out().print(f"[good]●[/] The capture proxy keeps what paid models answer, process {kept.pid}.")
    out().print(f"  home   {home()}", soft_wrap=True)
    out().print(f"  log    {local_server.log_file(home())}", soft_wrap=True)


def _has_stack() -> bool:
    return wants_local_servers() or "running" in stack.look(home()).values()


_NAMES = {"postgres": "PostgreSQL", "object_store": "The S3 store", "redis": "Redis"}


def _show_stack() -> None:
    for name, state in stack.look(home()).items() if _has_stack() else ():
        tells = {"running": "runs", "silent": "does not answer", "stopped": "is not running"}[state]
        out().print(f"[{style_of(state)}]{'○' if state == 'stopped' else '●'}[/] {_NAMES[name]} {tells}.")


def _show_elsewhere() -> None:
    if server := elsewhere():
        out().print(f"[good]●[/] The Prefect server is elsewhere: [place]{server.url}[/]")


def _show_server(state: State, record: Record | None) -> None:
    mark = "○" if state == "stopped" else "●"
    out().print(f"[{style_of(state)}]{mark}[/] The Prefect server {_TELLS[state]}.")
    if record is not None and state != "stopped":
        out().print(f"  page   [place]{record.url}[/]")
        out().print(f"  since  {moment(record.started_at)} UTC, process {record.pid}")


def _show_page() -> None:
    page = APPROVAL_PAGE.look(home())
    if page is None:
        out().print("[none]○[/] The approval page is not running; `holdfast up` starts it.")
        return
    out().print("[good]●[/] The approval page runs.")
    out().print(f"  page   [place]{_address(page)}[/]")


def _address(page: Kept) -> str:
    return f"http://127.0.0.1:{page.port}"
