"""The webhook: other systems decide in the name of an approver, signed with that approver's secret.

The body is `{"verdict": "approved" | "rejected", "digest": "...", "answer": {...} | null, "reason": "..."}`; *digest* is
that of the request, so that a body fits one request only. The same webhook sent again is answered with what it did.
"""

import asyncio
import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from blocks.base.errors import HoldfastError
from blocks.durable import approvals, approvers
from blocks.durable.approvals import AnswerUnfit, Approval, NoSuchApproval, NotWaiting, WrongPerson
from deployments.approval_page import going_on
from deployments.approval_page.signatures import BadSignature, signer
from deployments.approval_page.typed import is_sound


def _sound(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    if not is_sound(answer):
        raise ValueError("It is nested too deep, or holds a number that is too large.")
    return answer


class Call(BaseModel):
    """What a webhook says."""

    model_config = ConfigDict(extra="forbid", strict=True)

    verdict: Literal["approved", "rejected"]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    answer: Annotated[dict[str, Any] | None, AfterValidator(_sound)] = None
    reason: Annotated[str, Field(pattern=r"^[^\x00]*$")] = ""


def routes() -> APIRouter:
    """/hooks/approvals/ID."""
    router = APIRouter(prefix="/hooks")

    @router.post("/approvals/{approval_id}")
    async def called(request: Request, approval_id: str) -> JSONResponse:
        body = await request.body()
        return await asyncio.to_thread(_answer, approval_id, dict(request.headers), body)

    return router


def _answer(approval_id: str, headers: dict[str, str], body: bytes) -> JSONResponse:
    try:
        name, webhook_id = signer(approvers.secrets_of_all(), headers, body)
    except BadSignature as error:
        return _refused(401, "BadSignature", str(error))
    try:
        call = Call.model_validate_json(body)
    except ValidationError as error:
        faults = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
        return _refused(422, "BadBody", "The body does not have the right form.", faults=faults)
    if not approvers.note_webhook(name, webhook_id, approval_id.encode() + b"\n" + body):
        return _refused(409, "UsedBefore", "This webhook-id was used for another call.")
    try:
        return _decide(approval_id, name, call)
    except NotWaiting as error:
        if _is_ours(error.approval, name, call):
            return JSONResponse({"approval": standing(error.approval), "repeated": True})
        return _told(409, error, approval=standing(error.approval))
    except AnswerUnfit as error:
        return _told(422, error, faults=error.faults)
    except WrongPerson as error:
        return _told(403, error)
    except NoSuchApproval as error:
        return _told(404, error)


def _decide(approval_id: str, name: str, call: Call) -> JSONResponse:
    if len(approval_id) != 64:
        raise NoSuchApproval(ref=approval_id[:70])
    decided = approvals.decide(approval_id, by=name, via="webhook", **call.model_dump())
    going_on.after([approval_id])
    return JSONResponse({"approval": standing(decided), "repeated": False})


def _is_ours(approval: Approval, name: str, call: Call) -> bool:
    """Did this very call decide it before?"""
    by = (approval.status, approval.decided_by, approval.decided_via, approval.digest, approval.reason)
    same = by == (call.verdict, name, "webhook", call.digest, call.reason.strip())
    wanted = approval.proposed if call.answer is None else call.answer
    return same and (call.verdict == "rejected" or approval.answer == wanted)


def standing(approval: Approval) -> dict[str, Any]:
    """How a request stands, for other systems."""
    names = (
        "gate",
        "title",
        "run_id",
        "status",
        "digest",
        "reason",
        "decided_by",
        "decided_via",
        "replaced_by",
    )
    told: dict[str, Any] = {name: getattr(approval, name) for name in names}
    times = {name: _written(getattr(approval, name)) for name in ("asked_at", "expires_at", "decided_at")}
    return {"id": approval.approval_id, **told, **times}


def _written(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _told(status: int, error: HoldfastError, **more: Any) -> JSONResponse:
    return _refused(status, error.slug, error.what, safe=error.safe, next=error.next, **more)


def _refused(status: int, name: str, what: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": {"name": name, "what": what, **more}}, status)
