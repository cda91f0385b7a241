"""Machines that share nothing but servers: each has a home, a name and a worker of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.worlds.prefect_worker import ROOT, until

HOLDFAST = [sys.executable, "-m", "deployments.console"]


@cache
def _named(name: str) -> tuple[str, ...]:
    """What lets a command believe that its machine is called *name*; nothing where the system does not admit that.

    There the end of a process is seen by its number, sooner than by its lease.
    """
    for rights in (("--uts",), ("--uts", "--user", "--map-root-user")):
        command = ("unshare", *rights, "sh", "-c", f'hostname {name} && exec "$@"', "sh")
        if subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return command
    return ()


@dataclass
class Machine:
    """A home, and the worker that runs there; its environment is all that it knows of the others."""

    name: str
    home: Path
    environment: Mapping[str, str]
    worker: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> str:
        """What the worker and its runs printed."""
        file = self.home / "worker.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self, **given: str) -> None:
        """Start `holdfast worker` in a session of its own; returns when it looks for work."""
        before, environment = self.log.count("started!"), {**self._environment, **given}
        with (self.home / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [*_named(self.name), *HOLDFAST, "worker", "--name", self.name],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self.log.count("started!") > before, 120)

    def holdfast(self, *words: str) -> str:
        """What a command that is typed here prints."""
        done = subprocess.run(
            [*HOLDFAST, *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def die(self) -> None:
        """Kill the worker and all that it started, at once."""
        if self.worker is not None and self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait(20)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "HOLDFAST_HOME": str(self.home)}


@contextmanager
def machine(name: str, home: Path, environment: Mapping[str, str]) -> Generator[Machine]:
    """A machine without a worker so far; what runs there ends with the block."""
    home.mkdir()
    made = Machine(name, home, environment)
    try:
        yield made
    finally:
        made.die()
