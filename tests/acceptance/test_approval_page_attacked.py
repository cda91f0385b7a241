"""What a hostile neighbour of the approval page tries: other pages of the browser, programs on the machine, documents."""

import logging
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from blocks.base import clock
from blocks.base.clock import monotonic, sleep
from blocks.durable import approvals, approvers
from blocks.durable.approvals import Approval
from deployments.approval_page import front_door, request_page
from deployments.approval_page.brakes import Rate, Rates
from deployments.approval_page.signatures import signed
from tests.worlds.approval_page import PASSWORD, Closed, Visitor, asked, bill, fields_in, serving

Visitors = Callable[..., Visitor]
FORM = "content-type: application/x-www-form-urlencoded\r\n"


class Note(Closed):
    """What is shown."""

    remark: str = ""


class Free(Closed):
    """An answer with a field that is written as JSON."""

    name: str
    more: dict[str, Any]


def status(one: Approval) -> str:
    """How it stands now."""
    return approvals.find_approval(one.approval_id).status


def called(page: str, one: Approval, secret: str, said: str, **headers: str) -> httpx.Response:
    """Send a webhook whose body goes on with *said*."""
    body = f'{{"verdict": "approved", "digest": "{one.digest}"{said}}}'.encode()
    name, stamp = "msg_1", clock.now_us() // 1_000_000
    carried = {"webhook-id": name, "webhook-timestamp": str(stamp)}
    carried["webhook-signature"] = signed(secret, name, stamp, body)
    return httpx.post(
        f"{page}/hooks/approvals/{one.approval_id}", content=body, headers={**carried, **headers}
    )


def raw(page: str, lines: str) -> socket.socket:
    """A connection that has sent *lines* below the host, and perhaps not all."""
    address = urlsplit(page)
    line = socket.create_connection((address.hostname or "", address.port or 0), timeout=5)
    line.sendall(f"POST /login HTTP/1.1\r\nhost: {address.netloc}\r\norigin: {page}\r\n{lines}".encode())
    return line


