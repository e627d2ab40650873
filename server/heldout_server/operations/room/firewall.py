"""Whether a firewall may stand between the room and this machine. Reads, and changes nothing.

Rules are for administrators to read, so mostly this can tell that one is on, and how to open the
port.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from heldout_server.operations.doctor import GOOD, WARNING, Finding
from heldout_server.operations.room.asking import Ask

SUBJECT = "Firewall"
UFW = Path("/etc/ufw/ufw.conf")
MAC = "/usr/libexec/ApplicationFirewall/socketfilterfw"
# A chain for what comes in that drops what no rule lets through.
DROPS = re.compile(r"hook input [^}]*?policy drop", re.DOTALL)
WINDOWS_RULE = "netsh advfirewall firewall add rule name=Heldout dir=in action=allow protocol=TCP"
PHONE = "a phone in the room tells for sure"


def firewall(platform: str, port: int, ask: Ask, ufw: Path = UFW) -> Finding:
    """One line on what stands at this machine's door."""
    look = {"linux": _linux, "darwin": _mac, "win32": _windows}.get(platform)
    found = next(look(port, ask, ufw), None) if look else None
    if found is None:
        return Finding(SUBJECT, GOOD, f"none was seen here that refuses; {PHONE}")
    name, cure = found
    return Finding(SUBJECT, WARNING, f"{name}: phones may not reach port {port}; {PHONE}", cure)


def _linux(port: int, ask: Ask, ufw: Path) -> Iterator[tuple[str, str]]:
    if _is_enabled(ufw):
        yield "ufw is on", f"sudo ufw allow {port}/tcp"
    if (ask(["firewall-cmd", "--state"]) or "").strip() == "running":
        opened = (ask(["firewall-cmd", "--list-ports"]) or "").split()
        if f"{port}/tcp" not in opened:
            yield "firewalld is on", f"sudo firewall-cmd --add-port={port}/tcp"
    if DROPS.search(ask(["nft", "list", "ruleset"]) or ""):
        yield "nftables drops what no rule lets in", f"Let tcp port {port} in, in the input chain."


def _mac(port: int, ask: Ask, ufw: Path) -> Iterator[tuple[str, str]]:
    if "State = 0" not in (said := ask([MAC, "--getglobalstate"]) or "State = 0") and said:
        yield "the macOS firewall is on", "Let Python in when macOS asks, or in Network › Firewall."


def _windows(port: int, ask: Ask, ufw: Path) -> Iterator[tuple[str, str]]:
    said = ask(["netsh", "advfirewall", "show", "currentprofile", "state"]) or ""
    if re.search(r"\bON\b", said):
        yield "the Windows firewall is on", f"As administrator: {WINDOWS_RULE} localport={port}"


def _is_enabled(ufw: Path) -> bool:
    try:
        return "ENABLED=yes" in ufw.read_text()
    except OSError:
        return False
