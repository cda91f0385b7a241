"""Twenty secrets in documents, prompts, settings, answers, headers and exceptions: nothing that is kept shows one."""

import io
import logging
from pathlib import Path

import cloudpickle
import pytest
from pydantic import BaseModel
from sqlalchemy import select

from blocks.base.asking import Decision
from blocks.durable import GIVEN, approvals, ask, history, proof, rescue, stage
from blocks.durable.asking import ApprovalAwaited
from blocks.durable.discretion import concealed, told
from blocks.durable.receipt import ReceiptStore
from blocks.durable.rescue import Answer
from blocks.durable.world import World
from blocks.state.tables import stages
from tests.worlds.canaries import canaries, found_in, found_in_text
from tests.worlds.laptop import RUN
from tests.worlds.ledgers import close_run
from tests.worlds.secure import KEYS, OLD, open_vault, vault, verified

__all__ = ["open_vault", "vault"]

pytestmark = pytest.mark.files_only("what is searched are the files of a home")

SECRETS = canaries(
    *("small text", "large text", "vendor", "name of a list", "key of a list", "prompt", "setting", "header"),
    *("exception", "failed input", "held answer", "title", "stake", "shown", "proposed", "answer", "reason"),
    *("refusal", "artifact", "evidence"),
)


class Paper(BaseModel):
    """A document."""

    text: str
    facts: dict[str, str]
    prompt: str


class Settings(BaseModel):
    """Settings of a stage."""

    word: str
    headers: dict[str, str]


class Reply(BaseModel):
    """What may be answered."""

    word: str


class Prompt:
    """A provider whose identity is its text."""

    identity: str

    def __init__(self, identity: str) -> None:
        self.identity = identity


@stage(version=1, weight="light")
def read_secret_paper(text: str, settings: Settings, *, prompt: Prompt = GIVEN) -> Paper:
    """A document with all that it was asked with."""
    return Paper(text=text, facts={SECRETS["key of a list"]: SECRETS["vendor"]}, prompt=prompt.identity)


@stage(version=1, weight="light")
def fails_over_a_secret(text: str) -> Paper:
    """Raises what quotes the document."""
    raise ValueError(f"cannot read {SECRETS['exception']} in {text}")


def asked() -> Decision[Reply]:
    """Ask about it."""
    return ask(
        "paper",
        Paper(text=SECRETS["shown"], facts={"evidence": SECRETS["evidence"]}, prompt=""),
        answer=Reply,
        proposed={"word": SECRETS["proposed"]},
        title=f"Read {SECRETS['title']}",
        value=SECRETS["stake"],
    )


def work(made: World) -> None:
    """Put every secret where content goes."""
    settings = Settings(word=SECRETS["setting"], headers={"authorization": SECRETS["header"]})
    prompt = Prompt(SECRETS["prompt"])
    for text in (SECRETS["small text"], f"{SECRETS['large text']} " * 900):
        read_secret_paper(text, settings, prompt=prompt)
    with pytest.raises(ValueError, match="cannot read"):
        fails_over_a_secret(SECRETS["failed input"])
    made.artifacts.put(f"{SECRETS['artifact']} {SECRETS['name of a list']} ".encode() * 200, "text/plain")
    rescue.keep(made, "k" * 64, Answer(SECRETS["held answer"].encode(), 1, 1))
    for verdict, reason in (("rejected", SECRETS["refusal"]), ("approved", SECRETS["reason"])):
        with pytest.raises(ApprovalAwaited) as waits:
            asked()
        if verdict == "rejected":
            continue
        answer = {"word": SECRETS["answer"]}
        approvals.decide(
            waits.value.approval_id, verdict="approved", by="ada", via="command", answer=answer, reason=reason
        )
    assert asked().answer == Reply(word=SECRETS["answer"])


def test_no_secret_is_in_a_file_a_row_an_export_a_receipt_or_a_log(
    vault: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    assert len(SECRETS) == 20
    with caplog.at_level(logging.DEBUG):
        work(vault)
        error = ValueError(SECRETS["exception"])
        close_run(vault, RUN, "failed", told(vault, error))
    secrets = [*SECRETS.values(), OLD.decode()]
    assert found_in(tmp_path, secrets) == []
    out = io.StringIO()
    assert proof.export(out) > 5
    with vault.state.reading() as connection:
        keys = list(connection.execute(select(stages.c.key).where(stages.c.state == "done")).scalars())
    receipts = [ReceiptStore().read_path(key).decode() for key in keys]
    for text in (out.getvalue(), *receipts, caplog.text, repr(KEYS), repr(vault.data_keys.to_seal())):
        assert found_in_text(text, secrets) == []
    assert verified().ok


def test_whoever_has_the_keys_sees_what_is_there(vault: World):
    work(vault)
    detail = history.stage_at(RUN, 1)
    seen = f"{detail} {approvals.list_approvals(status='approved')} {history.stage_at(RUN, 2)}"
    missing = {"exception", "failed input", "held answer", "refusal", "artifact", "name of a list"}
    assert sorted(name for name, one in SECRETS.items() if one not in seen) == sorted(missing)


def test_the_search_finds_what_a_plain_world_shows(vault: World, tmp_path: Path):
    """The same work without keys: the search would see it."""
    vault.cipher = None
    vault.artifacts = type(vault.artifacts)(vault.artifacts._shelf)
    work(vault)
    close_run(vault, RUN, "failed", told(vault, ValueError(SECRETS["exception"])))
    found = {line.split(": ")[1] for line in found_in(tmp_path, SECRETS.values())}
    assert sorted(name for name, one in SECRETS.items() if one not in found) == ["refusal"]


def test_what_stands_for_an_exception_leaves_it_behind_where_it_is_written_down():
    """Prefect writes down what failed a flow, whole."""
    kept = cloudpickle.dumps(concealed(ValueError(SECRETS["exception"])))
    assert found_in_text(kept.decode("latin-1"), SECRETS.values()) == []
    read = cloudpickle.loads(kept)
    assert (str(read), str(read.original)) == (str(concealed(ValueError())), str(concealed(ValueError())))
