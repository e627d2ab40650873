"""Which addresses a webhook may reach: every address of the name is checked before one is used."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to its IP addresses. Raises OSError."""

# IPv6 prefixes in which an IPv4 address hides: NAT64 and 6to4.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
# All IPv6 addresses that the internet routes are in here; site-local ones (fec0::/10), segment
# identifiers (5f00::/16) and what may come to be are not, whatever Python's own table says.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Special by IANA's registries, and global by the tables of some Python that we run on.
NOT_THE_INTERNET = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
LONGEST_URL = 1000
PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """The webhook's address may not be used; the text is for organizers and quotes no secret."""


@dataclass(frozen=True)
class Destination:
    """A checked address: connect to `ip`, speak to `host`."""

    ip: str
    host: str
    url: str


def check_url(url: str, *, private: bool) -> SplitResult:
    """The parts of an acceptable URL. Raises AddressRefused.

    https only, unless private networks are allowed: then they mostly have no certificates.
    """
    try:
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("an address is written in plain characters")
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("This isn't a web address.") from None
    if parts.scheme not in PORTS or not parts.hostname or len(url) > LONGEST_URL:
        raise AddressRefused("A webhook's address begins with https://.")
    if parts.username is not None or parts.password is not None or port == 0:
        raise AddressRefused("A webhook's address has no user name, password or port 0 in it.")
    if parts.scheme != "https" and not private:
        raise AddressRefused("A webhook's address begins with https://, not http://.")
    return parts


def destinations(url: str, *, private: bool, resolve: Resolve) -> list[Destination]:
    """Where to connect to, in the resolver's order. Raises AddressRefused.

    One address of a private network is enough to refuse: a name with a public and a private
    address would else be tried until the private one answers.
    """
    parts = check_url(url, private=private)
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except OSError:
        raise AddressRefused("The name of the webhook's server can't be resolved.") from None
    if not found:
        raise AddressRefused("The name of the webhook's server has no address.")
    if not private and not all(is_public(address) for address in found):
        raise AddressRefused(
            "The webhook's server is in a private network, where this server may not call "
            "(HELDOUT_WEBHOOKS_PRIVATE allows it)."
        )
    return [_destination(parts, host, port, address) for address in found]


def is_public(address: str) -> bool:
    """Whether the whole internet uses this address; not for loopback, private, link-local, …"""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # an address with a zone, such as fe80::1%eth0
    inner = _inner(ip)
    if inner is not None:
        return is_public(str(inner))
    if ip.version == 6 and ip not in GLOBAL_UNICAST:
        return False
    special = any(ip in network for network in NOT_THE_INTERNET)
    return ip.is_global and not (special or ip.is_multicast or ip.is_reserved)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The operating system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _inner(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(ip, IPv4Address):
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in SIX_TO_FOUR:
        return ip.sixtofour
    return None


def _destination(parts: SplitResult, host: str, port: int, address: str) -> Destination:
    netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    named = f"[{host}]" if ":" in host else host
    with_port = named if port == PORTS[parts.scheme] else f"{named}:{port}"
    return Destination(address, with_port, parts._replace(netloc=netloc, fragment="").geturl())
