"""The signed webhook: other systems decide in the name of an approver."""

import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from blocks.base import clock
from blocks.base.asking import Approvers
from blocks.durable import approvals, approvers
from blocks.durable.approvals import Approval
from deployments.approval_page.signatures import BadSignature, signed, signer
from tests.worlds.approval_page import PROPOSED, Visitor, bill

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(page: str) -> Generator[Send]:
    """Send a webhook about an approval, signed by ann, unless told otherwise."""
    secret = approvers.renew_secret("ann")
    with httpx.Client(base_url=page, timeout=20) as client:

        def sent(
            one: Approval,
            *,
            name: str = "msg_1",
            late: int = 0,
            key: str = secret,
            headers: Any = None,
            **said: Any,
        ) -> httpx.Response:
            body = json.dumps({"verdict": "approved", "digest": one.digest, **said}).encode()
            stamp = clock.now_us() // 1_000_000 - late
            carried = {"webhook-id": name, "webhook-timestamp": str(stamp)}
            carried["webhook-signature"] = signed(key, name, stamp, body)
            path = f"/hooks/approvals/{one.approval_id}"
            return client.post(path, content=body, headers={**carried, **(headers or {})})

        yield sent


def status(one: Approval) -> str:
    """How it stands now."""
    return approvals.find_approval(one.approval_id).status


def test_a_signature_is_that_of_the_standard():
    """The example of the Standard Webhooks specification."""
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  published
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == wanted


def test_a_signed_call_decides(send: Send):
    one = bill()
    answer = send(one, answer={**PROPOSED, "total": "12.50"}, reason="checked elsewhere")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["approval"]["status"], told["approval"]["decided_by"]) == ("approved", "ann")
    decided = approvals.find_approval(one.approval_id)
    assert decided.answer == {**PROPOSED, "total": "12.50"}
    assert (decided.decided_via, decided.reason) == ("webhook", "checked elsewhere")


def test_a_call_without_an_answer_approves_as_proposed_and_a_rejection_needs_none(send: Send):
    one, other = bill(), bill(title="Another", subject="other.pdf")
    assert send(one).status_code == 200
    assert send(other, name="msg_2", verdict="rejected", reason="no").status_code == 200
    assert approvals.find_approval(one.approval_id).answer == PROPOSED
    assert status(other) == "rejected"


def test_the_same_call_again_is_answered_with_what_it_did(send: Send):
    one = bill()
    assert send(one).json()["repeated"] is False
    again = send(one)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["approval"]["status"] == "approved"


def test_an_id_is_used_for_one_call(send: Send):
    one, other = bill(), bill(title="Another", subject="other.pdf")
    assert send(one).status_code == 200
    assert send(other).status_code == 409
    assert status(other) == "waiting"
    assert send(other, name="msg_2").status_code == 200


def test_what_was_decided_already_is_told_with_409(send: Send):
    one = bill()
    approvals.decide(one.approval_id, verdict="rejected", by="ben", via="command", reason="Not ours.")
    answer = send(one)
    assert answer.status_code == 409
    told = answer.json()
    assert (told["error"]["name"], told["error"]["approval"]["decided_by"]) == ("NotWaiting", "ben")
    assert told["error"]["approval"]["reason"] == "Not ours."


@pytest.mark.parametrize(
    "wrong",
    [
        {"late": 301},
        {"late": -301},
        {"key": "whsec_" + "QUJD" * 8},
        {"headers": {"webhook-id": "msg_9"}},
        {"headers": {"webhook-timestamp": "soon"}},
        {"headers": {"webhook-timestamp": "9" * 400}},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-signature": "v1,AAAA"}},
        {"headers": {"webhook-signature": "v1"}},
    ],
)
def test_a_call_that_is_old_altered_or_signed_by_a_stranger_is_refused(send: Send, wrong: dict[str, Any]):
    one = bill()
    answer = send(one, **wrong)
    assert (answer.status_code, answer.json()["error"]["name"]) == (401, "BadSignature")
    assert status(one) == "waiting"


