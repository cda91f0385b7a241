"""The types that a caller sees, decided by basedpyright in strict mode."""

import json
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).with_name("stage_types.py")
ROOT = FILE.parents[2]
BROKEN = """
    wrong: str = count(Text())
    read(1)
    read("a.pdf", 2)  # pyright: ignore[reportCallIssue]
"""


def complaints(file: Path) -> list[str]:
    """What the type checker says of *file*: line, rule and sentence of each error."""
    checker = Path(sys.executable).with_name("basedpyright")
    ended = subprocess.run(
        [checker, "--outputjson", file], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = json.loads(ended.stdout)["generalDiagnostics"]
    return [f"{error['range']['start']['line'] + 1}: {error['rule']}: {error['message']}" for error in told]


def test_stages_and_flows_keep_the_types_of_their_functions():
    assert complaints(FILE) == []


def test_the_checker_finds_a_wrong_type_and_a_needless_ignore():
    file = FILE.with_name("stage_types_broken.py")
    try:
        file.write_text(FILE.read_text() + "\n\ndef broken() -> None:" + BROKEN)
        found = "\n".join(complaints(file))
    finally:
        file.unlink(missing_ok=True)
    told = ("reportAssignmentType", "reportArgumentType", "reportUnnecessaryTypeIgnoreComment")
    assert [rule for rule in told if rule not in found] == []
