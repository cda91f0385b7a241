"""What the approval page refuses: nothing is decided by it, and the request still waits."""

import datetime as dt
import re
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from blocks.base.asking import Approvers
from blocks.base.clock import monotonic, sleep
from blocks.durable import approvals, approvers
from blocks.durable.approvals import Approval
from blocks.durable.world import World
from blocks.state.tables import approvals as approval_table
from blocks.state.tables import page_sessions
from deployments.approval_page.brakes import Rate, Rates
from tests.worlds.approval_page import (
    PASSWORD,
    Bill,
    Question,
    Visitor,
    bill,
    fields_in,
    hidden,
    serving,
)

Visitors = Callable[..., Visitor]


def status(one: Approval) -> str:
    """How it stands now."""
    return approvals.find_approval(one.approval_id).status


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("answer.total", "much", "much"),
        ("answer.total", "", "It is needed."),
        ("answer.date", "2025-13-40", "is no date"),
        ("answer.copies", "two", "not a whole number"),
        ("answer.account", "Bribes", "is none of"),
        ("answer.vendor", "", "It is needed."),
        ("answer.lines.1.amount", "1,5", "1,5"),
        ("answer.bogus", "1", "There is no such field."),
        ("answer.lines.0.bogus", "1", "There is no such field."),
    ],
)
def test_what_does_not_fit_is_told_on_its_field_and_kept(visitor: Visitors, field: str, text: str, told: str):
    one, ann = bill(), visitor()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    form |= {"answer.remark": "typed before", field: text}
    answer = ann.decide(one, **form)
    assert answer.status_code == 422
    assert "Nothing was decided." in answer.text
    assert "typed before" in answer.text
    assert status(one) == "waiting"
    if "bogus" in field:
        assert told in answer.text
        return
    assert fields_in(answer.text)[field] == text
    fault = re.search(r'<span class="fault"[^>]*>([^<]*)', answer.text)
    assert fault
    assert told in fault[1]
    nearest = answer.text.rindex('name="answer.', 0, fault.start())
    assert answer.text[nearest:].startswith(f'name="{field}"')


def test_a_rejection_needs_a_reason(visitor: Visitors):
    one, ann = bill(), visitor()
    answer = ann.decide(one, verdict="rejected", reason="  ")
    assert (answer.status_code, status(one)) == (422, "waiting")
    assert ann.decide(one, verdict="rejected", reason="Not ours.").status_code == 303
    assert status(one) == "rejected"


def test_an_unknown_verdict_decides_nothing(visitor: Visitors):
    one = bill()
    assert visitor().decide(one, verdict="maybe").status_code == 422
    assert status(one) == "waiting"


def test_what_was_decided_meanwhile_is_shown_with_409(visitor: Visitors):
    one, ann = bill(), visitor()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    token = ann.csrf()
    approvals.decide(one.approval_id, verdict="rejected", by="ben", via="command", reason="Not ours.")
    sent = {"csrf": token, "digest": one.digest, "verdict": "approved", **form}
    answer = ann.post(f"/approvals/{one.approval_id}", data=sent)
    assert answer.status_code == 409
    assert all(told in answer.text for told in ("rejected", "ben", "Not ours.", "was not taken"))


def test_what_changed_meanwhile_is_refused_with_a_way_to_the_newer_request(visitor: Visitors):
    old, ann = bill(), visitor()
    token = ann.csrf()
    new = bill(total="1500.00")
    sent = {"csrf": token, "digest": old.digest, "verdict": "approved"}
    answer = ann.post(f"/approvals/{old.approval_id}", data=sent)
    assert answer.status_code == 409
    assert new.approval_id in answer.text
    assert (status(old), status(new)) == ("void", "waiting")


def test_a_digest_of_something_else_is_refused(visitor: Visitors):
    one = bill()
    assert visitor().decide(one, digest="0" * 64).status_code == 409
    assert status(one) == "waiting"


def test_who_is_not_asked_may_look_and_not_decide(visitor: Visitors):
    one, ann = bill(of=Approvers(names=("ben",))), visitor()
    shown = ann.get(f"/approvals/{one.approval_id}").text
    assert "you can look, and they decide" in shown
    assert 'name="verdict"' not in shown
    answer = ann.decide(one)
    assert (answer.status_code, status(one)) == (403, "waiting")
    assert "asked of ben" in answer.text
    assert visitor("ben").decide(one).status_code == 303


def test_too_late_is_too_late(visitor: Visitors, laptop: World):
    one, ann = bill(of=Approvers(within=dt.timedelta(hours=1))), visitor()
    token = ann.csrf()
    with laptop.state.writing() as connection:
        connection.execute(update(approval_table).values(expires_at=1))
    sent = {"csrf": token, "digest": one.digest, "verdict": "approved"}
    answer = ann.post(f"/approvals/{one.approval_id}", data=sent)
    assert answer.status_code == 409
    assert "time to decide is over" in answer.text
    assert status(one) == "rejected"  # as declared


