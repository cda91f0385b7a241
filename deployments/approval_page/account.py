"""The approver's own page: the secret for webhooks, made anew and shown once."""

from fastapi import APIRouter, Request, Response

from blocks.durable import approvers
from blocks.durable.approvers import NoSecret
from deployments.approval_page.painting import paint
from deployments.approval_page.received import Sent
from deployments.approval_page.visits import Approver


def routes() -> APIRouter:
    """/account and /account/secret."""
    router = APIRouter(prefix="/account")

    @router.get("")
    def look(request: Request, visit: Approver) -> Response:
        return paint(request, visit, "account.html", has_secret=_has_secret(visit.name), secret="")

    @router.post("/secret")
    def renew(request: Request, visit: Approver, form: Sent) -> Response:
        visit.check(form)
        secret = approvers.renew_secret(visit.name)
        return paint(request, visit, "account.html", has_secret=True, secret=secret)

    return router


def _has_secret(name: str) -> bool:
    try:
        return bool(approvers.secret_of(name))
    except NoSecret:
        return False
