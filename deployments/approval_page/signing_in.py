"""Sign in and out."""

import re

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from blocks.durable import approvers
from deployments.approval_page import going_on, visits
from deployments.approval_page.brakes import Brake, Rates
from deployments.approval_page.painting import paint
from deployments.approval_page.received import Sent
from deployments.approval_page.visits import Anyone, Visit

_WRONG = "The name or the password is wrong."


def routes(rates: Rates) -> APIRouter:
    """/login and /logout."""
    router = APIRouter()
    of_name, of_address = Brake(rates.sign_ins_of_name), Brake(rates.sign_ins_from_address)

    @router.get("/login")
    def look(request: Request, visit: Anyone, after: str = "/") -> Response:
        if visit.name:
            return RedirectResponse(local(after), 303)
        return _page(request, visit, after)

    @router.post("/login")
    def sign_in(request: Request, visit: Anyone, form: Sent) -> Response:
        visit.check(form)
        name, after = form.first("name").strip(), local(form.first("after"))
        keys = ((of_name, name[:200]), (of_address, request.client.host if request.client else "?"))
        waits = [brake.take(key) for brake, key in keys]
        if any(waits):
            return _slow_down(request, visit, after, max(waits))
        if not approvers.check(name, form.first("password")):
            return _page(request, visit, after, name=name, wrong=_WRONG, status=401)
        for brake, key in keys:
            brake.give_back(key)
        approvers.close_session(visit.token)
        answer = RedirectResponse(after, 303)
        visits.remember(answer, request, approvers.open_session(name), approvers.SESSION_SECONDS)
        going_on.warm_up()
        return answer

    @router.post("/logout")
    def sign_out(request: Request, visit: Anyone, form: Sent) -> Response:
        visit.check(form)
        approvers.close_session(visit.token)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(visits.cookie_name(request), path="/", httponly=True, samesite="strict")
        return answer

    return router


def local(path: str) -> str:
    """*path* where it is one of this server's, else the front page."""
    return path if re.fullmatch(r"/(?!/)[\w\-./?=&%]*", path) else "/"


def _page(
    request: Request,
    visit: Visit,
    after: str,
    *,
    name: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    has_approvers = bool(approvers.names())
    painted = paint(
        request,
        visit,
        "login.html",
        status=status,
        after=local(after),
        name=name,
        wrong=wrong,
        has_approvers=has_approvers,
    )
    visits.remember(painted, request, visit.token)
    return painted


def _slow_down(request: Request, visit: Visit, after: str, seconds: float) -> Response:
    wrong = f"Too many tries. Try again in {int(seconds) + 1} s."
    answer = _page(request, visit, after, wrong=wrong, status=429)
    answer.headers["retry-after"] = str(int(seconds) + 1)
    return answer
