"""Who can reach an address: this machine alone, those in its network, or anybody. Pure.

A notebook in Colab runs on Google's machines: it reaches a server that anybody can reach, and no
laptop in a room. A phone in the room reaches no address of this machine alone.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain"})
# Names that no name server of the internet answers for (RFC 6761, 6762, 8375, 9476 and custom).
PRIVATE_SUFFIXES = (
    ".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".corp", ".test",
    ".example", ".invalid",
)  # fmt: skip


class Reach(StrEnum):
    """How far an address reaches."""

    MACHINE = "this machine"
    NETWORK = "this network"
    ANYWHERE = "anywhere"


WHERE = {
    Reach.MACHINE: "On this machine",
    Reach.NETWORK: "In the room",
    Reach.ANYWHERE: "From anywhere",
}
"""Labels of addresses, by who can use them."""


def reach_of(url: str) -> Reach:
    """Who can reach this URL, by its host: an address, or a name."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return _reach_of_address(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return _reach_of_name(host)


def is_loopback_host(host: str) -> bool:
    """Whether who listens there, or is asked there, is heard on this machine alone."""
    return reach_of(f"//{f'[{host}]' if ':' in host else host}") is Reach.MACHINE


def room_url(here: str, *, listens_on: str, lan: str | None) -> str:
    """The address to show to others, without a trailing slash.

    `here` is how this machine was asked, `listens_on` the host that the server is bound to, and
    `lan` this machine's address in its network. "localhost" on the projector helps nobody; but a
    server that is bound to the loopback is not in the room, whatever network there is.
    """
    parts = urlsplit(here.rstrip("/"))
    if lan is None or is_loopback_host(listens_on) or reach_of(here) is not Reach.MACHINE:
        return parts.geturl()
    return parts._replace(netloc=f"{lan}:{parts.port}" if parts.port else lan).geturl()


def _reach_of_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Reach:
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return Reach.MACHINE
    return Reach.ANYWHERE if address.is_global else Reach.NETWORK


def _reach_of_name(host: str) -> Reach:
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return Reach.MACHINE
    if "." not in host or host.endswith(PRIVATE_SUFFIXES):
        return Reach.NETWORK
    return Reach.ANYWHERE
