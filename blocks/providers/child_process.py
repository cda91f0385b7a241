"""Start one of our modules as a process of its own: isolated, silent, one socket to us, no secrets."""

import os
import socket
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
_START = """
import sys
if sys.argv[1] not in sys.path: sys.path.insert(0, sys.argv[1])
from importlib import import_module
import_module(sys.argv[2]).main(int(sys.argv[3]))
"""


class ChildProcess:
    """A running module and *channel*, the socket to it. It ends by itself once the channel is closed."""

    def __init__(self, module: str, *, environment: dict[str, str] | None = None) -> None:
        self.channel, theirs = socket.socketpair()
        self.owner = os.getpid()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(_HERE), module, str(theirs.fileno())],
                env=kept | (environment or {}),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def stop(self) -> None:
        """Close the channel; end the process now and wait for its end."""
        self.channel.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()
        else:
            self._process.returncode = 0  # after a fork it is somebody else's child
