"""Whether this machine falls asleep in the middle of a class. Reads settings, and changes none."""

from __future__ import annotations

import re

from heldout_server.operations.doctor import GOOD, WARNING, Finding
from heldout_server.operations.room.asking import Ask

SUBJECT = "Sleep"
POWER = "org.gnome.settings-daemon.plugins.power"
MINUTE = 60


def sleep(platform: str, ask: Ask) -> Finding:
    """One line: after how long without a key this machine sleeps while it has mains."""
    known = {"linux": _linux, "darwin": _mac, "win32": _windows}.get(platform, lambda _: None)(ask)
    cure = CURES.get(platform, "Switch sleep off for the evening, and plug it in.")
    if known is None:
        return Finding(SUBJECT, WARNING, "can't be read here: a server that sleeps is gone", cure)
    if known == 0:
        return Finding(SUBJECT, GOOD, "never, while it has mains; keep the lid open")
    minutes = max(1, round(known / MINUTE))
    return Finding(
        SUBJECT, WARNING, f"after {minutes} min without a key, and the board with it", cure
    )


CURES = {
    "linux": "Start it as: systemd-inhibit --what=sleep:idle heldout-server serve",
    "darwin": "Start it as: caffeinate -is heldout-server serve",
    "win32": "As administrator: powercfg /change standby-timeout-ac 0",
}


def _linux(ask: Ask) -> float | None:
    """Seconds; 0: never. GNOME's setting, else whether the system can sleep at all."""
    kind = (ask(["gsettings", "get", POWER, "sleep-inactive-ac-type"]) or "").strip().strip("'")
    if kind == "nothing":
        return 0
    if kind:
        seconds = ask(["gsettings", "get", POWER, "sleep-inactive-ac-timeout"]) or ""
        return float(seconds) if seconds.strip().isdigit() else None
    masked = (
        ask(["systemctl", "show", "-p", "LoadState", "--value", "sleep.target"]) or ""
    ).strip()
    return 0 if masked == "masked" else None


def _mac(ask: Ask) -> float | None:
    found = re.search(r"^\s*sleep\s+(\d+)", ask(["pmset", "-g"]) or "", re.MULTILINE)
    return float(found[1]) * MINUTE if found else None


def _windows(ask: Ask) -> float | None:
    said = ask(["powercfg", "/query", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE"]) or ""
    # The last but one hexadecimal number is the setting with mains, the last one that without.
    numbers = re.findall(r"0x([0-9a-fA-F]{8})\s*$", said, re.MULTILINE)
    return float(int(numbers[-2], 16)) if len(numbers) > 1 else None