def test_who_goes_away_in_the_middle_of_a_form_leaves_no_traceback(
    page: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        raw(page, f"{FORM}content-length: 100\r\n\r\ncsrf=").close()
        sleep(0.3)
    assert not caplog.records
    assert httpx.get(f"{page}/health").status_code == 200


def test_a_form_that_never_ends_is_given_up(page: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(front_door, "BODY_SECONDS", 0.3)
    began = monotonic()
    with raw(page, f"{FORM}content-length: 100\r\n\r\ncsrf=") as line:
        told = b"".join(iter(lambda: line.recv(4096), b""))  # until the server closes the line
    assert told.startswith(b"HTTP/1.1 408")
    assert b"Nothing was decided" in told
    assert monotonic() - began < 4


def test_a_flood_of_webhooks_does_not_keep_people_from_deciding(page: str):
    one = bill()
    with serving(Rates(posts_from_address=Rate(4, 60))) as url, Visitor(url) as ann:
        ann.sign_in("ann")
        flood = [httpx.post(f"{url}/hooks/approvals/{one.approval_id}").status_code for _ in range(6)]
        assert flood == [401, 401, 401, 401, 429, 429]
        assert ann.decide(one).status_code == 303
    assert status(one) == "approved"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_web_page_cannot_send_webhooks_nor_use_up_their_rate(page: str, headers: dict[str, str]):
    one, secret = bill(), approvers.renew_secret("ann")
    with serving(Rates(posts_from_address=Rate(1, 60))) as url:
        for _ in range(3):
            assert called(url, one, secret, "", **headers).status_code == 403
        assert status(one) == "waiting"
        assert called(url, one, secret, "").status_code == 200


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1/evil.example", "127.0.0.1?evil", "127.0.0.1:", "a@127.0.0.1", "127.0.0.1:80:80", "[::1"],
)
def test_a_host_that_is_more_than_this_machine_is_refused(page: str, host: str):
    assert httpx.get(f"{page}/login", headers={"host": host}).status_code == 421


def test_two_pages_on_one_machine_do_not_sign_each_other_out(page: str):
    """A browser sends the cookies of 127.0.0.1 to every port."""
    with serving() as other, Visitor(page) as ann:
        ann.sign_in("ann")
        ann.base_url = other
        ann.headers["origin"] = other
        assert ann.sign_in("ben").status_code == 303
        assert [ann.get(f"{one}/").status_code for one in (page, other)] == [200, 200]


def test_a_cookie_that_was_there_before_is_not_the_session(visitor: Visitors):
    nobody = visitor("")
    nobody.get("/login")
    planted = dict(nobody.cookies)
    assert planted
    assert nobody.sign_in("ann").status_code == 303
    nobody.cookies.clear()
    nobody.cookies.update(planted)
    assert nobody.get("/").status_code == 303


@pytest.mark.parametrize("more", ['{"a": 1e999}', "[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900])
def test_json_that_nobody_can_show_is_told_on_its_field(visitor: Visitors, more: str):
    one = asked(Note(), Free, {"name": "ann", "more": {}})
    answer = visitor().decide(one, **{"answer.name": "ann", "answer.more": more})
    assert answer.status_code == 422
    assert "Nothing was decided." in answer.text
    assert "It is nested too deep" in answer.text
    assert status(one) == "waiting"


@pytest.mark.parametrize(
    "said",
    [
        ', "answer": {"name": "ann", "more": {"a": 1e999}}',
        ', "answer": {"name": "ann", "more": ' + '{"a":' * 100 + "1" + "}" * 101,
        ', "reason": "a\\u0000b"',
    ],
)
def test_a_webhook_with_what_nobody_can_show_or_keep_is_refused(page: str, said: str):
    one = asked(Note(), Free, {"name": "ann", "more": {}})
    answer = called(page, one, approvers.renew_secret("ann"), said)
    assert (answer.status_code, answer.json()["error"]["name"]) == (422, "BadBody")
    assert status(one) == "waiting"


def test_a_character_that_no_database_keeps_is_refused_everywhere(visitor: Visitors):
    one, ann = bill(), visitor()
    assert ann.decide(one, reason="a\0b").status_code == 400
    assert visitor("").sign_in("a\0b").status_code == 400
    for path in ("/?gate=%00", "/news?gate=a%00", f"/approvals/{'%00' * 64}", "/login?after=/%00"):
        assert ann.get(path).status_code == 404
    assert status(one) == "waiting"


def test_a_failure_while_deciding_does_not_say_that_nothing_was_decided(
    visitor: Visitors, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: object) -> None:
        raise ZeroDivisionError

    one, ann = bill(), visitor()
    monkeypatch.setattr(request_page.going_on, "after", fail)
    answer = ann.decide(one)
    assert (answer.status_code, status(one)) == (500, "approved")
    assert "Nothing was decided" not in answer.text
    assert "Look how it stands" in answer.text
    assert f'href="/approvals/{one.approval_id}"' in answer.text


def test_a_form_that_was_refused_leads_back_to_its_request(visitor: Visitors):
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    assert f'href="{path}"' in ann.decide(one, csrf="0" * 64).text
    token = ann.csrf(path)
    ann.post("/logout", data={"csrf": token})
    signed_out = ann.post(path, data={"csrf": token, "digest": one.digest, "verdict": "approved"})
    assert signed_out.status_code == 401
    assert f'href="{path}"' in signed_out.text
    assert ann.get(path).headers["location"] == f"/login?after={path}"


@pytest.mark.parametrize("hidden_one", ["\u202e", "\u200b", "\u3164", "\u2028"])
def test_a_field_tells_of_characters_that_do_not_show(visitor: Visitors, hidden_one: str):
    one = bill(vendor=f"Harrow{hidden_one}Pike", lines=[{"description": f"Pens{hidden_one}"}])
    text = visitor().get(f"/approvals/{one.approval_id}").text
    told = f"⟨U+{ord(hidden_one):04X}⟩"
    assert text.count("Holds characters that do not show") == 2
    assert f"Harrow{told}Pike" in text
    assert f"Pens{told}" in text
    assert "do not show" not in visitor("ben").get(f"/approvals/{bill().approval_id}").text


def test_what_a_browser_rewrites_is_not_taken_for_an_edit(visitor: Visitors):
    """A browser sends every line end as one kind, and never a NUL."""
    written = {"vendor": "a\rb\r\nc", "remark": "x\0y", "lines": [{"description": "p\rq", "amount": None}]}
    one, ann = bill(**written), visitor()
    form = fields_in(ann.get(f"/approvals/{one.approval_id}").text)
    sent = {name: text.replace("\r", "\n") for name, text in form.items()}
    assert ann.decide(one, **sent).status_code == 303
    answer = approvals.find_approval(one.approval_id).answer or {}
    assert {name: answer[name] for name in written} == written


def test_rows_are_not_added_to_what_does_not_wait_any_more(visitor: Visitors):
    one, ann = bill(), visitor()
    path = f"/approvals/{one.approval_id}"
    form = {"csrf": ann.csrf(path), "digest": one.digest, "act": "add:lines"}
    assert visitor("ben").decide(one).status_code == 303
    answer = ann.post(path, data=form, headers={"hx-request": "true"})
    assert answer.headers["hx-refresh"] == "true"
    assert "by <strong>" in ann.post(path, data=form).text


def test_many_without_doubts_are_approved_and_doubts_are_told_before(visitor: Visitors):
    plain = asked(Note(remark="calm"), Free, {"name": "ann", "more": {}})
    doubtful, ann = bill(), visitor()
    chosen = [f"{one.approval_id}:{one.digest}" for one in (plain, doubtful)]
    form = {"csrf": ann.csrf(), "chosen": chosen}
    second_look = ann.post("/approve-many", data=form)
    assert second_look.status_code == 200
    assert "The lines do not add up." in second_look.text
    assert ann.post("/approve-many", data={**form, "confirmed": "yes"}).status_code == 200
    assert [status(one) for one in (plain, doubtful)] == ["approved", "approved"]


def test_a_text_gets_the_room_that_shows_all_of_it(visitor: Visitors):
    """What is approved is seen, and does not run out of a narrow field."""
    ann = visitor()
    for length, shape in ((36, "half"), (37, ""), (70, ""), (71, None)):
        one = bill(vendor="x" * length)
        page = " ".join(ann.get(f"/approvals/{one.approval_id}").text.split())
        if shape is None:
            assert re.search(r'<textarea id="f-vendor"', page)
        else:
            assert re.search(
                rf'class="field is-text {shape} *"><label for="f-vendor"', page.replace("> <", "><")
            )


def test_the_first_check_of_all_takes_as_long_for_a_name_that_is_there(page: str):
    approvers._nobodys_hash.cache_clear()
    assert approvers.check("ann", PASSWORD)
    assert approvers._nobodys_hash.cache_info().currsize == 1