def test_looking_never_decides(visitor: Visitors):
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    asked = {"verdict": "approved", "digest": one.digest, "csrf": ann.csrf()}
    for target in (path, "/", "/approve-many", f"{path}/standing", "/decided", "/logout", "/login"):
        ann.get(target, params={**asked, "chosen": f"{one.approval_id}:{one.digest}", "confirmed": "yes"})
    assert ann.head(path, params=asked).status_code in {200, 405}
    assert ann.get("/").status_code == 200
    assert status(one) == "waiting"


@pytest.mark.parametrize("path", ["/", "/decided", "/approvals/{id}", "/approvals/{id}/pages/1.png"])
def test_nothing_is_shown_to_who_is_not_signed_in(visitor: Visitors, path: str):
    one = bill(title="A secret")
    answer = visitor("").get(path.format(id=one.approval_id))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert "A secret" not in answer.text


def test_a_link_leads_to_its_request_after_the_sign_in_and_nowhere_else(visitor: Visitors):
    one, ann = bill(), visitor("")
    path = f"/approvals/{one.approval_id}"
    token = ann.csrf("/login")
    form = {"csrf": token, "name": "ann", "password": PASSWORD}
    assert ann.post("/login", data={**form, "after": path}).headers["location"] == path
    for foreign in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        one_more = visitor("")
        form["csrf"] = one_more.csrf("/login")
        assert one_more.post("/login", data={**form, "after": foreign}).headers["location"] == "/"


@pytest.mark.parametrize(
    "name", ["a%0d%0aset-cookie:%20x=1", "%E2%82%AC", "%00", "..%2f..%2fx", "a" * 5000, "%ff"]
)
def test_strange_addresses_are_answered_plainly(visitor: Visitors, name: str):
    for one, codes in ((visitor(""), {303, 404}), (visitor("ann"), {404})):
        answer = one.get(f"/approvals/{name}")
        assert answer.status_code in codes
        assert "x" not in answer.cookies


def test_a_form_without_the_token_of_the_session_is_refused(visitor: Visitors):
    one, ann, ben = bill(), visitor("ann"), visitor("ben")
    bens, anns = ben.csrf(), ann.csrf()
    altered = ("0" if anns[0] != "0" else "1") + anns[1:]
    for token in ("", "0" * 64, bens, altered, "é"):
        assert ann.decide(one, csrf=token).status_code == 403
    sent = {"digest": one.digest, "verdict": "approved"}
    assert ann.post(f"/approvals/{one.approval_id}", data=sent).status_code == 403
    assert ann.post("/approve-many", data={"confirmed": "yes"}).status_code == 403
    assert ann.post("/logout", data={"csrf": bens}).status_code == 403
    assert status(one) == "waiting"


def test_a_token_is_worth_nothing_after_signing_out(visitor: Visitors):
    one, ann = bill(), visitor()
    token, cookie = ann.csrf(), dict(ann.cookies)
    assert ann.post("/logout", data={"csrf": token}).status_code == 303
    ann.cookies.update(cookie)
    sent = {"csrf": token, "digest": one.digest, "verdict": "approved"}
    answer = ann.post(f"/approvals/{one.approval_id}", data=sent)
    assert (answer.status_code, status(one)) == (401, "waiting")
    assert ann.get("/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(visitor: Visitors, headers: dict[str, str]):
    one, ann = bill(), visitor()
    sent = {"csrf": ann.csrf(), "digest": one.digest, "verdict": "approved"}
    answer = ann.post(f"/approvals/{one.approval_id}", data=sent, headers=headers)
    assert (answer.status_code, status(one)) == (403, "waiting")


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(visitor: Visitors):
    one, ann = bill(), visitor()
    sent = {"csrf": ann.csrf(), "digest": one.digest, "verdict": "approved"}
    del ann.headers["origin"]
    assert ann.post(f"/approvals/{one.approval_id}", data=sent).status_code == 403
    assert status(one) == "waiting"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "a@127.0.0.1", ""]
)
def test_another_host_name_is_not_served(visitor: Visitors, host: str):
    answer = visitor().get("/", headers={"host": host})
    assert answer.status_code in {400, 421}
    assert "waits" not in answer.text


def test_ten_megabytes_are_refused_before_they_are_read(visitor: Visitors, page: str):
    one, ann = bill(), visitor()
    body = b"reason=" + b"a" * 10_000_000
    kind = {"content-type": "application/x-www-form-urlencoded"}
    begin = monotonic()
    answer = ann.post(f"/approvals/{one.approval_id}", content=body, headers=kind)
    assert answer.status_code == 413
    assert monotonic() - begin < 2
    told = _head_only(page, one, "content-length: 10000000")
    assert told.startswith(b"HTTP/1.1 413")
    assert status(one) == "waiting"


def test_a_body_that_hides_its_length_is_cut_off(visitor: Visitors):
    one, ann = bill(), visitor()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    chunks = (b"a" * 100_000 for _ in range(15))
    answer = ann.post(f"/approvals/{one.approval_id}", content=chunks, headers=kind)
    assert (answer.status_code, status(one)) == (413, "waiting")


