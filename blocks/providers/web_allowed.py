"""Which web addresses may be asked: a list of hosts, empty by default.

An entry is one of

    example.com             https://example.com, port 443
    example.com:8443        the same with another port
    *.example.com           every host below it, not itself
    http://HOST:PORT        without encryption, at that port alone
    local:https://HOST:PORT a host of one's own network, by http or https: private addresses are reached for this entry alone
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from blocks.base.errors import Misuse

Scheme = Literal["http", "https"]

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_ENTRY = re.compile(
    r"(?P<local>local:)?(?:(?P<scheme>https?)://)?(?P<host>\[[0-9a-f:.]+\]|[^\[\]:/]+)(?::(?P<port>\d{1,5}))?"
)
_PORTS: dict[str, int] = {"http": 80, "https": 443}
_UNSEEN = re.compile(r"[\s\x00-\x20\x7f\\]")
_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "/?%:@!$&'()*+,;=~-._"


class BadAddress(ValueError):
    """A web address that cannot be asked: the message is one sentence."""


class BadEntry(Misuse):
    """{entry!r} names no host that could be allowed:"""

    next = "Write example.com, *.example.com, http://HOST:PORT or local:http://HOST:PORT, with commas between several."


@dataclass(frozen=True)
class Address:
    """A web address taken apart, all in ASCII. *target* is path and query."""

    scheme: Scheme
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """Scheme, host and port, for people; nothing that may be a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True)
class Entry:
    """One line of the list. *host* begins with `*.` where it stands for all below."""

    scheme: Scheme
    host: str
    port: int
    is_local: bool

    def admits(self, address: Address) -> bool:
        """May *address* be asked?"""
        if (self.scheme, self.port) != (address.scheme, address.port):
            return False
        return (
            address.host.endswith(self.host[1:]) if self.host.startswith("*.") else address.host == self.host
        )


def entries_of(text: str) -> tuple[Entry, ...]:
    """The entries of a list with commas or blanks between them. Raises BadEntry."""
    return tuple(_entry(one) for one in re.split(r"[,\s]+", text) if one)


def address_of(url: str) -> Address:
    """*url* taken apart. Raises BadAddress."""
    if _UNSEEN.search(url):
        raise BadAddress("A web address has no blanks, control characters or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"It is no web address: {error}.") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise BadAddress("Only https:// is fetched.")
    if "@" in parts.netloc:
        raise BadAddress("A web address with a user or a password in it is not fetched.")
    if port == 0:
        raise BadAddress("There is no port 0.")
    target = quote(parts.path or "/", safe=_PATH) + (
        f"?{quote(parts.query, safe=_QUERY)}" if parts.query else ""
    )
    return Address(scheme, _host(parts.hostname or ""), port or _PORTS[scheme], target)


def _entry(text: str) -> Entry:
    match = _ENTRY.fullmatch(text.lower())
    if match is None:
        raise BadEntry("It is not of that form.", entry=text)
    scheme: Scheme = "http" if match["scheme"] == "http" else "https"
    is_wide = match["host"].startswith("*.")
    try:
        host = _host(match["host"].removeprefix("*.").strip("[]"))
    except BadAddress as error:
        raise BadEntry(f"{error}", entry=text) from error
    if (scheme == "http" or match["local"]) and (match["port"] is None or is_wide):
        raise BadEntry("It needs one host and one port.", entry=text)
    port = int(match["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise BadEntry(f"There is no port {port}.", entry=text)
    return Entry(scheme, f"*.{host}" if is_wide else host, port, is_local=match["local"] is not None)


def _host(name: str) -> str:
    """A host in the one spelling that is compared: small letters, no point at the end. Raises BadAddress."""
    if ":" in name:
        try:
            return ipaddress.IPv6Address(name).compressed
        except ValueError as error:
            raise BadAddress(f"{name} is no address of a host.") from error
    plain = name.lower().removesuffix(".")
    if len(plain) > 253 or not _HOST.fullmatch(plain):
        raise BadAddress(
            "The host is no name in plain letters; write others in their form that begins with xn--."
        )
    return plain
