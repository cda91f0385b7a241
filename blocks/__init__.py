"""The nouns of infrastructure, on five floors; imports only ever go down.

    profile -> setting_blocks -> durable -> state | artifacts | providers -> base

artifacts/  the bytes: content-addressed, written once, checked on every read
base/       the ground floor: time, digests, money, errors, fault points
durable/    the engine room: stages that are never done twice
profile.py  one named world: which state, which store, which model
providers/  what we call and pay: page readers, OCR, language models, the books
setting_blocks.py settings of a profile, as blocks of Prefect
state/      the record: what is true about runs and stages, in SQL

`prefect block register -m blocks` finds the blocks of Prefect here. They bring Prefect with them, so they are loaded only
when they are asked for.
"""

from importlib import import_module
from typing import Any

_BLOCKS = ("ArtifactStoreSettings", "LanguageModelSettings", "MailServerSettings", "StateDatabaseSettings")


def __getattr__(name: str) -> Any:
    if name not in _BLOCKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.setting_blocks"), name)


def __dir__() -> list[str]:
    return [*globals(), *_BLOCKS]
