"""`holdfast approvals`: what waits is seen and decided in a terminal, once, and its run goes on in another process."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from blocks.base.asking import Approvers, Verdict
from blocks.base.clock import sleep
from blocks.durable import approvals, approvers, world
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.scope import Scope, working_for
from deployments import local_server
from tests.worlds.counting import count_in
from tests.worlds.desk import ROOT, Desk, documents
from tests.worlds.gates import Settings, settle
from tests.worlds.laptop import enter, open_laptop
from tests.worlds.papers import paper

LETTER = "Tell {name}@example.com that order {number} is late"
RIVALS, COMMANDS, ROUNDS = 32, 4, 3


@pytest.fixture
def home(desk: Desk) -> Desk:
    """The desk with nothing done yet."""
    desk.clear()
    shutil.rmtree(desk.home / "mailbox", ignore_errors=True)
    count_in(desk.home / "bodies.txt")
    return desk


@contextmanager
def working_at(desk: Desk, run_id: str = "run-1") -> Generator[world.World]:
    """This process works in the home of *desk*, for a run that was not started through Prefect."""
    before = world._opener
    made = open_laptop(desk.home, run_id=run_id)
    enter(made)
    try:
        with working_for(Scope(run_id, "a document")):
            yield made
    finally:
        world.leave()
        world._opener = before


def ask(desk: Desk, *names: str, amount: str = "12.50", run_id: str = "run-1", **of: Any) -> list[str]:
    """Let a run ask about bills of these names; the ids."""
    asked: list[str] = []
    with working_at(desk, run_id):
        for name in names:
            with pytest.raises(ApprovalAwaited) as caught:
                settle(name, Settings(amount=Decimal(amount), of=Approvers(**of)))
            asked.append(caught.value.approval_id)
    return asked


def stands(desk: Desk, ref: str) -> dict[str, Any]:
    """One approval as the command shows it to scripts."""
    return answer(desk, "approvals", "show", ref)


def answer(desk: Desk, *arguments: str, code: int = 0, **environment: str) -> Any:
    """The JSON document that the command prints."""
    ended = desk.holdfast(*arguments, "--json", **environment)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def refused(desk: Desk, *arguments: str, code: int, **environment: str) -> str:
    """What a command says that is refused."""
    ended = desk.holdfast(*arguments, **environment)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def letter(desk: Desk, name: str, number: int = 4711) -> dict[str, Any]:
    """A run of `send_email` that waits, as JSON."""
    return answer(desk, "run", "send_email", LETTER.format(name=name, number=number), code=3)


def sent(desk: Desk) -> list[str]:
    """Everything that lies in the offline mailbox."""
    return [file.read_text() for file in sorted((desk.home / "mailbox").glob("*.eml"))]


def piped(desk: Desk, text: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command with *text* on its stdin."""
    return subprocess.run(
        [sys.executable, "-c", "from deployments.console import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "HOLDFAST_HOME": str(desk.home)},
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Typist:
    """Types into a command that believes it has a terminal."""

    def __init__(self, desk: Desk, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from deployments.console import main; main()", *arguments],
            cwd=ROOT,
            env={**kept, "HOLDFAST_HOME": str(desk.home), "COLUMNS": "80", "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> "Typist":
        """Read until *text* is on the screen."""
        while text not in self.seen:
            read = self._read()
            assert read, self.seen
            self.seen += read
        return self

    def types(self, text: str) -> "Typist":
        """Type a line."""
        os.write(self._ours, text.encode() + b"\n")
        return self

    def end(self) -> int:
        """Read to the end; the exit code."""
        while read := self._read():
            self.seen += read
        os.close(self._ours)
        return self._process.wait(60)

    def _read(self) -> str:
        try:
            return os.read(self._ours, 65_536).decode(errors="replace")
        except OSError:  # the other side has closed it
            return ""


def test_where_nothing_waits_the_list_says_so(home: Desk):
    told = home.holdfast("approvals", "list")
    assert (told.returncode, told.stdout) == (0, "Nothing waits for a person.\n")
    assert answer(home, "approvals", "list") == []


def test_the_list_has_the_promised_fields_and_the_oldest_first(home: Desk):
    asked = ask(home, "rent", "power", within=timedelta(hours=2, minutes=1))
    other = ask(home, "water", run_id="run-2")
    listed = answer(home, "approvals", "list")
    assert [one["id"] for one in listed] == [*asked, *other]
    promised = {
        "id",
        "run_id",
        "gate",
        "status",
        "asked_at",
        "expires_at",
        "title",
        "value",
        "subject",
        "names",
    }
    assert all(promised <= one.keys() for one in listed)
    assert (listed[0]["status"], listed[0]["gate"], listed[0]["run_id"]) == ("waiting", "payment", "run-1")
    assert (listed[0]["expires_at"] is None, listed[2]["expires_at"]) == (False, None)
    assert [one["id"] for one in answer(home, "approvals", "list", "--run", "run-2")] == other
    assert answer(home, "approvals", "list", "--gate", "invoice") == []
    assert [one["id"] for one in answer(home, "approvals", "list", "--limit", "1")] == asked[:1]
    told = home.holdfast("approvals", "list", "--limit", "1").stdout
    assert all(word in told for word in (asked[0][:8], "Pay rent", "EUR 12.5", "in 2 h", "more than these 1"))


def test_what_is_shown_holds_all_that_is_needed_and_what_to_type(home: Desk):
    (old,) = ask(home, "rent", amount="12.50", names=("ann", "bob"), within=timedelta(days=3, minutes=1))
    (new,) = ask(home, "rent", amount="13.75", names=("ann", "bob"), within=timedelta(days=3, minutes=1))
    told = home.holdfast("approvals", "show", new[:10]).stdout
    for fact in (
        "Pay rent",
        "EUR 13.75",
        "ann, bob",
        "in 3 days",
        new,
        "12.5 ",
        "2026-01-31",
        "date, YYYY-MM-DD",
    ):
        assert fact in told
    for verb in ("approve", "reject"):
        assert f"holdfast approvals {verb} {new[:8]}" in told
    facts = stands(home, new)
    assert {"shown", "proposed", "answer_schema", "digest", "difference", "page"} <= facts.keys()
    assert facts["previous_id"] == old
    assert {"path": "amount", "before": "12.5", "after": "13.75"} in facts["difference"]
    void = home.holdfast("approvals", "show", old[:8]).stdout
    assert f"holdfast approvals show {new[:8]}" in void
    assert "To decide" not in void
    assert "what is shown has changed" in refused(home, "approvals", "approve", old, code=1)


def test_a_document_cannot_steer_the_terminal(home: Desk):
    (asked,) = ask(home, "\x1b[2J\x1b]0;owned\x07rent [red]\u202eevil[/red]")
    for line in (["approvals", "list"], ["approvals", "show", asked]):
        told = home.holdfast(*line, FORCE_COLOR="", NO_COLOR="1")
        assert told.returncode == 0, told.stderr
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", told.stdout)
        assert "[red]" in told.stdout


def test_no_line_is_wider_than_a_terminal_of_80_columns(home: Desk):
    (asked,) = ask(home, "rent " * 60, names=tuple(f"approver-{number}" for number in range(12)))
    for line in (["approvals", "list"], ["approvals", "list", "--all"], ["approvals", "show", asked]):
        told = home.holdfast(*line, FORCE_COLOR="1", COLUMNS="80").stdout
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", one) for one in told.splitlines()]
        whole = ("page", "run", "  holdfast", "  To decide")  # what is copied is not broken
        title = 1 if "show" in line else 0
        assert [one for one in lines[title:] if len(one.rstrip()) > 80 and not one.startswith(whole)] == []


def test_an_answer_is_corrected_approved_and_recorded_with_who_and_why(home: Desk):
    (asked,) = ask(home, "rent")
    line = ["approvals", "approve", asked[:8], "--set", "amount=11.90", "--set", "note=less", "--no-resume"]
    told = home.holdfast(*line, "--reason", "as agreed", HOLDFAST_USER="ann")
    assert told.returncode == 0, told.stderr
    assert "approved by ann" in told.stdout
    assert "holdfast runs resume run-1" in told.stdout
    facts = stands(home, asked)
    assert facts["answer"] == {"amount": "11.90", "on": "2026-01-31", "note": "less"}
    assert [facts[name] for name in ("status", "decided_by", "decided_via", "reason")] == [
        "approved",
        "ann",
        "command",
        "as agreed",
    ]
    assert home.faults() == []


def test_a_whole_answer_comes_from_a_file_or_from_stdin(home: Desk, tmp_path: Path):
    asked = ask(home, "rent", "power")
    file = tmp_path / "answer.json"
    file.write_text('{"amount": "1.00", "on": "2026-03-01"}')
    decided = answer(
        home, "approvals", "approve", asked[0], "--answer", str(file), "--no-resume", "--by", "ann"
    )
    assert [one["status"] for one in decided["decided"]] == ["approved"]
    assert decided["runs"] == [{"run_id": "run-1", "goes_on": "later"}]
    assert stands(home, asked[0])["answer"] == {"amount": "1.00", "on": "2026-03-01"}
    line = ("approvals", "approve", asked[1], "--answer", "-", "--set", "note=ok", "--no-resume")
    assert piped(home, file.read_text(), *line).returncode == 0
    assert stands(home, asked[1])["answer"] == {"amount": "1.00", "on": "2026-03-01", "note": "ok"}


def test_what_does_not_fit_is_refused_and_waits_on(home: Desk):
    (asked,) = ask(home, "rent", names=("ann",))
    approve = ("approvals", "approve", asked[:8], "--by", "ann")
    assert "Did you mean amount?" in refused(home, *approve, "--set", "amont=1", code=2)
    assert "on: '31.1.' is no date" in refused(home, *approve, "--set", "on=31.1.", code=2)
    assert "amount" in refused(home, *approve, "--set", "amount=many", code=2)
    assert "No such file" in refused(home, *approve, "--answer", "none.json", code=2)
    assert "it is asked of ann" in refused(home, "approvals", "approve", asked, "--by", "bob", code=1)
    assert "There is no approval" in refused(home, "approvals", "approve", "zz", code=1)
    assert "over 2000 characters" in refused(home, *approve, "--reason", "x" * 2001, code=2)
    assert stands(home, asked)["status"] == "waiting"


def test_who_comes_second_is_told_who_decided(home: Desk):
    (asked,) = ask(home, "rent")
    answer(home, "approvals", "reject", asked, "--by", "ann", "--reason", "no", "--no-resume")
    told = refused(home, "approvals", "approve", asked, "--by", "bob", "--no-resume", code=1)
    assert "it was rejected by ann" in told
    assert [stands(home, asked)[name] for name in ("status", "decided_by")] == ["rejected", "ann"]


def test_the_beginning_of_an_id_must_name_one(home: Desk):
    asked = ask(home, *(f"bill {number}" for number in range(17)))
    first = next(one[0] for one in asked if sum(other[0] == one[0] for other in asked) > 1)
    assert "More than one approval fits" in refused(home, "approvals", "approve", first, "--yes", code=1)
    assert len(answer(home, "approvals", "list")) == 17


def test_all_are_decided_at_once_only_when_that_is_confirmed_and_only_by_those_who_may(home: Desk):
    ask(home, "rent", "power")
    (anns,) = ask(home, "water", names=("ann",), run_id="run-2")
    every = ("approvals", "approve", "--all", "--gate", "payment", "--no-resume", "--by", "bob")
    assert "Add --yes." in refused(home, *every, code=2)
    assert len(answer(home, "approvals", "list")) == 3
    decided = answer(home, *every, "--yes")
    assert [one["status"] for one in decided["decided"]] == ["approved", "approved"]
    assert [one["id"] for one in answer(home, "approvals", "list")] == [anns]
    told = home.holdfast("approvals", "approve", "--all", "--yes", "--by", "bob")
    assert (told.returncode, told.stdout) == (0, "Nothing waits that you may decide.\n")


def test_a_person_confirms_on_a_terminal(home: Desk):
    ask(home, "rent", "power")
    line = ("approvals", "reject", "--all", "--no-resume")
    unsure = Typist(home, *line).until("Reject 2 requests? [y/N]").types("")
    assert (unsure.end(), len(answer(home, "approvals", "list"))) == (1, 2)
    assert "Pay rent" in unsure.seen
    sure = Typist(home, *line).until("[y/N]").types("y")
    assert (sure.end(), answer(home, "approvals", "list")) == (0, [])


def test_several_ids_are_decided_one_by_one_and_what_was_decided_before_is_told(home: Desk):
    first, second = ask(home, "rent", "power")
    answer(home, "approvals", "reject", first, "--by", "ann", "--no-resume")
    decided = answer(home, "approvals", "approve", first, second, "--by", "bob", "--no-resume", code=1)
    assert [one["id"] for one in decided["decided"]] == [second]
    (late,) = decided["refused"]
    assert (late["id"], late["status"], late["decided_by"]) == (first, "rejected", "ann")


def test_a_run_that_cannot_go_on_here_does_not_undo_the_decision(home: Desk):
    (asked,) = ask(home, "rent", run_id=str(uuid4()))
    told = refused(home, "approvals", "approve", asked, code=1)
    assert "The Prefect server does not know the run" in told
    assert "What you decided is recorded." in told
    assert stands(home, asked)["status"] == "approved"


def test_of_many_who_answer_at_once_one_decides_and_all_others_see_it(home: Desk):
    for number in range(ROUNDS):
        (asked,) = ask(home, f"bill {number}")
        told = _race(home, asked)
        facts = stands(home, asked)
        winners = [name for name, (is_winner, _) in told.items() if is_winner]
        assert winners == [facts["decided_by"]]
        verdict = "approved" if int(winners[0]) % 2 else "rejected"
        assert facts["status"] == verdict
        expected = f"it was {verdict} by {winners[0]}"
        assert [why for is_winner, why in told.values() if not is_winner and expected not in why] == []
    assert home.faults() == []


def _race(desk: Desk, asked: str) -> dict[str, tuple[bool, str]]:
    """Let all rivals decide at once, those with even numbers reject; of each whether it did, and what it was told."""
    commands = {
        str(number): desk.start(
            *("approvals", "approve" if number % 2 else "reject", asked, "--by", str(number), "--no-resume")
        )
        for number in range(COMMANDS)
    }

    def decides(number: int) -> tuple[bool, str]:
        verdict: Verdict = "approved" if number % 2 else "rejected"
        try:
            approvals.decide(asked, verdict=verdict, by=str(number), via="command")
        except approvals.NotWaiting as error:
            return False, error.what
        return True, ""

    told: dict[str, tuple[bool, str]] = {}
    with working_at(desk), ThreadPoolExecutor(RIVALS - COMMANDS) as pool:
        _wait_for_the_commands(commands)
        numbers = range(COMMANDS, RIVALS)
        told |= dict(zip(map(str, numbers), pool.map(decides, numbers), strict=True))
        for number, process in commands.items():
            _, err = process.communicate(timeout=60)
            told[number] = (process.returncode == 0, err)
    return told


def _wait_for_the_commands(commands: dict[str, "subprocess.Popen[str]"]) -> None:
    """Until the first of them is through its imports, or nearly: then threads and commands meet."""
    maps = [Path(f"/proc/{process.pid}/maps") for process in commands.values()]
    while not any(process.poll() is not None for process in commands.values()):
        if any("sqlite3" in _text(file) for file in maps):
            return
        sleep(0.01)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def test_a_run_that_waits_says_what_it_waits_for_and_another_process_finishes_it(home: Desk):
    run = letter(home, "ann")
    assert (run["state"], run["value"], "error" in run) == ("waiting", None, False)
    (asked,) = run["approvals"]
    shown = home.holdfast("runs", "show", run["run_id"]).stdout
    assert f"holdfast approvals approve {asked[:8]}" in shown
    ended = home.holdfast("approvals", "approve", asked[:8], "--set", "subject=Late [again]", "--by", "ann")
    assert ended.returncode == 0, ended.stderr
    assert '"status": "sent"' in ended.stdout
    (text,) = sent(home)
    assert "Subject: Late [again]" in text
    (row,) = answer(home, "runs", "show", run["run_id"])
    assert (row["state"], row["approvals"]) == ("completed", [])
    assert answer(home, "approvals", "list") == []
    assert home.faults() == []


def test_people_read_what_is_awaited_below_the_table(home: Desk):
    ended = home.holdfast("run", "send_email", LETTER.format(name="ann", number=1))
    assert ended.returncode == 3, ended.stderr
    assert "error:" not in ended.stderr
    (asked,) = answer(home, "approvals", "list")
    for line in ("Nothing runs meanwhile.", asked["title"], f"holdfast approvals show {asked['id'][:8]}"):
        assert line in ended.stdout


def test_without_resuming_the_run_waits_on_until_somebody_goes_on_with_it(home: Desk):
    run = letter(home, "ann")
    told = home.holdfast("approvals", "approve", run["approvals"][0], "--no-resume").stdout
    assert f"holdfast runs resume {run['run_id'][:8]}" in told
    assert sent(home) == []
    assert "holdfast runs resume" in home.holdfast("runs", "show", run["run_id"]).stdout
    assert answer(home, "runs", "resume", run["run_id"])["state"] == "completed"
    assert len(sent(home)) == 1


def test_a_run_that_waits_for_more_waits_again_and_ends_with_its_own_code(home: Desk, tmp_path: Path):
    for name, number in (("a.txt", "HP-1"), ("b.txt", "HP-2")):
        (tmp_path / name).write_text(paper(number, total="380.00"))
    ended = home.holdfast("run", "process_invoices", str(tmp_path), "--json")
    assert (ended.returncode, len(json.loads(ended.stdout)["approvals"])) == (3, 2), ended.stderr
    first, second = answer(home, "approvals", "list")
    decided = answer(home, "approvals", "approve", first["id"], "--set", "total=360.00", code=3)
    (run,) = decided["runs"]
    assert (run["goes_on"], run["state"], run["approvals"]) == ("here", "waiting", [second["id"]])
    rejected = answer(home, "approvals", "reject", second["id"], "--reason", "not ours", code=1)
    statuses = {document["file"]: document["status"] for document in rejected["runs"][0]["documents"]}
    assert sorted(statuses.values()) == ["posted", "refused"]
    assert [row[3] for row in home.books()] == ["360.00"]
    assert sorted(document["status"] for document in documents(ended)) == ["waiting", "waiting"]


def test_many_runs_go_on_one_after_the_other_in_one_process_with_the_server_there_is(home: Desk):
    runs = {letter(home, name)["run_id"] for name in ("ann", "bob", "cem")}
    server = local_server.look(home.home)[1]
    ended = home.holdfast("approvals", "approve", "--all", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert sorted(re.findall(r"^run (\w{8})  completed", ended.stdout, re.MULTILINE)) == sorted(
        run[:8] for run in runs
    )
    assert len(sent(home)) == 3
    assert local_server.look(home.home)[1] == server
    assert {row["state"] for row in answer(home, "runs", "list")} == {"completed"}
    assert home.faults() == []


def test_a_process_that_stays_says_what_it_waits_for_and_goes_on_itself(home: Desk):
    staying = home.start("run", "send_email", LETTER.format(name="ann", number=2), "--wait", "--json")
    assert staying.stderr is not None
    told = staying.stderr.readline()
    (asked,) = answer(home, "approvals", "list")
    assert f"holdfast approvals approve {asked['id'][:8]}" in told
    decided = answer(home, "approvals", "approve", asked["id"])
    assert [run["goes_on"] for run in decided["runs"]] == ["waiting process"]
    out, _ = staying.communicate(timeout=60)
    assert (staying.returncode, json.loads(out)["state"]) == (0, "completed")


def test_approvers_are_added_listed_and_removed(home: Desk):
    assert "Nobody yet" in home.holdfast("approvers", "list").stdout
    typist = Typist(home, "approvers", "add", "ann").until("Password of ann: ").types("correct horse")
    assert typist.until("Once more: ").types("correct horse").end() == 0
    assert "correct horse" not in typist.seen
    wrong = Typist(home, "approvers", "add", "bob").until("Password of bob: ").types("correct horse")
    assert wrong.until("Once more: ").types("another horse").end() == 2
    assert answer(home, "approvers", "list") == [{"name": "ann"}]
    with working_at(home):
        assert approvers.check("ann", "correct horse")
    assert piped(home, "secret word\n", "approvers", "add", "bob", "--password-stdin").returncode == 0
    again = piped(home, "secret word\n", "approvers", "add", "bob", "--password-stdin")
    assert (again.returncode, "There is an approver 'bob' already" in again.stderr) == (2, True)
    with working_at(home):
        assert approvers.check("bob", "secret word")
    assert home.holdfast("approvers", "remove", "bob").returncode == 0
    assert home.holdfast("approvers", "remove", "ann").returncode == 0
    assert answer(home, "approvers", "list") == []
    assert "There is no approver" in refused(home, "approvers", "remove", "ann", code=2)
