"""The folder that holds all local state."""

import os
from pathlib import Path


def home() -> Path:
    """`HOLDFAST_HOME`, or `~/.holdfast`. Not created here."""
    return Path(os.environ.get("HOLDFAST_HOME") or "~/.holdfast").expanduser().absolute()
