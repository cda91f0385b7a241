"""`holdfast run send_email`: drafted by one process, approved by a person, sent by another process, once."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest

from tests.worlds.desk import ROOT, Desk
from tests.worlds.mail_server import MailServerWorld

TOLD = "Tell ann@example.com that order 4711 of EUR 120.50 is late"
EDITED = "Dear Ann,\n\norder 4711 comes on Friday.\n\nThe desk"
_DECIDE = """
import json, sys
import blocks.profile
from blocks.durable import approvals, world
[asked] = approvals.list_approvals()
approvals.decide(asked.approval_id, by="ann", via="command", digest=asked.digest, **json.loads(sys.argv[1]))
print(json.dumps({name: getattr(asked, name) for name in ("gate", "title", "value", "shown", "proposed")}))
"""


@pytest.fixture
def mail(desk: Desk) -> Generator[MailServerWorld]:
    """A mail server that listens, and a home in which nothing was done yet."""
    desk.clear()
    with MailServerWorld() as world:
        yield world


def holdfast(
    desk: Desk, mail: MailServerWorld, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The command, with its mail going to *mail*."""
    return desk.holdfast(*arguments, "--json", **{**going_to(mail), **environment})


def going_to(mail: MailServerWorld) -> dict[str, str]:
    """The settings that make *mail* the server."""
    return {
        "HOLDFAST_MAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "HOLDFAST_MAIL_FROM": "desk@holdfast.example",
    }


