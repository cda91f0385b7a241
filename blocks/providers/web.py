"""The web: one document of one address, where the profile allows its host.

Off by default. A name is resolved once, all its addresses are checked, and the connection goes to one of these: a name server
that answers otherwise a moment later is not asked. Each redirect is checked as the first address was.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from urllib.parse import urljoin

import httpcore
import httpx

from blocks.base.errors import HoldfastError
from blocks.providers.web_address import Resolver, is_of_a_host, is_public, resolved
from blocks.providers.web_allowed import Address, BadAddress, Entry, address_of
from blocks.providers.web_body import Garbled, TooLarge, body_of
from blocks.providers.web_line import Deadline, PinnedBackend, TimeIsUp

_REDIRECTS, _LATER = (301, 302, 303, 307, 308), (408, 425, 429)
_MOST_REDIRECTS = 3
_CONNECT_SECONDS = 10.0
_HEADERS = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, identity"),
    ("User-Agent", "holdfast"),
    ("Connection", "close"),
)


class WebUnavailable(HoldfastError):
    """{place} did not answer:"""

    safe = "Nothing was taken from there."
    next = "Run the same command again later; what is finished is not done again."


class NotFetched(HoldfastError):
    """The address is not fetched:"""

    safe = "Nothing was taken from there."
    next = "Leave it out, or save the document yourself and name the file."


class WebIsOff(NotFetched):
    """Fetching from the web is off in this profile."""

    next = "To switch it on, name the hosts: HOLDFAST_WEB_ALLOWED=example.com,*.example.org"


class NotAWebAddress(NotFetched):
    """The address is not fetched:"""


class HostNotAllowed(NotFetched):
    """{place} is not among the hosts that may be asked."""

    next = "Add it to HOLDFAST_WEB_ALLOWED where it is one to be trusted."


class AddressNotAllowed(NotFetched):
    """{place} stands for the address {address}, which is not one of the public internet."""

    next = "A host of your own network is named with its port: HOLDFAST_WEB_ALLOWED=local:https://HOST:PORT"


class TooManyRedirects(NotFetched):
    """{place} leads on and on: more than {most} redirects are not followed."""


class NotGiven(NotFetched):
    """{place} did not give the document: it answered {status}."""


class CertificateRefused(NotFetched):
    """The certificate of {place} is not to be trusted:"""


class WebDocumentTooLarge(NotFetched):
    """{place} gives more than {most:,} bytes."""


class WebTooSlow(NotFetched):
    """{place} took longer than {seconds:g} seconds."""


class AnswerGarbled(NotFetched):
    """The answer of {place} cannot be read:"""


@dataclass(frozen=True)
class Web:
    """Fetches documents from hosts that are *allowed*. Safe to share between threads."""

    identity: ClassVar[str] = ""  # where documents come from is no part of a stage key

    allowed: tuple[Entry, ...] = ()
    seconds: float = 60.0
    resolver: Resolver = field(default=resolved, repr=False)
    trusts: ssl.SSLContext | None = field(default=None, repr=False)

    def get(self, url: str, *, most_bytes: int) -> bytes:
        """The document at *url*, as it is after unpacking.

        Costs one request for each redirect, at most 3, and one. Raises NotFetched where it is refused or too much, and
        WebUnavailable where that is an accident: no connection, or an answer of 5xx.
        """
        if not self.allowed:
            raise WebIsOff
        deadline, at = Deadline(self.seconds), url
        for _ in range(_MOST_REDIRECTS + 1):
            address = _taken_apart(at)
            try:
                found = self._ask(address, self._checked(address), deadline, most_bytes)
            except TimeIsUp as error:
                raise WebTooSlow(place=address.place, seconds=self.seconds) from error
            if isinstance(found, bytes):
                return found
            at = urljoin(at, found.location)
        raise TooManyRedirects(place=_taken_apart(url).place, most=_MOST_REDIRECTS)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.trusts or httpx.create_ssl_context()

    def _checked(self, address: Address) -> Sequence[str]:
        """Where *address* may be found, all of it checked."""
        admitted = [entry for entry in self.allowed if entry.admits(address)]
        if not admitted:
            raise HostNotAllowed(place=address.place)
        try:
            found = self.resolver(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise WebUnavailable(f"its name is not known ({error}).", place=address.place) from error
        is_fit = is_of_a_host if any(entry.is_local for entry in admitted) else is_public
        for one in found:
            if not is_fit(one):
                raise AddressNotAllowed(place=address.place, address=one)
        if not found:
            raise WebUnavailable("its name stands for no address.", place=address.place)
        return found

    def _ask(
        self, address: Address, found: Sequence[str], deadline: Deadline, most_bytes: int
    ) -> "bytes | _Elsewhere":
        """The document, or where it is instead; the addresses that were *found* are tried in turn."""
        for one in found[:-1]:
            try:
                return self._ask_at(one, address, deadline, most_bytes)
            except _NoConnection:
                continue
        try:
            return self._ask_at(found[-1], address, deadline, most_bytes)
        except _NoConnection as error:
            raise WebUnavailable(f"no connection ({error}).", place=address.place) from error

    def _ask_at(
        self, found: str, address: Address, deadline: Deadline, most_bytes: int
    ) -> "bytes | _Elsewhere":
        place = address.place
        backend = PinnedBackend(found, deadline)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool,
                pool.stream("GET", _url(address), headers=_headers(address), extensions=_TIMEOUT) as answer,
            ):
                return _read(answer, place, most_bytes)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            if certificate := _certificate_error(error):
                raise CertificateRefused(f"{certificate.verify_message}.", place=place) from error
            raise _NoConnection(f"{error}" or type(error).__name__) from error
        except httpcore.RemoteProtocolError as error:
            raise WebUnavailable(f"it broke off ({error}).", place=place) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise WebUnavailable(f"it broke off ({type(error).__name__}).", place=place) from error


@dataclass(frozen=True)
class _Elsewhere:
    location: str


class _NoConnection(Exception):
    """No connection to one of several addresses."""


_TIMEOUT = {"timeout": {"connect": _CONNECT_SECONDS}}


def _taken_apart(url: str) -> Address:
    try:
        return address_of(url)
    except BadAddress as error:
        raise NotAWebAddress(f"{error}") from error


def _url(address: Address) -> httpcore.URL:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return httpcore.URL(
        scheme=address.scheme, host=host.encode(), port=address.port, target=address.target.encode()
    )


def _headers(address: Address) -> list[tuple[str, str]]:
    return [("Host", address.place.partition("://")[2]), *_HEADERS]


def _read(answer: httpcore.Response, place: str, most_bytes: int) -> "bytes | _Elsewhere":
    told = {name.lower(): value for name, value in answer.headers}
    location = told.get(b"location", b"").decode("latin-1")
    if answer.status in _REDIRECTS and location:
        return _Elsewhere(location)
    if answer.status >= 500 or answer.status in _LATER:
        raise WebUnavailable(f"it answered {answer.status}.", place=place)
    if answer.status != 200:
        raise NotGiven(place=place, status=answer.status)
    encoding = told.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    try:
        return body_of(answer.iter_stream(), encoding, most=most_bytes)
    except TooLarge as error:
        raise WebDocumentTooLarge(place=place, most=most_bytes) from error
    except Garbled as error:
        raise AnswerGarbled(f"{error}.", place=place) from error


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause
