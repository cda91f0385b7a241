"""The approval page over HTTP: what waits is seen, edited and decided, also without JavaScript."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from statistics import quantiles

import httpx
import pytest
from sqlalchemy import insert, select

from blocks.artifacts.store import ArtifactStore
from blocks.base.asking import Approvers
from blocks.base.canonical import digest_of
from blocks.base.clock import monotonic, sleep
from blocks.durable import approvals, approvers
from blocks.durable.approvals import Approval
from blocks.durable.world import World
from blocks.state.tables import approvals as table
from deployments.approval_page import going_on
from deployments.samples.collection import HARROW_INVOICE
from deployments.samples.layouts import make_invoice
from tasks.schemas.document import Document
from tests.worlds.approval_page import BILL, PROPOSED, Visitor, bill, fields_in, hidden, serving
from tests.worlds.laptop import RUN

ROOT = Path(__file__).parents[2]
Visitors = Callable[..., Visitor]


def with_document(world: World) -> Document:
    """An invoice of ours, kept in the world's store."""
    pdf = make_invoice(HARROW_INVOICE)
    store: ArtifactStore = world.artifacts
    digest = store.put(pdf, "application/pdf")
    return Document(digest=digest, media_type="application/pdf", size_bytes=len(pdf), pages=1)


def test_without_approvers_the_sign_in_says_how_to_make_one(laptop: World):
    with serving() as url, Visitor(url) as nobody:
        assert "holdfast approvals add" not in nobody.get("/login").text
        assert "holdfast approvers add NAME" in nobody.get("/login").text
        approvers.add("ann", "a long walk by the sea")
        assert "holdfast approvers add" not in nobody.get("/login").text


def test_the_list_shows_what_waits_oldest_first(visitor: Visitors):
    first = bill(title="The first", subject="first.pdf")
    bill(title="The second", subject="second.pdf", of=Approvers(within=dt.timedelta(minutes=90)))
    bill(title="For ben", subject="third.pdf", of=Approvers(names=("ben",)))
    shown = visitor().get("/").text
    assert shown.index("The first") < shown.index("The second") < shown.index("For ben")
    for told in ("3 requests wait", "EUR 1200.00", "first.pdf", "in 1 h", "asked of ben", first.approval_id):
        assert told in shown


def test_the_list_is_told_when_more_waits(visitor: Visitors):
    bill(title="The first", subject="first.pdf")
    ann = visitor()
    poll = unescape(ann.get("/").text.partition('hx-get="')[2].partition('"')[0])
    assert "wait now" not in ann.get(poll).text
    bill(title="The second", subject="second.pdf")
    assert "2 wait now" in ann.get(poll).text


def test_an_open_page_is_told_when_another_decides(visitor: Visitors):
    one, ann = bill(), visitor()
    poll = f"/approvals/{one.approval_id}/standing"
    assert f'hx-get="{poll}"' in ann.get(f"/approvals/{one.approval_id}").text
    assert "any more" not in ann.get(poll).text
    approvals.decide(one.approval_id, verdict="approved", by="ben", via="command")
    assert "approved by <bdi>ben" in ann.get(poll).text
    assert visitor("").get(poll, headers={"hx-request": "true"}).headers["hx-refresh"] == "true"


def test_what_was_decided_lately_is_listed(visitor: Visitors):
    one = bill(title="The first")
    approvals.decide(one.approval_id, verdict="rejected", by="ben", via="command", reason="Not ours.")
    shown = visitor().get("/decided").text
    assert all(told in shown for told in ("The first", "rejected", "Not ours.", "ben"))


def test_a_request_shows_fields_doubts_evidence_and_other_facts(visitor: Visitors):
    one = bill()
    shown = visitor().get(f"/approvals/{one.approval_id}").text
    for told in (
        'value="Harrow &amp; Pike Ltd"',
        "The lines do not add up.",
        "HARROW &amp; PIKE LTD",
        "97 % sure",
        "from the post",
        "harrow.pdf",
        'value="1000.00"',
        "Approve, and",
    ):
        assert told in shown
    assert shown.index("The lines do not add up.") > shown.index('name="answer.total"')


def test_the_form_that_is_not_touched_answers_what_was_proposed(visitor: Visitors):
    one, ann = bill(), visitor()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    assert ann.decide(one, **form).status_code == 303
    decided = approvals.find_approval(one.approval_id)
    assert (decided.status, decided.answer) == ("approved", PROPOSED)
    assert (decided.decided_by, decided.decided_via) == ("ann", "page")