def test_files_and_json_are_no_form(visitor: Visitors):
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    assert ann.post(path, json={"verdict": "approved"}).status_code == 415
    assert ann.post(path, files={"answer": b"x"}).status_code == 415
    assert status(one) == "waiting"


def test_scripts_in_every_place_stay_text(visitor: Visitors):
    payload = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{'zq'*3}}\u202e"
    shown = Bill(
        doubts=(Question(field="total", reason=payload), Question(field="elsewhere", reason=payload)),
        remark=payload,
    )
    one = bill(shown, title=payload, subject=payload, vendor=payload, lines=[{"description": payload}])
    ann = visitor()
    for path in ("/", f"/approvals/{one.approval_id}"):
        text = ann.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "zqzqzq" not in text
        assert "⟨U+202E⟩" in text
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    assert ann.decide(one, **form, reason=payload).status_code == 303
    decided = approvals.find_approval(one.approval_id)
    assert (decided.answer or {})["vendor"] == payload
    for path in ("/decided", f"/approvals/{one.approval_id}"):
        assert "<script>alert" not in ann.get(path).text


def test_every_answer_forbids_what_is_not_ours(visitor: Visitors):
    one, ann = bill(), visitor()
    nobody = visitor("")
    answers = [
        ann.get("/"),
        ann.get(f"/approvals/{one.approval_id}"),
        ann.get("/nowhere"),
        ann.get("/approvals/zz"),
        ann.get("/?page=x"),
        ann.get("/static/app.css"),
        ann.get("/static/../app.py"),
        ann.get("/health"),
        nobody.get("/"),
        nobody.get("/login"),
        ann.post("/approve-many", data={}),
        ann.post("/", data={}, headers={"origin": "https://evil.example"}),
        ann.get("/", headers={"host": "evil.example"}),
        ann.post("/hooks/approvals/x", content=b"{}"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "static" in str(answer.url) or answer.headers["cache-control"] == "no-store"
        assert answer.status_code != 500


def test_a_failure_inside_carries_the_policy_too(visitor: Visitors, monkeypatch: pytest.MonkeyPatch):
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    ann = visitor()
    monkeypatch.setattr(approvals, "list_approvals", fail)
    answer = ann.get("/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" not in answer.text


def test_a_wrong_password_says_no_more_than_a_wrong_name(visitor: Visitors):
    nobody = visitor("")
    told = [nobody.sign_in(name, "wrong password") for name in ("ann", "nobody")]
    assert [answer.status_code for answer in told] == [401, 401]
    pages = [re.sub(r'value="[^"]*"', "", answer.text) for answer in told]
    assert pages[0] == pages[1]


def test_guessing_is_slowed_down_by_name_and_by_address(page: str):
    rates = Rates(sign_ins_of_name=Rate(3, 60), sign_ins_from_address=Rate(5, 60))
    with serving(rates) as url, Visitor(url) as nobody:
        told = [nobody.sign_in("ann", "wrong password").status_code for _ in range(4)]
        assert told == [401, 401, 401, 429]
        assert nobody.sign_in("ann").status_code == 429  # the right password does not help now
        assert nobody.sign_in("nobody", "wrong password").status_code in {401, 429}
        slow = nobody.sign_in("ben")
        assert slow.status_code == 429
        assert int(slow.headers["retry-after"]) > 0


def test_signing_in_well_is_not_slowed_down(page: str):
    rates = Rates(sign_ins_of_name=Rate(2, 600), sign_ins_from_address=Rate(2, 600))
    with serving(rates) as url:
        for _ in range(4):
            with Visitor(url) as ann:
                assert ann.sign_in("ann").status_code == 303


def test_a_flood_of_forms_is_slowed_down(page: str):
    one = bill()
    with serving(Rates(posts_from_address=Rate(3, 60))) as url, Visitor(url) as ann:
        ann.sign_in("ann")
        told = [ann.decide(one, csrf="x").status_code for _ in range(3)]
        assert told == [403, 403, 429]
        assert ann.get("/").status_code == 200
    assert status(one) == "waiting"


def test_a_session_ends_with_its_time_and_with_its_approver(visitor: Visitors, laptop: World):
    ann, ben = visitor("ann"), visitor("ben")
    with laptop.state.writing() as connection:
        over = update(page_sessions).where(page_sessions.c.name == "ann")
        connection.execute(over.values(expires_at=1))
    approvers.remove("ben")
    assert [one.get("/").status_code for one in (ann, ben)] == [303, 303]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Visitors):
    nobody = visitor("")
    before = set(nobody.cookies.values())
    told = nobody.sign_in("ann").headers["set-cookie"].lower()
    assert all(part in told for part in ("httponly", "samesite=strict", "path=/"))
    assert before.isdisjoint(nobody.cookies.values())
    assert hidden(nobody.get("/").text, "csrf") not in told


def _head_only(page: str, one: Approval, header: str) -> bytes:
    """What is answered to a request whose body never comes."""
    address = urlsplit(page)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as line:
        request = f"POST /approvals/{one.approval_id} HTTP/1.1\r\nhost: {address.netloc}\r\n{header}\r\n\r\n"
        line.sendall(request.encode())
        sleep(0.05)
        return line.recv(4096)
