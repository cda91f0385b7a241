"""How a command line is understood, and how it ends when it does not go well."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from blocks.base.errors import HoldfastError
from deployments.console import catalog, entry, failure, inputs, parameters
from deployments.console.catalog import NoSuchFlow, all_flows, find_flow
from deployments.console.inputs import EmptyFolder, NoInput, NothingThere, checked_paths
from deployments.console.run import FILES

ROOT = Path(__file__).parents[2]


def holdfast(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from deployments.console import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "line",
    [
        ["teapot"],
        ["run"],
        ["run", "teapot"],
        ["run", "process_invoices"],
        ["run", "process_invoices", "/not/there.pdf"],
        ["runs", "list", "--limit", "many"],
        ["show", "last"],
        ["status", "--colour"],
        ["runs", "list", "--profile", "mars"],
        ["approvals", "approve"],
        ["approvals", "approve", "1a", "--all"],
        ["approvals", "approve", "1a", "2b", "--set", "total=1"],
        ["approvals", "approve", "--all", "--yes", "--set", "total=1"],
        ["approvals", "approve", "--all", "--yes", "--answer", "a.json"],
        ["approvals", "approve", "1a", "--by", " "],
        ["approvals", "reject", "1a", "--gate", "invoice"],
        ["approvals", "reject", "1a", "--set", "total=1"],
        ["approvers", "add", "ann"],
    ],
    ids=" ".join,
)
def test_a_call_that_cannot_be_carried_out_ends_with_2_and_three_parts(line: list[str], capsys):
    assert entry.execute(line) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [part.split(":")[0] for part in told.err.splitlines()][:3] == ["error", "safe", "next"]
    assert "Traceback" not in told.err


def test_a_failure_with_json_is_one_document_on_stdout(capsys):
    assert entry.execute(["run", "teapot", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["name"] == "NoSuchFlow"


def test_an_accident_is_told_in_three_parts_without_a_traceback(capsys, monkeypatch):
    monkeypatch.delenv("HOLDFAST_DEBUG", raising=False)
    assert failure.report(ZeroDivisionError("division by zero"), as_json=False) == 1
    told = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in told
    assert "Traceback" not in told


def test_debugging_shows_where_it_happened(capsys, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DEBUG", "1")
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        failure.report(error, as_json=False)
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_says_what_is_safe_and_how_to_go_on(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["holdfast", "run", "process_invoices", "my invoices"])
    assert failure.report(KeyboardInterrupt(), as_json=False) == 130
    told = capsys.readouterr().err
    assert "nothing that was posted is posted again" in told
    assert "holdfast run process_invoices 'my invoices'" in told


def test_the_words_of_an_error_are_text_and_not_markup(capsys):
    failure.report(HoldfastError("a [red]name[/red] with [brackets"), as_json=False)
    assert "a [red]name[/red] with [brackets" in capsys.readouterr().err


def test_flows_are_found_by_their_source_alone():
    listed = {flow.name: flow for flow in all_flows()}
    assert listed["process_invoices"].sentence
    assert listed["process_invoices"].parameters[0] == FILES


@pytest.mark.parametrize("name", ["process-invoices", "process_invoices", "process_invoices.py"])
def test_a_flow_may_be_written_with_dashes(name: str):
    assert find_flow(name).module == "flows.process_invoices"


def test_a_flow_that_is_nearly_right_is_suggested():
    with pytest.raises(NoSuchFlow, match="process_invoices"):
        find_flow("proces_invoice")


def test_only_a_decorated_function_of_the_same_name_is_a_flow(tmp_path: Path):
    (tmp_path / "one.py").write_text('@flow\ndef one(files, settings=None):\n    """Do it.\n\n    More."""\n')
    (tmp_path / "two.py").write_text("@prefect.flow(name='x')\nasync def two(): ...\n")
    (tmp_path / "three.py").write_text("def three(): ...\n@flow\ndef other(): ...\n")
    found = catalog.all_flows(tmp_path)
    assert [(flow.name, flow.sentence, flow.parameters) for flow in found] == [
        ("one", "Do it.", ("files", "settings")),
        ("two", "", ()),
    ]


def test_inputs_that_are_not_there_are_named(tmp_path: Path):
    with pytest.raises(NothingThere, match=r"no such ünïcode file\.pdf"):
        checked_paths([str(tmp_path / "no such ünïcode file.pdf")])


def test_an_empty_folder_is_refused_also_when_it_holds_empty_or_hidden_ones(tmp_path: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / ".hidden").write_text("")
    with pytest.raises(EmptyFolder):
        checked_paths([str(tmp_path)])


def test_no_input_is_refused_with_the_command_to_type():
    with pytest.raises(NoInput) as caught:
        checked_paths([])
    assert "holdfast run" in caught.value.next


def test_inputs_are_made_absolute(tmp_path: Path, monkeypatch):
    (tmp_path / "a b.pdf").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert checked_paths(["a b.pdf"]) == [str(tmp_path / "a b.pdf")]


ELSEWHERE = ["s3://bucket/in/", "https://example.com/a.pdf", "HTTP://x:1/", f"artifact:{'0' * 64}?name=a.pdf"]


def test_what_lies_elsewhere_is_taken_as_it_is():
    assert checked_paths(ELSEWHERE) == ELSEWHERE


def test_what_lies_elsewhere_is_counted_where_that_can_be_told(tmp_path: Path):
    assert inputs.count_files(ELSEWHERE) is None
    assert inputs.count_files([*ELSEWHERE[1:], str(tmp_path)]) == 3


def test_files_are_counted_as_they_will_be_listed(tmp_path: Path):
    for name in ("a.pdf", "b/c.pdf", "b/.hidden", ".git/d.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert inputs.count_files([str(tmp_path), str(tmp_path / "a.pdf")]) == 3


def test_an_unknown_profile_is_misuse_and_the_known_ones_are_named():
    with pytest.raises(parameters.NoSuchProfile, match="laptop"):
        parameters.choose_profile("mars")


HEAVY = (
    "prefect",
    "sqlalchemy",
    "pydantic_ai",
    "boto3",
    "fastapi",
    "uvicorn",
    "alembic",
    "cryptography",
    "PIL",
)


@pytest.mark.parametrize(
    "line", [[], ["--help"], ["run", "--help"], ["status"], ["down"], ["--version"]], ids=str
)
def test_the_quick_commands_import_nothing_heavy(line: list[str]):
    code = "import sys; from deployments.console.entry import execute; execute(sys.argv[2:]); "
    code += "sys.stderr.write(f'heavy: {[one for one in sys.argv[1].split() if one in sys.modules]}')"
    done = subprocess.run(
        [sys.executable, "-c", code, " ".join(HEAVY), *line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.endswith("heavy: []"), done.stderr[-500:]


@pytest.mark.parametrize(
    "command",
    [
        *("up", "down", "status", "run", "runs list", "runs show", "stages", "show", "doctor"),
        *("approvals list", "approvals show", "approvals approve", "approvals reject"),
        *("approvers add", "approvers remove", "approvers list"),
    ],
)
def test_every_help_page_shows_examples(command: str, capsys):
    assert entry.execute([*command.split(), "--help"]) == 0
    assert f"    holdfast {command}" in capsys.readouterr().out


def test_the_help_of_run_lists_the_flows(capsys):
    entry.execute(["run", "--help"])
    assert "process_invoices  " in capsys.readouterr().out


def test_no_color_means_no_color():
    told = holdfast("run", "teapot", NO_COLOR="1", FORCE_COLOR="", TERM="xterm-256color")
    assert "\x1b" not in told.stdout + told.stderr


def test_a_closed_pipe_is_no_error():
    told = subprocess.run(
        [
            "bash",
            "-c",
            f"'{sys.executable}' -c 'from deployments.console import main; main()' --help | head -n 1",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr == ""


def test_doctor_gives_advice_with_every_line_that_is_not_ok(capsys):
    entry.execute(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {check["level"] for check in told["checks"]} <= {"ok", "warning", "problem"}
    assert all(check["advice"] for check in told["checks"] if check["level"] != "ok")
    assert told["ok"] == all(check["level"] != "problem" for check in told["checks"])


def test_a_run_on_servers_that_are_not_there_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    (tmp_path / "a.txt").write_text("an invoice")
    done = holdfast("run", "process_invoices", str(tmp_path / "a.txt"), "--profile", "production")
    assert (done.returncode, "holdfast up --profile production" in done.stderr) == (2, True)
    assert not (tmp_path / "home").exists()
