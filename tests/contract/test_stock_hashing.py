"""How stock Prefect hashes inputs on the installed version, each line beside the key of a stage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.cache_policies import DEFAULT, RUN_ID, TASK_SOURCE
from prefect.utilities.hashing import hash_objects

from blocks.base.canonical import NotCanonical, refuse_type
from tests.worlds.keyed import key_of, pinned

ROOT = Path(__file__).parents[2]
IN_ANOTHER_PROCESS = """
from prefect.utilities.hashing import hash_objects
from tests.worlds.keyed import pinned
print(hash_objects({"names": {"pear", "fig", "nut", "apple", "kiwi"}}), pinned())
"""


def hashes(seed: str) -> list[str]:
    """The stock hash of a set, and the key of a stage over a set, in another process."""
    ended = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split()


def test_the_stock_hash_of_a_set_differs_between_processes_and_our_key_does_not():
    (stock_1, ours_1), (stock_2, ours_2) = hashes("1"), hashes("2")
    assert stock_1 != stock_2
    assert ours_1 == ours_2 == pinned()


def test_stock_number_keys_and_text_keys_collide_and_ours_never_meet():
    assert hash_objects({"a": {1: "x"}}) == hash_objects({"a": {"1": "x"}})
    with pytest.raises(NotCanonical, match="keys of a mapping must be text"):
        refuse_type(dict[int, str])


def test_the_stock_default_holds_the_source_and_the_run_and_our_key_does_not():
    assert {type(TASK_SOURCE), type(RUN_ID)} <= {type(policy) for policy in DEFAULT.policies}  # type: ignore[attr-defined]

    def work(number: int) -> int:
        return number

    before = key_of(work, 1)

    def work(number: int) -> int:  # type: ignore[no-redef]
        return number + 0  # another source

    assert key_of(work, 1) == before
