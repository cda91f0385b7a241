"""The profiles as files say: deployments/profiles/NAME.toml, and the servers that were started on this machine.

Standard library only: a command asks here before it knows whether it needs more.
"""

import os
import tomllib
from pathlib import Path
from typing import Any

from blocks.base.home import home

DEFAULT = "laptop"
_FILES = Path(__file__).parents[2] / "deployments" / "profiles"


def known() -> list[str]:
    """The names of the profiles."""
    return sorted(file.stem for file in _FILES.glob("*.toml"))


def chosen() -> str:
    """The profile of this process: what `HOLDFAST_PROFILE` names, else `laptop`."""
    return os.environ.get("HOLDFAST_PROFILE") or DEFAULT


def values(name: str, *, folder: Path | None = None) -> dict[str, Any]:
    """What files say of the profile *name*: its own, and where it keeps work on servers, those of the home *folder*.

    The environment, which wins over both, is not looked at. Raises OSError where there is no such profile.
    """
    own = tomllib.loads((_FILES / f"{name}.toml").read_text())
    servers = servers_file(folder or home())
    is_served = own.get("keep") == "servers" and servers.exists()
    return own | tomllib.loads(servers.read_text()) if is_served else own


def setting(name: str) -> str:
    """One setting of the chosen profile: `HOLDFAST_<NAME>` of the environment, else what the files say, else ""."""
    given = os.environ.get(f"HOLDFAST_{name.upper()}")
    if given is not None or chosen() not in known():
        return given or ""
    return str(values(chosen()).get(name, ""))


def servers_file(folder: Path) -> Path:
    """Where the addresses of the servers are kept that were started below the home *folder*. It holds passwords."""
    return folder / "stack" / "servers.toml"
