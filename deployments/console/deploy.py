"""`holdfast deploy`: every flow as a deployment of Prefect, and what they need there."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.table import Table

from blocks.base.errors import HoldfastError
from blocks.base.home import home
from deployments.console.failure import DONE
from deployments.console.jsontext import print_json
from deployments.console.parameters import AsJson, Profile, choose_profile
from deployments.console.past import late
from deployments.console.screen import err, out, print_table
from deployments.local_server import client_environment, ensure
from deployments.prefect_api import elsewhere

FILE = Path(__file__).parents[1] / "prefect.yaml"
_WITHIN_SECONDS = 300


class NotDeployed(HoldfastError):
    """Prefect did not apply {file}:"""

    safe = "What it applied before that line stays; applying all of it again is harmless."
    next = "See `holdfast status`; then type `holdfast deploy` again."


def deploy(*, profile: Profile = None, json: AsJson = False) -> int:
    """Apply deployments/prefect.yaml to the Prefect server: a work pool, the types of our blocks, every flow as a deployment.

    The server is the one elsewhere that HOLDFAST_PREFECT_API_URL names, or the local one. Again is harmless: what people
    chose on Prefect's page (parameters, schedules that are on or off) stays; the rest is brought up to date.

    For example:

        holdfast deploy
        holdfast worker
    """
    choose_profile(profile)
    server = elsewhere() or ensure(home())
    err().print(f"[quiet]Applying {FILE.name} to {server.url} ...[/]")
    prefect = late("deployments.applied")
    prefect.make_pool()
    kinds: list[str] = prefect.register_blocks()
    before = prefect.chosen()
    _apply(client_environment(home(), server.api_url))
    prefect.choose_again(before)
    made: list[dict[str, Any]] = prefect.applied()
    if json:
        print_json(
            {"server": server.url, "work_pool": prefect.POOL, "block_types": kinds, "deployments": made}
        )
        return DONE
    _show(made)
    out().print(f"The work pool is {prefect.POOL}; types of blocks: {', '.join(kinds)}.")
    out().print("[quiet]`holdfast worker` runs what is started there.[/]")
    return DONE


def _apply(environment: dict[str, str]) -> None:
    """Let Prefect's own command read the file, so that it alone says what a deployment is. Raises NotDeployed."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    done = subprocess.run(
        command,
        env=environment,
        cwd=home(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_SECONDS,
    )
    if done.returncode != 0:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise NotDeployed(said[-1] if said else "it said nothing", file=FILE.name)


def _show(made: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="head")
    for title in ("deployment", "flow", "schedule", "at once"):
        table.add_column(title)
    for one in made:
        table.add_row(one["name"], one["entrypoint"], one["schedule"], str(one["at_once"] or ""))
    print_table(table)