def test_an_altered_body_is_refused(send: Send, page: str):
    one = bill()
    body = json.dumps({"verdict": "rejected", "digest": one.digest, "reason": "no"}).encode()
    stamp = clock.now_us() // 1_000_000
    key = approvers.secret_of("ann")
    headers = {"webhook-id": "m", "webhook-timestamp": str(stamp)}
    headers["webhook-signature"] = signed(key, "m", stamp, body)
    path = f"{page}/hooks/approvals/{one.approval_id}"
    altered = body.replace(b"rejected", b"approved")
    assert httpx.post(path, content=altered, headers=headers).status_code == 401
    assert status(one) == "waiting"
    assert httpx.post(path, content=body, headers=headers).status_code == 200


def test_a_body_for_one_request_does_not_fit_another(send: Send):
    one, other = bill(), bill(title="Another", subject="other.pdf")
    assert send(other, digest=one.digest).status_code == 409
    assert status(other) == "waiting"


def test_an_old_secret_is_void_and_a_removed_approver_signs_no_more(send: Send):
    one = bill()
    approvers.renew_secret("ann")
    assert send(one).status_code == 401
    approvers.remove("ann")
    assert send(one, name="msg_2").status_code == 401
    assert status(one) == "waiting"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"verdict": "maybe"}, 422),
        ({"digest": "short"}, 422),
        ({"verdict": "approved", "more": 1}, 422),
        ({"answer": {**PROPOSED, "total": "much"}}, 422),
        ({"answer": {**PROPOSED, "bogus": 1}}, 422),
        ({"answer": {}}, 422),
    ],
)
def test_what_does_not_fit_is_refused_and_told(send: Send, said: dict[str, Any], code: int):
    one = bill()
    answer = send(one, **said)
    assert answer.status_code == code
    assert answer.json()["error"]["faults"]
    assert status(one) == "waiting"
    assert send(one, name="msg_2").status_code == 200


def test_who_is_not_asked_cannot_decide_by_webhook(send: Send):
    one = bill(of=Approvers(names=("ben",)))
    assert send(one).status_code == 403
    assert status(one) == "waiting"


def test_ten_megabytes_are_refused(send: Send, page: str):
    one = bill()
    path = f"{page}/hooks/approvals/{one.approval_id}"
    answer = httpx.post(path, content=b"a" * 10_000_000)
    assert (answer.status_code, status(one)) == (413, "waiting")


def test_many_calls_at_once_are_one_decision(send: Send):
    one = bill()
    verdicts = ["approved", "rejected"]

    def call(number: int) -> int:
        return send(one, name=f"msg_{number}", verdict=verdicts[number % 2], reason=f"{number}").status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(call, range(8)))
    assert sorted(codes) == [200, *[409] * 7]
    assert status(one) in verdicts


def test_an_approver_makes_a_secret_on_the_page_and_sees_it_once(visitor: Callable[..., Visitor], send: Send):
    one, ben = bill(), visitor("ben")
    assert "whsec_" not in ben.get("/account").text
    assert ben.post("/account/secret", data={"csrf": "x"}).status_code == 403
    shown = ben.post("/account/secret", data={"csrf": ben.csrf("/account")}).text
    secret = unescape(shown[shown.index("whsec_") :].partition("<")[0])
    assert secret == approvers.secret_of("ben")
    assert "whsec_" not in ben.get("/account").text
    assert send(one, key=secret).json()["approval"]["decided_by"] == "ben"


def test_without_any_secret_nobody_can_call():
    with pytest.raises(BadSignature):
        signer(
            {},
            {
                "webhook-id": "a",
                "webhook-timestamp": str(clock.now_us() // 10**6),
                "webhook-signature": "v1,",
            },
            b"",
        )
