"""`server.log`: what the server printed. Nothing of it reaches the terminal, except one line when it dies."""

import re
from pathlib import Path

_KEEP_BYTES = 5_000_000
_TELLING = re.compile(
    r"^\s*(\w+\.)*\w*(Error|Exception|Exit)\b.*|.*\b(error|failed|in use|no space|denied)\b", re.IGNORECASE
)
_HOLLOW = re.compile(
    r"Server stopped|Background on this error|\[SQL: |Application startup failed|^[\W_]*$|^Traceback"
)


def log_file(home: Path) -> Path:
    """Where the server's output is kept; one that grew large is put aside as server.log.1."""
    return home / "server.log"


def open_log(home: Path, port: int) -> Path:
    """Mark a new start in the log; a log over 5 MB is put aside first."""
    log = log_file(home)
    if log.exists() and log.stat().st_size > _KEEP_BYTES:
        log.replace(log.with_name("server.log.1"))
    with log.open("a") as lines:
        lines.write(f"{_MARK} on port {port}\n")
    return log


def reason_of_end(home: Path) -> str:
    """The line of the last start that says most about why the server ended."""
    try:
        text = log_file(home).read_text(errors="replace")[-20_000:]
    except OSError:
        return "no log was written"
    lines = [line.strip() for line in text.rpartition(_MARK)[2].splitlines()[1:]]
    lines = [line for line in lines if not _HOLLOW.search(line)]
    telling = [line for line in lines if _TELLING.match(line)]
    return (telling or lines or ["it said nothing"])[-1][:300]


def says_port_taken(line: str) -> bool:
    """True when *line* means that another program listens on the port."""
    return bool(re.search(r"already in use|already running on port|Errno 98|Errno 48", line))


_MARK = "--- holdfast starts a server"
