"""A world whose content is encrypted: keys given, and a signed ledger."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from blocks.artifacts.cipher import Cipher
from blocks.artifacts.key_holder import GivenKeys, KeyHolder
from blocks.artifacts.store import ArtifactStore
from blocks.durable import proof, world
from blocks.durable.data_keys import open_keys
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from blocks.state.verdict import Report
from tests.worlds import place
from tests.worlds.ground import Ground
from tests.worlds.laptop import RUN, enter, open_laptop
from tests.worlds.ledgers import sign

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
KEYS = GivenKeys({"old": OLD})
BOTH = GivenKeys({"new": NEW, "old": OLD})
SUBJECT = "a document"


def encrypt(made: World, folder: Path, holder: KeyHolder | None, *, accepts_plain: bool = False) -> World:
    """Let the content of *made* be encrypted with the keys of *holder*, where there is one or was one."""
    keys = open_keys(made.state, holder, made.tenant)
    if keys is None:
        return made
    cipher = Cipher(keys, accepts_plain=accepts_plain)
    store = ArtifactStore(place.shelf(folder), cipher=cipher)
    made.data_keys, made.cipher, made.artifacts = keys, cipher, store
    made.makers = {**made.makers, ArtifactStore: lambda: store}
    return made


def open_secure(
    folder: Path,
    *,
    holder: KeyHolder | None = KEYS,
    tenant: str = "default",
    run_id: str = RUN,
    accepts_plain: bool = False,
) -> World:
    """A world in *folder* with a signed ledger and one run open in it; without a *holder* nobody gave keys."""
    made = open_laptop(folder, tenant=tenant, run_id=run_id)
    sign(made, folder)
    return encrypt(made, folder, holder, accepts_plain=accepts_plain)


def verified() -> Report:
    """What `holdfast ledger verify` finds in the world of this process."""
    return proof.verify()


@pytest.fixture
def open_vault(tmp_path: Path, ground: Ground) -> Generator[Callable[..., World]]:
    """Open encrypted worlds in the test's folder; the last one opened is the world of this process."""
    before = world._opener
    ground.blank(tmp_path)

    def opened(**given: object) -> World:
        made = open_secure(tmp_path, **given)  # type: ignore[arg-type]
        enter(made)
        return made

    yield opened
    world.leave()
    world._opener = before


@pytest.fixture
def vault(open_vault: Callable[..., World]) -> Generator[World]:
    """An encrypted world with a run that the test works for."""
    made = open_vault()
    with working_for(Scope(RUN, SUBJECT)):
        yield made
