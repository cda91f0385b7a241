"""Many who decide one request at one moment: people at commands, on the page, in Prefect's form, and other systems."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import os
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

import httpx

from blocks.base.clock import now_us
from blocks.base.errors import HoldfastError
from blocks.durable import approvals, world
from blocks.durable.approvals import Approval, NotWaiting
from deployments.console.entry import execute
from tests.worlds import place
from tests.worlds.approval_page import Visitor
from tests.worlds.children import forks

WON, LOST = "won", "lost"


@dataclass(frozen=True)
class Told:
    """What one of them was told: *won*, *lost*, or what else; and all the words of it."""

    by: str
    outcome: str
    words: str


Decider = Callable[[Approval, str, str], Told]
"""Decide a request with a verdict in a name."""


def through_the_door(approval: Approval, verdict: str, by: str) -> Told:
    """As Prefect's form does it."""
    try:
        approvals.decide(approval.approval_id, verdict=_verdict(verdict), by=by, via="prefect")
    except NotWaiting as error:
        return Told(by, LOST, error.what)
    except HoldfastError as error:
        return Told(by, error.slug, error.what)
    return Told(by, WON, "")


def by_webhook(client: httpx.Client, secret: str) -> Decider:
    """As another system does it, with the secret of an approver."""
    key = base64.b64decode(secret.removeprefix("whsec_"))

    def decide(approval: Approval, verdict: str, by: str) -> Told:
        body = json.dumps({"verdict": verdict, "digest": approval.digest, "reason": by})
        webhook_id, seconds = uuid4().hex, str(now_us() // 1_000_000)
        signed = hmac.new(key, f"{webhook_id}.{seconds}.{body}".encode(), hashlib.sha256).digest()
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        answer = client.post(f"/hooks/approvals/{approval.approval_id}", content=body, headers=headers)
        return _heard(by, answer, {200: WON, 409: LOST})

    return decide


def on_the_page(visitor: Visitor) -> Decider:
    """As a person on the page does it, with the page open before the race."""
    csrf = visitor.csrf()

    def decide(approval: Approval, verdict: str, by: str) -> Told:
        form = {"csrf": csrf, "digest": approval.digest, "verdict": verdict, "reason": by}
        answer = visitor.post(f"/approvals/{approval.approval_id}", data=form, follow_redirects=False)
        return _heard(by, answer, {200: WON, 303: WON, 409: LOST})

    return decide


def _heard(by: str, answer: httpx.Response, meanings: dict[int, str]) -> Told:
    return Told(by, meanings.get(answer.status_code, f"{answer.status_code}"), answer.text)


@contextlib.contextmanager
def at_a_command(folder: Path) -> Generator[Decider]:
    """A process that carries out `holdfast approvals approve` and `reject` as it is told to."""
    ours, theirs = forks.Pipe()
    process = forks.Process(target=_carry_out, args=(theirs, folder))
    process.start()
    busy = threading.Lock()

    def decide(approval: Approval, verdict: str, by: str) -> Told:
        with busy:
            word = {"approved": "approve", "rejected": "reject"}[verdict]
            ours.send(["approvals", word, approval.approval_id, "--by", by, "--no-resume", "--reason", by])
            code, words = ours.recv()
        return Told(by, {0: WON, 1: LOST}.get(code, f"exit {code}"), words)

    try:
        yield decide
    finally:
        ours.send(None)
        process.join(20)


def _carry_out(orders: Connection, folder: Path) -> None:
    os.environ |= {"HOLDFAST_HOME": str(folder), "HOLDFAST_PROFILE": place.profile_name(folder)}
    world.leave()
    while (arguments := orders.recv()) is not None:
        words = io.StringIO()
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
            code = execute(arguments)
        orders.send((code, words.getvalue()))
    world.leave()


def _verdict(word: str) -> approvals.Verdict:
    return "approved" if word == "approved" else "rejected"