def facts(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """What the command printed."""
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


def decide(desk: Desk, **decision: Any) -> dict[str, Any]:
    """Let another process decide the one request that waits; what it saw."""
    decided = subprocess.run(
        [sys.executable, "-c", _DECIDE, json.dumps(decision)],
        cwd=ROOT,
        env={**os.environ, "HOLDFAST_HOME": str(desk.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert decided.returncode == 0, decided.stderr
    return json.loads(decided.stdout)


def asked(desk: Desk, mail: MailServerWorld, *brief: str) -> str:
    """Ask for an e-mail and stop where a person is awaited; the run's id."""
    ended = holdfast(desk, mail, "run", "send_email", *(brief or (TOLD,)))
    assert (ended.returncode, facts(ended)["state"]) == (3, "waiting"), ended.stderr
    return facts(ended)["run_id"]


def processes_of(desk: Desk) -> list[str]:
    """The command lines of all processes that work for the desk, but for the Prefect server."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = ((process / name).read_bytes() for name in ("environ", "cmdline"))
        except OSError:
            continue  # it ended meanwhile, or is not ours
        if f"HOLDFAST_HOME={desk.home}".encode() in environment.split(b"\0"):
            found.append(command.replace(b"\0", b" ").decode())
    return [
        command for command in found if "deployments.local_server" not in command and "uvicorn" not in command
    ]


@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are counted in /proc, which is not here"
)
def test_nothing_runs_and_nothing_is_sent_while_a_person_is_awaited(desk: Desk, mail: MailServerWorld):
    process = desk.start("run", "send_email", TOLD, "--json", **going_to(mail))
    assert len(processes_of(desk)) == 1  # the count sees it while it is there
    process.communicate(timeout=120)
    assert (process.returncode, processes_of(desk)) == (3, [])
    assert (mail.deliveries, mail.taken) == (0, [])


def test_another_process_sends_what_the_approver_made_of_the_draft_once(desk: Desk, mail: MailServerWorld):
    run_id = asked(desk, mail)
    seen = decide(
        desk, verdict="approved", answer={"to": "ann@example.com", "subject": "Order 4711", "body": EDITED}
    )
    assert mail.taken == []
    resumed = holdfast(desk, mail, "runs", "resume", run_id)
    assert (resumed.returncode, facts(resumed)["run_id"]) == (0, run_id), resumed.stderr
    [letter] = mail.messages
    assert letter.get_content().replace("\r\n", "\n").rstrip() == EDITED
    assert (letter["To"], letter["From"], letter["Subject"]) == (
        "ann@example.com",
        "desk@holdfast.example",
        "Order 4711",
    )
    outcome = facts(resumed)["value"]
    assert (outcome["status"], outcome["message_id"], outcome["decided_by"]) == (
        "sent",
        letter["Message-ID"],
        "ann",
    )
    assert (seen["gate"], seen["value"]) == ("email", "EUR 120.50")
    assert "ann@example.com" in seen["title"]
    rules = {doubt["rule"] for doubt in seen["shown"]["doubts"]}
    assert {"outside", "money", "template"} <= rules


def test_the_same_command_after_sending_asks_and_sends_nothing_more(desk: Desk, mail: MailServerWorld):
    run_id = asked(desk, mail)
    decide(desk, verdict="approved")
    sent = holdfast(desk, mail, "runs", "resume", run_id)
    again = holdfast(desk, mail, "run", "send_email", TOLD)
    assert again.returncode == 0, again.stderr
    assert facts(again)["value"] == facts(sent)["value"]
    assert facts(again)["stages"]["ran"] == 0
    assert (mail.deliveries, len(mail.taken)) == (1, 1)
    assert desk.faults() == []


def test_what_is_rejected_is_not_sent(desk: Desk, mail: MailServerWorld):
    run_id = asked(desk, mail)
    decide(desk, verdict="rejected", reason="She knows already.")
    ended = holdfast(desk, mail, "runs", "resume", run_id)
    assert ended.returncode == 0, ended.stderr
    outcome = facts(ended)["value"]
    assert (outcome["status"], outcome["reason"], outcome["message_id"]) == (
        "rejected",
        "She knows already.",
        None,
    )
    assert mail.deliveries == 0


def test_a_server_that_is_away_parks_the_run_and_gets_the_message_once_it_is_back(
    desk: Desk, mail: MailServerWorld
):
    run_id = asked(desk, mail)
    decide(desk, verdict="approved")
    mail.stop()
    parked = holdfast(desk, mail, "runs", "resume", run_id)
    assert (parked.returncode, facts(parked)["state"]) == (1, "parked"), parked.stderr
    assert "does not take e-mails now" in parked.stderr + parked.stdout
    mail.start()
    sent = holdfast(desk, mail, "runs", "resume", run_id)
    assert (sent.returncode, facts(sent)["run_id"]) == (0, run_id), sent.stderr
    assert (mail.deliveries, len(mail.taken)) == (1, 1)


def test_a_refused_recipient_fails_the_run_and_nobody_gets_it(desk: Desk, mail: MailServerWorld):
    mail.refused = ["bob@example.com"]
    run_id = asked(desk, mail, "to: ann@example.com, bob@example.com", "Say that we are closed on Monday")
    decide(desk, verdict="approved")
    ended = holdfast(desk, mail, "runs", "resume", run_id)
    assert (ended.returncode, facts(ended)["state"]) == (1, "failed"), ended.stderr
    assert "bob@example.com: 550" in facts(ended)["error"]
    assert mail.taken == []


def test_a_process_that_dies_after_the_servers_answer_sends_again_under_the_same_message_id(
    desk: Desk, mail: MailServerWorld
):
    run_id = asked(desk, mail)
    decide(desk, verdict="approved")
    killed = holdfast(desk, mail, "runs", "resume", run_id, HOLDFAST_FAULT="stage.body.done:1")
    assert (killed.returncode, len(mail.taken)) == (-9, 1)
    sent = holdfast(desk, mail, "runs", "resume", run_id)
    assert sent.returncode == 0, sent.stderr
    ids = [letter["Message-ID"] for letter in mail.messages]
    assert ids == [facts(sent)["value"]["message_id"]] * 2


def test_an_approval_for_the_mail_server_is_none_for_the_offline_mailbox(desk: Desk, mail: MailServerWorld):
    run_id = asked(desk, mail)
    decide(desk, verdict="approved")
    elsewhere = desk.holdfast("runs", "resume", run_id, "--json")
    assert (elsewhere.returncode, facts(elsewhere)["state"]) == (3, "waiting"), elsewhere.stderr
    assert (mail.deliveries, (desk.home / "mailbox").exists()) == (0, False)


def test_a_message_whose_fate_is_unknown_is_not_sent_again_before_a_person_says_so(
    desk: Desk, mail: MailServerWorld
):
    mail.script = ["drop after message"]
    run_id = asked(desk, mail)
    decide(desk, verdict="approved")
    parked = holdfast(desk, mail, "runs", "resume", run_id)
    assert (parked.returncode, facts(parked)["state"], len(mail.taken)) == (1, "parked", 1), parked.stderr
    [run] = json.loads(desk.holdfast("runs", "show", run_id, "--json").stdout)
    assert run["parked_for"] == "repair"
    assert mail.messages[0]["Message-ID"] in run["error"]


def test_a_laptop_sends_into_its_mailbox_folder(desk: Desk):
    desk.clear()
    first = desk.holdfast("run", "send_email", *TOLD.split(), "--json")
    assert first.returncode == 3, first.stderr
    assert not (desk.home / "mailbox").exists()
    decide(desk, verdict="approved")
    ended = desk.holdfast("runs", "resume", "last", "--json")
    assert ended.returncode == 0, ended.stderr
    [file] = (desk.home / "mailbox").glob("*.eml")
    letter = cast(EmailMessage, message_from_bytes(file.read_bytes(), policy=default))
    outcome = facts(ended)["value"]
    assert (letter["Message-ID"], letter["To"]) == (outcome["message_id"], "ann@example.com")
    assert outcome["route"] == "offline mailbox"
    assert letter.get_content().replace("\r\n", "\n").rstrip() == outcome["email"]["body"]


@pytest.mark.parametrize("brief", [(), ("Tell Ann that it is late",)])
def test_a_brief_that_cannot_be_understood_is_misuse_and_shows_an_example(desk: Desk, brief: tuple[str, ...]):
    ended = desk.holdfast("run", "send_email", *brief)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "holdfast run send_email" in ended.stderr
    assert "Traceback" not in ended.stderr
