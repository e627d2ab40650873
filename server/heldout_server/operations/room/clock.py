"""Whether this machine's clock is kept right: deadlines and the clock on the wall go by it."""

from __future__ import annotations

from heldout_server.operations.doctor import GOOD, WARNING, Finding
from heldout_server.operations.room.asking import Ask

SUBJECT = "Clock kept"
WHY = "deadlines go by this machine's clock"
CURES = {
    "linux": "timedatectl set-ntp true",
    "darwin": "System Settings › General › Date & Time: set automatically.",
    "win32": "As administrator: w32tm /resync",
}


def clock_kept(platform: str, ask: Ask) -> Finding:
    """One line: whether it follows a time server, where that can be read."""
    look = {"linux": _linux, "win32": _windows}.get(platform, lambda _: None)
    known = look(ask)
    if known:
        return Finding(SUBJECT, GOOD, "it follows a time server")
    cure = CURES.get(platform, "Compare it with a phone's.")
    said = "it follows no time server" if known is False else "what keeps it can't be read here"
    return Finding(SUBJECT, WARNING, f"{said}: {WHY}", f"{cure} (or compare it with a phone's)")


def _linux(ask: Ask) -> bool | None:
    said = (ask(["timedatectl", "show", "-p", "NTPSynchronized", "--value"]) or "").strip()
    return {"yes": True, "no": False}.get(said)


def _windows(ask: Ask) -> bool | None:
    said = ask(["w32tm", "/query", "/status"])
    return None if said is None else "Local CMOS Clock" not in said
