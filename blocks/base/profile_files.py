"""The values of a profile as they stand in files. Costs a millisecond: commands that open no world read them too."""

import os
import tomllib
from pathlib import Path
from typing import Any

from blocks.base.home import home

DEFAULT = "laptop"
_VALUES = Path(__file__).parents[2] / "deployments" / "profiles"


def known() -> list[str]:
    """The names of the profiles."""
    return sorted(file.stem for file in _VALUES.glob("*.toml"))


def chosen() -> str:
    """What `HOLDFAST_PROFILE` names, else `laptop`."""
    return os.environ.get("HOLDFAST_PROFILE") or DEFAULT


def values_of(name: str) -> dict[str, Any]:
    """What the files of the profile *name* say; addresses of servers that were started on this machine come last."""
    local = home() / "stack" / f"{name}.toml"
    return tomllib.loads((_VALUES / f"{name}.toml").read_text()) | (
        tomllib.loads(local.read_text()) if local.exists() else {}
    )


def setting(name: str) -> str:
    """One setting of the chosen profile: `HOLDFAST_<NAME>` of the environment, else what the files say, else ""."""
    given = os.environ.get(f"HOLDFAST_{name.upper()}")
    if given is not None or chosen() not in known():
        return given or ""
    return str(values_of(chosen()).get(name, ""))