def test_an_edited_form_answers_what_was_typed(visitor: Visitors):
    one, ann = bill(), visitor()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    form |= {"answer.total": "1300.50", "answer.copies": "3", "answer.remark": "two\r\nlines"}
    form |= {"answer.lines.1.description": "Pencils", "answer.account": "Travel", "reason": "as agreed"}
    del form["answer.urgent"]
    assert ann.decide(one, **form).status_code == 303
    decided = approvals.find_approval(one.approval_id)
    lines = [PROPOSED["lines"][0], {"description": "Pencils", "amount": "200.00"}]
    changed = {"total": "1300.50", "copies": 3, "remark": "two\nlines", "account": "Travel", "urgent": False}
    assert decided.answer == {**PROPOSED, **changed, "lines": lines}
    assert decided.reason == "as agreed"


def test_rows_are_added_and_removed_without_deciding(visitor: Visitors):
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    base = {"csrf": ann.csrf(path), "digest": one.digest}
    form = fields_in(ann.get(path).text)
    grown = fields_in(ann.post(path, data={**base, **form, "act": "add:lines"}).text)
    assert grown["answer.lines.#"].split() == ["0", "1", "2"]
    shrunk = fields_in(ann.post(path, data={**base, **grown, "act": "drop:lines.0"}).text)
    assert shrunk["answer.lines.#"].split() == ["1", "2"]
    assert approvals.find_approval(one.approval_id).status == "waiting"
    shrunk |= {"answer.lines.2.description": "Ink", "answer.lines.2.amount": ""}
    assert ann.decide(one, **shrunk).status_code == 303
    decided = approvals.find_approval(one.approval_id).answer or {}
    assert [line["description"] for line in decided["lines"]] == ["Pens", "Ink"]


def test_the_enter_key_checks_and_does_not_decide(visitor: Visitors):
    """The first button of the form is what Enter presses."""
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    page = ann.get(path).text
    form = page[page.index('id="answer"') :]
    assert 'value="check"' in form[form.index("<button") : form.index("</button>")]
    sent = {"csrf": hidden(page, "csrf"), "digest": one.digest, "act": "check", **fields_in(page)}
    assert "can be approved as it stands" in ann.post(path, data=sent).text
    wrong = ann.post(path, data={**sent, "answer.total": "much"})
    assert wrong.status_code == 422
    assert approvals.find_approval(one.approval_id).status == "waiting"


def test_of_many_clicks_at_once_one_decides(visitor: Visitors):
    one, ann, ben = bill(), visitor("ann"), visitor("ben")
    tokens = {visit: visit.csrf() for visit in (ann, ben)}

    def click(number: int) -> int:
        visit = (ann, ben)[number % 2]
        verdict = ("approved", "rejected")[number // 2 % 2]
        form = {"csrf": tokens[visit], "digest": one.digest, "verdict": verdict, "reason": f"{number}"}
        return visit.post(f"/approvals/{one.approval_id}", data=form).status_code

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(click, range(16)))
    assert sorted(codes) == [303, *[409] * 15]
    assert approvals.find_approval(one.approval_id).reason == f"{codes.index(303)}"


def test_an_answer_of_a_thousand_lines_is_edited_and_approved(visitor: Visitors):
    lines = [{"description": f"Line {number}", "amount": "1.00"} for number in range(1000)]
    one, ann = bill(lines=lines), visitor()
    begin = monotonic()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    form |= {"answer.lines.999.amount": "2.00"}
    assert ann.decide(one, **form).status_code == 303
    assert monotonic() - begin < 10
    answer = approvals.find_approval(one.approval_id).answer or {}
    assert answer["lines"] == [*lines[:-1], {"description": "Line 999", "amount": "2.00"}]


def test_the_page_image_is_that_of_the_document_that_is_shown(visitor: Visitors, laptop: World):
    one = bill(BILL.model_copy(update={"document": with_document(laptop)}))
    ann = visitor()
    picture = ann.get(f"/approvals/{one.approval_id}/pages/1.png")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content.startswith(b"\x89PNG")
    assert f"/approvals/{one.approval_id}/pages/1.png" in ann.get(f"/approvals/{one.approval_id}").text
    assert ann.get(f"/approvals/{one.approval_id}/pages/2.png").status_code == 404
    other = bill(subject="other.pdf", title="Without a document")
    assert ann.get(f"/approvals/{other.approval_id}/pages/1.png").status_code == 404
    assert visitor("").get(f"/approvals/{one.approval_id}/pages/1.png").status_code == 303


def test_a_text_document_is_shown_as_text(visitor: Visitors, laptop: World):
    text = b"Dear all, <b>pay</b> 12 EUR\n"
    digest = laptop.artifacts.put(text, "text/plain")
    letter = Document(digest=digest, media_type="text/plain", size_bytes=len(text), pages=1)
    one = bill(BILL.model_copy(update={"document": letter}))
    assert "&lt;b&gt;pay&lt;/b&gt; 12 EUR" in visitor().get(f"/approvals/{one.approval_id}").text


