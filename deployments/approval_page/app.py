"""Put the page together: routes, errors, files."""

import logging
import re

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from blocks.base.errors import HoldfastError
from blocks.durable import world
from blocks.durable.approvals import NoSuchApproval, NotWaiting, WrongPerson
from deployments.approval_page import account, hooks, request_page, signing_in, visits, waiting
from deployments.approval_page.brakes import Rates
from deployments.approval_page.front_door import HOOKS, FrontDoor
from deployments.approval_page.painting import FILES, file, paint
from deployments.approval_page.pictures import Pictures
from deployments.approval_page.visits import ForeignForm, SignInNeeded

_STATUS: dict[type[HoldfastError], int] = {NoSuchApproval: 404, NotWaiting: 409, WrongPerson: 403}
_FOREIGN = "This form is from another session, or it is too old. Nothing was decided: open the page again."
_FAILED = "The page failed. Nothing was decided by this."
_FAILED_FORM = "The page failed. Look how it stands before you decide again."
_HAS_A_PAGE = re.compile(r"/approvals/[0-9a-f]{64}|/account")
_A_WEEK = "public, max-age=604800, immutable"


def create_app(rates: Rates | None = None) -> ASGIApp:
    """The approval page, over the world of this process."""
    rates = rates or Rates()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for router in (
        signing_in.routes(rates),
        account.routes(),
        waiting.routes(),
        request_page.routes(Pictures()),
        hooks.routes(),
    ):
        app.include_router(router)
    app.add_api_route("/health", _health)
    app.add_api_route("/static/{name}", _static)
    app.add_exception_handler(SignInNeeded, _sign_in_first)
    app.add_exception_handler(ForeignForm, _foreign)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(HoldfastError, _told)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(Exception, _broken)
    return FrontDoor(app, rates.posts_from_address)


def _health() -> JSONResponse:
    """Is it there, and whose work does it show?"""
    here = world.current()
    return JSONResponse({"ok": True, "serves": "holdfast approvals", "profile": here.profile})


def _static(name: str) -> Response:
    if name not in FILES:
        raise HTTPException(404, "There is no such file.")
    return Response(file(name)[0], media_type=FILES[name], headers={"cache-control": _A_WEEK})


def _sign_in_first(request: Request, error: Exception) -> Response:
    """A look goes on after the sign-in; a form does not, since what it decides should be seen first."""
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"hx-refresh": "true"})
    if request.method == "GET":
        after = signing_in.local(request.url.path)
        return Response(status_code=303, headers={"location": f"/login?after={after}"})
    sentence = "You are signed out. Nothing was decided: sign in, and look again."
    return _page(request, 401, sentence, "")


def _foreign(request: Request, error: Exception) -> Response:
    return _page(request, 403, _FOREIGN, "")


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HoldfastError)  # noqa: S101  registered for it alone
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    return _page(request, status, error.what, f"{error.safe} {error.next}")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101  registered for it alone
    sentence = "There is no such page." if error.detail == "Not Found" else str(error.detail)
    answer = _page(request, error.status_code, sentence, "")
    answer.headers.update(error.headers or {})
    return answer


def _misread(request: Request, error: Exception) -> Response:
    return _page(request, 404, "There is no such page.", "")


def _broken(request: Request, error: Exception) -> Response:
    logging.getLogger(__name__).error("the page failed at %s", request.url.path, exc_info=error)
    sentence = _FAILED if request.method == "GET" else _FAILED_FORM
    return _page(request, 500, sentence, "The log of the page tells more.")


def _gone(request: Request, error: Exception) -> Response:
    """Who asked went away before all was sent: there is nobody to tell."""
    return Response(status_code=400)


def _page(request: Request, status: int, sentence: str, more: str) -> Response:
    if request.url.path.startswith(HOOKS):
        return JSONResponse({"error": {"name": "Refused", "what": sentence}}, status)
    visit = visits.of(request)
    known = visit if visit.name else None
    back = request.url.path if request.method == "POST" and _HAS_A_PAGE.match(request.url.path) else "/"
    back = "/account" if back.startswith("/account") else back
    given = {"sentence": sentence, "more": more, "back": back}
    return paint(request, known, "told.html", status=status, **given)
