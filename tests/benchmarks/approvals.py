"""A thousand runs that wait for a person: what they hold, how quick the list is, and how they go on after one approval.

python -m tests.benchmarks.approvals [RUNS]

It starts a server of its own in a temporary home, lets RUNS runs of `send_email` (1,000 unless said otherwise) ask, looks
at the list on the approval page 200 times, approves all of them with one command, and counts what was sent.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

from blocks import profile
from blocks.base.clock import monotonic
from blocks.durable import approvers, history, world
from blocks.durable.approval_lists import waiting_by_gate
from deployments import local_server
from tests.worlds.approval_page import PASSWORD, Visitor, serving
from tests.worlds.prefect_server import using

LOOKS = 200


def main(count: int) -> int:
    """Measure, and print a line for each figure; 0 where every run ended well and sent one e-mail."""
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        home = Path(folder)
        os.environ["HOLDFAST_HOME"] = folder
        server = local_server.ensure(home)
        try:
            with using(server.api_url):
                _ask(count)
            _look_at_the_list()
            _approve_all(home)
            return _count(home, count)
        finally:
            world.leave()
            local_server.stop(home)


def _ask(count: int) -> None:
    from blocks.durable import launch
    from flows.send_email import send_email

    world.opened_by(profile.open_world)
    began = monotonic()
    for number in range(count):
        brief = (f"Tell ann{number}@example.com that order {number} is late",)
        assert launch.launch(send_email, {"brief": brief}).state == "waiting"
    seconds = monotonic() - began
    _tell(
        f"{sum(waiting_by_gate().values())} runs wait",
        f"{1000 * seconds / count:.0f} ms each until they wait",
    )


def _look_at_the_list() -> None:
    approvers.add("ann", PASSWORD)
    with serving() as url, Visitor(url) as ann:
        ann.sign_in("ann")
        took: list[float] = []
        for _ in range(LOOKS):
            began = monotonic()
            page = ann.get("/")
            took.append(monotonic() - began)
            assert page.status_code == 200
            assert "@example.com" in page.text
    _tell("the list on the page", f"p50 {1000 * sorted(took)[LOOKS // 2]:.0f} ms")
    _tell("", f"p95 {1000 * quantiles(took, n=20)[-1]:.0f} ms")


def _approve_all(home: Path) -> None:
    began = monotonic()
    command = [sys.executable, "-m", "deployments.console", "approvals", "approve", "--all", "--yes"]
    log = home / "approve.log"
    with log.open("w") as out:
        code = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
    _tell("all approved and brought to their ends", f"{monotonic() - began:.0f} s, exit code {code}")
    if code:
        _tell("", log.read_text()[-2000:])


def _count(home: Path, count: int) -> int:
    states = [run.state for run in history.list_runs(limit=count + 1)]
    sent = len(list((home / "mailbox").rglob("*.eml")))
    _tell("completed", f"{states.count('completed')} of {count}")
    _tell("e-mails sent", f"{sent}")
    return 0 if (states.count("completed"), sent) == (count, count) else 1


def _tell(what: str, figure: str) -> None:
    sys.stdout.write(f"{what:<42}{figure}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
