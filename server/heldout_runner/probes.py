"""What a hostile model would try, each as a named function with the outcome that contains it.

Each probe runs in a real runner. Most must be refused with a permission error; some must get
the process killed; the last ones misbehave towards the server, which must see through it. Any
other error is unclear and counts as not contained: a probe that can't be made proves nothing.
"""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from heldout_runner.protocol import OK, PROBE_REFUSED, PROBE_UNCLEAR, Header, Probe

REFUSED = "refused"
KILLED = "killed"
STOPPED = "stopped"
SEEN_THROUGH = "seen through"
REFUSALS = frozenset({errno.EPERM, errno.EACCES})

# Takes the order and the descriptor for results; returns what it got hold of.
Attempt = Callable[[Probe, int], str]


@dataclass(frozen=True)
class Kind:
    """One probe: its attempt, the outcome that contains it, and whether each start tries it."""

    attempt: Attempt
    expected: str
    at_start: bool
    errors: frozenset[int]

    @property
    def description(self) -> str:
        """The attempt's docstring."""
        return (self.attempt.__doc__ or "").strip()


PROBES: dict[str, Kind] = {}


def probe(
    expected: str = REFUSED, *, at_start: bool = True, also: frozenset[int] = frozenset()
) -> Callable[[Attempt], Attempt]:
    """Enter the decorated attempt into the table under its own name."""

    def enter(attempt: Attempt) -> Attempt:
        kind = Kind(attempt, expected, at_start, REFUSALS | also)
        PROBES[attempt.__name__] = kind
        return attempt

    return enter


def table(engine: str) -> list[dict[str, object]]:
    """The probes as plain data: name, description, expected outcome, whether tried at start."""
    for module in ("misbehaviour", "the_system", engine):
        importlib.import_module(f"heldout_runner.probes_of_{module}")
    return [
        {
            "name": name,
            "description": kind.description,
            "expected": kind.expected,
            "at_start": kind.at_start,
        }
        for name, kind in PROBES.items()
    ]


def attempt(order: Probe, results: int, engine: str) -> Header:
    """Make one attempt and say honestly how it went."""
    table(engine)
    kind = PROBES[order.probe]
    try:
        got = kind.attempt(order, results)
    except MemoryError:
        return Header(PROBE_REFUSED, detail="MemoryError")
    except OSError as error:
        refused = error.errno in kind.errors
        name = errno.errorcode.get(error.errno or 0, "?")
        return Header(PROBE_REFUSED if refused else PROBE_UNCLEAR, detail=f"{name}: {error}")
    except BaseException as error:
        return Header(PROBE_UNCLEAR, detail=f"{type(error).__name__}: {error}")
    return Header(OK, detail=got)


def lists(folder: str) -> str:
    """List a folder."""
    return f"{len(list(Path(folder).iterdir()))} entries"
