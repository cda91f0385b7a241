"""Who asks: the cookie of a browser, the session of an approver, and the token that stands in every form.

The token in the forms is derived from the cookie, so that nothing is kept for it; a page of another site knows neither.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from blocks.durable import approvers
from deployments.approval_page.received import Form

_LONGEST_TOKEN = 200


class SignInNeeded(Exception):
    """Nobody is signed in, or no more."""


class ForeignForm(Exception):
    """The form does not carry the token of its visitor."""


@dataclass(frozen=True)
class Visit:
    """A browser: its *token*, and the approver who signed in with it ("": nobody)."""

    token: str
    name: str = ""

    @property
    def csrf(self) -> str:
        """What stands in every form of this visit."""
        return hmac.new(self.token.encode(), b"holdfast approval page: form", hashlib.sha256).hexdigest()

    def check(self, form: Form) -> None:
        """Raises ForeignForm. Compares in constant time."""
        if not hmac.compare_digest(self.csrf.encode(), form.first("csrf").encode()):
            raise ForeignForm


def cookie_name(request: Request) -> str:
    """`__Host-` needs https, which a browser does not have on loopback as a rule.

    Cookies are of a name of a machine and not of a port: the port in it keeps two pages on one machine apart.
    """
    server = request.scope.get("server") or ("", 0)
    return f"{'__Host-' if request.url.scheme == 'https' else ''}holdfast-{server[1]}"


def of(request: Request) -> Visit:
    """The visit of a request; a new one where it brings no cookie."""
    token = request.cookies.get(cookie_name(request), "")
    if not token or len(token) > _LONGEST_TOKEN:
        return Visit(secrets.token_urlsafe(32))
    session = approvers.session_of(token)
    return Visit(token, session.name if session else "")


def signed_in(request: Request) -> Visit:
    """The visit of an approver. Raises SignInNeeded."""
    visit = of(request)
    if not visit.name:
        raise SignInNeeded
    return visit


def remember(response: Response, request: Request, token: str, seconds: int | None = None) -> None:
    """Give the browser its cookie; without *seconds* it lasts until the browser is closed."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


Approver = Annotated[Visit, Depends(signed_in)]
"""The visit of an approver, as a parameter of a route."""
Anyone = Annotated[Visit, Depends(of)]
"""A visit, signed in or not."""
