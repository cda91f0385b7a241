"""Verifying a ledger: in place through the command, and as an export on a machine that has nothing of ours but one folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cffi
import cryptography
import pytest

from blocks import profile
from blocks.base.bucket import Bucket
from blocks.durable import proof
from blocks.durable.world import World
from blocks.state import verify
from blocks.state.head_bucket import HeadBucket
from blocks.state.signing import KeyRing
from blocks.state.tables import events, run_stages, runs
from deployments.console import checks, entry
from deployments.stack.object_store import ObjectStore
from tests.worlds.counting import count_in
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import check, close_run, open_run, sign, signed, work
from tests.worlds.object_store import access_of
from tests.worlds.stages import large, small

__all__ = ["signed"]
pytestmark = pytest.mark.files_only("an export is checked with a folder of heads, without the database")
ROOT = Path(__file__).parents[2]
FORBIDDEN = {"sqlalchemy", "prefect", "pydantic", "pydantic_core", "alembic", "rich", "cyclopts", "httpx"}


@pytest.fixture
def told(signed: World, tmp_path: Path) -> World:
    """Two ended runs and one that goes on; the second reuses what the first did."""
    count_in(tmp_path / "counts")
    work(RUN, *(lambda n=n: small(n) for n in range(12)), lambda: large(1))
    close_run(signed, RUN)
    open_run(signed, "run-2")
    work("run-2", *(lambda n=n: small(n) for n in range(8)))
    close_run(signed, "run-2", "failed", "OSError: no answer")
    open_run(signed, "run-3")
    work("run-3", lambda: small(99))
    return signed


@pytest.fixture
def export(told: World, tmp_path: Path) -> Path:
    """The whole ledger as a file."""
    file = tmp_path / "export.jsonl"
    with file.open("w", encoding="utf-8") as out:
        assert proof.export(out) == 27
    return file


def verdict(*arguments: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and the verdict of the verifier, run in this process."""
    run = subprocess.run(
        [sys.executable, "-m", "blocks.state.verify", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.returncode, json.loads(run.stdout) if run.stdout else {"stderr": run.stderr}


def test_a_sound_ledger_is_right(told: World):
    report = check(told)
    assert (report.ok, report.runs, report.events, report.unsigned) == (True, 3, 27, {"run-3": 2})


def test_the_export_of_a_sound_ledger_is_right(export: Path, tmp_path: Path):
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, facts["ok"], facts["events"], facts["runs"], facts["signed"]) == (0, True, 27, 3, 25)
    assert facts["key_ids"] == [file.stem for file in (tmp_path / "keys").glob("*.pub")]


def test_the_export_of_one_run_is_checked_against_the_heads_of_that_run(told: World, tmp_path: Path):
    with (tmp_path / "one.jsonl").open("w") as out:
        proof.export(out, RUN)
    key = next((tmp_path / "keys").glob("*.pub"))
    code, facts = verdict(tmp_path / "one.jsonl", "--head", tmp_path / "heads" / f"{RUN}.jsonl", "--key", key)
    assert (code, facts["events"], facts["signed"]) == (0, 15, 15)


def test_the_export_is_checked_with_a_copy_of_a_bucket_of_heads(
    export: Path, object_store: ObjectStore, bucket_url: str, tmp_path: Path
):
    bucket = Bucket(bucket_url, access_of(object_store))
    shelf, copy = HeadBucket(bucket), tmp_path / "copy"
    for kept in verify.kept_in([tmp_path / "heads"]).values():
        for head in kept.heads:
            shelf.append(head)
    for key in (tmp_path / "heads").glob("*.pub"):
        shelf.publish(key.stem, key.read_bytes())
    for name in list(bucket.keys()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(bucket.read(name) or b"")
    code, facts = verdict(export, "--head", copy)
    assert (code, facts["ok"], facts["events"], facts["signed"]) == (0, True, 27, 25)
    newest = max((copy / RUN).iterdir())
    newest.write_bytes(newest.read_bytes().replace(b'"size":15', b'"size":14'))
    assert verdict(export, "--head", copy)[0] == 1


def isolated(tmp_path: Path) -> Path:
    """A folder with the verifier's package and `cryptography`, and nothing else."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copytree(ROOT / "blocks", folder / "blocks", ignore=shutil.ignore_patterns("__pycache__"))
    for package in (cryptography, cffi):
        (folder / package.__name__).symlink_to(Path(str(package.__file__)).parent)
    for native in Path(str(cffi.__file__)).parents[1].glob("_cffi_backend*"):
        (folder / native.name).symlink_to(native)
    return folder


def test_the_verifier_needs_the_standard_library_and_one_signature_check(export: Path, tmp_path: Path):
    program = (
        "import runpy, sys\n"
        f"sys.argv = ['verify', {str(export)!r}, '--head', {str(tmp_path / 'heads')!r}]\n"
        "try:\n    runpy.run_module('blocks.state.verify', run_name='__main__')\n"
        "finally:\n    print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(isolated(tmp_path))!r})\n{program}"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["ok"] is True
    imported = set(json.loads(run.stderr.splitlines()[-1].replace("'", '"')))
    outside = {name for name in imported if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert outside <= {"blocks", "cryptography", "cffi"}
    assert not imported & FORBIDDEN


Lines = list[dict[str, Any]]


def edited(lines: Lines) -> tuple[str, int]:
    """One word of a body."""
    lines[4]["body"] = lines[4]["body"].replace("small", "large")
    return RUN, 5


def deleted(lines: Lines) -> tuple[str, int]:
    """A row in the middle."""
    del lines[6]
    return RUN, 7


def swapped(lines: Lines) -> tuple[str, int]:
    """Two neighbours."""
    lines[2], lines[3] = lines[3], lines[2]
    return RUN, 3


def doubled(lines: Lines) -> tuple[str, int]:
    """One row twice."""
    lines.insert(3, dict(lines[2]))
    return RUN, 4


def cut(lines: Lines) -> tuple[str, int]:
    """The end of the first run."""
    del lines[11:15]
    return RUN, 12


def moved(lines: Lines) -> tuple[str, int]:
    """A row of the second run in the first."""
    lines[3] = {**lines[18], "run_id": RUN, "seq": 4}
    return RUN, 4


def retyped(lines: Lines) -> tuple[str, int]:
    """A time as text."""
    lines[1]["at"] = str(lines[1]["at"])
    return RUN, 2


def gone(lines: Lines) -> tuple[str, int]:
    """A whole run."""
    del lines[15:25]
    return "run-2", 1


@pytest.mark.parametrize("tamper", [edited, deleted, swapped, doubled, cut, moved, retyped, gone])
def test_what_is_changed_in_an_export_is_named(
    export: Path, tmp_path: Path, tamper: Callable[[Lines], tuple[str, int]]
):
    header, *rest = export.read_text().splitlines()
    lines = [json.loads(line) for line in rest]
    run_id, seq = tamper(lines)
    export.write_text("\n".join([header, *(json.dumps(line) for line in lines)]))
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, facts["ok"], facts["run_id"], facts["first_bad"]) == (1, False, run_id, seq)
    assert facts["reason"]


def test_a_chain_that_was_rebuilt_with_valid_hashes_is_found_by_its_heads(export: Path, tmp_path: Path):
    header, *rest = export.read_text().splitlines()
    lines = [json.loads(line) for line in rest]
    lines[5]["body"] = lines[5]["body"].replace("small", "large")
    for number in range(5, 15):
        line = lines[number]
        line["previous"] = lines[number - 1]["hash"]
        line["hash"] = verify_hash(line)
    export.write_text("\n".join([header, *(json.dumps(line) for line in lines)]))
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, facts["run_id"], facts["first_bad"]) == (1, RUN, 6)


def verify_hash(line: dict[str, Any]) -> str:
    """The right hash of an exported event."""
    from blocks.state.chain import event_hash

    return event_hash(*(line[name] for name in ("run_id", "seq", "at", "kind", "body", "previous")))


def test_an_export_whose_runs_stand_apart_is_refused(export: Path, tmp_path: Path):
    header, *lines = export.read_text().splitlines()
    export.write_text("\n".join([header, *lines, lines[0]]))
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, facts["reason"]) == (1, "the events of the run stand apart")


def test_a_line_that_is_no_event_is_refused(export: Path, tmp_path: Path):
    lines = export.read_text().splitlines()
    export.write_text("\n".join([*lines[:8], "nonsense", *lines[8:]]))
    assert verdict(export, "--head", tmp_path / "heads")[0] == 1


@pytest.mark.parametrize("content", ["", "{}\n", "nonsense\n", '{"format":"another"}\n'])
def test_a_file_that_is_no_export_is_misuse(export: Path, tmp_path: Path, content: str):
    export.write_text(content)
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, "no header" in facts["stderr"]) == (2, True)


def test_heads_of_another_key_are_not_trusted(export: Path, tmp_path: Path):
    other = sign_elsewhere(tmp_path)
    code, facts = verdict(export, "--head", tmp_path / "heads", "--key", other)
    assert (code, "not a trusted one" in facts["reason"]) == (1, True)


def sign_elsewhere(tmp_path: Path) -> Path:
    """The public key of somebody else."""
    key = KeyRing(tmp_path / "other").signing()
    return tmp_path / "other" / f"{key.key_id}.pub"


def test_without_a_key_nothing_can_be_checked(export: Path, tmp_path: Path):
    for file in (tmp_path / "heads").glob("*.pub"):
        file.unlink()
    code, facts = verdict(export, "--head", tmp_path / "heads")
    assert (code, "no public key" in facts["stderr"]) == (2, True)


def test_the_help_of_the_verifier_says_what_it_needs(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        verify.main(["--help"])
    assert "PUBLIC_KEY" in capsys.readouterr().out


def holdfast(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str]:
    """Run the command in this process, in the world of the test."""
    code = entry.execute(["ledger", *line])
    return code, capsys.readouterr().out


def test_the_command_says_that_a_ledger_is_right(told: World, capsys: pytest.CaptureFixture[str]):
    code, out = holdfast(capsys, "verify")
    assert (code, "right" in out, "27 events of 3 runs" in out) == (0, True, True)
    code, out = holdfast(capsys, "verify", RUN, "--json")
    facts = json.loads(out)
    assert (code, facts["ok"], facts["events"], facts["first_bad"], facts["reason"]) == (
        0,
        True,
        15,
        None,
        None,
    )


def test_the_command_names_what_is_wrong(told: World, capsys: pytest.CaptureFixture[str]):
    with told.state.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_update")
        connection.exec_driver_sql("UPDATE events SET at = at + 1 WHERE run_id = 'run-2' AND seq = 3")
    code, out = holdfast(capsys, "verify", "--json")
    facts = json.loads(out)
    assert (code, facts["ok"], facts["run_id"], facts["first_bad"]) == (1, False, "run-2", 3)
    code, out = holdfast(capsys, "verify")
    assert (code, "wrong run run-2, event 3" in out) == (1, True)
    assert holdfast(capsys, "verify", RUN)[0] == 0


def test_a_run_that_is_gone_is_still_asked_for_by_its_id(told: World, capsys: pytest.CaptureFixture[str]):
    with told.state.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("DROP TRIGGER events_delete")
        for table in (run_stages, events, runs):
            connection.execute(table.delete().where(table.c.run_id == "run-2"))
    code, out = holdfast(capsys, "verify", "run-2", "--json")
    assert (code, json.loads(out)["first_bad"]) == (1, 1)
    assert entry.execute(["ledger", "verify", "never-was"]) == 1


def test_an_end_that_no_head_covers_is_shown_and_fails_where_that_is_asked(
    told: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "heads" / "run-2.jsonl").unlink()
    code, out = holdfast(capsys, "verify")
    assert (code, "run-2 ended with 10 events that no head covers" in out) == (0, True)
    assert holdfast(capsys, "verify", "--strict")[0] == 1


def test_the_command_exports_to_a_file_or_to_stdout(
    told: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code, out = holdfast(capsys, "export", "last")
    assert (code, len(out.splitlines())) == (0, 3)
    assert holdfast(capsys, "export", "--out", str(tmp_path / "all.jsonl"))[0] == 0
    assert verdict(tmp_path / "all.jsonl", "--head", tmp_path / "heads")[0] == 0
    assert holdfast(capsys, "export", "--out", str(tmp_path))[0] == 1


def test_a_world_without_heads_is_checked_by_its_chains(laptop: World):
    report = check(laptop)
    assert (report.ok, report.heads, report.unsigned) == (True, 0, {RUN: 1})


def test_a_ledger_is_checked_while_it_grows(signed: World, tmp_path: Path):
    sign(signed, tmp_path, every_events=3)
    for number in range(20):
        open_run(signed, f"run {number % 4}")
        assert check(signed).ok


def test_the_doctor_says_where_an_end_is_not_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    made = profile.open_world(profile.load("laptop"))
    for run_id in ("one", "two"):
        open_run(made, run_id)
        close_run(made, run_id)
    made.leave()
    assert checks._ledger().level == "ok"
    (tmp_path / "home" / "heads" / "one.jsonl").unlink()
    told = checks._ledger()
    assert (told.level, told.found[:4]) == ("warning", "1 of")


def test_the_profile_says_where_heads_go_and_which_key_signs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    KeyRing(tmp_path / "mine").signing()
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOLDFAST_HEADS_URL", str(tmp_path / "far"))
    monkeypatch.setenv("HOLDFAST_LEDGER_KEY", (tmp_path / "mine" / "ledger.key").read_text())
    chosen = profile.load("laptop")
    assert "PRIVATE" not in repr(chosen)
    made = profile.open_world(chosen)
    open_run(made, "one")
    close_run(made, "one")
    report = check(made)
    made.leave()
    key = next((tmp_path / "mine").glob("*.pub")).name
    assert (report.ok, report.signed) == (True, 2)
    assert sorted(file.name for file in (tmp_path / "far").iterdir()) == sorted(["one.jsonl", key])
    assert [file.name for file in (tmp_path / "home" / "keys").iterdir()] == [key]
