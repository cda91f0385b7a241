"""The approval page of a world in a folder, served on loopback by this process, and what is asked on it."""

import datetime as dt
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from html import unescape
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from pydantic import BaseModel, ConfigDict, Field

from blocks.base.asking import Approvers
from blocks.base.clock import monotonic, sleep
from blocks.durable import approvals, approvers
from blocks.durable.approvals import Approval
from blocks.durable.asking import ApprovalAwaited, ask
from blocks.durable.scope import Scope, working_for
from blocks.durable.world import World
from deployments.approval_page import going_on
from deployments.approval_page.app import create_app
from deployments.approval_page.brakes import Rates
from tasks.schemas.document import Document
from tests.worlds.laptop import RUN

PASSWORD = "a long walk by the sea"  # noqa: S105
EVERY_ONE = Approvers()


class Closed(BaseModel):
    """The base of what is asked here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(Closed):
    """A line of a bill."""

    description: str
    amount: Decimal | None = None


class Question(Closed):
    """A doubt about a field."""

    field: str
    reason: str


class Read(Closed):
    """A value with the line it was read from."""

    value: str
    evidence: str
    confidence: float


class Bill(Closed):
    """What is shown."""

    document: Document | None = None
    doubts: tuple[Question, ...] = ()
    facts: dict[str, Read] = Field(default_factory=dict)
    remark: str = ""


class BillAnswer(Closed):
    """What may be answered: one field of each kind."""

    vendor: str
    date: dt.date
    total: Decimal
    copies: int = 1
    urgent: bool = False
    account: Literal["Travel", "Goods"]
    remark: str | None = None
    lines: tuple[Line, ...] = ()


PROPOSED: dict[str, Any] = {
    "vendor": "Harrow & Pike Ltd",
    "date": "2025-10-31",
    "total": "1200.00",
    "copies": 2,
    "urgent": True,
    "account": "Goods",
    "remark": None,
    "lines": [
        {"description": "Paper, A4", "amount": "1000.00"},
        {"description": "Pens", "amount": "200.00"},
    ],
}
BILL = Bill(
    doubts=(Question(field="total", reason="The lines do not add up."),),
    facts={"vendor": Read(value="Harrow & Pike Ltd", evidence="HARROW & PIKE LTD", confidence=0.97)},
    remark="from the post",
)


def bill(
    shown: Bill = BILL,
    *,
    title: str = "Harrow & Pike HP-1",
    of: Approvers = EVERY_ONE,
    subject: str = "harrow.pdf",
    **changes: Any,
) -> Approval:
    """Ask about a bill; *changes* are made to what is proposed."""
    proposed = {**PROPOSED, **changes}
    return asked(shown, BillAnswer, proposed, title=title, value="EUR 1200.00", of=of, subject=subject)


def asked(  # noqa: PLR0913  the words of `ask`
    shown: BaseModel,
    answer: type[BaseModel],
    proposed: Mapping[str, Any] | BaseModel | None,
    *,
    gate: str = "invoice",
    title: str = "An invoice",
    value: str = "",
    of: Approvers = EVERY_ONE,
    subject: str = "a document",
) -> Approval:
    """Ask, as a stage of the run does, and return what waits now."""
    with working_for(Scope(RUN, subject)), pytest.raises(ApprovalAwaited) as waits:
        ask(gate, shown, answer=answer, proposed=proposed, title=title, value=value, of=of)
    return approvals.find_approval(waits.value.approval_id)


@contextmanager
def serving(rates: Rates | None = None) -> Generator[str]:
    """The address of a page that is served while the block runs, in a thread of this process."""
    settings = uvicorn.Config(
        create_app(rates), host="127.0.0.1", port=0, log_level="error", proxy_headers=False, access_log=False
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = monotonic() + 10
    while not server.started and monotonic() < until:
        sleep(0.01)
    assert server.started, "the page did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


class Visitor(httpx.Client):
    """A browser without a screen: it keeps cookies and says where its forms come from."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, headers={"origin": url}, timeout=20)

    def csrf(self, path: str = "/") -> str:
        """The token in the forms of a page."""
        return hidden(self.get(path).text, "csrf")

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in."""
        return self.post("/login", data={"csrf": self.csrf("/login"), "name": name, "password": password})

    def decide(self, approval: Approval, **given: str) -> httpx.Response:
        """Send the form of a request: approved as proposed, unless *given* says otherwise."""
        path = f"/approvals/{approval.approval_id}"
        form = {"csrf": self.csrf(path), "digest": approval.digest, "verdict": "approved"}
        return self.post(path, data={**form, **given})


def fields_in(page: str) -> dict[str, str]:
    """The texts of the answer's fields, as a browser would send them."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if name.startswith("answer.") and ('type="checkbox"' not in tag or " checked" in tag):
            found.setdefault(name, []).append(value)
    for tag, text in re.findall(r"<textarea ([^>]*)>\n(.*?)</textarea>", page, re.DOTALL):
        found.setdefault(_attribute(tag, "name"), []).append(unescape(text))
    for tag, inside in re.findall(r"<select ([^>]*)>(.*?)</select>", page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found.setdefault(_attribute(tag, "name"), []).append(unescape(chosen[1]) if chosen else "")
    return {name: "\n".join(texts) for name, texts in found.items()}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def hidden(page: str, name: str) -> str:
    """The first hidden field of that name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} in the page"
    return found[1]


@pytest.fixture
def page(laptop: World, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The address of the page, with the approvers ann and ben, whose passwords cost little to check.

    Its runs are of no server, so nothing is nudged.
    """
    monkeypatch.setattr(going_on, "_launch", lambda: None)
    monkeypatch.setattr(approvers, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    approvers._nobodys_hash.cache_clear()
    for name in ("ann", "ben"):
        approvers.add(name, PASSWORD)
    with serving() as url:
        yield url
    approvers._nobodys_hash.cache_clear()


@pytest.fixture
def visitor(page: str) -> Generator[Callable[..., Visitor]]:
    """Make visitors; one with a name is signed in."""
    opened: list[Visitor] = []

    def make(name: str = "ann") -> Visitor:
        one = Visitor(page)
        opened.append(one)
        if name:
            assert one.sign_in(name).status_code == 303
        return one

    yield make
    for one in opened:
        one.close()
