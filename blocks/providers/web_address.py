"""Which addresses of the internet a name may stand for."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

Resolver = Callable[[str, int], Sequence[str]]
"""The numeric addresses of a host and a port. Raises OSError."""

_EMBEDDING = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
    )
)
"""What carries an IPv4 address within (mapped, compatible, NAT64, Teredo, 6to4): it may lead anywhere. And site-local."""
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of *host*, in the order in which they should be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Is *address* one of the public internet, and certainly so?

    >>> is_public("9.9.9.9"), is_public("10.0.0.1"), is_public("::ffff:9.9.9.9")
    (True, False, False)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or not ip.is_global:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _GLOBAL_V6 and not any(ip in network for network in _EMBEDDING)
    return True


def is_of_a_host(address: str) -> bool:
    """May *address* be one host's at all, private or not?"""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (ip.is_multicast or ip.is_unspecified or ip == ipaddress.IPv4Address("255.255.255.255"))