def test_what_changed_since_the_last_request_is_shown(visitor: Visitors):
    old = bill()
    new = bill(total="1500.00")
    ann = visitor()
    shown = ann.get(f"/approvals/{new.approval_id}").text
    assert "What changed" in shown
    assert "<del>1200.00</del>" in shown
    assert "<ins>1500.00</ins>" in shown
    assert new.approval_id in ann.get(f"/approvals/{old.approval_id}").text


def test_many_are_approved_after_a_second_look(visitor: Visitors):
    ones = [bill(title=f"Bill {number}", subject=f"{number}.pdf") for number in range(3)]
    ann = visitor()
    chosen = [f"{one.approval_id}:{one.digest}" for one in ones[:2]]
    form = {"csrf": ann.csrf(), "chosen": chosen, "scope": "chosen"}
    asked = ann.post("/approve-many", data=form)
    assert "Approve 2 requests as proposed?" in asked.text
    assert len(approvals.list_approvals(status="waiting", limit=2000)) == 3
    approvals.decide(ones[0].approval_id, verdict="rejected", by="ben", via="command", reason="no")
    done = ann.post("/approve-many", data={**form, "confirmed": "yes"})
    assert "1 approved, 1 not" in done.text
    assert [approvals.find_approval(one.approval_id).status for one in ones] == [
        "rejected",
        "approved",
        "waiting",
    ]


def test_all_at_a_gate_are_approved_at_once_but_not_those_of_others(visitor: Visitors):
    for number in range(60):
        bill(title=f"Bill {number}", subject=f"{number}.pdf")
    bill(title="For ben", subject="ben.pdf", of=Approvers(names=("ben",)))
    ann = visitor()
    form = {"csrf": ann.csrf(), "gate": "invoice", "scope": "all"}
    asked = ann.post("/approve-many", data=form)
    chosen = [line.split('"')[0] for line in asked.text.split('name="chosen" value="')[1:]]
    assert len(chosen) == 60
    ann.post("/approve-many", data={"csrf": form["csrf"], "chosen": chosen, "confirmed": "yes"})
    assert len(approvals.list_approvals(status="waiting", limit=2000)) == 1


def test_a_decision_lets_every_run_that_waits_go_on(visitor: Visitors, monkeypatch: pytest.MonkeyPatch):
    """Beside the answer; a nudge that fails is no failure of the decision."""
    nudged: list[str] = []

    class Launch:
        @staticmethod
        def nudge(run_id: str) -> bool:
            nudged.append(run_id)
            raise OSError("the server is away")

    monkeypatch.setattr(going_on, "_launch", lambda: Launch)
    one, ann = bill(), visitor()
    assert ann.decide(one).status_code == 303
    until = monotonic() + 5
    while not nudged and monotonic() < until:
        sleep(0.01)
    assert nudged == [RUN]
    assert ann.get("/health").json()["ok"]


def test_the_page_is_a_program_of_its_own(tmp_path: Path):
    environment = {**os.environ, "HOLDFAST_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "deployments.approval_page", "--port", "0"]
    log = tmp_path / "page.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT)
    try:
        until = monotonic() + 30
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) and monotonic() < until:
            sleep(0.05)
        assert found, log.read_text()
        told = httpx.get(f"{found[0]}/health").json()
        assert (told["serves"], told["profile"]) == ("holdfast approvals", "laptop")
        assert "holdfast approvers add NAME" in httpx.get(f"{found[0]}/", follow_redirects=True).text
    finally:
        process.terminate()
        assert process.wait(10) in {0, -signal.SIGTERM}


def copy_of(world: World, one: Approval, times: int) -> None:
    """Let the same be asked many times more: the rows alone, which is what a list reads."""
    with world.state.writing() as connection:
        row = connection.execute(select(table)).one()._asdict()
        assert row["approval_id"] == one.approval_id
        rows = [{**row, "approval_id": digest_of(f"{number}".encode())} for number in range(times)]
        connection.execute(insert(table), rows)


def test_the_list_of_a_thousand_answers_within_300_ms(visitor: Visitors, laptop: World):
    copy_of(laptop, bill(), 999)
    ann = visitor()
    seconds: list[float] = []
    for number in range(40):
        begin = monotonic()
        assert "1000 requests wait" in ann.get("/", params={"page": number % 20 + 1}).text
        seconds.append(monotonic() - begin)
    assert quantiles(seconds, n=20)[-1] < 0.3
