"""The room's checks, each one line: what, what was found and why it matters, what to do."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

from heldout_server.kit.settings import Settings
from heldout_server.operations.doctor import (
    BROKEN,
    GOOD,
    WARNING,
    Check,
    Finding,
    clock,
    disk_space,
    port,
)
from heldout_server.operations.room.asking import asked
from heldout_server.operations.room.clock import clock_kept
from heldout_server.operations.room.firewall import PHONE
from heldout_server.operations.room.firewall import firewall as _firewall
from heldout_server.operations.room.sleep import sleep as _sleep
from heldout_server.operations.store_checks import sandbox
from heldout_server.web.addresses import lan_address
from heldout_server.web.pages.board.share_images import can_draw
from heldout_server.web.reachability import Reach, is_loopback_host, reach_of, room_url

SUBJECT = "Address"
SCRIPTS = {"Latin": "A", "Cyrillic": "Ж", "Chinese": "你"}
ANSWERS_WITHIN_SECONDS = 3.0


def room_address(settings: Settings) -> str:
    """The address that people in the room type; of this machine alone where there is no other."""
    here = f"http://localhost:{settings.port}"
    given = settings.public_url.rstrip("/")
    if given or is_loopback_host(settings.host):
        return given or here
    return room_url(here, listens_on=settings.host, lan=lan_address())


def address(settings: Settings) -> Iterator[Finding]:
    """There is an address for the room, and this machine reaches itself by it."""
    url = room_address(settings)
    if reach_of(url) is Reach.MACHINE:
        yield _unreachable(settings)
        return
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=ANSWERS_WITHIN_SECONDS):  # noqa: S310
            yield Finding(
                SUBJECT,
                GOOD,
                f"{url}/j answers this machine; some Wi-Fi keeps guests apart: {PHONE}",
            )
    except urllib.error.HTTPError as error:
        fix = "Stop what answers there, or set HELDOUT_PORT to another port."
        yield Finding(SUBJECT, WARNING, f"{url} answers {error.code}: not a board", fix)
    except OSError:
        fix = "Start the server, then look again: this tries the address itself."
        yield Finding(SUBJECT, WARNING, f"{url}/j: nothing answers there yet", fix)


def _unreachable(settings: Settings) -> Finding:
    if is_loopback_host(settings.host):
        detail = f"{settings.host} is this machine alone: nobody else reaches it"
        return Finding(SUBJECT, BROKEN, detail, "Leave HELDOUT_HOST out: it is 0.0.0.0 then.")
    fix = "Join the room's Wi-Fi or plug the cable in."
    return Finding(SUBJECT, BROKEN, "this machine has no network: nobody reaches it", fix)


def firewall(settings: Settings) -> Iterator[Finding]:
    """No firewall here refuses the room."""
    yield _firewall(sys.platform, settings.port, asked)


def kept_clock(settings: Settings) -> Iterator[Finding]:
    """The clock is kept right."""
    yield clock_kept(sys.platform, asked)


def fonts(settings: Settings) -> Iterator[Finding]:
    """The letters of the board and of shared pictures are there; pages bring their own."""
    lacking = [script for script, letter in SCRIPTS.items() if not can_draw(letter)]
    if not lacking:
        yield Finding("Fonts", GOOD, f"pictures can draw {', '.join(SCRIPTS)}")
        return
    detail = f"none for {', '.join(lacking)}: such names are boxes in shared pictures, not on pages"
    fix = "If anybody writes so: sudo apt install fonts-dejavu fonts-noto-cjk"
    yield Finding("Fonts", WARNING, detail, fix)


def sleep(settings: Settings) -> Iterator[Finding]:
    """The machine stays awake."""
    yield _sleep(sys.platform, asked)


ROOM: tuple[Check, ...] = (
    address, port, firewall, clock, kept_clock, fonts, disk_space, sandbox, sleep,
)  # fmt: skip
