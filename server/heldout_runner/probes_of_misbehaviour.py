"""Probes against the server's patience and its reading: what it must see through by itself."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import NoReturn

from heldout_runner.probes import KILLED, SEEN_THROUGH, STOPPED, probe
from heldout_runner.protocol import LOADED, MAGIC, OK, PREDICTED, Header, Probe, width_bytes

_FLOOD_BYTES = 256 * 1024 * 1024


@probe(STOPPED)
def never_end(order: Probe, results: int) -> str:
    """Loop for ever, deaf to every signal that can be ignored."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


@probe(STOPPED, at_start=False)
def sleep(order: Probe, results: int) -> str:
    """Sleep for an hour."""
    time.sleep(3600)
    return "rested"


@probe(SEEN_THROUGH, at_start=False)
def flood(order: Probe, results: int) -> str:
    """Write output without end."""
    chunk = b"x" * (1 << 20)
    for _ in range(_FLOOD_BYTES >> 20):
        os.write(results, chunk)
    return "all of it was taken"


@probe(SEEN_THROUGH, at_start=False)
def forge_header(order: Probe, results: int) -> str:
    """Claim a perfect result of another size."""
    _say(results, LOADED + Header(OK, rows=2**32 - 1, columns=2**32 - 1).pack())


@probe(SEEN_THROUGH, at_start=False)
def forge_width(order: Probe, results: int) -> str:
    """Claim more values for an example than anybody asked for."""
    _say(results, LOADED + PREDICTED + width_bytes(2**16 - 1) + b"\0" * 1024)


@probe(SEEN_THROUGH, at_start=False)
def forge_short(order: Probe, results: int) -> str:
    """Claim a result and end before its values."""
    _say(results, LOADED + Header(OK, rows=10_000, columns=10).pack())


@probe(SEEN_THROUGH, at_start=False)
def forge_text(order: Probe, results: int) -> str:
    """Send a header whose texts hold control characters and markup."""
    text = "\x1b[2J<script>alert(1)</script>\n" * 4
    _say(results, Header(7, device=text, keras_version=text, detail=text).pack())


@probe(SEEN_THROUGH, at_start=False)
def forge_bytes(order: Probe, results: int) -> str:
    """Send a header with every field at its largest."""
    _say(results, MAGIC + b"\xff" * 1024)


@probe(SEEN_THROUGH, at_start=False)
def claim_our_fault(order: Probe, results: int) -> str:
    """Say that the machinery failed, so that the job runs again and again."""
    _say(results, Header(1, detail="try again").pack())


@probe(SEEN_THROUGH, at_start=False)
def leave_early(order: Probe, results: int) -> str:
    """End without a word, as if all were well."""
    os._exit(0)


@probe(KILLED, at_start=False)
def crash(order: Probe, results: int) -> str:
    """Read from address 0."""
    return str(ctypes.string_at(0))


@probe(KILLED, at_start=False)
def abort(order: Probe, results: int) -> str:
    """Abort, as a failed assertion in a library does."""
    os.abort()


def _say(results: int, content: bytes) -> NoReturn:
    os.write(results, content)
    os._exit(0)
