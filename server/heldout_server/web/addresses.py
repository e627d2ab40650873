"""Addresses: where the room reaches this machine, who is one caller, whose word is believed."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache

# Never contacted: connecting a datagram socket only asks the kernel which interface it would use.
SOMEWHERE_ELSE = ("203.0.113.1", 9)
# What one home or phone is given of IPv6: it changes the other half as often as it likes.
IPV6_PREFIX = 64
EVERYBODY = "*"


def lan_address() -> str | None:
    """This machine's address in its network, or None when it has no network."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(SOMEWHERE_ELSE)
            address = str(probe.getsockname()[0])
    except OSError:
        return None
    return None if address.startswith("127.") or address == "0.0.0.0" else address  # noqa: S104


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 of an IPv6 one."""
    found = _parsed(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))
    return address if found is None else str(found)


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own."""
    found = _parsed(address)
    return found is not None and found.is_loopback


class Peers:
    """The proxies whose `X-Forwarded-For` is believed: addresses, networks, or `*` for everybody.

    Raises ValueError for what is neither.
    """

    def __init__(self, given: Sequence[str]) -> None:
        self._everybody = EVERYBODY in given
        self._networks = [ipaddress.ip_network(one) for one in given if one != EVERYBODY]

    def __contains__(self, address: str) -> bool:
        found = _parsed(address)
        return self._everybody or (
            found is not None and any(found in network for network in self._networks)
        )


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    # A socket for both kinds reports IPv4 callers so.
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
